"""What it is worth to have seen a group: recall on the same rows with the group's other rows in training and without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.design import BOOTSTRAP, Design
from mirage.held_out.sources import HeldSource, sources_of, with_titles
from mirage.held_out.taken_apart import LETTERS
from mirage.lazy import pandas as pd
from mirage.stats.bootstrap import Outcomes, paired_basis, percentile_interval
from mirage.tables import apart
from mirage.tables.cells import about_interval, about_positives, cells_by_agent, ends, plain
from mirage.tables.layout import Panel, Presented

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study

COLUMNS = ["agent", "source", "status", "seeds", "positives", "units", *(f"recall_{letter}" for letter in LETTERS)]
COLUMNS += ["difference", "low", "high", "difference_in", "low_in", "high_in", "misses_in", "misses_out", "interval"]
EXPOSURE = "exposure"


def _arms(study: Study) -> list[str]:
    return [arm for entry in study.taken_apart for arm in entry["arms"]]


TABLE = apart.declare(
    title="What it is worth to have seen the «group»",
    question="On the same rows, how much recall is lost when nothing of their «group» is trained on?",
    schemes=_arms,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`exposure_table` of the run."""
    sources = sources_of(results)
    decided = results.outcomes([arm for source in sources for arm in source.arms])
    return exposure_table(decided, results.design, sources)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel a held-out source."""
    sources = sources_of(results)
    arms = [arm for source in sources for arm in source.arms]
    panels = exposure_panels(with_titles(table, sources), results.titles, results.design.level)
    return panels, apart.notes_of(results, "exposure", table, arms)


def exposure_table(decided: Mapping[str, pd.DataFrame], design: Design, sources: Sequence[HeldSource]) -> pd.DataFrame:
    """Set recall on each source's positive rows, trained with its other rows, against that of training without any.

    The rows are the same in all three arms, so what they are like does not enter the differences. One bootstrap over units crossed with
    seeds (Owen 2007) draws all arms together, the arms of one seed, which share their draws of training rows, kept together.

    Parameters
    ----------
    decided:
        The decided test rows of the arms: ``split, agent, seed, row, y, predicted, unit``.

    Returns
    -------
    DataFrame
        ``agent, source, status, seeds, positives, units, recall_in, recall_size, recall_out``; ``difference`` (size minus out: at an
        equal number of training rows) with ``low, high``; ``difference_in`` (in minus out) with ``low_in, high_in``; ``misses_in,
        misses_out`` (1 - recall); ``interval``. Ends are nan where every draw gives the same difference. Where a planned run is missing,
        or fewer than five units hold the source's positive rows, ``status`` says so.
    """
    records = []
    for source in sources:
        for agent in design.agents:
            found = apart.same_positives(decided, source.arms, agent, design)
            if found is not None:
                record, outcomes = found
                record |= {"agent": agent, "source": source.name}
                if outcomes:
                    generator = design.generator("exposure", source.arm("out"), agent)
                    recalls, drawn = apart.paired_recalls(outcomes, design.draws, generator)
                    by_arm = dict(zip(LETTERS, recalls, strict=True)), dict(zip(LETTERS, drawn, strict=True))
                    record |= _estimates(dict(zip(LETTERS, outcomes, strict=True)), *by_arm, design.level)
                records.append(record)
    return pd.DataFrame(records, columns=COLUMNS)


def _estimates(
    outcomes: Mapping[str, Outcomes], recalls: Mapping[str, float], drawn: Mapping[str, Any], level: float
) -> dict[str, Any]:
    row: dict[str, Any] = {f"recall_{letter}": recall for letter, recall in recalls.items()}
    for letter, suffix in (("size", ""), ("in", "_in")):
        low, high = percentile_interval(drawn[letter] - drawn["out"], level, paired_basis(outcomes[letter], outcomes["out"]))
        row |= {f"difference{suffix}": recalls[letter] - recalls["out"], f"low{suffix}": low, f"high{suffix}": high}
    return row | {"misses_in": 1 - recalls["in"], "misses_out": 1 - recalls["out"], "interval": BOOTSTRAP}


def exposure_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float) -> list[Panel]:
    """One panel a held-out source, agents down."""
    cells = {
        "recall, «group» in": plain("recall_in"),
        "in, fewer others": plain("recall_size"),
        "«group» out": plain("recall_out"),
        EXPOSURE: ends("difference", "low", "high"),
        "in minus out": ends("difference_in", "low_in", "high_in"),
        "missed, in": plain("misses_in"),
        "missed, out": plain("misses_out"),
    }
    return [
        Panel(_caption(str(source), part, level), cells_by_agent(part, titles, cells, said_in=EXPOSURE))
        for source, part in table.groupby("source", sort=False)
    ]


def _caption(source: str, part: pd.DataFrame, level: float) -> str:
    return (
        f"What it is worth to have seen {source}: recall at threshold 0.5 {about_positives(part)}, trained with the other rows of "
        "their «group» (in), with these and fewer other rows, so that there are as many training rows as without the «group» (in, fewer "
        "others), and with none of it (out). The same rows in all three, and the rows of the «group» go to training and test in whole "
        "«units». Exposure: in with fewer others, minus out. Both differences are positive where recall is lost without the «group»; "
        f"missed: 1 minus recall; {about_interval(part, level)}. A difference without an interval is the same in every draw."
    )
