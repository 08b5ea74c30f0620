import pandas as pd
import pytest

from mirage.tables.layout import Panel, write_table
from mirage.words import Words

LAWS = Words(row="section", unit="chapter", group="source")


def test_marks_become_the_words_in_the_singular_and_the_plural():
    text = "another «unit» of this «group», and the «groups» of all «rows»; a group stays a group"
    assert LAWS.say(text) == "another chapter of this source, and the sources of all sections; a group stays a group"
    assert Words().say("«units»") == "units"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "row rows, unit units, group groups"),
        ({"columns": {"group": "site", "unit": "patient"}}, "row rows, patient patients, site sites"),
        # What is made of several columns has no name of its own.
        (
            {"columns": {"group": ["site", "ward"], "unit": {"column": "id", "pattern": "x"}}},
            "row rows, unit units, group groups",
        ),
        ({"columns": {"group": "site"}, "words": {"group": ["study", "studies"]}}, "row rows, unit units, study studies"),
        ({"words": None}, "row rows, unit units, group groups"),
    ],
)
def test_a_unit_and_a_group_are_called_by_their_column_unless_the_study_says_otherwise(data, said):
    assert Words.of(data).say("«row» «rows», «unit» «units», «group» «groups»") == said


def test_people_read_the_words_and_the_csv_has_none(tmp_path):
    frame, shown = pd.DataFrame({"unit": [1]}), pd.DataFrame({"«unit»": ["of the «group»"]})
    panel = Panel("Rows of a «unit».", shown)
    write_table(tmp_path / "t", "By «group»", frame, [panel], ["- Held out: «groups»."], None, LAWS)
    for kind in ("md", "tex"):
        text = (tmp_path / f"t.{kind}").read_text(encoding="utf-8")
        assert all(said in text for said in ("By source", "Rows of a chapter.", "of the source", "Held out: sources."))
        assert "«" not in text
    assert (tmp_path / "t.csv").read_text() == "unit\n1\n"


@pytest.mark.parametrize(
    ("word", "several"),
    [
        ("category", "categories"),
        ("day", "days"),
        ("class", "classes"),
        ("box", "boxes"),
        ("source", "sources"),
        ("detailed_source", "detailed_sources"),
    ],
)
def test_a_plural_that_is_not_given_is_formed_by_rule(word, several):
    assert Words(group=word).many("group") == several
