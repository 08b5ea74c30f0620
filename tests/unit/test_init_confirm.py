"""A proposal at a terminal: taken, changed by keys, or left."""

from __future__ import annotations

import pytest

from layouts import Layout, columns
from mirage.errors import StudyError
from mirage.init.confirm import confirm


@pytest.fixture
def file():
    of = Layout()
    return columns(title=of.text(6), body=of.text(20), topic=of.names(4, "t"), category=of.names(5, "c"), score=of.numbers())


def answered(file, *answers, chosen=None):
    said, left = [], list(answers)

    def ask(prompt):
        if not left:
            raise EOFError
        return left.pop(0)

    return confirm(file, chosen or {}, ask, said.append), said


def test_enter_takes_the_proposal(file):
    found, said = answered(file, "", chosen={"label": "topic"})
    assert (found.column("label"), found.column("group")) == ("topic", "category")
    assert said[0].startswith("role ")
    assert said[1].startswith("Enter takes it.")


def test_a_key_and_a_column_change_a_role_and_everything_is_proposed_anew(file):
    found, said = answered(file, "l category", "")
    assert (found.column("label"), found.column("group")) == ("category", "topic")
    assert said[0].startswith("which column is the label? topic (")
    found, _ = answered(file, "l category", "g none", "p c3", "t body", "")
    assert (found.column("group"), found.positive, found.column("text")) == (None, "c3", "body")
    found, _ = answered(file, "l category", "t body, title", "")
    assert found.column("text") == "body and title"
    found, _ = answered(file, "c 0.5", "l score", "")
    assert found.positive == "0.5 or more"


def test_what_cannot_be_done_is_told_and_changes_nothing(file):
    found, said = answered(file, "l topic", "g nowhere", "x", "l", "c half", "")
    assert found.column("group") == "category"
    assert "--group nowhere: no such column; the columns are title, body, topic, category, score" in said
    assert "'x' is not understood" in said
    assert "'l' is not understood" in said
    assert "'half' is no number" in said


def test_enter_takes_nothing_where_something_is_left_open(file):
    found, said = answered(file, "", "l topic", "")
    assert found.column("label") == "topic"
    assert sum(line.startswith("Enter takes it.") for line in said) == 3


@pytest.mark.parametrize("answers", [("q",), ("Q",), ("quit",), (), ("l topic",)])
def test_to_quit_or_to_end_the_input_writes_nothing(file, answers):
    with pytest.raises(StudyError, match=r"^stopped as asked; nothing is written$"):
        answered(file, *answers)
