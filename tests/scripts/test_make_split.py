import json
from pathlib import Path

import pandas as pd
import pytest

from frames import toy_sections
from known_schemes import DEFINITIONS
from script_loader import SCRIPTS, script_main

SCRIPT = SCRIPTS / "make_split.py"


@pytest.fixture(scope="module")
def make_split():
    return script_main("make_split")


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "sections.parquet"
    toy_sections(150).to_parquet(path)
    return path


@pytest.fixture
def call(make_split, corpus, tmp_path):
    def run(
        *seeds: int,
        scheme: str = "stratified",
        definitions: str = json.dumps(DEFINITIONS),
        options: str = "{}",
        code: str = "",
        out: str = "out",
        sections=corpus,
    ) -> int:
        words = [
            "--sections",
            str(sections),
            "--scheme",
            scheme,
            "--definitions",
            definitions,
            "--options",
            options,
            "--code",
            code,
        ]
        return make_split([*words, "--out-dir", str(tmp_path / out), "--seeds", *map(str, seeds)])

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_seed_gets_a_split_and_a_leakage_report(call, tmp_path, corpus):
    assert call(0, 3, scheme="source-curated") == 0
    assert sorted(contents(tmp_path / "out")) == ["seed0.json", "seed0.parquet", "seed3.json", "seed3.parquet"]
    split = pd.read_parquet(tmp_path / "out" / "seed3.parquet")
    assert split["row_id"].tolist() == pd.read_parquet(corpus)["row_id"].tolist()
    record = json.loads((tmp_path / "out" / "seed3.json").read_text())
    assert (record["scheme"], record["seed"], record["kind"]) == ("source-curated", 3, "fixed")
    assert record["options"] == {"subsample": 0.9, "validation_fraction": 0.125, "vary_split": True}
    assert record["leakage"]["parts"]["test"]["rows"] == (split["part"] == "test").sum()


@pytest.mark.parametrize("scheme", ["stratified", "kfold-grouped", "matched", "arm-size"])
def test_the_bytes_do_not_depend_on_the_process_folder_or_company(call, tmp_path, scheme):
    call(0, 1, 2, scheme=scheme, out="together")
    for seed in (2, 0, 1):
        call(seed, scheme=scheme, out="alone")
    assert contents(tmp_path / "together") == contents(tmp_path / "alone")


def test_seeds_already_made_are_kept_and_a_new_one_is_added(call, tmp_path, capsys):
    call(0, 1)
    stamps = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    capsys.readouterr()
    call(0, 1, 2)
    assert "stratified: kept 2, made 1" in capsys.readouterr().err
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in stamps} == stamps


@pytest.mark.parametrize(
    ("change", "made"),
    [
        ({"code": "other"}, 1),
        ({"options": '{"test_fraction": 0.3}'}, 1),
        ({"options": '{"folds": 3}'}, 0),
        ({}, 0),
    ],
)
def test_a_seed_is_made_again_when_something_it_depends_on_changes(call, capsys, change, made):
    call(0)
    capsys.readouterr()
    call(0, **change)
    assert f"kept {1 - made}, made {made}" in capsys.readouterr().err


def test_a_changed_corpus_makes_every_seed_again(call, corpus, capsys):
    call(0, 1)
    toy_sections(150, seed=1).to_parquet(corpus)
    capsys.readouterr()
    call(0, 1)
    assert "kept 0, made 2" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["no json", "torn json", "json of another kind", "no parquet"])
def test_half_a_seed_is_made_again(call, tmp_path, damage):
    call(0)
    whole = contents(tmp_path / "out")
    record, split = tmp_path / "out" / "seed0.json", tmp_path / "out" / "seed0.parquet"
    match damage:
        case "no json":
            record.unlink()
        case "torn json":
            record.write_text(record.read_text()[:40])
        case "json of another kind":
            record.write_text("[]")
        case "no parquet":
            split.unlink()
    call(0)
    assert contents(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "chapters"}, "error: split scheme 'chapters' is unknown; write one of random, "),
        ({"options": "{folds: 3}"}, "error: split options: not JSON ("),
        ({"options": '{"fold": 3}'}, "error: split.fold: unknown option; write one of test_fraction, "),
        (
            {"scheme": "decrees", "definitions": '{"decrees": {"column": "law_type", "out": ["decrees"]}}'},
            "error: split scheme 'decrees' cannot be built: no section has law_type 'decrees'",
        ),
        ({"sections": Path("nowhere.parquet")}, "error: nowhere.parquet: no such file"),
        ({"sections": SCRIPT}, f"error: {SCRIPT}: not a readable parquet file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_file(call, tmp_path, capsys, change, message):
    assert call(0, **change) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "error" in line] == lines[-1:]
    assert lines[-1].startswith(message)
    assert not (tmp_path / "out").exists()
