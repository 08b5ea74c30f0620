"""What a study says that holds no group out."""

from __future__ import annotations

import pandas as pd

from mirage.audit.before_training import groups_of, markdown_lines
from mirage.design import Design
from mirage.report.findings import first_word
from mirage.report.sentences.headline import subject
from mirage.report.sentences.no_group import what_cannot_be_told
from mirage.tables.gap import gap_panels
from mirage.tables.overview import GAP, HELD_OUT, RANDOM, overview_panels
from sentence_tables import GAP_TABLE, TITLES, evidence, gap_row

WHOLE = pd.DataFrame([gap_row("tfidf", 0.03, held_out="kfold-grouped")])
DESIGN = Design(
    schemes=["kfold", "kfold-grouped"], agents=["tfidf"], seeds=[0], level=0.95, draws=100, seed=0, reference="kfold",
    held_out=["kfold-grouped"],
)  # fmt: skip


def test_it_is_said_that_nothing_is_known_of_rows_from_elsewhere():
    said = what_cannot_be_told(evidence(gap=WHOLE))
    assert said.startswith(
        "Told for «rows» like these alone: no «group» is held out, so whether F1 holds on «rows» from elsewhere"
    )
    assert first_word(evidence(gap=WHOLE)) == said
    assert what_cannot_be_told(evidence(gap=GAP_TABLE)) is None
    assert what_cannot_be_told(evidence(gap=pd.DataFrame([gap_row("tfidf", 0.1, held_out="groups-kfold")]))) is None
    assert what_cannot_be_told(evidence()) is None


def test_of_folds_of_groups_the_first_word_is_about_new_groups():
    row = {"agent": "tfidf", "kind": "new groups on the whole", "status": "complete", "word": "holds", "reference": "kfold"}
    row |= {"groups": 60.0, "groups_used": 40.0, "margin": 0.05, "drop": 0.001, "drop_low": -0.006, "drop_high": 0.008}
    gap = pd.DataFrame([gap_row("tfidf", 0.1, held_out="groups-kfold")])
    said = first_word(evidence(gap=gap, new_group=pd.DataFrame([row, row | {"agent": "words"}])))
    assert said == (
        "In new «groups» like the 60 of this study, their rows taken together, F1 at a margin of .05 holds for “TF-IDF, plain” (drop .001 "
        "[-.006, .008]). Each drop is that from cross-validation."
    )


def test_the_gap_is_called_what_repeats_are_worth_and_nothing_is_called_held_out():
    table = WHOLE.assign(
        rows=10.0, positives=4.0, auc_reference=0.9, auc_held_out=0.9, interval="bootstrap", beside=float("nan"), recall_reference=0.5,
        recall_held_out=0.5,
    )  # fmt: skip
    [panel] = gap_panels(table, TITLES, DESIGN)
    assert list(panel.cells) == [
        "set against", "agent", "n (positive)", "from", "F1", "F1 there", "gap", "always positive", "always positive, there", "AUC",
        "AUC there",
    ]  # fmt: skip
    assert "minus F1 on kfold-grouped" in panel.caption
    assert "so the gap is what repeats are worth; where nothing repeats it is chance" in panel.caption
    assert (
        subject(DESIGN)
        == "cross-validation, stratified by label, against cross-validation, «units» and near-duplicates kept whole"
    )


def test_the_overview_has_no_recall_by_group():
    row = {
        "agent": "tfidf",
        "group": None,
        "status": "complete",
        "seeds": 1,
        "positives": 4.0,
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
    }
    rows = [
        row | {"what": what, "split": split}
        for what, split in ((RANDOM, "kfold"), (HELD_OUT, "kfold-grouped"), (GAP, "kfold-grouped"))
    ]
    [panel] = overview_panels(pd.DataFrame(rows), {"tfidf": "TF-IDF"}, 0.95, 20, "bootstrap", is_out=False)
    assert list(panel.cells) == ["agent", "F1, random (kfold)", "F1 (kfold-grouped)", "gap"]
    assert "Recall is the share" not in panel.caption


def test_the_audit_says_what_cannot_be_told():
    sections = pd.DataFrame({"source": ["all rows"] * 4, "label": [0, 1, 0, 1], "unit": range(4)})
    assert groups_of(sections, 5, 0.2) == []
    report = {"columns": [], "all_columns": None, "always_positive_f1": 0.5, "units": 4, "groups": [], "seeds": 5}
    lines = markdown_lines(report)
    assert "## What cannot be told" in lines
    assert not any("holding out a group" in line for line in lines)
