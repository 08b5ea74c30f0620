"""Copying a finished run to the folder of the published one."""

import pytest

from script_loader import script_main


@pytest.fixture
def results(tmp_path):
    texts = {
        "tables/f1.csv": "split,f1\nkfold,.8\n",
        "tables/hard_rows.csv": 'row_id,text,label\na,"a law, whole",1\nb,"two\nlines",0\n',
        "figures/gap.svg": "<svg/>",
        "cost/cost.md": "1 s",
        "report/index.html": "<html/>",
        "headline.json": "{}",
        "findings.json": "{}",
        "data/sections.json": "{}",
        "data/audit.md": "# Audit",
        "data/sections.parquet": "laws",
    }
    for name, text in texts.items():
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "results"


def publish(results, output):
    return script_main("publish_reference")(["--results", str(results), "--output", str(output)])


def test_what_there_is_to_read_is_copied_and_no_law_is(results, tmp_path):
    target = tmp_path / "reference"
    (target / "predictions").mkdir(parents=True)
    (target / "predictions/minilm.json").write_text("[]")
    assert publish(results, target) == 0
    found = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert found == {
        "tables/f1.csv", "tables/hard_rows.csv", "figures/gap.svg", "cost/cost.md", "report/index.html", "headline.json",
        "findings.json", "sections.json", "audit.md", "predictions/minilm.json",
    }  # fmt: skip
    assert (target / "tables/hard_rows.csv").read_text() == "row_id,label\na,1\nb,0\n"
    assert (target / "tables/f1.csv").read_bytes() == (results / "tables/f1.csv").read_bytes()


def test_a_run_that_is_not_finished_is_not_published(results, tmp_path, capsys):
    (results / "findings.json").unlink()
    assert publish(results, tmp_path / "reference") == 1
    assert capsys.readouterr().err == f"error: {results}/findings.json: no such file; run the study to its end first\n"
    assert not (tmp_path / "reference").exists()
