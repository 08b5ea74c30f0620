"""Whether the text tells the group: a classifier two-sample test of each held-out group against the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.data.scripts import CHARACTER, WORD, unit_of
from mirage.declared import Table
from mirage.design import Design
from mirage.held_out.sources import MIN_ROWS, MIN_UNITS, HeldSource, sources_of, with_titles
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import listing
from mirage.markdown import plain
from mirage.paths import PROVENANCE, SECTIONS
from mirage.provenance import derive_seed
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval
from mirage.stats.ranking import unit_weights, weighted_curve
from mirage.tables.cells import or_status
from mirage.tables.layout import Panel, Presented

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results

FOLDS = 5
MAX_FEATURES = 20_000
# What n-grams are made of, as scikit-learn calls it, and their lengths, by whether a text's script separates words.
NGRAMS = {WORD: ("word", (1, 2)), CHARACTER: ("char", (1, 3))}
WEIGHTS = 2**19  # weights of rows that are held in memory at a time
INTERVAL = "bootstrap over units, fits held"
COLUMNS = ["source", "rows", "status", "n_group", "n_others", "units", "auc", "low", "high", "interval"]
KEPT = {"all": (0, 1), "positive": (1,), "negative": (0,)}

TABLE = Table(
    title="Whether the text tells the «group»",
    question="Can a classifier tell from the text alone whether a «row» is of the «group» held out?",
    reads=lambda study: [PROVENANCE, SECTIONS],
    options=lambda study: {"study": study.estimate_options, "taken_apart": study.taken_apart},
    made=lambda study: bool(study.taken_apart),
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`two_sample_table` of the run."""
    return two_sample_table(results.sections, results.design, sources_of(results))


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, and who is set against whom."""
    sources = sources_of(results)
    whose = "\n".join(
        f"- `{source.called}`: {plain(listing(source.groups, 'and'))} against {plain(listing(source.others.groups, 'and'))}."
        for source in sources
    )
    return [two_sample_panel(with_titles(table, sources), results.design.level)], [whose]


def two_sample_table(sections: pd.DataFrame, design: Design, sources: Sequence[HeldSource]) -> pd.DataFrame:
    """Test whether a classifier tells a source's rows from the others' by their text (Lopez-Paz & Oquab 2017), with AUC for accuracy.

    TF-IDF with logistic regression is trained on whether a row is the source's, on four fifths of the rows, and scores the fifth that
    is left; folds are stratified by source and keep units whole. AUC compares rows of one fold, which one model scored, and counts
    every such pair alike. The bootstrap draws units (Field & Welsh 2007) and leaves the fitted models as they are.

    Parameters
    ----------
    sections:
        The corpus: ``text, label, source, unit``.

    Returns
    -------
    DataFrame
        ``source, rows`` (all, positive or negative), ``status, n_group, n_others, units`` (of the side that has fewer), ``auc, low, high,
        interval``. Where a side has fewer than 20 rows or five units, ``status`` says so.
    """
    # One frame for all, because its n-grams are counted once.
    told = sections[["text"]].copy()
    records = []
    for source in sources:
        member = sections["source"].isin(source.groups).to_numpy()
        compared = sections["source"].isin([*source.groups, *source.others.groups]).to_numpy()
        found = told_apart(told, sections, member, compared, design, source.name)
        records += [{"source": source.name, "rows": name, **tested} for name, tested in zip(KEPT, found, strict=True)]
    return pd.DataFrame(records, columns=COLUMNS)


def told_apart(
    told: pd.DataFrame,
    sections: pd.DataFrame,
    member: NDArray[np.bool_],
    compared: NDArray[np.bool_],
    design: Design,
    name: str,
) -> list[dict[str, Any]]:
    """Test whether a classifier tells some rows from the others that are compared: all, positive and negative rows, as :data:`KEPT`.

    Parameters
    ----------
    told:
        The texts of the corpus; its column ``label`` is written over.
    sections:
        The corpus: ``label, unit``.
    member, compared:
        (rows,) whether a row is one of them, and whether it is looked at.
    name:
        What the random draws are named by.

    Returns
    -------
    list of dict
        ``n_group, n_others, units, status, auc, low, high, interval``, without the last four where there are too few rows.
    """
    told["label"] = member.astype(np.int8)
    label, unit = sections["label"].to_numpy(), sections["unit"].to_numpy()
    found = []
    for kept, labels in KEPT.items():
        rows = np.flatnonzero(compared & np.isin(label, labels))
        found.append(_test(told, rows, unit[rows], design, (name, kept)))
    return found


def _test(
    told: pd.DataFrame, rows: NDArray[np.intp], unit: NDArray[np.integer], design: Design, names: tuple[str, str]
) -> dict[str, Any]:
    member = told["label"].to_numpy()[rows]
    sides = [unit[member == side] for side in (1, 0)]
    units = min(len(np.unique(side)) for side in sides)
    record: dict[str, Any] = {"n_group": len(sides[0]), "n_others": len(sides[1]), "units": units}
    fewest = min(len(side) for side in sides)
    if fewest < MIN_ROWS:
        return record | {"status": f"too few rows ({fewest})"}
    if units < MIN_UNITS:
        return record | {"status": f"too few units ({units})"}
    fold, score = _out_of_fold(told, rows, unit, derive_seed("two_sample", *names))
    auc = float(auc_within(fold, member, score, np.ones((1, len(rows))))[0])
    drawn = _draws(fold, member, score, unit, design.draws, design.generator("two_sample", *names))
    low, high = percentile_interval(drawn, design.level, Basis(units), SHARE)
    return record | {"status": COMPLETE, "auc": auc, "low": low, "high": high, "interval": INTERVAL}


def _out_of_fold(
    told: pd.DataFrame, rows: NDArray[np.intp], unit: NDArray[np.integer], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the fold of each of the rows, and the score of the model that was fitted without that fold."""
    from mirage.agents.linear import TfidfLogistic
    from mirage.splits.draws import deal_folds

    member = told["label"].to_numpy()[rows]
    fold = deal_folds(unit.astype(np.int32), member, FOLDS, np.random.default_rng(seed))
    analyzer, ngrams = NGRAMS[unit_of(told["text"])]
    classifier = TfidfLogistic(
        told, ngrams=ngrams, max_features=MAX_FEATURES, C=1.0, class_weight="balanced", analyzer=analyzer
    )
    score = np.empty(len(rows))
    for number in np.unique(fold):
        tested = fold == number
        score[tested] = classifier.fit(rows[~tested], rows[tested], seed).scores
    return fold, score


def _draws(
    fold: NDArray[np.int64],
    member: NDArray[np.int8],
    score: NDArray[np.float64],
    unit: NDArray[np.integer],
    draws: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    chunk = max(1, WEIGHTS // len(member))
    sizes = [min(chunk, draws - begin) for begin in range(0, draws, chunk)]
    return np.concatenate([auc_within(fold, member, score, unit_weights(unit, member, size, rng)) for size in sizes])


def auc_within(
    fold: NDArray[np.integer], y: NDArray[np.integer], score: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ROC-AUC over the pairs of rows that share a fold, under many weightings of the rows.

    Parameters
    ----------
    fold, y, score:
        (rows,) fold, label and score.
    weight:
        (draws, rows), such as how often a row was drawn.

    Returns
    -------
    ndarray
        (draws,); nan where no fold has weight on both labels.
    """
    won, pairs = np.zeros(len(weight)), np.zeros(len(weight))
    for number in np.unique(fold):
        own = fold == number
        of_fold = weight[:, own]
        count = of_fold[:, y[own] == 1].sum(axis=1) * of_fold[:, y[own] == 0].sum(axis=1)
        auc = weighted_curve(y[own], score[own], of_fold).auc()
        won += np.where(count > 0, auc * count, 0.0)
        pairs += count
    return np.divide(won, pairs, out=np.full(len(weight), np.nan), where=pairs > 0)


def two_sample_panel(table: pd.DataFrame, level: float) -> Panel:
    """Lay out held-out groups down and rows across."""
    caption = (
        "Classifier two-sample test: area under the ROC curve with which TF-IDF and logistic regression, trained to tell the held-out "
        f"«group» from the others, rank rows that they were not trained on ({FOLDS} folds, «units» kept whole, rows compared within their "
        "fold); .5 is what a text that does not tell the «group» gives. In brackets the rows of the «group» : of the others; fewer than "
        f"{MIN_ROWS} on a side are not tested. Where «group» and label go together, the AUC on all rows is partly that of the label; on "
        f"rows of one label it is not [{level:.0%} interval: {INTERVAL}]."
    )
    records = []
    for source, part in table.groupby("source", sort=False):
        cells = {f"{row['rows']} rows": _cell(row) for row in part.to_dict("records")}
        records.append({"held out": str(source), **cells})
    return Panel(caption, pd.DataFrame(records))


def _cell(row: Mapping[Any, Any]) -> str:
    said = or_status(row, "auc", "low", "high")
    return f"{said} ({row['n_group']:.0f} : {row['n_others']:.0f})"
