"""What single groups and folds of groups say of a new group: the word, what it rests on, and when there is none."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mirage.design import Design
from mirage.held_out.drops import Drop
from mirage.held_out.new_groups import FEWEST_RESAMPLED, NewGroup, on_the_whole, one_more, single_groups
from mirage.report.sentences.new_group import in_new_groups, in_one_new_group
from mirage.splits.names import GROUPS_KFOLD, Schemes
from mirage.states import COMPLETE, MISSING, NOT_RUN
from mirage.stats.f1_scale import angle_of_f1, angle_variance, f1_of_angle
from mirage.stats.intervals import difference_of_estimates
from mirage.stats.random_effects import random_effects
from mirage.tables.new_group import GROUP, ONE, WHOLE, new_group_panels, new_group_table
from mirage.tables.verdict import NO_INTERVAL
from sentence_tables import evidence

TITLES = {"words": "Ten words", "tfidf": "TF-IDF, plain"}
DESIGN = Design(
    schemes=["kfold", GROUPS_KFOLD],
    agents=["words", "tfidf"],
    seeds=[0, 1],
    level=0.95,
    draws=500,
    seed=0,
    reference="kfold",
    held_out=[],
)
DRAWS = np.linspace(-0.02, 0.02, 401)


def drop(group, f1, reference=0.9, agent="words", status=COMPLETE):
    known = Drop(agent, f"out-{group}", (group,), "kfold", status)
    if status != COMPLETE:
        return known
    return dataclasses.replace(
        known,
        seeds=2,
        positives=80,
        fewest_units=60,
        f1_reference=reference,
        f1_held_out=f1,
        drop=reference - f1,
        reference_draws=reference + DRAWS / 2,
        held_out_draws=np.minimum(f1 + DRAWS, 1.0),
        interval_held_out=(f1 - 0.02, min(f1 + 0.02, 1.0)),
    )


def drops_at(*f1s, **changes):
    return [drop(f"g{number}", f1, **changes) for number, f1 in enumerate(f1s)]


# Of one new group


def test_where_the_drop_has_no_interval_the_table_says_so_and_why():
    bare = NewGroup(
        agent="words", reference="kfold", status=COMPLETE, groups=12, groups_used=12, f1_reference=0.9, f1=0.8, drop=0.1
    )
    table = new_group_table([], [bare], DESIGN, 0.05)
    assert table[["status", "word"]].to_numpy().tolist() == [[NO_INTERVAL, ""]]
    [panel] = new_group_panels(table, TITLES, 0.95)
    assert panel.cells["F1 held out"].tolist() == [".800"]
    assert panel.cells["word"].tolist() == [NO_INTERVAL]
    # One that is not there is not said twice.
    absent = dataclasses.replace(bare, status="too few groups (4)")
    [panel] = new_group_panels(new_group_table([], [absent], DESIGN, 0.05), TITLES, 0.95)
    assert panel.cells[["F1 held out", "word"]].to_numpy().tolist() == [["too few groups (4)", "–"]]


def test_a_new_group_is_predicted_by_random_effects_on_the_scale_of_angles():
    found = one_more(drops_at(0.7, 0.75, 0.8, 0.85, 0.9), 0.95)
    spread = angle_variance(0.7 + DRAWS, 60), angle_variance(0.75 + DRAWS, 60), angle_variance(0.8 + DRAWS, 60)
    spread += angle_variance(0.85 + DRAWS, 60), angle_variance(0.9 + DRAWS, 60)
    by_hand = random_effects(angle_of_f1([0.7, 0.75, 0.8, 0.85, 0.9]), spread)
    assert (found.status, found.groups, found.groups_used, found.f1_reference) == (COMPLETE, 5, 5, 0.9)
    assert found.f1 == pytest.approx(f1_of_angle(by_hand.mean))
    assert found.predicted == pytest.approx(tuple(f1_of_angle(end) for end in by_hand.predicted))
    assert found.predicted[0] < found.interval[0] < 0.8 < found.interval[1] < found.predicted[1]
    assert found.drop == pytest.approx(0.9 - found.f1)
    # The drop reaches as far as the prediction, and a little further for the uncertain F1 in cross-validation.
    assert found.drop_interval[1] > 0.9 - found.predicted[0]
    assert found.drop_interval[0] < 0.9 - found.predicted[1]


def test_a_difference_of_estimates_by_hand():
    # 3 below and 4 above join to 5, 6 above and 8 below to 10.
    assert difference_of_estimates(10, (7, 16), 2, (-6, 6)) == pytest.approx((8 - 5, 8 + 10))
    assert all(math.isnan(end) for end in difference_of_estimates(1, (0, 2), 1, (math.nan, 2)))


def test_groups_that_all_hold_say_that_a_new_one_does_and_groups_that_differ_say_nothing():
    table = new_group_table(
        [*drops_at(0.895, 0.9, 0.9, 0.905, 0.9, 0.91), *drops_at(0.5, 0.9, 0.7, 0.95, 0.6, 0.8, agent="tfidf")],
        [],
        DESIGN,
        0.05,
    )
    word = table[table["kind"] == ONE].set_index("agent")["word"]
    assert word.to_dict() == {"words": "holds", "tfidf": "cannot tell"}


def test_groups_that_all_fall_alike_say_that_a_new_one_does():
    table = new_group_table(drops_at(0.59, 0.6, 0.6, 0.61, 0.6, 0.62), [], DESIGN, 0.05)
    [row] = table[table["kind"] == ONE].to_dict("records")
    assert row["word"] == "falls"
    assert row["drop_low"] > 0.05


def test_a_perfect_f1_in_every_group_has_an_interval_and_a_word():
    alike = {"held_out_draws": np.ones(401), "interval_held_out": (0.94, 1.0)}
    found = [dataclasses.replace(each, **alike) for each in drops_at(*[1.0] * 6, reference=0.99)]
    [row, *groups] = new_group_table(found, [], DESIGN, 0.05).to_dict("records")
    assert (row["f1"], row["predicted_high"], row["word"]) == (1, 1, "holds")
    assert 0.9 < row["predicted_low"] < 1
    assert {(each["f1_low"], each["f1_high"]) for each in groups} == {(0.94, 1.0)}


def test_four_groups_with_an_f1_give_no_word_and_those_without_are_counted_out():
    found = [*drops_at(0.8, 0.8, 0.8, 0.8), drop("bare", math.nan, status="no positive rows")]
    table = new_group_table(found, [], DESIGN, 0.05)
    row = table.iloc[0]
    assert (row["status"], row["groups"], row["groups_used"], row["word"]) == ("too few groups (4)", 5, 4, "")
    assert math.isnan(row["drop"])
    [one, groups] = new_group_panels(table, TITLES, 0.95)
    assert one.cells.to_dict("records") == [
        {
            "agent": "Ten words",
            "«groups» with F1": "4 of 5",
            "F1": "–",
            "F1 held out": "too few groups (4)",
            "F1 in one new «group»": "–",
            "drop": "–",
            "word": "–",
        }
    ]
    assert groups.cells.iloc[-1].tolist() == ["bare", "–", "no positive rows"]


@pytest.mark.parametrize("status", [MISSING, NOT_RUN])
def test_a_group_whose_runs_are_not_there_leaves_no_word(status):
    found = one_more([*drops_at(0.8, 0.8, 0.8, 0.8, 0.8), drop("late", math.nan, status=status)], 0.95)
    assert found.status == status
    assert math.isnan(found.f1)


def test_schemes_of_one_group_each_are_those_of_a_new_group_from_five_on():
    definitions = {"two": {"out": ["a", "b"]}, "first": {"out": "Site A"}, "again": {"out": ["Site A"]}}

    def study(*schemes):
        facts = Schemes(definitions)
        return SimpleNamespace(facts=facts, held_out_groups=[name for name in schemes if facts[name].holds_groups_out])

    assert single_groups(study("kfold", "two", "first", "again", "out-b", "out-c", "out-d")) == []
    five = ("first", "out-b", "out-c", "out-d", "out-e")
    assert single_groups(study("kfold", "two", "again", *five)) == ["again", *five[1:]]


# Of new groups on the whole


def corpus(groups, size=20):
    sources = np.repeat([f"g{number:02}" for number in range(groups)], size)
    labels = np.tile([1] * (size // 2) + [0] * (size // 2), groups)
    return pd.DataFrame({"source": sources, "label": labels})


def decided(sections, split, missed, seeds=(0, 1)):
    """Decisions that miss, of each group, so many of its first positives."""
    place = sections.groupby("source").cumcount()
    wrong = place < sections["source"].map(missed)
    frame = sections.rename(columns={"label": "y"}).assign(
        split=split, agent="words", row=np.arange(len(sections)), unit=np.arange(len(sections)), fold=0
    )
    frame["predicted"] = np.where(wrong, 0, frame["y"])
    return pd.concat([frame.assign(seed=seed) for seed in seeds], ignore_index=True)


def whole(groups, missed):
    sections = corpus(groups)
    none = dict.fromkeys(sections["source"].unique(), 0)
    frames = {
        "kfold": decided(sections, "kfold", none | {"g00": 1}),
        GROUPS_KFOLD: decided(sections, GROUPS_KFOLD, none | missed),
    }
    return on_the_whole(frames, sections, "words", DESIGN)


def test_folds_of_groups_are_drawn_by_groups():
    # Twelve groups of ten positives. Each but one misses 4: 44 of 120, recall .6333, F1 2 x .6333 / 1.6333.
    found = whole(12, {f"g{number:02}": 4 for number in range(1, 12)})
    assert (found.status, found.groups, found.groups_used) == (COMPLETE, 12, 12)
    assert found.f1 == pytest.approx(2 * (76 / 120) / (1 + 76 / 120))
    assert found.f1_reference == pytest.approx(2 * (119 / 120) / (1 + 119 / 120))
    assert found.drop == pytest.approx(found.f1_reference - found.f1)
    # All of one group's rows go together: without the one that misses none, every draw misses 4 of 10.
    assert found.interval[0] == pytest.approx(0.75)
    assert found.drop_interval[0] > 0.05
    assert math.isnan(found.predicted[0])


def test_few_groups_are_not_resampled_and_missing_runs_are_told():
    few = FEWEST_RESAMPLED - 1
    assert whole(few, {"g01": 5}).status == f"too few groups ({few})"
    sections = corpus(12)
    none = dict.fromkeys(sections["source"].unique(), 0)
    frames = {split: decided(sections, split, none, seeds=(0,)) for split in ("kfold", GROUPS_KFOLD)}
    assert on_the_whole(frames, sections, "words", DESIGN).status == MISSING


# What is said


TABLE = new_group_table(
    [*drops_at(0.59, 0.6, 0.6, 0.61, 0.6, 0.62), *drops_at(0.5, 0.9, 0.7, 0.95, 0.6, 0.8, agent="tfidf")],
    [whole(12, {f"g{number:02}": 4 for number in range(1, 12)})],
    DESIGN,
    0.05,
)


def test_each_agent_is_told_under_its_own_word_with_the_range_of_its_f1():
    text = in_one_new_group(evidence(new_group=TABLE))
    assert text.startswith(
        "In one new «group», drawn as the 6 of this study were, F1 at a margin of .05 falls for “Ten words” (drop .2"
    )
    assert "; cannot be told to hold or to fall for “TF-IDF, plain” (drop " in text
    assert "holds" not in text
    row = TABLE[(TABLE["kind"] == ONE) & (TABLE["agent"] == "words")].iloc[0]
    assert f"F1 there {row['predicted_low']:.3f} to {row['predicted_high']:.3f}".replace("0.", ".") in text


def test_new_groups_on_the_whole_have_a_sentence_of_their_own():
    text = in_new_groups(evidence(new_group=TABLE))
    assert text.startswith(
        "In new «groups» like the 12 of this study, their rows taken together, F1 at a margin of .05 falls for “Ten words” (drop "
    )


@pytest.mark.parametrize(
    "table", [None, TABLE[TABLE["kind"] == GROUP], TABLE.assign(word="")], ids=["no table", "groups", "no word"]
)
def test_nothing_is_said_without_a_word(table):
    given = {} if table is None else {"new_group": table}
    assert in_one_new_group(evidence(**given)) is None
    assert in_new_groups(evidence(**given)) is None


def test_panels_say_of_which_groups_they_speak():
    one, more, groups = new_group_panels(TABLE, TITLES, 0.95)
    assert "It speaks of a new «group» that is drawn as these were." in one.caption
    assert "a single one can lie outside the interval" in more.caption
    assert groups.cells.columns.tolist() == ["«group» held out", "positive", "Ten words", "TF-IDF, plain"]
    assert set(TABLE["kind"]) == {ONE, WHOLE, GROUP}
    assert new_group_panels(TABLE.iloc[:0], TITLES, 0.95) == []
