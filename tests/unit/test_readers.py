"""What separates the fields of somebody's csv."""

import pytest

from mirage.data.readers import columns_of, table_of
from mirage.errors import StudyError

ROWS = [["id", "text", "site"], ["a", "one, two; three\tfour | five", "north"], ["b", 'said "six"', "south"]]


def csv_of(mark, rows=ROWS):
    fields = [
        [f'"{field.replace(chr(34), chr(34) * 2)}"' if number else field for field in row] for number, row in enumerate(rows)
    ]
    return "\n".join(mark.join(row) for row in fields).encode()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_any_usual_mark_may_separate_fields(mark):
    data = csv_of(mark)
    assert columns_of(data, "rows.csv") == ROWS[0]
    assert [row for _, row in table_of(data, "rows.csv", ROWS[0])] == ROWS[1:]
    assert columns_of(csv_of(mark, ROWS[:1]), "rows.csv") == ROWS[0]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("text\nfirst; second\nthird; fourth\n", ["text"]),
        ("text;raw,site\nfirst;second,north\n", ["text;raw", "site"]),
        ("text|raw\nfirst, second\n", ["text|raw"]),
    ],
    ids=["one column of prose", "a comma cuts the header", "the row is not cut"],
)
def test_a_mark_in_a_text_separates_nothing(text, columns):
    assert columns_of(text.encode(), "rows.csv") == columns


def test_a_row_with_too_many_fields_is_told_by_its_mark():
    with pytest.raises(
        StudyError, match=r"row 2: 4 columns; expected 3, as in the header \(a text with a semicolon must be quoted\)"
    ):
        list(table_of(csv_of(";").replace(b'said ""six""";', b'said";"six";'), "rows.csv", ["text"]))
