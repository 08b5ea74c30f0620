import json
import re

import pandas as pd
import pytest

from frames import score_row
from mirage.errors import StudyError
from mirage.splits.store import write_splits
from on_the_books.lookups import NO_ROW, NOT_MADE
from on_the_books.tables.contradictions import COLUMNS, contradictions_panels, contradictions_table, overlap_table
from script_loader import SCRIPTS, make_table

KNOWN = SCRIPTS.parent / "workflow/resources/contradictions.csv"
REFERENCE = SCRIPTS.parent / "results/reference/tables"
HEADER = ",".join(COLUMNS)
F1 = pd.DataFrame([{"split": "random", "f1": 0.9512}, {"split": "time", "f1": 0.5}])


def said(tmp_path, *rows, header=HEADER):
    path = tmp_path / "said.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return contradictions_table(path, {"f1": F1})


def test_our_numbers_come_from_the_tables_and_the_sources_stay_as_they_are(tmp_path):
    table = said(
        tmp_path,
        "F1,it is .96,the card,it is .94,the post,We find {f1.f1 split=random}.",
        "Fall,none,the post,,,{f1.f1 split=time}",
    )
    assert table["finding"].tolist() == ["We find .951.", ".500"]
    [panel] = contradictions_panels(table)
    assert panel.cells.to_numpy().tolist() == [
        ["F1", "it is .96 (the card)", "it is .94 (the post)", "We find .951."],
        ["Fall", "none (the post)", "– (the data)", ".500"],
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("F1,,the card,x,the post,y", r"said\.csv, row 2 \(F1\): first is empty"),
        ("F1,x,the card,y,,z", "second and second_source go together; write both or neither"),
        ("F1,x,the card,,,{f1.auc split=time}", r"row 2 \(F1\): \{f1\.auc split=time\}: table f1 has no column auc"),
    ],
)
def test_a_row_that_cannot_stand_is_told_by_its_place(tmp_path, row, problem):
    with pytest.raises(StudyError, match=problem):
        said(tmp_path, row)


def test_other_columns_are_an_error(tmp_path):
    with pytest.raises(StudyError, match=r"found columns topic, says; write topic, first, first_source"):
        said(tmp_path, "F1,x", header="topic,says")


def test_two_test_sets_are_held_against_each_other_both_ways():
    table = overlap_table({"a": frozenset("xyz"), "b": frozenset("yzuv")}).set_index(["split", "other"])
    assert table.loc[("a", "b")].tolist() == [3, 2]
    assert table.loc[("b", "a")].tolist() == [4, 2]


def test_every_number_of_the_published_contradictions_is_there_in_the_published_tables():
    tables = {path.stem: pd.read_csv(path, low_memory=False) for path in REFERENCE.glob("*.csv")}
    tables["overlap"] = overlap_table({"exact-datasets": frozenset("ab"), "exact-sklearn": frozenset("bc")})
    table = contradictions_table(KNOWN, tables)
    assert len(table) > 10
    for row in table.itertuples():
        assert not re.search(rf"[{{}}]|{NO_ROW}|{NOT_MADE}|missing", row.finding), row.topic


def test_the_command_writes_the_stamped_table(tmp_path):
    results = tmp_path / "results"
    (results / "data").mkdir(parents=True)
    (results / "data/sections.json").write_text(json.dumps({"corpus": "synthetic"}))
    pd.DataFrame([score_row("stratified", "a", 0, tp=1)]).assign(stand_in=False).to_parquet(results / "scores.parquet")
    (results / "tables").mkdir()
    F1.to_csv(results / "tables/f1.csv", index=False)
    (tmp_path / "contradictions.csv").write_text(
        f"{HEADER}\nRows,.9,the post,,,{{f1.f1 split=time}}; {{overlap.shared split=one; other=two}} shared\n"
    )
    for split, rows in (("one", "abcd"), ("two", "cdef")):
        made = pd.DataFrame({"row_id": list(rows), "fold": 0, "part": ["train", "test", "test", "test"], "group": range(4)})
        write_splits(results / f"splits/{split}.parquet", split, {0: made})
    assert make_table("on_the_books.tables.contradictions", results, {}, [tmp_path / "contradictions.csv"]) == 0
    text = (results / "tables/contradictions.md").read_text(encoding="utf-8")
    assert "**synthetic corpus" in text
    assert "| Rows | .9 (the post) | – (the data) | .500; 1 shared |" in text
