"""Macro-F1 of every agent that chooses among several classes, scheme by scheme, and the gap to groups held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage.data.labels import CLASS
from mirage.decided import planned_cells, runs_of
from mirage.declared import SEVERAL, Table
from mirage.design import BOOTSTRAP, CORRECTED_T, Design
from mirage.held_out.class_drops import LEAST_ROWS, class_drops
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval, unit_count, weighted_mean
from mirage.stats.choices import Choices, Reduce, Tallies, about, drawn
from mirage.stats.intervals import corrected_resampled_t
from mirage.tables.cells import crossed, kinds_of, or_status, unless_not_run
from mirage.tables.layout import Panel, Presented, number
from mirage.tables.notes import BARE, few_runs_of, run_notes, scheme_notes
from mirage.tables.ratio import split_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.held_out.drops import Drop
    from mirage.results import Results

    FloatArray = NDArray[np.float64]

FLOOR = "without reading the text"
SCORES = ("macro_f1", "accuracy", "weighted_f1")
COLUMNS = ["split", "kind", "agent", "seeds", "planned", "status", "rows", "units", "classes", "macro_f1", "sd", "low", "high"]
COLUMNS += ["interval", "accuracy", "accuracy_low", "accuracy_high", "weighted_f1", "weighted_f1_low", "weighted_f1_high"]
COLUMNS += ["floor_most_frequent", "floor_random", "reference", "gap_status", "counted", "f1_reference", "f1_held_out", "gap"]
COLUMNS += ["gap_low", "gap_high"]

TABLE = Table(
    title="Choosing among the classes",
    question="What macro-F1 does each agent reach on each split scheme, and how much of it is lost where rows are held out?",
    reads=lambda study: [*RUN, SECTIONS, *outcomes_of(study.schemes)],
    options=lambda study: {"study": study.estimate_options},
    of=SEVERAL,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`choosing_table` of the run."""
    design = results.design
    return choosing_table(results.scores, results.outcomes(design.schemes), results.sections, design)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return macro-F1, accuracy, and the gap where rows are held out."""
    design = results.design
    notes = [
        BARE,
        *few_runs_of(results, table["agent"], design.schemes),
        *scheme_notes(design.facts[scheme] for scheme in design.schemes),
        *run_notes(results, table["agent"]),
    ]
    return choosing_panels(table, results.titles, design), notes


def choosing_table(
    scores: pd.DataFrame, decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, design: Design
) -> pd.DataFrame:
    """Summarize the choices of every agent on every scheme.

    Parameters
    ----------
    scores:
        One row a run and test group; the rows of ``group_kind == "all"`` are used.
    decided:
        The decided test rows of every scheme: ``agent, seed, row, y, chosen, unit``.
    sections:
        The corpus: ``class, source`` are used.

    Returns
    -------
    DataFrame
        ``split, kind, agent, seeds, planned, status, rows, units, classes`` (that the test rows hold)``, macro_f1`` (over these)``, sd,
        low, high, interval, accuracy, weighted_f1`` with their intervals: means over seeds. ``floor_most_frequent, floor_random``:
        macro-F1 of calling every row the corpus's most frequent class, and of guessing at its shares. On what is held out also
        ``reference, gap_status, counted`` (classes)``, f1_reference, f1_held_out, gap, gap_low, gap_high``: macro-F1 at the corpus's
        shares of classes (:func:`mirage.held_out.class_drops.class_drops`). nan where a planned run is missing.
    """
    drops = class_drops(decided, sections, design, design.held_out)
    by_place = {(drop.held_out, drop.agent): _gap(drop) for drop in drops}
    rows = []
    for row, runs in planned_cells(scores, design):
        split, agent = row["split"], row["agent"]
        if row["status"] == COMPLETE:
            row |= _Cell(runs, runs_of(decided[split], agent), sections[CLASS].to_numpy()).scored(split, agent, design)
        rows.append(row | by_place.get((split, agent), {}))
    return pd.DataFrame(rows, columns=COLUMNS)


def floors(test: FloatArray, corpus: FloatArray) -> tuple[float, float]:
    """Return macro-F1 of naming the corpus's most frequent class, and of guessing at its shares, over the classes of the test rows.

    Guessing a class at its share q finds a share q of its rows, a share p of the test rows, and is right in p of its guesses: an F1 of
    2 p q / (p + q), up to chance.

    Parameters
    ----------
    test, corpus:
        (classes,) shares of the rows.
    """
    held = test > 0
    first = int(corpus.argmax())
    p, q = test[held], corpus[held]
    return float(2 * test[first] / (1 + test[first]) / held.sum()), float(np.mean(2 * p * q / (p + q)))


@dataclass(frozen=True, eq=False)
class _Cell:
    """The runs of one agent on one scheme: their scores, their decided rows, and the classes of the corpus."""

    runs: pd.DataFrame
    decided: pd.DataFrame
    classes: NDArray[np.integer[Any]]

    def scored(self, split: str, agent: str, design: Design) -> dict[str, Any]:
        count = int(self.classes.max()) + 1
        choices = Choices.of(self.decided, count)
        row: dict[str, Any] = {"rows": float(self.runs["n"].mean()), "units": unit_count(choices, resample="clusters")}
        row |= {"classes": float(self.runs["classes"].mean()), "sd": self.runs["macro_f1"].std(ddof=1)}
        row |= {name: float(self.runs[name].mean()) for name in SCORES}
        shares = [np.bincount(labels, minlength=count) / len(labels) for labels in (choices.truth, self.classes)]
        row["floor_most_frequent"], row["floor_random"] = floors(*shares)
        redrawn = design.facts[split].kind == "resampled"
        ends = self._by_runs(design) if redrawn else self._by_draws(choices, row, split, agent, design)
        row |= {"low": ends[0][0], "high": ends[0][1], "interval": CORRECTED_T if redrawn else BOOTSTRAP}
        for name, (low, high) in zip(SCORES[1:], ends[1:], strict=True):
            row |= {f"{name}_low": low, f"{name}_high": high}
        return row

    def _by_runs(self, design: Design) -> list[tuple[float, float]]:
        ratio = split_ratio(self.runs, len(self.classes))
        ends = [corrected_resampled_t(self.runs[name].to_numpy(), ratio, design.level) for name in SCORES]
        # The t distribution does not know that a score ends at 0 and 1.
        return [(float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))) for low, high in ends]

    def _by_draws(
        self, choices: Choices, row: Mapping[str, Any], split: str, agent: str, design: Design
    ) -> list[tuple[float, float]]:
        held = np.bincount(choices.truth, minlength=choices.classes) > 0

        def reduce(tallies: Tallies, runs: FloatArray) -> FloatArray:
            values = (tallies.macro_f1(held), tallies.accuracy, tallies.weighted_f1)
            return np.stack([weighted_mean(value, runs) for value in values], axis=1)

        each: list[Reduce] = [reduce]
        [draws] = drawn([choices], each, design.draws, design.generator("choosing", split, agent))
        rests_on = Basis(int(row["units"]), choices.n_runs)
        return [
            percentile_interval(about(draws[:, place], row[name]), design.level, rests_on, SHARE)
            for place, name in enumerate(SCORES)
        ]


def _gap(drop: Drop) -> dict[str, Any]:
    low, high = drop.interval
    return {
        "reference": drop.reference,
        "gap_status": drop.status,
        "counted": drop.counted,
        "f1_reference": drop.f1_reference,
        "f1_held_out": drop.f1_held_out,
        "gap": drop.drop,
        "gap_low": low,
        "gap_high": high,
    }


def choosing_panels(table: pd.DataFrame, titles: Mapping[str, str], design: Design) -> list[Panel]:
    """Macro-F1 and accuracy with agents down and schemes across, and the gap with what is held out across."""
    about_all = f"mean over seeds [{design.level:.0%} interval: {kinds_of(table)}]"
    macro = (
        f"Macro-F1, the mean over the classes that the test rows hold of F1 of each against the rest, {about_all}. Every row gets one "
        f"class. {FLOOR[0].upper()}{FLOOR[1:]}: the greater of naming the most frequent class for every row and of guessing at the "
        "shares of the classes."
    )
    accuracy = f"Accuracy, which is micro-F1 where each row has one class and gets one, {about_all}."
    panels = [
        Panel(macro, _cells(table, titles, ("macro_f1", "low", "high"), floor=True)),
        Panel(accuracy, _cells(table, titles, ("accuracy", "accuracy_low", "accuracy_high"), floor=False)),
    ]
    held_out = table[table["gap_status"].notna()]
    return panels if held_out.empty else [*panels, _gap_panel(held_out, titles, design.level)]


def _cells(table: pd.DataFrame, titles: Mapping[str, str], names: Sequence[str], *, floor: bool) -> pd.DataFrame:
    cells = crossed(table, titles, "split", lambda row: unless_not_run(row, *names), _head)
    if floor:
        least = table.groupby("split", sort=False)[["floor_most_frequent", "floor_random"]].max().max(axis="columns")
        cells.loc[len(cells)] = [FLOOR, *least.map(number)]
    return cells


def _head(split: str, column: pd.DataFrame) -> str:
    return f"{split} ({_size(column)})"


def _size(column: pd.DataFrame) -> str:
    known = column.dropna(subset=["rows"])
    return f"n {known['rows'].iloc[0]:.0f}, {known['classes'].iloc[0]:.0f} classes" if len(known) else "not run"


def _gap_panel(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> Panel:
    told = table.assign(status=table["gap_status"])
    cells = crossed(
        told,
        titles,
        "split",
        lambda row: or_status(row, "gap", "gap_low", "gap_high"),
        lambda split, column: f"{split} ({column['counted'].max():.0f} classes)",
    )
    caption = (
        f"Macro-F1 on rows like those that are trained on ({' or '.join(table['reference'].unique())}) minus macro-F1 on rows that were "
        f"held out, both at the corpus's shares of classes: F1 of each class from its recall and its false-positive rate, over the classes "
        f"with {LEAST_ROWS} rows or more on both sides; the bias of few rows a class is taken off [{level:.0%} interval: {BOOTSTRAP}, "
        "drawn jointly; it covers these «groups», not a new one]."
    )
    return Panel(caption, cells)
