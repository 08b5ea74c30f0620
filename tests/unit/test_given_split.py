"""A split that came with the data: read from two files or a column, looked at, and its F1 beside the others."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mirage.__main__ import main
from mirage.data.declaration import Declaration
from mirage.data.options import DataOptions
from mirage.data.pairs import lay_out_pair, with_part
from mirage.data.sources import fetch
from mirage.design import Design
from mirage.errors import StudyError
from mirage.init.given_split import Given, part_lines
from mirage.init.inspect import Column
from mirage.report.sentences.given_split import f1_on_the_given_split
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.study import Study, check_config, fill_defaults
from mirage.tables.given_split import WITHOUT, given_split_panels, given_split_table, parts_of
from sentence_tables import evidence, gap_row

COLUMNS = {"id": "id", "text": "text", "label": "label", "positive": "yes", "group": "site"}
TRAIN = "id,text,label,site\n1,a first text,yes,north\n2,a second text,no,north\n"
TEST = "id,text,label,site\n1,a third text,yes,south\n"
GIVEN = Schemes({"given": {"column": "part", "train": ["train"], "test": ["test"]}})["given"]


def pair(test=TEST, columns=COLUMNS):
    files = [(TRAIN.encode(), "train.csv"), (test.encode(), "test.csv")]
    return lay_out_pair(files, with_part(Declaration.from_mapping(columns)))


def test_both_files_make_one_table_that_says_which_a_row_is_from():
    rows = pair()
    assert rows["row_id"].tolist() == ["train-1", "train-2", "test-1"]
    assert rows["chapter"].tolist() == ["train-1", "train-2", "test-1"]
    assert rows["meta.part"].tolist() == ["train", "train", "test"]
    assert rows.attrs["labels"] == {"yes": 2, "no": 1}


def test_a_unit_may_lie_in_both_files():
    assert pair(columns=COLUMNS | {"unit": "site"})["chapter"].tolist() == ["north", "north", "south"]


def test_a_fault_names_the_file_it_is_in():
    with pytest.raises(StudyError, match=r"^test\.csv: row 1 \(id 1\): text is empty"):
        pair("id,text,label,site\n1,,yes,south\n")


def test_a_column_of_the_same_name_is_refused():
    with pytest.raises(StudyError, match=r"the column 'part' is made from data\.path and data\.test_path"):
        with_part(Declaration.from_mapping(COLUMNS | {"metadata": ["part"]}))


def test_a_pair_is_fetched_with_both_names(tmp_path):
    for name, text in (("train.csv", TRAIN), ("test.csv", TEST)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    data = {"source": "file", "path": str(tmp_path / "train.csv"), "test_path": str(tmp_path / "test.csv"), "columns": COLUMNS}
    rows, record = fetch(DataOptions.from_mapping(data))
    assert rows["meta.part"].tolist() == ["train", "train", "test"]
    assert record["origin"] == "local files train.csv and test.csv, to train and to test"
    with pytest.raises(StudyError, match=r"gone\.csv: no such file or directory; data\.test_path must name"):
        fetch(DataOptions.from_mapping(data | {"test_path": str(tmp_path / "gone.csv")}))


def sections():
    """Eight training rows and four to test: one repeats a text of the training rows, one nearly, one is of a site of theirs."""
    label = [1, 0] * 6
    part = ["train"] * 8 + ["test"] * 4
    near = [0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 8, 9]
    exact = [0, 1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10]
    frame = {"row_id": [f"r{place}" for place in range(12)], "text": ["one two three"] * 12, "label": label, "meta.part": part}
    frame |= {
        "source": ["north"] * 9 + ["south"] * 3,
        "chapter": [f"c{place}" for place in range(12)],
        "year": [2001] * 8 + [2001, 2002, 2002, 2003],
    }
    return pd.DataFrame(frame | {"exact_group": exact, "near_group": near, "unit": near})


def test_the_given_split_trains_and_tests_as_the_column_says_whatever_the_seed():
    split = make_split(sections(), GIVEN, 3, SplitOptions())
    assert split["part"].tolist() == ["train"] * 8 + ["test"] * 4
    assert GIVEN.is_given
    assert not Schemes({"x": {"train": ["a"], "test": ["b"]}})["x"].is_given
    assert GIVEN.description == "trained on all rows of part train, tested on all of part test"


DESIGN = Design(
    schemes=["given", "kfold"],
    agents=["tfidf"],
    seeds=[0],
    level=0.95,
    draws=100,
    seed=0,
    reference="kfold",
    held_out=["given"],
)


@pytest.fixture
def table():
    f1 = pd.DataFrame(
        [
            {"split": split, "agent": "tfidf", "status": "complete", "f1": f1, "low": f1 - 0.1, "high": f1 + 0.1}
            for split, f1 in (("given", 0.8), ("kfold", 0.7))
        ]
    )
    left = pd.DataFrame(
        [{"split": "given", "agent": "tfidf", "status": "complete", "left_out": "near-duplicates", "f1": 0.6, "rows": 2.0}]
    )
    train, test = parts_of(sections(), GIVEN)
    return given_split_table(sections(), train, test, f1, left, DESIGN, ["given", "kfold"])


def test_what_test_rows_have_in_training_is_counted(table):
    shared = table[table["kind"] == "shared"].set_index("what")["test"].to_dict()
    assert shared == {
        "the same text": 1, "a near-duplicate": 2, "a near-duplicate under the other label": 1, "another row of its «unit»": 0,
        "its «group»": 1, "its year, or a later one": 1,
    }  # fmt: skip
    sizes = table[table["kind"] == "size"].set_index("what")
    assert sizes.loc["rows", ["train", "test"]].tolist() == [8, 4]
    assert sizes.loc["last year", ["train", "test"]].tolist() == [2001, 2003]
    told = table[table["kind"] == "told apart"]
    assert told["status"].tolist() == ["too few rows (4)", "too few rows (2)", "too few rows (2)"]


def test_f1_of_the_given_split_stands_first_and_what_is_left_of_it_next(table):
    first, shared, differs = given_split_panels(table, {"tfidf": "TF-IDF"}, 0.95)
    assert first.cells.to_dict("records") == [
        {"agent": "TF-IDF", "given": ".800 [.700, .900]", WITHOUT: ".600", "kfold": ".700 [.600, .800]"}
    ]
    assert shared.cells.loc[1].tolist() == ["a near-duplicate", "2", ".500 [.150, .850]"]
    assert differs.cells.set_index("of each part").loc["first year", "train"] == "2001"


def test_the_sentence_says_f1_there_what_repeats_and_f1_without(table):
    said = f1_on_the_given_split(evidence(given_split=table, gap=pd.DataFrame([gap_row("tfidf", 0.1)])))
    assert said == (
        "On the given split “TF-IDF, plain” scores F1 .800 [.700, .900], and .700 [.600, .800] in cross-validation. 2 "
        "of its test «rows» (50.0%) repeat a training «row», at least nearly; without them F1 is .600."
    )
    assert f1_on_the_given_split(evidence()) is None


def csv_of(rows):
    return "\n".join(["text,label,site,split", *rows]) + "\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draws = np.random.default_rng(0)
    words = ["north", "river", "quiet", "letter", "bridge", "market", "winter"]
    rows = [
        f"{' '.join(draws.choice(words, 8))} {'prize' if place % 3 else 'lunch'},{'spam' if place % 3 else 'ham'},{'ab'[place % 2]},"
        for place in range(160)
    ]
    Path("train.csv").write_text(csv_of([f"{row}train" for row in rows[:120]]), encoding="utf-8")
    Path("test.csv").write_text(csv_of([f"{row}test" for row in rows[120:]]), encoding="utf-8")
    Path("both.csv").write_text(
        csv_of([f"{row}{'train' if place < 120 else 'test'}" for place, row in enumerate(rows)]), encoding="utf-8"
    )
    return tmp_path


def run(*arguments):
    return main(["init", *map(str, arguments)])


def written(name):
    config = yaml.safe_load((Path(name) / "config.yaml").read_text(encoding="utf-8"))
    check_config(config)
    fill_defaults(config)
    return config


def test_two_files_are_a_study_of_their_split(here, capsys):
    run("train.csv", "--test", "test.csv", "--group", "site")
    assert "\ngiven split: 120 rows to train on, 40 to test on\n" in capsys.readouterr().out
    config = written("train-study")
    assert config["data"]["test_path"] == "../test.csv"
    assert config["scheme_definitions"] == {"given": {"column": "part", "train": ["train"], "test": ["test"]}}
    assert config["gap"]["held_out"] == ["given", "out-a", "out-b"]
    assert config["headline"]["held_out"] == "given"
    assert Study.from_config(config).given_split == "given"


def test_a_column_says_the_same(here):
    run("both.csv", "--split-column", "split", "--group", "site")
    config = written("both-study")
    assert "test_path" not in config["data"]
    assert config["data"]["columns"]["metadata"] == ["split"]
    assert config["scheme_definitions"] == {"given": {"column": "split", "train": ["train"], "test": ["test"]}}


def test_rows_in_neither_part_are_told():
    parts = Column("split", ["train"] * 5 + ["val"] * 2 + ["test"] * 3)
    assert part_lines(parts, Given("split", ["train"], ["test"])) == [
        "given split: 5 rows to train on, 3 to test on; in neither: val 2"
    ]


def test_labels_of_one_part_are_told(here, capsys):
    with Path("test.csv").open("a", encoding="utf-8") as file:
        file.write("a text about nothing at all,eggs,a,test\n" * 12)
    run("train.csv", "--test", "test.csv", "--group", "site", "--label", "label", "--positive", "spam")
    assert "labels tested and never trained on: eggs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("train.csv", "--test", "short.csv"),
            r"^short\.csv: lacks the column label of train\.csv; found text, site, split\. Both files of a pair",
        ),
        (
            ("both.csv", "--split-column", "gone"),
            r"^--split-column gone: no such column; the columns are text, label, site, split",
        ),
        (("both.csv", "--split-column", "site"), r"^--split-column site: found 'a', 'b'; write train and test there"),
        (("both.csv", "--split-column", "split", "--test", "test.csv"), r"^--test and --split-column both name a given split"),
    ],
)
def test_what_is_no_given_split_is_told_in_one_line(here, capsys, arguments, expected):
    Path("short.csv").write_text("text,site,split\nsome words here,a,test\n", encoding="utf-8")
    assert run(*arguments) == 1
    assert re.search(f"^error: {expected.removeprefix('^')}", capsys.readouterr().err)
    assert not list(here.glob("*-study"))


def test_an_f1_without_repeats_is_left_out_where_nothing_repeats(table):
    none = table.assign(test=table["test"].where(table["what"] != "a near-duplicate", 0))
    said = f1_on_the_given_split(evidence(given_split=none, gap=pd.DataFrame([gap_row("tfidf", 0.1)])))
    assert "without them" not in said
    assert not math.isnan(none["test"].iloc[0])
