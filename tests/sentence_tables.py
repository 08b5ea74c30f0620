"""Tables of a small study, as their csv has them, and the evidence that sentences are made from."""

import math

import pandas as pd

from known_schemes import SCHEMES
from mirage.report.sentences.evidence import Evidence
from mirage.tables.decomposition import EXPOSURE, FOUND_LESS, GAP, TERMS

TITLES = {"always-positive": "Always positive", "words": "Ten words", "tfidf": "TF-IDF, plain", "trees": "Trees"}
HEADLINE = {"agent": "tfidf", "held_out": "source-curated", "taken_apart": "curated"}


def evidence(notes=None, headline=HEADLINE, **tables):
    """Gather tables of a study that leaves one agent out of its sentences."""
    return Evidence(tables, TITLES, headline, SCHEMES, ["always-positive"], notes)


def f1_row(agent, f1, status="complete", split="kfold"):
    row = {"split": split, "agent": agent, "status": status, "f1": f1, "low": f1 - 0.1, "high": f1 + 0.02}
    return row | {"always_positive_f1": 0.4}


def gap_row(agent, gap, width=0.1, status="complete", held_out="source-curated", reference="kfold"):
    row = {"agent": agent, "held_out": held_out, "reference": reference, "status": status, "gap": gap}
    row |= {"low": gap - width, "high": gap + width, "f1_reference": 0.8, "f1_held_out": 0.8 - gap}
    return row | {"always_positive_reference": 0.4, "always_positive_held_out": 0.9}


F1 = pd.DataFrame(
    [
        f1_row("always-positive", 0.9),
        f1_row("words", 0.93),
        f1_row("words", 0.5, split="time"),
        f1_row("tfidf", 0.8),
        f1_row("trees", math.nan, "missing"),
    ]
)
GAP_TABLE = pd.DataFrame(
    [
        gap_row("always-positive", -0.5),
        gap_row("words", 0.04),
        gap_row("tfidf", 0.3),
        gap_row("tfidf", 0.7, held_out="time"),
        gap_row("trees", math.nan, status="missing"),
    ]
)


def term(name, value, width=0.05, agent="tfidf", source="curated", status="complete"):
    row = {"agent": agent, "source": source, "status": status, "term": name}
    return {**row, "value": value, "low": value - width, "high": value + width}


VALUES = dict.fromkeys(TERMS, 0.0) | {EXPOSURE: 0.1, "prevalence": -0.4, FOUND_LESS: 0.6}
DECOMPOSITION = pd.DataFrame(
    [
        *(term(name, value) for name, value in VALUES.items()),
        term(GAP, 0.3),
        term(FOUND_LESS, 0.9, source="murray"),
        term(EXPOSURE, 0.2, agent="words"),
    ]
)


def exposure_row(agent, difference, width=0.05, source="curated", status="complete"):
    row = {"agent": agent, "source": source, "status": status, "positives": 109.0, "difference": difference}
    return row | {"low": difference - width, "high": difference + width}


EXPOSED = pd.DataFrame(
    [
        exposure_row("always-positive", 0.0),
        exposure_row("words", 0.02),
        exposure_row("tfidf", 0.1),
        exposure_row("trees", 0.2),
        exposure_row("tfidf", 0.4, source="murray"),
    ]
)


def external_row(agent, auc, group="implicit", recall_at=0.3):
    row = {"agent": agent, "group": group, "status": "complete", "rows": 32, "at_fpr": 0.05, "reason": math.nan}
    row |= {"auc": auc, "auc_low": auc - 0.1, "auc_high": auc + 0.1}
    return row | {"recall_at": recall_at, "recall_at_low": recall_at - 0.1, "recall_at_high": recall_at + 0.1}


EXTERNAL = pd.DataFrame(
    [
        external_row("always-positive", 0.5),
        external_row("words", 0.55, recall_at=0.2),
        external_row("tfidf", 0.8),
        external_row("tfidf", 0.85, "extrinsic"),
    ]
)
