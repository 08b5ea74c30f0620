"""F1 of every class, in cross-validation and held out: which classes are served worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.data.labels import CLASS
from mirage.decided import runs_of, state
from mirage.declared import SEVERAL, Table
from mirage.design import BOOTSTRAP, Design
from mirage.lazy import numpy as np, pandas as pd
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval, weighted_mean
from mirage.stats.choices import Choices, Reduce, Tallies, drawn
from mirage.tables.cells import signed
from mirage.tables.layout import NOTHING, Panel, Presented
from mirage.tables.notes import few_runs_of, run_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage.results import Results
    from mirage.study.grid import Study

    FloatArray = NDArray[np.float64]

COLUMNS = [
    "split",
    "agent",
    "status",
    "class",
    "share",
    "rows",
    "units",
    "f1",
    "low",
    "high",
    "precision",
    "recall",
    "interval",
]


def schemes_of(study: Study) -> list[str]:
    """Name the schemes whose test rows are the same for every seed: the reference, and what is held out."""
    return list(dict.fromkeys([study.gap["reference"], *study.gap["held_out"]]))


TABLE = Table(
    title="F1 by class",
    question="Which classes does each agent find worst, in cross-validation and held out?",
    reads=lambda study: [*RUN, SECTIONS, *outcomes_of(schemes_of(study))],
    options=lambda study: {"study": study.estimate_options, "schemes": schemes_of(study)},
    of=SEVERAL,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`classes_table` of the run."""
    schemes = results.options["schemes"]
    return classes_table(results.outcomes(schemes), results.sections, results.provenance["classes"], results.design, schemes)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, of the headline's agent."""
    schemes, agent = results.options["schemes"], results.study["headline"]["agent"]
    notes = [*few_runs_of(results, [agent], schemes), *run_notes(results, [agent], schemes)]
    return class_panels(table, agent, results.titles[agent], results.design.level), notes


def classes_table(
    decided: Mapping[str, pd.DataFrame], sections: pd.DataFrame, classes: Sequence[str], design: Design, schemes: Sequence[str]
) -> pd.DataFrame:
    """Score every class against the rest, agent by agent, from the choices of each.

    Parameters
    ----------
    decided:
        The decided test rows by scheme: ``agent, seed, row, y, chosen, unit``.
    classes:
        Their names in the order of their numbers.

    Returns
    -------
    DataFrame
        ``split, agent, status, class, share`` (of the corpus)``, rows, units`` (of the class, tested)``, f1, low, high, precision,
        recall, interval``: means over seeds, the worst class first in each scheme; nan where the test rows have none of the class.
    """
    shares = np.bincount(sections[CLASS], minlength=len(classes)) / len(sections)
    frames = []
    for split in schemes:
        for agent in design.agents:
            status = state(decided, (split,), agent, design)
            if status == COMPLETE:
                choices = Choices.of(runs_of(decided[split], agent), len(classes))
                scored = _scored(choices, design, split, agent)
                frames.append(scored.assign(split=split, agent=agent, status=status, share=shares, **{"class": list(classes)}))
    found = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    order = found.sort_values("f1", kind="stable").groupby(["split", "agent"], sort=False)
    ranked = [
        order.get_group(place) for place in found[["split", "agent"]].drop_duplicates().itertuples(index=False, name=None)
    ]
    return pd.concat(ranked, ignore_index=True)[COLUMNS] if ranked else found


def _scored(choices: Choices, design: Design, split: str, agent: str) -> pd.DataFrame:
    """Return a row a class."""

    def reduce(tallies: Tallies, runs: FloatArray) -> FloatArray:
        return weighted_mean(tallies.f1, runs[:, :, None])

    each: list[Reduce] = [reduce]
    [draws] = drawn([choices], each, design.draws, design.generator("classes", split, agent))
    tallies, rows = choices.tallies, np.bincount(choices.truth, minlength=choices.classes)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = ((tallies.hits[0] / below[0]).mean(axis=0) for below in (tallies.chosen, tallies.truth))
    units = [len(np.unique(choices.cluster[choices.truth == number])) for number in range(choices.classes)]
    ends = [
        percentile_interval(draws[:, number], design.level, Basis(count, choices.n_runs), SHARE) if count else (np.nan, np.nan)
        for number, count in enumerate(units)
    ]
    low, high = zip(*ends, strict=True)
    f1 = np.where(rows > 0, tallies.f1[0].mean(axis=0), np.nan)
    told: dict[str, Any] = {"rows": rows, "units": units, "f1": f1, "low": low, "high": high}
    return pd.DataFrame({**told, "precision": precision, "recall": recall, "interval": BOOTSTRAP})


def class_panels(table: pd.DataFrame, agent: str, title: str, level: float) -> list[Panel]:
    """One panel of one agent: classes down, those worst in the first scheme on top, schemes across."""
    own = table[table["agent"] == agent]
    if own.empty:
        return []
    schemes = list(dict.fromkeys(own["split"]))
    first = own[own["split"] == schemes[0]]
    cells: dict[str, list[str]] = {"class": first["class"].tolist(), "share": [f"{share:.1%}" for share in first["share"]]}
    for scheme in schemes:
        by_class = own[own["split"] == scheme].set_index("class").to_dict("index")
        cells[scheme] = [_cell(by_class[name]) for name in first["class"]]
    caption = (
        f"{title}: F1 of each class against the rest, from one choice a row, mean over seeds [{level:.0%} interval: {BOOTSTRAP}] (rows of "
        f"the class that are tested); the worst in {schemes[0]} first. The classes of the other agents are in the csv."
    )
    return [Panel(caption, pd.DataFrame(cells))]


def _cell(row: Mapping[Any, Any]) -> str:
    return f"{signed(row['f1'], row['low'], row['high'])} ({row['rows']:.0f})" if row["rows"] else NOTHING
