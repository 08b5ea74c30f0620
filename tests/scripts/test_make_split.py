import json
from pathlib import Path

import pandas as pd
import pytest

from frames import toy_sections
from known_schemes import DEFINITIONS
from mirage.errors import StudyError
from mirage.splits.store import read_splits, split_digest
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
        ]
        words += ["--output", str(tmp_path / out / "splits.parquet"), "--record", str(tmp_path / out / "splits.json")]
        return make_split([*words, "--seeds", *map(str, seeds)])

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def splits_in(folder: Path) -> dict[int, pd.DataFrame]:
    return {seed: split for (_, seed), split in read_splits([folder / "splits.parquet"]).items()}


def test_every_seed_gets_a_split_and_a_leakage_report(call, tmp_path, corpus):
    assert call(0, 3, scheme="source-curated") == 0
    assert sorted(contents(tmp_path / "out")) == ["splits.json", "splits.parquet"]
    splits = splits_in(tmp_path / "out")
    assert sorted(splits) == [0, 3]
    assert splits[3]["row_id"].tolist() == pd.read_parquet(corpus)["row_id"].tolist()
    record = json.loads((tmp_path / "out" / "splits.json").read_text())
    assert (record["scheme"], record["kind"], sorted(record["seeds"])) == ("source-curated", "fixed", ["0", "3"])
    assert record["options"] == {"subsample": 0.9, "validation_fraction": 0.125, "vary_split": True}
    assert record["seeds"]["3"]["leakage"]["parts"]["test"]["rows"] == (splits[3]["part"] == "test").sum()


@pytest.mark.parametrize("scheme", ["stratified", "kfold-grouped", "matched", "arm-size"])
def test_a_seed_s_rows_do_not_depend_on_the_process_folder_or_company(call, tmp_path, scheme):
    call(0, 1, 2, scheme=scheme, out="together")
    call(0, 1, 2, scheme=scheme, out="again")
    assert contents(tmp_path / "together") == contents(tmp_path / "again")
    digests = {seed: split_digest(split) for seed, split in splits_in(tmp_path / "together").items()}
    for seed in (2, 0, 1):
        call(seed, scheme=scheme, out=f"alone{seed}")
        assert split_digest(splits_in(tmp_path / f"alone{seed}")[seed]) == digests[seed]
    assert len(set(digests.values())) == 3


def test_a_digest_is_of_every_column_and_of_no_other_row(call, tmp_path):
    call(0)
    split = splits_in(tmp_path / "out")[0]
    known = split_digest(split)
    swapped = split.assign(part=split["part"].replace({"test": "unused"}))
    assert split_digest(split.assign(scheme="x", seed=9)) == known
    assert len({known, split_digest(swapped), split_digest(split.assign(fold=1)), split_digest(split.iloc[::-1])}) == 4


def test_files_of_one_seed_each_read_like_one_file_of_all(call, tmp_path):
    call(0, 1, out="together")
    for seed in (0, 1):
        call(seed, out=f"alone{seed}")
    together = read_splits([tmp_path / "together/splits.parquet"])
    apart = read_splits([tmp_path / f"alone{seed}/splits.parquet" for seed in (0, 1)])
    assert list(together) == list(apart) == [("stratified", 0), ("stratified", 1)]
    for name, split in together.items():
        pd.testing.assert_frame_equal(split, apart[name])


def test_a_file_that_holds_no_splits_is_one_line(corpus):
    with pytest.raises(StudyError, match="not a split file, column 'scheme' is missing"):
        read_splits([corpus])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "chapters"}, "error: split scheme 'chapters' is unknown; write one of random, "),
        ({"options": "{folds: 3}"}, "error: split options: not JSON ("),
        ({"options": '{"fold": 3}'}, "error: split.fold: unknown option; write one of test_fraction, "),
        (
            {"scheme": "decrees", "definitions": '{"decrees": {"column": "law_type", "out": ["decrees"]}}'},
            "error: split scheme 'decrees' cannot be built: no row has law_type 'decrees'",
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
