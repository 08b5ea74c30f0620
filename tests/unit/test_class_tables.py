"""Tables of a study of several classes, from choices made by hand: the drop and its word, classes, confusion, what people read."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mirage.design import Design
from mirage.held_out.class_drops import class_drops
from mirage.held_out.new_groups import on_the_whole
from mirage.report.findings import answer, sentences
from mirage.report.sentences.evidence import Evidence
from mirage.report.sentences.headline import headline_of_choice
from mirage.splits.names import Schemes
from mirage.tables.choosing import choosing_panels, choosing_table
from mirage.tables.classes import class_panels, classes_table
from mirage.tables.confusion import confusion_panels, confusion_table
from mirage.tables.new_group import new_group_panels, new_group_table
from mirage.tables.verdict import verdict_panels, verdict_table
from mirage.words import Words

CLASSES = ["sport", "news", "odd"]
TITLES = {"tfidf": "TF-IDF"}
# Group x has 40 rows of sport and 20 of news; y as many, and four of an odd class.
LABELS = [0] * 40 + [1] * 20 + [0] * 40 + [1] * 20 + [2] * 4
GROUPS = ["x"] * 60 + ["y"] * 64
SECTIONS = pd.DataFrame({"row_id": [str(row) for row in range(124)], "class": LABELS, "source": GROUPS, "unit": range(124)})
DESIGN = Design(
    schemes=["kfold", "out-x"], agents=["tfidf"], seeds=[0, 1], level=0.95, draws=300, seed=0, reference="kfold",
    held_out=["out-x"], has_classes=True,
)  # fmt: skip


def decided(rows, wrong):
    """Choose the true class, but for every row in ``wrong`` another: news for sport, and sport for what else."""
    truth = SECTIONS["class"].to_numpy()[rows]
    chosen = np.where(np.isin(rows, wrong), np.where(truth == 0, 1, 0), truth)
    run = SECTIONS.iloc[rows].assign(row=rows, y=truth, chosen=chosen, agent="tfidf", fold=0, score=1.0)
    return pd.concat([run.assign(seed=seed) for seed in (0, 1)], ignore_index=True)


EVERY, OF_X = np.arange(124), np.arange(60)
# In cross-validation all is right but for four rows of sport; held out half of group x's sport is called news.
DECIDED = {"kfold": decided(EVERY, range(4)), "out-x": decided(OF_X, range(20))}
SCORES = pd.DataFrame(
    [
        {"group_kind": "all", "split": split, "agent": "tfidf", "seed": seed, "n": n, "classes": k, "n_train": 90}
        | {"accuracy": 1 - wrong / n, "macro_f1": 0.9, "weighted_f1": 0.9}
        for split, n, k, wrong in (("kfold", 124, 3, 4), ("out-x", 60, 2, 20))
        for seed in (0, 1)
    ]
)


def test_the_drop_is_of_the_classes_that_both_sides_have_at_the_corpus_s_shares():
    [found] = class_drops(DECIDED, SECTIONS, DESIGN, ["out-x"])
    # No odd row is in x. Sport: recall 76/80 and .5, no false alarm; news: all found, 4 of 84 and 20 of 40 others called so.
    sport, news = 80 / 124, 40 / 124

    def f1(recall, fpr, share):
        return 2 * share * recall / (share * recall + (1 - share) * fpr + share)

    near = (f1(76 / 80, 0, sport) + f1(1, 4 / 84, news)) / 2
    far = (f1(0.5, 0, sport) + f1(1, 0.5, news)) / 2
    assert (found.status, found.counted, found.groups, found.reference) == ("complete", 2, ("x",), "kfold")
    assert found.f1_reference == pytest.approx(near, abs=0.003)
    assert found.f1_held_out == pytest.approx(far, abs=0.01)
    assert found.drop == found.f1_reference - found.f1_held_out
    assert (found.seeds, found.positives, found.units) == (2, 60, 60)
    low, high = found.interval
    assert low < near - far < high


def test_the_word_is_said_of_macro_f1():
    table = verdict_table(class_drops(DECIDED, SECTIONS, DESIGN, ["out-x"]), 0.05, 0.95)
    [row] = table.to_dict("records")
    assert row["word"] == "falls"
    assert row["by_margin"]
    [panel] = verdict_panels(table, TITLES, 0.95, DESIGN.measure)
    assert panel.caption.startswith(
        "Macro-F1 on rows like those that are trained on (kfold) minus macro-F1 on rows of «groups»"
    )
    assert "restated at the corpus's shares of classes, the most probable class" in panel.caption
    assert "positive" not in panel.caption
    assert panel.cells.loc[0, "out-x"].startswith("falls by .05 or more: ")


def test_a_group_of_few_rows_a_class_has_no_drop_and_says_why():
    few = np.array([*range(5), 40, 41])
    [found] = class_drops({**DECIDED, "out-x": decided(few, [])}, SECTIONS, DESIGN, ["out-x"])
    assert found.status == "too few classes of 5 rows (1)"
    one_unit = SECTIONS.assign(unit=0)
    held = {name: frame.assign(unit=0) for name, frame in DECIDED.items()}
    [found] = class_drops(held, one_unit, DESIGN, ["out-x"])
    assert found.status == "too few units (1)"
    [found] = class_drops({**DECIDED, "out-x": DECIDED["out-x"].query("seed == 0")}, SECTIONS, DESIGN, ["out-x"])
    assert found.status == "missing"


def test_folds_of_groups_tell_of_new_groups_on_the_whole():
    many = SECTIONS.assign(source=[f"g{row % 31}" for row in range(124)])
    design = dataclasses.replace(DESIGN, schemes=["kfold", "groups-kfold"], held_out=["groups-kfold"])
    whole = {"kfold": DECIDED["kfold"], "groups-kfold": decided(EVERY, range(30))}
    found = on_the_whole(whole, many, "tfidf", design)
    assert (found.status, found.groups, found.groups_used) == ("complete", 31, 31)
    assert found.drop == pytest.approx(found.f1_reference - found.f1)
    assert found.drop_interval[0] > 0.1
    assert on_the_whole(whole, SECTIONS, "tfidf", design).status == "too few groups (2)"


def test_five_groups_tell_of_one_more_over_the_classes_that_all_of_them_have():
    groups = np.repeat([f"g{number}" for number in range(5)], 40)
    # Odd rows are in the first group alone, so no other is compared over them.
    labels = np.tile([0] * 24 + [1] * 16, 5)
    labels[30:38] = 2
    rows = pd.DataFrame({"row_id": map(str, range(200)), "class": labels, "source": groups, "unit": range(200)})
    schemes = [f"out-g{number}" for number in range(5)]
    design = dataclasses.replace(DESIGN, schemes=["kfold", *schemes], held_out=schemes)

    def run(places, wrong):
        truth = labels[places]
        chosen = np.where(np.isin(places % 40, wrong), (truth + 1) % 2, truth)
        own = rows.iloc[places].assign(row=places, y=truth, chosen=chosen, agent="tfidf")
        return pd.concat([own.assign(seed=seed) for seed in (0, 1)], ignore_index=True)

    found = {"kfold": run(np.arange(200), range(2))}
    found |= {scheme: run(np.flatnonzero(groups == scheme[4:]), range(6 + number)) for number, scheme in enumerate(schemes)}
    drops = class_drops(found, rows, design, schemes, over_shared=True)
    assert {drop.counted for drop in drops} == {2}
    assert len({round(drop.f1_reference, 2) for drop in drops}) == 1
    table = new_group_table(drops, [], design, 0.05)
    one = table[table["kind"] == "one new group"].iloc[0]
    assert (one["groups"], one["groups_used"], one["word"]) == (5, 5, "falls")
    assert one["predicted_low"] < one["f1"] < one["predicted_high"] < one["f1_reference"]
    panel = new_group_panels(table, TITLES, 0.95, design.measure)[0]
    assert panel.cells.columns[1:5].tolist() == [
        "«groups» with macro-F1", "macro-F1", "macro-F1 held out", "macro-F1 in one new «group»",
    ]  # fmt: skip


def test_macro_f1_stands_beside_what_is_scored_without_reading_and_beside_its_gap():
    table = choosing_table(SCORES, DECIDED, SECTIONS, DESIGN).set_index("split")
    assert table.loc["kfold", "floor_most_frequent"] == pytest.approx(2 * 80 / (124 + 80) / 3)
    assert table.loc["kfold", "floor_random"] == pytest.approx(1 / 3)
    assert pd.isna(table.loc["kfold", "gap"])
    [drop] = class_drops(DECIDED, SECTIONS, DESIGN, ["out-x"])
    assert table.loc["out-x", "gap"] == drop.drop
    macro, accuracy, gap = choosing_panels(table.reset_index(), TITLES, DESIGN)
    assert macro.cells.columns.tolist() == ["agent", "kfold (n 124, 3 classes)", "out-x (n 60, 2 classes)"]
    assert macro.cells["agent"].tolist() == ["TF-IDF", "without reading the text"]
    assert macro.cells.iloc[1, 1] == ".333"
    assert accuracy.cells.iloc[0, 1].startswith(".968 [")
    assert gap.cells.columns.tolist() == ["agent", "out-x (2 classes)"]


def test_a_study_without_a_group_has_no_gap():
    design = dataclasses.replace(DESIGN, schemes=["kfold"], held_out=[])
    table = choosing_table(SCORES, {"kfold": DECIDED["kfold"]}, SECTIONS, design)
    assert len(choosing_panels(table, TITLES, design)) == 2
    [number] = headline_of_choice(table, design, "tfidf", "TF-IDF", None)
    assert number["label"] == "macro-F1 of TF-IDF: cross-validation"


def test_classes_are_listed_the_worst_first_with_the_rows_behind_each():
    table = classes_table(DECIDED, SECTIONS, CLASSES, DESIGN, ["kfold", "out-x"])
    own = table[table["split"] == "kfold"]
    assert own["class"].tolist() == ["news", "sport", "odd"]
    # News: 40 found, 4 more called so. Sport: 76 of 80.
    assert own["f1"].tolist() == pytest.approx([80 / 84, 152 / 156, 1.0])
    assert own["rows"].tolist() == [40, 80, 4]
    held = table[table["split"] == "out-x"].set_index("class")
    assert held.loc["sport", ["precision", "recall"]].tolist() == [1.0, 0.5]
    assert pd.isna(held.loc["odd", "f1"])
    [panel] = class_panels(table, "tfidf", "TF-IDF", 0.95)
    assert panel.cells["class"].tolist() == ["news", "sport", "odd"]
    assert panel.cells.loc[2, "out-x"] == "–"
    assert panel.cells.loc[0, "kfold"].endswith("(40)")


def test_the_pairs_that_are_confused_most_often_stand_first():
    table = confusion_table(DECIDED, CLASSES, DESIGN, ["kfold", "out-x"])
    assert table[["split", "class", "taken_for", "rows", "of", "share"]].to_numpy().tolist() == [
        ["kfold", "sport", "news", 4.0, 80.0, 0.05],
        ["out-x", "sport", "news", 20.0, 40.0, 0.5],
    ]
    [panel] = confusion_panels(table, "tfidf", "TF-IDF", ["kfold", "out-x"])
    assert panel.cells.iloc[0].tolist() == ["sport", "news", "4.0 (5%)", "20.0 (50%)"]
    assert confusion_panels(table.iloc[:0], "tfidf", "TF-IDF", ["kfold"]) == []


def evidence(design, held_out, decided_rows):
    tables = {
        "choosing": choosing_table(SCORES, decided_rows, SECTIONS, design),
        "classes": classes_table(decided_rows, SECTIONS, [*CLASSES], design, design.schemes),
        "confusion": confusion_table(decided_rows, CLASSES, design, design.schemes),
        "verdict": verdict_table(class_drops(decided_rows, SECTIONS, design, design.held_out), 0.05, 0.95),
    }
    headline = {"agent": "tfidf", "held_out": held_out}
    return Evidence(tables, TITLES, headline, Schemes(), measure=design.measure)


def test_the_answer_speaks_of_macro_f1_and_begins_with_the_word():
    found = evidence(DESIGN, "out-x", DECIDED)
    word, score = answer(found)
    assert word.startswith("Falls by .05 or more: “TF-IDF” on x, held out: the drop in macro-F1 is ")
    assert "at the corpus's shares of classes (from cross-validation; margin .05)" in word
    assert score.startswith("“TF-IDF” chooses among 3 classes with a macro-F1 of .900")
    assert score.endswith("without reading a text macro-F1 is .333.")
    said = " ".join(sentences(found))
    assert "Most often “TF-IDF” takes sport for news (4.0 of 80 «rows»); means over seeds." in said
    assert "Macro-F1 lost from cross-validation to x held out, over 2 classes" in said


def test_a_study_in_which_nothing_is_held_out_says_what_it_does_not_tell():
    design = dataclasses.replace(DESIGN, schemes=["kfold"], held_out=[])
    told = answer(evidence(design, None, {"kfold": DECIDED["kfold"]}))
    assert told[1].startswith("No group of rows is held out")


def test_the_words_of_the_data_stand_in_the_panels():
    table = choosing_table(SCORES, DECIDED, SECTIONS, DESIGN)
    said = Words(group="outlet").say(choosing_panels(table, TITLES, DESIGN)[2].caption)
    assert "it covers these outlets, not a new one" in said
