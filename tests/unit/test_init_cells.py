"""Cells of a label that are no plain class, votes of single raters, and names that mislead."""

from __future__ import annotations

import pytest

from layouts import Layout, columns, mapped
from mirage.errors import StudyError
from mirage.init.inspect import Column
from mirage.init.propose import propose
from mirage.init.rows import missing_words


def refused(file, **chosen):
    with pytest.raises(StudyError) as caught:
        propose(file, chosen)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("labels", ("bug", "ui", "bug;ui", "docs;bug", "docs"), "holds several labels in a cell, as in 'bug;ui'"),
        ("tags", ("bug", "ui", "bug, ui", "docs, bug", "docs"), "holds several labels in a cell, as in 'bug, ui'"),
        ("emotion", ("joy", "fear", "joy|fear"), "holds several labels in a cell, as in 'joy|fear'"),
        ("label", ("0,1,0", "1,0,0", "1,1,0"), "holds several labels in a cell, as in '0,1,0'"),
        ("label", ("0,25", "0,5", "0,75", "1"), "holds numbers with a decimal comma, such as '0,25'; write them with a point"),
        ("toxicity", ("10%", "35 %", "80%"), "holds numbers with a percent sign, such as '10%'"),
        ("label", ("true", "false", "1", "0"), "writes one class in several ways, true, false, 1, 0;"),
        ("label", ("1", "1.0", "0"), "writes one class in several ways, 1, 1.0;"),
    ],
)
def test_a_label_whose_cells_are_no_classes_is_refused_with_what_they_are(name, values, said):
    of = Layout()
    cells = [values[row % len(values)] for row in range(of.rows)]
    line = refused(columns(text=of.text(), outlet=of.names(4), **{name: cells}))
    assert line.startswith(f"the column {name} {said}")


@pytest.mark.parametrize(
    "values", [("Arts, Crafts", "Sports"), ("Health, Men", "Health, Women", "Sport, Men", "Sport, Women"), ("yes", "no", "n/a")]
)
def test_a_class_whose_name_has_a_mark_in_it_is_a_class(values):
    of = Layout()
    found = propose(columns(text=of.text(), outlet=of.names(4), label=of.any_of(*values)), {})
    assert set(found.classes) == set(values) - {"n/a"}


def test_a_number_that_is_no_class_leaves_the_group_what_it_is():
    of = Layout()
    numbers = of.numbers()
    assert refused(
        columns(text=of.text(), outlet=of.names(4), weighting=mapped(numbers, lambda n: n.replace(".", ",")))
    ).startswith("which column is the label? weighting")


def test_the_vote_of_one_rater_is_neither_group_nor_held_against_the_label():
    of = Layout()
    label = of.any_of(0, 1)
    vote = [value if row % 8 else str(1 - int(value)) for row, value in enumerate(label)]
    for name in ("annotator_1", "coder2", "pred"):
        found = propose(columns(text=of.text(), outlet=of.names(4), final=label, **{name: vote}), {})
        assert (found.column("label"), found.column("group")) == ("final", "outlet")
        assert found.giving_away == {name: "another judgement of the same: its value is the label in most rows"}


def test_a_source_whose_codes_are_those_of_the_label_may_still_be_held_out():
    of = Layout()
    label = of.any_of(0, 1)
    source = [value if row % 5 else str(1 - int(value)) for row, value in enumerate(label)]
    assert propose(columns(text=of.text(), source=source, label=label), {}).column("group") == "source"


def test_a_column_named_by_one_of_its_values_is_the_label():
    of = Layout()
    found = propose(
        columns(text=of.text(), deceptive=of.any_of("truthful", "deceptive"), polarity=of.any_of("good", "bad")), {}
    )
    assert (found.column("label"), found.positive) == ("deceptive", "deceptive")


def test_training_and_test_rows_are_told_by_the_values_whatever_the_column_is_called():
    of = Layout()
    found = propose(columns(text=of.text(), which=of.any_of("TRAIN", "Test", "dev"), label=of.any_of(0, 1)), {})
    assert (found.column("split"), found.column("group")) == ("which", None)


def test_the_last_word_of_a_name_says_what_the_column_is():
    of = Layout()
    found = propose(columns(text=of.text(), hate_forum=of.names(4), label=of.any_of(0, 1)), {})
    assert found.column("group") == "hate_forum"


@pytest.mark.parametrize(
    ("text", "group", "label", "values", "positive"),
    [
        ("Text", "Quelle", "Klasse", ("nein", "ja"), "ja"),
        ("Titel", "Thema", "Label", ("nein", "ja"), "ja"),
        ("texto", "fuente", "etiqueta", ("no", "sí"), "sí"),
        ("текст", "источник", "метка", ("нет", "да"), "да"),
        ("文本", "来源", "标签", ("否", "是"), "是"),
    ],
)
def test_names_and_values_of_other_languages_say_the_same(text, group, label, values, positive):
    of = Layout()
    found = propose(columns(**{text: of.text(), group: of.any_of("aa", "bb"), label: of.any_of(*values)}), {})
    assert [found.column(role) for role in ("text", "group", "label")] == [text, group, label]
    assert found.positive == positive


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ({"yes": 9, "no": 9, "?": 2, "missing": 1}, ["?", "missing"]),
        ({"0": 9, "1": 9, "-999": 2}, ["-999"]),
        ({"10": 9, "20": 9, "99": 2}, []),
    ],
)
def test_what_stands_for_a_missing_label_is_no_class(counts, missing):
    assert list(missing_words(counts)) == missing


def test_a_file_of_one_column_is_asked_for_its_delimiter():
    of = Layout()
    line = refused(columns(**{"text^label": of.text()}))
    assert line.startswith("the file has one column, 'text^label', and a study needs a text and a label; if another mark")


def test_a_first_row_of_repeated_values_is_no_header():
    of = Layout()
    twice = Column("OTHER", [""] * of.rows, "twice", "rows.txt: the column OTHER is there more than once")
    assert "'OTHER' stands over several columns" in refused([*columns(**{"a quiet lamp by the river": of.text()}), twice])


def test_a_group_that_is_mostly_empty_is_named_where_none_is_found():
    of = Layout()
    merged = [f"site{row}" if row % 150 == 0 else "" for row in range(of.rows)]
    found = propose(columns(text=of.text(), site=merged, label=of.any_of(0, 1)), {})
    assert found.column("group") is None
    assert "site is empty in 596 of 600 rows" in found.roles["group"].reason


def test_texts_that_hold_their_own_label_are_told():
    of = Layout()
    label = of.any_of("false", "true")
    leaked = [f"{text} Verdict: {value.upper()}." for text, value in zip(of.text(), label, strict=True)]
    both = [f"{text} true or false?" for text in of.text()]
    for texts, told in ((leaked, True), (both, False), (of.text(), False)):
        notes = propose(columns(text=texts, label=label), {}).notes
        assert any("the text itself holds the word of its label" in note for note in notes) is told


def test_a_header_that_stands_again_among_the_rows_makes_no_label_of_a_column():
    of = Layout()
    outlet = ["Outlet", *of.names(4)[1:]]
    found = propose(columns(text=of.text(), Outlet=outlet, answer=of.any_of("yes", "no")), {})
    assert (found.column("label"), found.column("group")) == ("answer", "Outlet")


@pytest.mark.parametrize(("other", "why"), [("branch", "no name says which"), ("visits", "a scale needs --cut")])
def test_a_scale_is_not_passed_over_for_a_column_that_is_left(other, why):
    of = Layout()
    found = refused(columns(text=of.text(), **{other: of.names(3), "satisfied (1-5)": of.any_of(*"12345")}))
    assert why in found
    assert "--label 'satisfied (1-5)'" in found
