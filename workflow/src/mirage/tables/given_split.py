"""The split that came with the data: what its two parts share, how they differ, and its F1 beside the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.data.declaration import ALL_ROWS, metadata_column
from mirage.data.scripts import lengths_of
from mirage.declared import Table
from mirage.design import Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import PROVENANCE, RUN, SECTIONS, tables_named
from mirage.splits.facts import SchemeFacts
from mirage.stats.intervals import wilson
from mirage.tables.cells import crossed, or_status
from mirage.tables.layout import NOTHING, Panel, Presented, number, with_interval
from mirage.tables.notes import run_notes
from mirage.tables.two_sample import INTERVAL, KEPT, told_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results
    from mirage.study.grid import Study

    Mask = NDArray[np.bool_]

SIZE, SHARED, TOLD, F1 = "size", "shared", "told apart", "f1"
COLUMNS = ["kind", "what", "agent", "status", "train", "test", "value", "low", "high"]
# What a test row may have in training, by the column that says so, the closest relation first.
RELATIONS = {
    "the same text": "exact_group",
    "a near-duplicate": "near_group",
    "another row of its «unit»": "chapter",
    "its «group»": "source",
}
PARTS, APART = ("train", "test"), "told apart by text, AUC"
POSITIVE, FIRST, LAST = "share positive", "first year", "last year"
LEFT = "near-duplicates"  # what table relatives leaves out
WITHOUT = "given split, without near-duplicates of training rows"


TABLE = Table(
    title="The given split",
    question="What do training and test set of the given split share, how do they differ, and what is its F1 beside the others?",
    reads=lambda study: [PROVENANCE, SECTIONS, *RUN, *tables_named("f1", "relatives")],
    options=lambda study: {"study": study.estimate_options, "given": study.given_split, "beside": _beside(study)},
    made=lambda study: study.given_split is not None,
)


def _beside(study: Study) -> list[str]:
    """Name the schemes whose F1 stands beside that of the given split: where a gap starts from, and the others that one ends at."""
    gap = study.config["gap"]
    whole = [gap["beside"]] if "beside" in gap else []
    return [name for name in dict.fromkeys([*study.references, *whole, *gap["held_out"]]) if name != study.given_split]


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`given_split_table` of the run."""
    options, design = results.options, results.design
    facts = design.facts[options["given"]]
    train, test = parts_of(results.sections, facts)
    f1, relatives = results.table("f1"), results.table("relatives")
    return given_split_table(results.sections, train, test, f1, relatives, design, [facts.name, *options["beside"]])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel on F1, one on what test rows have in training, one on how the parts differ."""
    schemes = [results.options["given"], *results.options["beside"]]
    return given_split_panels(table, results.titles, results.design.level), run_notes(results, table["agent"], schemes)


def parts_of(sections: pd.DataFrame, facts: SchemeFacts) -> tuple[Mask, Mask]:
    """Return which rows a given split trains on, and which it tests."""
    train, test = facts.arguments["train"], facts.arguments["test"]
    values = sections[metadata_column(test.column, sections.columns)].to_numpy(dtype=object)
    return np.isin(values, train.values), np.isin(values, test.values)


def given_split_table(
    sections: pd.DataFrame,
    train: Mask,
    test: Mask,
    f1: pd.DataFrame,
    relatives: pd.DataFrame,
    design: Design,
    schemes: Sequence[str],
) -> pd.DataFrame:
    """Look at both parts of a given split, and at F1 on it and on other schemes.

    Parameters
    ----------
    sections:
        The corpus.
    train, test:
        Which of its rows are in which part.
    f1, relatives:
        :func:`mirage.tables.f1.f1_table` and :func:`mirage.tables.relatives.relatives_table`.
    schemes:
        The given split, and those that stand beside it.

    Returns
    -------
    DataFrame
        ``kind, what, agent, status, train, test, value, low, high``. Of kind ``size`` the numbers of each part stand in ``train`` and
        ``test``. Of kind ``shared``, ``test`` counts the test rows that have such a relative in training and ``value`` is their share
        (Wilson). Of kind ``told apart``, ``value`` is the AUC with which a classifier tells the parts by their text. Of kind ``f1``,
        ``what`` is a scheme.
    """
    rows = [*_sizes(sections, train, test), *_shared(sections, train, test, design.level)]
    rows += _told(sections, train, test, design)
    return pd.DataFrame([*rows, *_scores(f1, relatives, schemes)], columns=COLUMNS)


def _sizes(sections: pd.DataFrame, train: Mask, test: Mask) -> list[dict[str, Any]]:
    unit, lengths = lengths_of(sections["text"].tolist())
    length = np.array(lengths)
    label = sections["label"].to_numpy()
    measured: dict[str, Any] = {
        "rows": lambda part: int(part.sum()),
        POSITIVE: lambda part: float(label[part].mean()),
        f"{unit}s, median": lambda part: float(np.median(length[part])),
    }
    if (sections["source"] != ALL_ROWS).any():
        measured["«groups»"] = lambda part: sections.loc[part, "source"].nunique()
    if "year" in sections:
        measured[FIRST] = lambda part: int(sections.loc[part, "year"].min())
        measured[LAST] = lambda part: int(sections.loc[part, "year"].max())
    return [{"kind": SIZE, "what": what, "train": of(train), "test": of(test)} for what, of in measured.items()]


def _shared(sections: pd.DataFrame, train: Mask, test: Mask, level: float) -> list[dict[str, Any]]:
    rows = []
    tested = int(test.sum())
    label = sections["label"].to_numpy()
    for what, column in RELATIONS.items():
        values = pd.factorize(sections[column])[0]
        if column == "source" and len(np.unique(values)) < 2:
            continue
        rows.append((what, int(np.isin(values[test], values[train]).sum())))
        if column == "near_group":
            other = sum(int(np.isin(values[test & (label == one)], values[train & (label != one)]).sum()) for one in (0, 1))
            rows.append(("a near-duplicate under the other label", other))
    if "year" in sections:
        years = sections["year"].to_numpy()
        rows.append(("its year, or a later one", int((years[test] <= years[train].max()).sum())))
    return [
        {"kind": SHARED, "what": what, "test": count, "value": count / tested}
        | dict(zip(("low", "high"), wilson(count, tested, level), strict=True))
        for what, count in rows
    ]


def _told(sections: pd.DataFrame, train: Mask, test: Mask, design: Design) -> list[dict[str, Any]]:
    found = told_apart(sections[["text"]].copy(), sections, test, train | test, design, "given split")
    return [
        {"kind": TOLD, "what": f"{name} rows", "train": row["n_others"], "test": row["n_group"], "status": row["status"]}
        | {key: row.get(value) for key, value in (("value", "auc"), ("low", "low"), ("high", "high"))}
        for name, row in zip(KEPT, found, strict=True)
    ]


def _scores(f1: pd.DataFrame, relatives: pd.DataFrame, schemes: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for scheme in schemes:
        for row in f1[f1["split"] == scheme].to_dict("records"):
            found = {"kind": F1, "what": scheme, "agent": row["agent"], "status": row["status"], "value": row["f1"]}
            rows.append(found | {"low": row["low"], "high": row["high"]})
    left = relatives[(relatives["split"] == schemes[0]) & (relatives["left_out"] == LEFT)]
    return rows + [
        {"kind": F1, "what": WITHOUT, "agent": row["agent"], "status": row["status"], "value": row["f1"], "test": row["rows"]}
        for row in left.to_dict("records")
    ]


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _year(value: float) -> str:
    return f"{value:.0f}"


WRITTEN: Mapping[str, Callable[[float], str]] = {POSITIVE: number, FIRST: _year, LAST: _year}


def given_split_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel on F1, agents down; one on what test rows have in training; one on how the parts differ."""
    return [_f1_panel(table, titles, level), _shared_panel(table, level), _differs_panel(table, level)]


def _f1_panel(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> Panel:
    part = table[table["kind"] == F1]
    schemes = list(dict.fromkeys(part["what"]))
    order = [schemes[0], *([WITHOUT] if WITHOUT in schemes else []), *(name for name in schemes[1:] if name != WITHOUT)]
    cells = crossed(part, titles, "what", lambda row: or_status(row, "value", "low", "high"))[["agent", *order]]
    caption = (
        f"F1 of the positive class at threshold 0.5 on the given split (`{schemes[0]}`), on what is left of its test rows without those "
        "that repeat a training row, at least nearly, and on the study's other schemes, whose training rows come from both parts "
        f"[{level:.0%} interval: that of table f1]. Of an interval that lies above F1 in cross-validation the test rows "
        "are easier; of one below they are harder, from elsewhere, or trained for on fewer rows."
    )
    return Panel(caption, cells)


def _shared_panel(table: pd.DataFrame, level: float) -> Panel:
    part = table[table["kind"] == SHARED].to_dict("records")
    cells = [
        {
            "in training": row["what"],
            "test rows": f"{row['test']:,.0f}",
            "share": with_interval(row["value"], row["low"], row["high"]),
        }
        for row in part
    ]
    caption = f"How many test rows of the given split have such a row among its training rows [{level:.0%} interval: Wilson over rows]."
    return Panel(caption, pd.DataFrame(cells))


def _differs_panel(table: pd.DataFrame, level: float) -> Panel:
    cells = [
        {"of each part": row["what"], **{part: WRITTEN.get(row["what"], _count)(row[part]) for part in PARTS}, APART: NOTHING}
        for row in table[table["kind"] == SIZE].to_dict("records")
    ]
    for row in table[table["kind"] == TOLD].to_dict("records"):
        auc = or_status(row, "value", "low", "high")
        cells.append({"of each part": row["what"], **{part: _count(row[part]) for part in PARTS}, APART: auc})
    caption = (
        "How the two parts of the given split differ. Told apart: area under the ROC curve with which TF-IDF and logistic regression tell "
        f"test rows from training rows (Lopez-Paz & Oquab 2017); .5 is what parts give that are alike [{level:.0%} interval: {INTERVAL}]."
    )
    return Panel(caption, pd.DataFrame(cells))
