"""Files of other people and small made-up ones, where they lie beside the checkout: what a person says their columns are is proposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirage.data.declaration import Declaration
from mirage.data.readers import Reading, table_of
from mirage.data.sections import lay_out
from mirage.errors import StudyError
from mirage.init.inspect import look_into
from mirage.init.propose import propose

SHARED = Path(__file__).resolve().parents[3] / "shared"
CASES, REAL = SHARED / "cases" / "own_data", SHARED / "data" / "real"

RIGHT = {
    # file: text, label, classes, positive, group, unit, what gives the label away, rules
    REAL / "crisislex6.csv": ("tweet", "label", 2, "on-topic", "event", None, [], {}),
    REAL / "hatecheck.csv": ("test_case", "label_gold", 2, "hateful", "functionality", "templ_id", ["direction"], {}),
    REAL / "rucola.csv": ("sentence", "acceptable", 2, "0", "detailed_source", None, ["error_type"], {}),
    REAL / "liar_plus.jsonl": ("claim", "label", 6, None, "party", "originator", [], {"missing_group": "level"}),
    REAL / "banking77.csv": ("text", "category", 77, None, None, None, [], {}),
    CASES / "target_stance.csv": ("Tweet", "Stance", 3, None, "Target", None, [], {}),
    CASES / "topic_sentiment.csv": ("TweetText", "Sentiment", 2, "positive", "Topic", None, [], {}),
    CASES / "label_gold_direction.csv": ("test_case", "label_gold", 2, "hateful", "functionality", None, ["direction"], {}),
    CASES / "label_text.csv": ("text", "label", 2, "1", "outlet", None, ["label_text"], {}),
    CASES / "stray_class.csv": ("text", "label_bias", 2, "Biased", "outlet", None, [], {"leave_out": ["No agreement"]}),
    CASES / "group_missing.csv": ("text", "label", 2, "1", "outlet", None, [], {"missing_group": "leave-out"}),
    CASES / "text_missing.csv": ("text", "label", 2, "1", "outlet", None, [], {"missing": "leave-out"}),
    CASES / "label_missing.csv": ("text", "label", 2, "1", "outlet", None, [], {"missing": "leave-out"}),
    CASES / "many_classes.csv": ("text", "category", 31, None, "outlet", None, [], {}),
    CASES / "title_body.csv": ("title and body", "label", 2, "feature", "repo", None, [], {}),
    CASES / "one_two.csv": ("text", "label", 2, "2", "outlet", None, [], {}),
    CASES / "bool.jsonl": ("text", "is_sarcastic", 2, "true", "outlet", None, [], {}),
    CASES / "dates_odd.csv": ("text", "label", 2, "1", "outlet", None, [], {}),
    CASES / "60_groups.csv": ("text", "label", 2, "1", "speaker", "speaker", [], {}),
    CASES / "no_group.csv": ("text", "label", 2, "spam", None, None, [], {}),
    **{
        CASES / name: ("text", "label", 2, "1", "outlet", None, [], {})
        for name in (
            "semicolon.csv", "semicolon_comma_text.csv", "tabs.tsv", "tabs_named.csv", "bare_cr.csv", "long_field.csv", "array.json",
            "latin1.csv",
        )
    },
}  # fmt: skip
READINGS = {CASES / "latin1.csv": Reading(encoding="latin-1")}

REFUSED = {
    CASES
    / "two_a_class.csv": "too few rows a class to say anything: the column label has 20 classes in 40 rows (c0 2, c1 2, c2 2 and ",
    CASES
    / "probability.csv": "the column isHate holds numbers from 0.003 to 0.988 and no classes; say where to cut them in two, as",
    CASES / "list_labels.jsonl": "the column label holds lists of labels",
}


def columns_of(path):
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return look_into(path, READINGS.get(path, Reading())).columns


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.name)
def test_the_columns_are_what_a_person_says(path):
    text, label, classes, positive, group, unit, away, rules = RIGHT[path]
    found = propose(columns_of(path), {})
    assert [found.column(role) for role in ("text", "label", "group", "unit")] == [text, label, group, unit]
    assert len(found.classes) == classes
    assert positive in (None, found.positive)
    assert list(found.giving_away) == away
    assert {rule.key: rule.value for rule in found.rules} == rules


@pytest.mark.parametrize("path", [path for path, right in RIGHT.items() if right[4]], ids=lambda path: path.name)
def test_what_is_proposed_reads_the_rows_that_were_counted(path):
    found = propose(columns_of(path), {})
    # Of several classes, of which none is the positive one, any will do to count by.
    positive = found.positive or next(iter(found.classes))
    declaration = Declaration.from_mapping(found.declared([positive]))
    rows = lay_out(
        table_of(path.read_bytes(), str(path), declaration.columns, READINGS.get(path, Reading())), str(path), declaration
    )
    assert rows.attrs["labels"] == found.classes
    assert rows["label"].sum() == found.classes[positive]


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.name)
def test_what_a_file_leaves_open_is_asked_in_one_line(path):
    with pytest.raises(StudyError) as caught:
        propose(columns_of(path), {})
    assert str(caught.value).startswith(REFUSED[path])
    assert "\n" not in str(caught.value)


def test_the_originator_may_be_held_out_and_the_functionality_is_named_for_what_it_is():
    found = propose(columns_of(REAL / "liar_plus.jsonl"), {"group": "originator"})
    assert (found.column("group"), found.column("unit")) == ("originator", "originator")
    found = propose(columns_of(REAL / "hatecheck.csv"), {})
    assert "each has rows of one class: recall or false positives only" in found.roles["group"].reason
    assert "target_ident: rows of one templ_id are spread over its values" in found.roles["group"].reason
    found = propose(columns_of(REAL / "hatecheck.csv"), {"group": "target_ident"})
    assert (found.column("unit"), found.roles["unit"].others) == (None, ["templ_id"])
    assert any(note.startswith("each functionality has rows of one class") for note in found.notes)
    assert "justification" in propose(columns_of(REAL / "liar_plus.jsonl"), {}).roles["text"].others
