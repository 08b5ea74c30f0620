"""Rows that do not fit: an error without a rule; with one, left out or kept as it says, and counted wherever rows are told of."""

from __future__ import annotations

import pytest

from mirage.audit.audit import audit, audit_markdown
from mirage.data.dates import orders_that_fit, year_in
from mirage.data.declaration import Declaration
from mirage.data.options import DataOptions
from mirage.data.rules import left_out_words
from mirage.data.sources import fetch
from mirage.errors import StudyError
from mirage.report.origins import provenance_rows
from mirage.results import Results

HEADER = "title,body,place,verdict,when"
ROWS = [
    "One title,the first body,north,good,03/04/2001",
    ",the second body,south,bad,13/04/2002",
    "A third,,north,Good,01/02/2003",
    "A fourth,its body,,bad,01/02/2004",
    ",,south,good,01/02/2005",
    "A sixth,its body,south,,01/02/2006",
    "A seventh,its body,south,no agreement,01/02/2007",
]
COLUMNS = {"text": ["title", "body"], "label": "verdict", "positive": "good", "group": "place"}
LENIENT = {"missing": "leave-out", "missing_group": "leave-out", "leave_out": "no agreement", "fold_case": True}


@pytest.fixture
def fetched(tmp_path):
    def fetches(rows=ROWS, header=HEADER, **declared):
        path = tmp_path / "rows.csv"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        columns = {key: value for key, value in {**COLUMNS, **declared}.items() if value is not None}
        return fetch(DataOptions.from_mapping({"source": "file", "path": str(path), "columns": columns}))

    return fetches


def fault(call, *arguments, **declared):
    with pytest.raises(StudyError) as caught:
        call(*arguments, **declared)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_rows_are_left_out_by_rules_and_counted_by_reason(fetched):
    sections, provenance = fetched(**LENIENT)
    assert sections["text"].tolist() == ["One title the first body", "the second body", "A third"]
    assert sections["row_id"].tolist() == ["1", "2", "3"]
    assert sections["label"].tolist() == [1, 0, 1]
    assert provenance["left_out"] == {
        "place is empty": 1,
        "the text is empty": 1,
        "verdict is empty": 1,
        "verdict is 'no agreement'": 1,
    }
    assert provenance["rows"] == 3


def test_an_empty_group_may_be_a_level_of_its_own(fetched):
    sections, provenance = fetched(**{**LENIENT, "missing_group": "level"})
    assert sections["source"].tolist() == ["north", "south", "north", "(empty)"]
    assert "place is empty" not in provenance["left_out"]


def test_without_a_rule_the_first_row_at_fault_is_an_error_that_names_the_rule(fetched):
    assert fault(fetched).endswith(
        "rows.csv: row 4: place is empty; expected some text, or data.columns.missing_group: leave-out or level"
    )
    assert "row 5: title and body are empty; expected some text, or data.columns.missing: leave-out" in fault(
        fetched, missing_group="level"
    )
    assert "row 2: title is empty; expected some text, or data.columns.missing: leave-out" in fault(fetched, text="title")
    told = fault(fetched, ROWS[5:], missing_group="level")
    assert "row 1: verdict is empty; expected a label, or data.columns.missing: leave-out" in told
    told = fault(fetched, ROWS[6:], leave_out="no agreement")
    assert (
        "no rows are left (1 row left out: verdict is 'no agreement'); mend the file, or the rules under data.columns" in told
    )


def test_no_rule_leaves_nothing_out_and_no_count(fetched):
    _, provenance = fetched(ROWS[:2])
    assert "left_out" not in provenance


def test_a_number_is_cut_in_two(fetched):
    rows = ["A title,a body,north,0.5,", "A title,b body,south,.49,", "A title,c body,south,1,"]
    sections, _ = fetched(rows, cut=0.5, positive="0.5 or more")
    assert sections["label"].tolist() == [1, 0, 1]
    told = fault(fetched, [*rows, "A title,d body,south,high,"], cut=0.5, positive="0.5 or more")
    assert told.endswith(
        "row 4: verdict is 'high', no number that data.columns.cut could cut; leave `cut` out, or mend the row"
    )


def test_dates_are_read_in_the_order_that_is_declared(fetched):
    sections, _ = fetched(**LENIENT, time={"column": "when", "order": "day"})
    assert sections["year"].tolist() == [2001, 2002, 2003]
    told = fault(fetched, **LENIENT, time={"column": "when", "order": "month"})
    assert (
        "row 2: when is '13/04/2002', no date with the month first; write what stands first under data.columns.time.order"
        in told
    )


@pytest.mark.parametrize(
    ("value", "order", "year"),
    [
        ("03/04/2005", "day", "2005"),
        ("3.4.05", "day", "2005"),
        ("3-4-99", "month", "1999"),
        ("2005/04/03 12:00", "year", "2005"),
        ("31/12/2005", "month", None),
        ("2005-4", "year", None),
        ("32/01/2005", "day", None),
        ("3/4-2005", "day", None),
    ],
)
def test_the_year_of_a_date(value, order, year):
    assert year_in(value, order) == year


def test_the_orders_that_fit_every_date():
    assert orders_that_fit(["03/04/2005", "13/04/2005"]) == ["day"]
    assert orders_that_fit(["03/04/2005", "04/13/2005"]) == ["month"]
    assert orders_that_fit(["03/04/2005"]) == ["day", "month"]
    assert orders_that_fit(["13/04/2005", "04/13/2005"]) == []


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"missing": "drop"}, "data.columns.missing: found 'drop'; write error or leave-out"),
        ({"missing_group": "x"}, "data.columns.missing_group: found 'x'; write error, leave-out or level"),
        ({"cut": "half"}, "data.columns.cut: found 'half'; write a number, such as 0.5"),
        ({"fold_case": 1}, "data.columns.fold_case: found 1; write true or false"),
        ({"leave_out": "good"}, "data.columns: the label 'good' stands under positive and leave_out; write it once"),
        ({"text": ["title", "title"]}, "data.columns.text: the column 'title' stands there twice; write it once"),
        ({"text": ["title", "verdict"]}, "data.columns: the column 'verdict' cannot be two of text, label and group; write another"),
        ({"time": {"column": "when", "order": "week"}}, "data.columns.time.order: found 'week'; write what stands first: day, month, year"),
        ({"time": {"column": "when", "order": "day", "pattern": "x"}}, "write a column, or a mapping of column and pattern or order"),
    ],
)  # fmt: skip
def test_a_malformed_rule_is_told_in_one_line(declared, expected):
    assert expected in fault(Declaration.from_mapping, {**COLUMNS, **declared})


def test_what_is_left_out_stands_in_audit_page_and_tables(fetched, tmp_path):
    sections, provenance = fetched(**LENIENT)
    page = audit_markdown(audit(sections, provenance))
    assert "## Rows left out" in page
    assert "| verdict is 'no agreement' | 1 |" in page
    said = "1 row left out: place is empty; 1 row left out: the text is empty; 1 row left out: verdict is empty; "
    assert dict(provenance_rows(provenance, [], None, None))["rows left out"].startswith(said)
    assert left_out_words({"the text is empty": 1200}) == "1,200 rows left out: the text is empty"
    results = Results(tmp_path, reads=[tmp_path / "data/sections.json"], options={})
    (tmp_path / "data").mkdir()
    (tmp_path / "data/sections.json").write_text('{"left_out": {"verdict is empty": 2}}', encoding="utf-8")
    assert results.left_out == ["2 rows left out: verdict is empty."]


def test_an_audit_of_rows_that_all_fit_says_nothing_of_rows_left_out(fetched):
    assert "Rows left out" not in audit_markdown(audit(*fetched(ROWS[:2])))
