"""Two runs against each other: hand-made tables whose differences can be counted, and the command that prints them."""

from __future__ import annotations

import pandas as pd
import pytest

from mirage.__main__ import main
from mirage.errors import StudyError
from mirage.moved import Number, Place, compared, expected_in, numbers_of, tables_in
from script_loader import script_main

F1 = {
    "split": ["kfold", "kfold", "out-north"],
    "agent": ["tfidf", "words", "tfidf"],
    "status": ["complete"] * 3,
    "f1": [0.8, 0.7, 0.5],
    "sd": [0.01, 0.02, 0.03],
    "low": [0.75, 0.65, 0.4],
    "high": [0.85, 0.75, 0.6],
}


def f1(**changed):
    return {"f1": pd.DataFrame(F1 | changed)}


def moved(before, after, tolerance=0.0):
    found = compared(numbers_of(before), numbers_of(after), tolerance)
    return {(m.place.row, m.place.column): m.beyond for m in found.moved}


def test_a_number_has_its_interval_and_a_row_its_names():
    numbers = numbers_of(f1())
    assert numbers[Place("f1", "kfold, tfidf", "f1")] == Number(0.8, 0.75, 0.85)
    assert numbers[Place("f1", "kfold, tfidf", "sd")] == Number(0.01)
    assert numbers[Place("f1", "kfold, tfidf", "status")] == Number("complete")
    assert len(numbers) == 9


@pytest.mark.parametrize(
    ("columns", "estimate", "ends"),
    [
        (["recall", "recall_low", "recall_high"], "recall", (0.1, 0.2)),
        (["f1", "behind", "low_behind", "high_behind"], "behind", (0.1, 0.2)),
        (["recall", "least", "greatest", "low", "high"], "recall", (0.1, 0.2)),
    ],
)
def test_the_ends_of_an_interval_belong_to_the_estimate_before_them(columns, estimate, ends):
    row = {"agent": ["a"], **{name: [0.5] for name in columns}, columns[-2]: [0.1], columns[-1]: [0.2]}
    numbers = {place.column: number for place, number in numbers_of({"t": pd.DataFrame(row)}).items()}
    assert (numbers[estimate].low, numbers[estimate].high) == ends
    assert not {columns[-2], columns[-1]} & set(numbers)


def test_the_same_run_has_not_moved():
    found = compared(numbers_of(f1()), numbers_of(f1()))
    assert found.same
    assert found.both == 9


def test_a_number_moves_within_its_interval_beyond_it_or_without_one():
    after = f1(f1=[0.82, 0.7, 0.65], sd=[0.01, 0.05, 0.03], low=[0.77, 0.65, 0.45], high=[0.87, 0.75, 0.7])
    # .82 lies in [.75, .85] and .80 in [.77, .87]; .65 lies above [.40, .60].
    assert moved(f1(), after) == {("kfold, tfidf", "f1"): False, ("out-north, tfidf", "f1"): True, ("kfold, words", "sd"): None}


def test_what_moved_beyond_its_interval_is_told_first():
    found = compared(numbers_of(f1()), numbers_of(f1(f1=[0.81, 0.7, 0.9])))
    assert [m.place.row for m in found.moved] == ["out-north, tfidf", "kfold, tfidf"]


def test_an_end_alone_moves_and_a_difference_within_the_tolerance_does_not():
    assert moved(f1(), f1(low=[0.74, 0.65, 0.4])) == {("kfold, tfidf", "f1"): False}
    assert moved(f1(), f1(low=[0.74, 0.65, 0.4]), 0.01) == {}
    assert moved(f1(), f1(low=[0.74, 0.65, 0.4]), 0.0099) == {("kfold, tfidf", "f1"): False}


def test_a_word_moves_and_an_empty_cell_is_one():
    after = f1(status=["complete", "missing", "complete"], f1=[0.8, None, 0.5], low=[0.75, None, 0.4], high=[0.85, None, 0.6])
    found = compared(numbers_of(f1()), numbers_of(after))
    assert {(m.place.column, str(m.before), str(m.after)) for m in found.moved} == {
        ("status", "complete", "missing"),
        ("f1", ".700 [.650, .750]", "nothing"),
    }


def test_agents_schemes_and_tables_of_one_run_alone_are_named():
    before = f1() | {"gap": pd.DataFrame({"agent": ["tfidf"], "gap": [0.1]})}
    after = f1(agent=["tfidf", "minilm", "tfidf"]) | {"dose": pd.DataFrame({"agent": ["tfidf"], "recall": [0.1]})}
    found = compared(numbers_of(before), numbers_of(after))
    assert found.appeared == [("f1", "kfold, minilm")]
    assert found.went == [("f1", "kfold, words")]
    assert (found.tables_appeared, found.tables_went) == (["dose"], ["gap"])
    assert not found.moved


def test_another_reference_is_a_word_that_moved_not_another_row():
    gap = {"agent": ["a"], "held_out": ["out-north"], "reference": ["kfold"], "gap": [0.1]}
    before, after = ({"gap": pd.DataFrame(gap | {"reference": [name]})} for name in ("kfold", "stratified"))
    assert moved(before, after) == {("a, out-north", "reference"): None}


def test_rows_of_one_name_are_told_apart_by_their_place():
    twice = {"t": pd.DataFrame({"agent": ["a", "a"], "value": [1.0, 2.0]})}
    assert {place.row: number.value for place, number in numbers_of(twice).items()} == {"a": 1.0, "a #2": 2.0}


@pytest.fixture
def runs(tmp_path):
    """Two folders of results: in the second one number lies beyond its interval and one within."""
    for name, values in (("one", [0.8, 0.7, 0.5]), ("two", [0.82, 0.7, 0.65])):
        (tmp_path / name / "results/tables").mkdir(parents=True)
        pd.DataFrame(F1 | {"f1": values}).to_csv(tmp_path / name / "results/tables/f1.csv", index=False)
    return tmp_path


def run(capsys, *arguments):
    capsys.readouterr()
    status = main(["compare", *map(str, arguments)])
    return status, *capsys.readouterr()


def test_the_command_prints_what_moved_and_its_status_is_of_interest_on_demand(runs, capsys):
    printed = [
        "f1: 2 moved, 1 beyond an interval",
        "  out-north, tfidf: f1 .500 [.400, .600] -> .650 [.400, .600] (beyond the interval)",
        "  kfold, tfidf: f1 .800 [.750, .850] -> .820 [.750, .850] (within the interval)",
        "9 numbers in both; 2 moved, 1 beyond an interval",
        "",
    ]
    # A study's folder and its folder of results are the same run.
    assert run(capsys, runs / "one", runs / "two/results") == (0, "\n".join(printed), "")
    status, _, error = run(capsys, runs / "one", runs / "two", "--check")
    assert (status, error) == (1, f"error: {runs}/two: its numbers are not those of {runs}/one\n")
    assert run(capsys, runs / "one", runs / "one", "--check") == (0, "9 numbers in both; nothing changed\n", "")
    assert run(capsys, runs / "one", runs / "two", "--check", "--tolerance", "0.15")[0] == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "no such folder; name a folder of results, such as results/reference, or of a study"),
        ("empty", "no folder of results: it holds no tables/*.csv; name one such as results/reference, or a study's"),
    ],
)
def test_what_is_no_folder_of_results_is_one_line(runs, capsys, name, said):
    (runs / "empty").mkdir()
    assert run(capsys, runs / "one", runs / name) == (1, "", f"error: {runs / name}: {said}\n")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe,\x00"])
def test_a_table_that_cannot_be_read_is_one_line(runs, capsys, content):
    table = runs / "two/results/tables/f1.csv"
    table.write_bytes(content)
    status, _, error = run(capsys, runs / "one", runs / "two")
    assert status == 1
    assert error.startswith(f"error: {table}: no table that can be read: ")
    assert error.count("\n") == 1


def test_a_table_that_is_not_there_is_named_with_those_that_are(runs, capsys):
    status, _, error = run(capsys, runs / "one", runs / "two", "--tables", "gaps")
    assert (status, error) == (1, f"error: --tables gaps: {runs}/two holds no such table; it has f1\n")


def test_a_stamp_is_told_and_is_no_number(runs, capsys):
    path = runs / "two/results/tables/f1.csv"
    pd.read_csv(path).assign(stamp="synthetic corpus: made up").to_csv(path, index=False)
    _, printed, _ = run(capsys, runs / "one", runs / "two")
    assert printed.startswith(f"{runs}/two: synthetic corpus: made up\nf1: 2 moved, 1 beyond")


def test_a_run_is_held_against_a_csv_of_what_is_expected(runs, capsys):
    path = runs / "expected.csv"
    written = script_main("expect_numbers")(["--results", str(runs / "one"), "--output", str(path), "--tolerance", "0.03"])
    assert written == 0
    numbers, tolerance = expected_in(path)
    # The main numbers alone: of this table the F1s.
    assert numbers == {place: number for place, number in numbers_of(tables_in(runs / "one")).items() if place.column == "f1"}
    assert set(tolerance.values()) == {0.03}
    assert run(capsys, path, runs / "one", "--check")[0] == 0
    # .80 -> .82 is allowed, .50 -> .65 is not.
    status, printed, _ = run(capsys, path, runs / "two", "--check")
    assert status == 1
    assert printed.endswith("3 numbers in both; 1 moved, 1 beyond an interval\n")


def test_an_expected_number_that_went_is_seen(runs, capsys):
    path = runs / "expected.csv"
    script_main("expect_numbers")(["--results", str(runs / "one"), "--output", str(path), "--tolerance", "0"])
    table = runs / "two/results/tables/f1.csv"
    pd.DataFrame(F1).head(2).to_csv(table, index=False)
    status, printed, _ = run(capsys, path, runs / "two", "--check")
    assert (status, printed.splitlines()[:2]) == (1, ["f1: 1 row only in the first", "  only in the first: out-north, tfidf"])


def test_a_csv_of_something_else_is_one_line(tmp_path):
    with pytest.raises(StudyError, match="no such file"):
        expected_in(tmp_path / "expected.csv")
    (tmp_path / "expected.csv").write_text("split,f1\nkfold,.8\n")
    with pytest.raises(StudyError, match="no csv of expected numbers: found the columns split, f1; write table, row, column"):
        expected_in(tmp_path / "expected.csv")
