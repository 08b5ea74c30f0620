import csv
import io
import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub_server import Answer, HubServer, WebServer, dataset_files
from laws import content_digest, read_csv
from mirage.data.sections import read_sections
from mirage.files import read_json
from notes import notes_csv
from on_the_books.synthetic import corpus_csv
from script_loader import SCRIPTS, script_main

CSV = corpus_csv(120, 5)
ROWS = list(csv.DictReader(io.StringIO(CSV.decode(), newline="")))
REPO = "curators/laws"


@pytest.fixture
def clean(monkeypatch, tmp_path):
    monkeypatch.delenv("ON_THE_BOOKS_CSV", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def arguments(folder, **options):
    text = json.dumps({"content_sha256": None, **options})
    return ["--options", text, "--sections", f"{folder}/sections.parquet", "--provenance", f"{folder}/sections.json"]


def run(folder, **options):
    return script_main("fetch_sections")(arguments(folder, **options))


def broken(kind):
    lines = CSV.split(b"\r\n")
    header, first, second = lines[:3]
    text = ROWS[0]["section_text"].encode()
    return {
        "missing column": (
            CSV.replace(b"section_text", b"body", 1),
            "the header lacks the column section_text; found id, source",
        ),
        "label": (CSV.replace(b",murray,1,", b",murray,yes,", 1), "jim_crow is 'yes'; expected 0, no_jim_crow, 1 or jim_crow"),
        "empty text": (CSV.replace(text, b"  ", 1), f"row 1 (id {ROWS[0]['id']}): section_text is empty; expected some text"),
        "duplicate id": (
            b"\r\n".join([*lines[:-1], first, b""]),
            f"row 121 (id {ROWS[0]['id']}): the id is a duplicate, first seen in row 1",
        ),
        "no year": (
            CSV.replace(ROWS[1]["id"].encode(), b"act_9", 1),
            "row 2 (id act_9): id is 'act_9', in which data.columns.time.pattern",
        ),
        "encoding": (b"\r\n".join([header, first, second + b"\xff"]), "row 2, byte "),
        "truncated row": (
            b"\r\n".join([header, first, b",".join(second.split(b",")[:4])]),
            "4 columns, so the file looks truncated",
        ),
        "open quote": (header + b'\r\n"1901_a', "row 1: a quoted field is still open at the end of the file"),
        "html": (b"<!doctype html><html><body>404</body></html>", "this is an HTML page, not a csv"),
        "empty": (b"", "the file is empty"),
        "no rows": (header + b"\r\n", "no rows after the header"),
    }[kind]


KINDS = (
    "missing column", "label", "empty text", "duplicate id", "no year", "encoding", "truncated row", "open quote", "html",
    "empty", "no rows",
)  # fmt: skip


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("kind", KINDS)
def test_bad_file_stops_with_one_line_and_no_output(kind, tmp_path, capsys):
    data, expected = broken(kind)
    path = tmp_path / "laws.csv"
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir()
    assert run(out, path=str(path)) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if not line[:2].isdigit()]
    assert len(errors) == 1
    assert errors[0].startswith(f"error: {path}: ")
    assert expected in errors[0]
    assert list(out.iterdir()) == []


@pytest.mark.usefixtures("clean")
def test_good_file_gives_a_whole_table_and_the_same_bytes_twice(tmp_path):
    path = tmp_path / "laws.csv"
    path.write_bytes(CSV)
    for folder in ("a", "b"):
        assert run(tmp_path / folder, path=str(path)) == 0
    first, second = ((tmp_path / folder / "sections.parquet").read_bytes() for folder in ("a", "b"))
    assert first == second
    provenance = read_json(tmp_path / "a" / "sections.json")
    assert provenance["content_sha256"] == content_digest(read_sections(tmp_path / "a" / "sections.parquet"))
    assert provenance["attempt"] == 1


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{", "--options is not JSON"),
        ("[]", "data is []; write a mapping"),
        ('{"source": "ftp"}', "data.source is 'ftp'; write one of"),
    ],
)
def test_bad_options_are_told_in_one_line(options, expected, tmp_path, capsys):
    arguments = ["--options", options, "--sections", f"{tmp_path}/s.parquet", "--provenance", f"{tmp_path}/s.json"]
    assert script_main("fetch_sections")(arguments) == 1
    assert expected in capsys.readouterr().err


@pytest.mark.usefixtures("clean")
def test_unc_csv_is_fetched_over_http(tmp_path, capsys):
    with WebServer() as web:
        url = web.put("/laws.csv", Answer(body=CSV))
        assert run(tmp_path, source="unc", unc={"url": url}) == 0
        assert web.requests == ["GET /laws.csv"]
    assert f"data: downloading {url}" in capsys.readouterr().err
    assert read_json(tmp_path / "sections.json")["source"] == "unc"


@pytest.mark.usefixtures("clean")
def test_audit_describes_what_was_fetched(tmp_path):
    assert run(tmp_path, source="synthetic", synthetic={"rows": 120, "seed": 0}) == 0
    names = ["--sections", f"{tmp_path}/sections.parquet", "--provenance", f"{tmp_path}/sections.json"]
    assert (
        script_main("audit_sections")([*names, "--json", f"{tmp_path}/audit.json", "--markdown", f"{tmp_path}/audit.md"]) == 0
    )
    report = read_json(tmp_path / "audit.json")
    assert (report["corpus"], report["all"]["sections"]) == ("synthetic", 120)
    assert "Synthetic corpus" in (tmp_path / "audit.md").read_text(encoding="utf-8")


def run_process(folder, environment, **options):
    """Run the script in a process of its own, because the Hub's address is read at import."""
    removed = ("ON_THE_BOOKS_CSV", "HF_TOKEN", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
    inherited = {name: value for name, value in os.environ.items() if name not in removed}
    command = [sys.executable, SCRIPTS / "fetch_sections.py", *arguments(folder, **options)]
    return subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def hub_files():
    return dataset_files(ROWS)


def test_hub_dataset_gives_the_csvs_rows_and_its_commit_and_is_cached(tmp_path, hub_files):
    with HubServer(REPO, hub_files) as hub:
        environment = hub.environment(tmp_path / "hf")
        online = run_process(tmp_path / "online", environment, source="hub", hub={"repo": REPO})
        assert online.returncode == 0, online.stderr
        assert f"data: {REPO} is at commit {hub.commit}" in online.stderr
        hub.requests.clear()
        offline = run_process(tmp_path / "offline", {**environment, "HF_HUB_OFFLINE": "1"}, source="hub", hub={"repo": REPO})
        assert offline.returncode == 0, offline.stderr
        assert hub.requests == []
        other = {"repo": REPO, "revision": "f" * 40}
        elsewhere = run_process(tmp_path / "other", {**environment, "HF_HUB_OFFLINE": "1"}, source="hub", hub=other)
        assert elsewhere.returncode == 1
        assert f"only commit {hub.commit} is in the local cache, not {'f' * 40}" in elsewhere.stderr
    provenance = read_json(tmp_path / "online" / "sections.json")
    assert (provenance["source"], provenance["revision"]) == ("hub", hub.commit)
    assert provenance["origin"] == f"Hugging Face Hub dataset {REPO}"
    assert provenance["content_sha256"] == content_digest(read_csv(CSV, ""))
    assert read_json(tmp_path / "offline" / "sections.json") == provenance


def test_hub_rows_other_than_expected_are_an_error_even_in_auto(tmp_path, hub_files):
    with HubServer(REPO, hub_files) as hub:
        done = run_process(tmp_path, hub.environment(tmp_path / "hf"), hub={"repo": REPO}, content_sha256="0" * 64)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: Hugging Face Hub dataset {REPO}: content sha256 ")
    assert not (tmp_path / "sections.parquet").exists()


def test_bad_row_on_the_hub_is_named_with_the_commit(tmp_path):
    rows = [{**ROWS[0], "section_text": " "}, *ROWS[1:]]
    with HubServer(REPO, dataset_files(rows)) as hub:
        done = run_process(tmp_path, hub.environment(tmp_path / "hf"), hub={"repo": REPO})
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"error: Hub dataset {REPO}@{hub.commit}: row 1 (id {ROWS[0]['id']}): section_text is empty")


@pytest.mark.parametrize(
    ("hub_options", "reason"),
    [({"repo": "nobody/laws"}, "RepositoryNotFoundError: "), ({"repo": REPO, "revision": "v9"}, "RevisionNotFoundError: ")],
)
def test_what_is_not_on_the_hub_is_an_error_when_asked_for_and_passed_over_in_auto(tmp_path, hub_files, hub_options, reason):
    with HubServer(REPO, hub_files) as hub:
        environment = hub.environment(tmp_path / "hf")
        explicit = run_process(tmp_path, environment, source="hub", hub=hub_options)
        unc = {"url": f"{hub.url}/gone.csv"}
        auto = run_process(tmp_path, environment, hub=hub_options, unc=unc, synthetic={"rows": 120, "seed": 0})
    assert explicit.returncode == 1
    error = explicit.stderr.splitlines()[-1]
    assert error.startswith(f"error: data.source is hub, but {hub_options['repo']} could not be loaded from the Hub ({reason}")
    assert error.endswith("mend that, or set data.source to one of auto, file, unc, synthetic")
    assert auto.returncode == 0
    assert f"data: {hub_options['repo']} could not be loaded from the Hub ({reason}" in auto.stderr
    assert "USING THE SYNTHETIC CORPUS" in auto.stderr
    assert read_json(tmp_path / "sections.json")["corpus"] == "synthetic"


def notes_files():
    """Return a repository of two data sets, with a class label of three specialties and the rows in the split ``test``."""
    rows = list(csv.DictReader(io.StringIO(notes_csv(60).decode(), newline="")))
    names = sorted({row["specialty"] for row in rows})
    columns = {name: [row[name] for row in rows] for name in rows[0]} | {
        "specialty": [names.index(row["specialty"]) for row in rows],
        "visit_year": [int(row["visit_year"]) for row in rows],
    }
    parquet = io.BytesIO()
    pq.write_table(pa.table(columns), parquet)
    labels = "".join(f"          '{place}': {name}\n" for place, name in enumerate(names))
    features = "".join(
        f"    - name: {name}\n      dtype:\n        class_label:\n          names:\n{labels.replace('          ', '            ')}"
        if name == "specialty"
        else f"    - name: {name}\n      dtype: {'int64' if name == 'visit_year' else 'string'}\n"
        for name in columns
    )
    card = f"---\ndataset_info:\n  - config_name: notes\n    features:\n{features}configs:\n"
    for config, split in (("notes", "test"), ("letters", "train")):
        card += f"  - config_name: {config}\n    data_files:\n      - split: {split}\n        path: {config}/{split}.parquet\n"
    return rows, {"README.md": f"{card}---\n".encode(), "notes/test.parquet": parquet.getvalue()}


def test_somebody_s_own_data_set_comes_from_the_hub_by_configuration_split_and_revision(tmp_path):
    rows, files = notes_files()
    columns = {
        "id": "note_id",
        "text": "note",
        "label": "specialty",
        "positive": ["cardiology"],
        "group": "site",
        "unit": "patient",
    }
    columns |= {"time": "visit_year", "metadata": ["ward"]}
    with HubServer("clinic/notes", files) as hub:
        named = {"repo": "clinic/notes", "revision": hub.commit, "config": "notes", "split": "test"}
        done = run_process(tmp_path, hub.environment(tmp_path / "hf"), source="hub", columns=columns, hub=named)
        assert done.returncode == 0, done.stderr
        lacking = run_process(
            tmp_path / "no", hub.environment(tmp_path / "hf"), source="hub", columns=columns, hub={**named, "split": "dev"}
        )
    sections, record = read_sections(tmp_path / "sections.parquet"), read_json(tmp_path / "sections.json")
    assert sections["row_id"].tolist() == [row["note_id"] for row in rows]
    assert sections["label"].tolist() == [int(row["specialty"] == "cardiology") for row in rows]
    assert sections["source"].tolist() == [row["site"] for row in rows]
    assert sections["year"].tolist() == [int(row["visit_year"]) for row in rows]
    assert sections["meta.ward"].tolist() == [row["ward"] for row in rows]
    assert (record["corpus"], record["source"], record["revision"]) == ("own", "hub", hub.commit)
    assert record["columns"]["source"] == "site"
    assert lacking.returncode == 1
    [error] = [line for line in lacking.stderr.splitlines() if line.startswith("error: ")]
    assert "clinic/notes could not be loaded from the Hub" in error
    assert "dev" in error
