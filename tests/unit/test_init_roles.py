"""Roles, give-aways, the positive class and rules for rows that do not fit, each by what a person would say of the file."""

from __future__ import annotations

import pytest

from layouts import Layout, columns, mapped
from mirage.data.declaration import Field
from mirage.errors import StudyError
from mirage.init.inspect import Column, words_in
from mirage.init.propose import propose
from mirage.init.roles.give_away import gives_away
from mirage.init.roles.names import plain
from mirage.init.roles.positive import propose_positive
from mirage.init.rows import missing_words, stray_classes
from mirage.init.table import proposal_lines


def rules_of(found):
    return {rule.key: rule.value for rule in found.rules}


def refused(file, **chosen):
    with pytest.raises(StudyError) as caught:
        propose(file, chosen)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("isHate", "is_hate"),
        ("TweetText", "tweet_text"),
        (" Class Index", "class_index"),
        ("label-gold", "label_gold"),
        ("ID", "id"),
    ],
)
def test_names_are_read_in_any_case_and_with_any_marks(name, expected):
    assert plain(name) == expected


@pytest.mark.parametrize(
    ("classes", "column", "positive", "said"),
    [
        ({"non-hateful": 9, "hateful": 4}, "label", "hateful", "non-hateful"),
        ({"hateful": 9, "non-hateful": 4}, "label", "hateful", "non-hateful"),
        ({"off-topic": 9, "on-topic": 4}, "label", "on-topic", "off-topic"),
        ({"Non-biased": 9, "Biased": 4}, "label", "Biased", "Non-biased"),
        ({"informative": 9, "uninformative": 4}, "label", "informative", "uninformative"),
        ({"not_entailment": 9, "entailment": 4}, "label", "entailment", "not_entailment"),
        ({"NOT": 9, "OFF": 4}, "subtask_a", "OFF", "NOT"),
        ({"ham": 9, "spam": 4}, "v1", "spam", "spam is what is looked for"),
        ({"fair": 9, "unfair": 4}, "label", "unfair", "unfair is what is looked for"),
        ({"PRO": 9, "CON": 4}, "stance", "PRO", "CON marks the negative class"),
        ({"0": 4, "1": 9}, "label", "1", "0 marks the negative class"),
        ({"-1": 4, "1": 9}, "label", "1", "-1 marks the negative class"),
        ({"2": 9, "1": 4}, "label", "2", "the higher of two numbers"),
        ({"false": 4, "true": 9}, "is_sarcastic", "true", "false marks"),
        ({"none": 9, "bug": 4}, "label", "bug", "none marks"),
        ({"1": 9, "0": 4}, "acceptable", "0", "asks whether a text is good"),
        ({"0": 9, "1": 4}, "acceptable", "1", "0 marks the negative class"),
        ({"other": 9, "joke": 4}, "joke", "joke", "other marks"),
        ({"left": 9, "right": 4}, "label", "right", "the rarer class"),
    ],
)
def test_the_positive_class_has_a_reason(classes, column, positive, said):
    ordered = dict(sorted(classes.items(), key=lambda item: -item[1]))
    found, reason = propose_positive(ordered, column)
    assert found == positive
    assert said in reason


def test_a_column_that_is_named_a_label_and_cannot_be_one_stops_the_proposal():
    of = Layout()
    unfit = columns(text=of.text(), topic=of.names(4), label=of.ids())
    assert refused(unfit).startswith(
        "the column label, the label from its name, has 600 values in 600 rows; a label has at most 200"
    )
    assert refused(unfit, label="label").startswith("the column label has 600 values in 600 rows; a label has at most 200")
    assert "several rows each: name another with --label" in refused(unfit, label="label")
    assert refused(columns(text=of.text(), topic=of.names(4), label=["yes"] * of.rows)).startswith(
        "the column label has one value, 'yes'"
    )
    lists = [Column("text", of.text()), Column("label", [""] * of.rows, "list", "data.jsonl: the column label holds lists")]
    assert refused(lists).startswith("the column label holds lists of labels; several labels a row are not studied")


def test_two_columns_that_fit_label_and_group_alike_are_asked_for():
    of = Layout()
    said = refused(columns(text=of.text(), topic=of.names(4, "t"), category=of.names(5, "c")))
    assert said.startswith("which column is the label? topic (t0, t1, t2 and 1 more), category (c0, c1, c2 and 2 more): ")
    assert said.endswith("write --label topic or --label category, and --group for the one that says where a row comes from")
    found = propose(columns(text=of.text(), topic=of.names(4, "t"), category=of.names(5, "c")), {"label": "topic"})
    assert (found.column("label"), found.column("group")) == ("topic", "category")


def test_without_names_what_the_text_tells_decides_only_where_it_tells_one_column_alone():
    of = Layout()
    about, colour = of.any_of("x", "y"), of.any_of("red", "blue")
    found = propose(columns(words=of.text(told=about), b=about, c=colour), {})
    assert found.column("label") == "b"
    assert (
        "of unnamed columns the text tells it alone (balanced accuracy 1.00 where guessing has .50)"
        in found.roles["label"].reason
    )
    both = [
        f"{one} {other}" for one, other in zip(of.text(told=about), mapped(colour, lambda value: f"in{value}"), strict=True)
    ]
    assert refused(columns(words=both, b=about, c=colour)).startswith("which column is the label? b (")


def test_values_that_are_words_of_labels_are_a_label_without_a_name():
    of = Layout()
    found = propose(columns(words=of.text(), place=of.names(4), tone=of.any_of("pos", "neg")), {})
    assert (found.column("label"), found.column("group"), found.positive) == ("tone", "place", "pos")


def test_yes_and_no_may_be_of_anything_where_no_name_says_so():
    of = Layout()
    said = refused(columns(words=of.text(), place=of.names(4), checked=of.any_of("yes", "no")))
    assert said.startswith("which column is the label? checked (")
    assert "--label checked or --label place" in said
    found = propose(columns(words=of.text(), outlet=of.names(4), checked=of.any_of("yes", "no")), {})
    assert (found.column("label"), found.column("group")) == ("checked", "outlet")


def test_a_justification_is_no_text_where_a_claim_is_named():
    of = Layout()
    file = columns(claim=of.text(15), label=of.any_of("true", "false"), justification=of.text(80))
    found = propose(file, {})
    assert found.column("text") == "claim"
    assert found.roles["text"].others == ["justification"]
    assert "justification: from the name written after the label" in found.roles["text"].reason
    assert propose(file, {"text": ["justification"]}).column("text") == "justification"


def test_a_title_and_a_body_are_one_text_and_a_title_of_few_values_is_none():
    of = Layout()
    found = propose(columns(title=of.text(6), body=of.text(30), label=of.any_of(0, 1)), {})
    assert found.declared(["1"])["text"] == ["title", "body"]
    found = propose(columns(title=of.names(9, "Member of the house "), statement=of.text(20), label=of.any_of(0, 1)), {})
    assert found.declared(["1"])["text"] == "statement"


def test_texts_without_spaces_have_words():
    assert words_in("这家酒店的房间很干净") == 5
    assert words_in("three plain words") == 3


def test_what_gives_the_label_away_is_named_and_neither_group_nor_metadata():
    of = Layout()
    label = of.any_of("hateful", "non-hateful")
    finer = mapped(of.any_of("a", "b"), lambda value: value)
    direction = ["-" if value == "non-hateful" else half for value, half in zip(label, finer, strict=True)]
    score = [f"{0.6 + row / 2000:.4f}" if value == "hateful" else f"{row / 2000:.4f}" for row, value in enumerate(label)]
    file = columns(
        text=of.text(), label=label, label_text=mapped(label, {"hateful": "hate", "non-hateful": "no"}), direction=direction,
        error=["" if value == "non-hateful" else "slur" for value in label], score=score, outlet=of.names(3),
    )  # fmt: skip
    found = propose(file, {})
    assert found.giving_away == {
        "label_text": "the label in other words",
        "direction": "a finer label: each of its 3 values goes with one class",
        "error": "the label in other words",
        "score": "a number whose cut is the label",
    }
    assert (found.column("group"), found.metadata) == ("outlet", [])
    said = "\n".join(proposal_lines(found))
    assert "gives the label away:\n  label_text: the label in other words" in said


def test_groups_of_one_class_are_groups_where_they_are_many_and_named_so():
    of = Layout()
    functionality = of.names(20, "f")
    label = ["1" if int(value[1:]) % 2 else "0" for value in functionality]
    assert gives_away(Column("functionality", functionality), label) is None
    assert gives_away(Column("colour", functionality), label) == "a finer label: each of its 20 values goes with one class"
    found = propose(columns(text=of.text(), label=label, functionality=functionality), {})
    assert found.column("group") == "functionality"
    assert "each has rows of one class: recall or false positives only" in found.roles["group"].reason
    # Groups with rows of both classes come first; the others are said, and no column of the audit.
    found = propose(columns(text=of.text(), label=label, functionality=functionality, target=of.names(7, "t")), {})
    assert (found.column("group"), found.roles["group"].others, found.metadata) == ("target", ["functionality"], [])
    assert found.notes[0].startswith("each functionality has rows of one class: --group functionality tells recall")


def test_a_coarser_label_is_no_group():
    of = Layout()
    label = of.any_of("a1", "a2", "b1", "b2")
    found = propose(columns(text=of.text(), label=label, section=mapped(label, lambda value: value[0])), {})
    assert (found.column("group"), found.giving_away) == (
        None,
        {"section": "a coarser label: each class goes with one of its 2 values"},
    )


def test_rows_without_text_or_label_are_left_out_and_counted():
    of = Layout()
    text, label = of.text(), of.any_of(0, 1)
    text[3] = label[5] = label[6] = ""
    found = propose(columns(text=text, label=label, outlet=of.names(3)), {})
    assert rules_of(found) == {"missing": "leave-out"}
    assert found.rules[0].reason == "text is empty in 1 row; label is empty in 2 rows: left out"
    assert sum(found.classes.values()) == of.rows - 3


@pytest.mark.parametrize(
    ("empty", "asked", "rule", "rows"), [(20, None, "leave-out", 580), (90, None, "level", 600), (20, "level", "level", 600)]
)
def test_an_empty_group_is_left_out_or_a_level_of_its_own(empty, asked, rule, rows):
    of = Layout()
    outlet = ["" if row < empty else value for row, value in enumerate(of.names(3))]
    found = propose(columns(text=of.text(), label=of.any_of(0, 1), outlet=outlet), {"missing_group": asked})
    assert rules_of(found) == {"missing_group": rule}
    assert found.rules[0].reason.startswith(f"outlet is empty in {empty} rows: ")
    assert sum(found.classes.values()) == rows


def test_classes_of_very_few_rows_are_left_out_beside_large_ones():
    assert stray_classes({"a": 168, "b": 131, "No agreement": 1}) == {"No agreement": 1}
    assert stray_classes({"a": 30, "b": 30, "c": 30}) == {}
    assert stray_classes({"a": 3, "b": 3, "c": 2}) == {}
    assert stray_classes({"a": 50_000, "b": 9_000, "c": 40}) == {"c": 40}
    of = Layout()
    label = of.any_of("Biased", "Non-biased")
    label[0] = "No agreement"
    found = propose(columns(text=of.text(), label=label), {})
    assert rules_of(found) == {"leave_out": ["No agreement"]}
    assert list(found.classes) != ["No agreement"]
    assert len(found.classes) == 2


def test_words_for_a_missing_label_are_no_classes():
    of = Layout()
    label = of.any_of(0, 1)
    label[:9] = ["nan", "NA", "N/A"] * 3
    found = propose(columns(text=of.text(), label=label), {})
    assert (rules_of(found), set(found.classes)) == ({"leave_out": ["nan", "NA", "N/A"]}, {"0", "1"})
    assert found.rules[0].reason == "words for a missing label, left out: nan 3, NA 3, N/A 3"
    assert missing_words({"a": 9, "NA": 9}) == {}  # without it there would be one class


def test_a_file_without_a_header_is_refused():
    of = Layout()
    spam = of.any_of("ham", "spam")
    sms = {"go until jurong point": of.text(), "ham": spam}
    assert refused(columns(**sms)).startswith(
        "the first line looks like a row and not like a header: 'ham' stands over the label"
    )
    assert propose(columns(**sms), {"label": "ham"}).column("label") == "ham"
    assert propose(columns(sms=of.text(), spam=spam), {}).column("label") == "spam"


def test_a_text_whose_name_stands_twice_is_told():
    of = Layout()
    twice = Column(
        "text", [""] * of.rows, "twice", "x.csv: the column text is there more than once; expected each of them once"
    )
    assert refused([twice, *columns(label=of.any_of(0, 1))]) == twice.refusal


def test_labels_that_differ_in_case_only_are_one():
    of = Layout()
    found = propose(columns(text=of.text(), label=of.any_of("Yes", "yes", "No")), {})
    assert rules_of(found) == {"fold_case": True}
    assert "Yes, yes differ in upper and lower case only" in found.rules[0].reason
    assert (set(found.classes), found.positive) == ({"yes", "no"}, "yes")


def test_a_number_is_cut_where_it_is_said_and_asked_for_else():
    of = Layout()
    file = columns(text=of.text(), isHate=of.numbers(), outlet=of.names(3))
    assert refused(file).endswith("say where to cut them in two, as with --cut 0.5")
    found = propose(file, {"cut": 0.5})
    assert rules_of(found) == {"cut": 0.5}
    assert (set(found.classes), found.positive) == ({"0.5 or more", "below 0.5"}, "0.5 or more")
    assert refused(columns(text=of.text(), label=of.any_of("a", "b")), cut=0.5).startswith(
        "--cut: the column label holds more than numbers"
    )


def test_too_few_rows_a_class_are_told_with_the_numbers():
    of = Layout(40)
    assert refused(columns(text=of.text(), label=of.names(20, "c"))) == (
        "too few rows a class to say anything: the column label has 20 classes in 40 rows (c0 2, c1 2, c2 2 and 17 more), and two of "
        "them need 10 rows each; bring more rows, or another label with --label"
    )


def test_an_id_that_repeats_leaves_rows_numbered():
    of = Layout()
    file = columns(id=of.names(400, ""), text=of.text(), label=of.any_of(0, 1))
    found = propose(file, {})
    assert found.column("id") is None
    assert (
        found.roles["id"].reason
        == "id is not different in every row (0 stands in 2, first in rows 1 and 401); rows are numbered instead"
    )
    assert refused(file, id="id").startswith(
        "--id id: is not different in every row (0 stands in 2, first in rows 1 and 401); leave"
    )


@pytest.mark.parametrize(
    ("dates", "order", "said"),
    [
        (["13/04/2005", "01/02/2006"], "day", "day first, the one order that fits every row"),
        (["04/13/2005", "01/02/2006"], "month", "month first, the one order that fits every row"),
        (["2005/04/13", "2006/02/01"], "year", "year first, the one order that fits every row"),
        (["03/04/2005", "01/02/2006"], "day", "month first fits too, with the same years: --date-order says which"),
        (
            ["13/04/2005", "04/13/2005"],
            None,
            "date: no order of day, month and year fits every row, as in 13/04/2005, 04/13/2005",
        ),
    ],
)
def test_dates_are_read_where_an_order_fits_every_row(dates, order, said):
    of = Layout()
    found = propose(columns(text=of.text(), label=of.any_of(0, 1), date=dates * (of.rows // 2)), {})
    assert said in found.roles["time"].reason
    declared = found.declared(["1"])
    assert declared.get("time") == (None if order is None else {"column": "date", "order": order})


def test_the_year_is_found_in_other_dates():
    of = Layout()
    dates = ["April 3, 2005", "Mon Apr 06 22:19:45 PDT 2009"] * (of.rows // 2)
    found = propose(columns(text=of.text(), label=of.any_of(0, 1), date=dates), {})
    pattern = found.declared(["1"])["time"]["pattern"]
    assert [Field("date", pattern).read(value) for value in dates[:2]] == ["2005", "2009"]
    found = propose(columns(text=of.text(), label=of.any_of(0, 1), date=["Monday", "Friday"] * (of.rows // 2)), {})
    assert found.roles["time"].reason == "date is not read as dates, as in 'Monday'; write them as 2005-04-03 or 03/04/2005"


def test_a_share_without_a_name_is_asked_where_to_cut():
    of = Layout()
    said = refused(columns(text=of.text(), outlet=of.names(3), p=of.numbers()))
    assert said.startswith("the column p holds numbers from 0")
    assert said.endswith("--cut 0.5")
    assert propose(columns(text=of.text(), outlet=of.names(3), p=of.numbers()), {"cut": 0.4}).column("label") == "p"


def test_the_group_that_is_attacked_gives_hate_away_however_many_there_are():
    of = Layout()
    label = of.any_of("hateful", "non-hateful")
    attacked = [name if value == "hateful" else "" for value, name in zip(label, of.names(20, "group "), strict=True)]
    found = propose(columns(text=of.text(), label=label, target_group=attacked), {})
    assert found.giving_away == {"target_group": "a finer label: each of its 21 values goes with one class"}
    assert found.column("group") is None


def test_a_split_that_the_file_gives_is_named_and_fills_no_role():
    of = Layout()
    file = columns(text=of.text(), label=of.any_of(0, 1), split=of.any_of("train", "test"))
    found = propose(file, {})
    assert (found.column("split"), found.column("group"), found.metadata) == ("split", None, [])
    assert found.roles["split"].reason.startswith("a split that the file gives (")


def test_many_speakers_are_group_and_unit_and_few_rows_a_speaker_are_a_unit_alone():
    of = Layout()
    found = propose(columns(text=of.text(), speaker=of.names(60), label=of.any_of(0, 1)), {})
    assert (found.column("group"), found.column("unit")) == ("speaker", "speaker")
    few = Layout(240)
    assert propose(columns(text=few.text(), speaker=few.names(30), label=few.any_of(0, 1)), {}).column("group") == "speaker"
    file = columns(text=of.text(), party=of.names(5), originator=of.names(250), label=of.any_of(0, 1))
    found = propose(file, {})
    assert (found.column("group"), found.column("unit")) == ("party", "originator")
    found = propose(file, {"group": "originator"})
    assert (found.column("group"), found.column("unit")) == ("originator", "originator")


def test_several_rows_a_text_are_told():
    of = Layout()
    texts = [f"the lamp number {row // 3}" for row in range(of.rows)]
    found = propose(columns(text=texts, annotator=of.names(3), label=of.any_of(0, 1)), {})
    assert found.notes == [
        "600 rows have 200 different texts: several rows a text, as one a rater; a split by rows tests texts that it trained on"
    ]


def test_a_role_may_be_left_without_a_column_and_a_misspelt_one_is_told():
    of = Layout()
    file = columns(text=of.text(), outlet=of.names(3), label=of.any_of(0, 1))
    found = propose(file, {"group": "none"})
    assert (found.column("group"), found.roles["group"].reason) == (None, "none, as asked")
    assert refused(file, group="outlets") == "--group outlets: no such column (outlet?); the columns are text, outlet, label"
    assert refused(file, label="none").startswith("--label none: no such column")


def test_the_proposal_is_a_table_of_roles_with_the_option_that_changes_each():
    of = Layout()
    found = propose(columns(text=of.text(), outlet=of.names(3), topic=of.names(4), label=of.any_of("ham", "spam")), {})
    lines = proposal_lines(found)
    assert lines[0].split() == ["role", "column", "why", "or", "change", "with"]
    row = next(line for line in lines if line.startswith("group"))
    assert row.startswith("group     ")
    assert row.endswith("--group")
    assert next(line for line in lines if line.startswith("positive")).split()[:2] == ["positive", "spam"]
    assert any(line.startswith("classes of label: ") for line in lines)


def test_of_several_classes_the_table_names_all_and_no_positive_one():
    of = Layout()
    file = columns(text=of.text(), label=of.any_of("a", "b", "c"))
    lines = proposal_lines(propose(file, {}))
    row = next(line for line in lines if line.startswith("classes  "))
    assert row.split()[:4] == ["classes", "all", "3", "one"]
    assert row.endswith("--positive")
    assert not any(line.startswith("positive") for line in lines)
    lines = proposal_lines(propose(file, {"positive": "b"}))
    assert next(line for line in lines if line.startswith("positive")).split()[1] == "b"
