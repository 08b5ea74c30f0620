"""One word for each agent and each set of groups held out: whether F1 holds, falls, or neither can be told."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mirage.declared import BOTH, Table
from mirage.design import BOOTSTRAP
from mirage.held_out.class_drops import class_drops
from mirage.held_out.drops import OWN, Drop, drops
from mirage.lazy import numpy as np, pandas as pd, scipy_stats as stats
from mirage.listing import counted, listing
from mirage.measure import POSITIVE, Measure
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.states import COMPLETE, NOT_RUN
from mirage.stats.compare import above_zero, holm
from mirage.tables.cells import Row, crossed, signed
from mirage.tables.layout import Panel, Presented, number
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


HOLDS, FALLS, CANNOT_TELL = "holds", "falls", "cannot tell"
WORDS = (HOLDS, FALLS, CANNOT_TELL)
AFTER_HOLM = "after Holm too"
NOT_SIMULATED = "How often these intervals hold the truth is simulated for the F1 of one class, and not for macro-F1."
NO_INTERVAL = "no interval: draws all alike or undefined, or too few runs"

COLUMNS = ["agent", "held_out", "sources", "reference", "status", "seeds", "positives", "units", "negatives", "negatives_of"]
COLUMNS += ["f1_reference", "f1_reference_low", "f1_reference_high", "f1_held_out", "f1_held_out_low", "f1_held_out_high"]
COLUMNS += ["drop", "low", "high", "margin", "word", "by_margin", "probability", "more_positives", "interval"]
COLUMNS += ["p_value", "family", "p_holm", "level"]


def _schemes(study: Study) -> list[str]:
    return list(dict.fromkeys([*study.references, *study.held_out_groups, *study.matched_schemes.values()]))


def _options(study: Study) -> dict[str, Any]:
    own = {"held_out": study.held_out_groups, "matched": study.matched_schemes, "margin": study.config["margin"]}
    return {"study": study.estimate_options, **own}


TABLE = Table(
    title="Does the F1 hold?",
    question="Does each agent's F1 carry over to rows of a «group» that it was not trained on?",
    reads=lambda study: [SECTIONS, *RUN, *outcomes_of(_schemes(study))],
    options=_options,
    resources=("coverage.csv",),
    made=lambda study: bool(study.held_out_groups),
    of=BOTH,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`verdict_table` of the run."""
    options, design, sections = results.options, results.design, results.sections
    schemes = dict.fromkeys([*design.references, *options["held_out"], *options["matched"].values()])
    decided = results.outcomes(list(schemes))
    if design.has_classes:
        found = class_drops(decided, sections, design, options["held_out"])
    else:
        found = drops(decided, sections, design, options["held_out"], options["matched"])
    return verdict_table(found, options["margin"], design.level)


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return one panel, with what a reader has to know of schemes and agents."""

    schemes = list(dict.fromkeys(table["held_out"]))
    notes = [NOT_SIMULATED] if results.design.has_classes else coverage_notes(results, "verdict")
    notes += [*few_runs_of(results, table["agent"], schemes), *run_notes(results, table["agent"], schemes)]
    design, constants = results.design, results.study["baselines"]
    return verdict_panels(table, results.titles, design.level, design.measure, constants), notes


def word_of(low: float, high: float, margin: float) -> str:
    """Return the word for a drop whose interval is ``[low, high]``; empty where there is no interval.

    ``holds`` is a statement of non-inferiority (Schuirmann 1987; Lakens 2017): the whole interval lies at the margin or below.
    ``falls`` says that it lies above zero. A drop that is there and is no larger than the margin holds.
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    if high <= margin:
        return HOLDS
    return FALLS if low > 0 else CANNOT_TELL


def more_positives(positives: int, drop: float, low: float, high: float, margin: float) -> float:
    """Estimate how many more positive rows of the groups would settle a ``cannot tell``; inf where no number would.

    Each half of the interval is taken to shrink with the square root of the number of rows. The number is the smallest with which
    the upper end comes down to the margin or the lower end comes up to zero. It supposes that the drop stays as it is, that new rows
    come in as many units as those there are, and that negatives and seeds grow with them: a guide to the size of a study, no promise.
    """
    halves = [(high - drop, margin - drop), (drop - low, drop)]
    times = [(half / room) ** 2 for half, room in halves if room > 0]
    return math.ceil(positives * min(times)) - positives if times else math.inf


def p_of_interval(estimate: float, low: float, high: float, level: float) -> float:
    """Return the two-sided p value of zero that an interval of this level tells, smaller than ``1 - level`` where it leaves out zero.

    It takes the half of the interval on zero's side for that of a normal one (Altman & Bland 2011), so that the p value and the word
    never differ; few bootstrap draws could not tell a p value small enough to stand a correction for many tests.
    """
    half = estimate - low if estimate > 0 else high - estimate
    deviate = abs(estimate) / half * float(stats.norm.isf((1 - level) / 2)) if half > 0 else math.nan
    return above_zero(2 * float(stats.norm.sf(deviate)))


def verdict_table(found: Sequence[Drop], margin: float, level: float) -> pd.DataFrame:
    """Give every drop its word at a margin.

    Returns
    -------
    DataFrame
        ``agent, held_out, sources, reference, status, seeds, positives, units, negatives, negatives_of`` (rows behind recall and
        behind the false-positive rate, and whose these are); ``f1_reference, f1_held_out``, each with ``_low`` and ``_high``, and
        ``drop, low, high`` at the corpus's share of positives; ``margin``; ``word``, empty where the interval is not there;
        ``by_margin``, whether the whole interval of what falls lies at the margin or above; ``probability``, the share of the
        draws whose drop is above the margin; ``more_positives`` (:func:`more_positives`) where the word is ``cannot tell``;
        ``interval``. ``p_value`` (:func:`p_of_interval`) of no drop, and ``p_holm`` after Holm's correction (1979), which takes all
        words of the table, ``family`` in number, as one family, at the ``level`` of the intervals. nan without a drop.
    """
    table = pd.DataFrame([_record(drop, margin) for drop in found], columns=COLUMNS).assign(level=level)
    drawn = zip(*(table[name].astype(float) for name in ("drop", "low", "high")), strict=True)
    p_values = [p_of_interval(estimate, low, high, level) for estimate, low, high in drawn]
    return table.assign(p_value=p_values, family=sum(not math.isnan(p) for p in p_values), p_holm=holm(p_values))


def _record(found: Drop, margin: float) -> dict[str, Any]:
    row: dict[str, Any] = {"agent": found.agent, "held_out": found.held_out, "sources": " + ".join(found.groups)}
    row |= {"reference": found.reference, "status": found.status, "margin": margin, "word": "", "by_margin": False}
    if found.seeds:
        row |= {"seeds": found.seeds, "positives": found.positives, "units": found.units}
        row |= {"negatives": found.negatives, "negatives_of": found.negatives_of}
    return row | _judged(found, margin) if found.status == COMPLETE else row


def _judged(found: Drop, margin: float) -> dict[str, Any]:
    low, high = found.interval
    word = word_of(low, high, margin)
    row: dict[str, Any] = {"f1_reference": found.f1_reference, "f1_held_out": found.f1_held_out, "drop": found.drop}
    row["f1_reference_low"], row["f1_reference_high"] = found.interval_reference
    row["f1_held_out_low"], row["f1_held_out_high"] = found.interval_held_out
    if not word:
        return row | {"status": NO_INTERVAL}
    defined = found.draws[~np.isnan(found.draws)]
    row |= {"low": low, "high": high, "word": word, "by_margin": word == FALLS and low >= margin, "interval": BOOTSTRAP}
    row["probability"] = float((defined > margin).mean())
    if word == CANNOT_TELL:
        row["more_positives"] = more_positives(found.positives, found.drop, low, high, margin)
    return row


def verdict_panels(
    table: pd.DataFrame,
    titles: Mapping[str, str],
    level: float,
    measure: Measure = POSITIVE,
    constants: Collection[str] = (),
) -> list[Panel]:
    """One panel: agents down, the sets of groups held out across, the word with the drop in each cell; none without a drop.

    A set on which no agent has a word is a line of the caption, unless none has any; so is how many words are on ``constants``, the
    agents that read no text.
    """
    if table.empty:
        return []
    judged = table.groupby("held_out")["word"].transform(lambda words: words.isin(WORDS).any())
    shown, left_out = (table[judged], table[~judged]) if judged.any() else (table, table[judged])
    caption = _caption(table, level, measure) + _on_constants(table, titles, constants) + _without_word(left_out)
    return [Panel(caption, crossed(shown, titles, "held_out", partial(_cell, measure=measure)))]


def _on_constants(table: pd.DataFrame, titles: Mapping[str, str], constants: Collection[str]) -> str:
    """Say which of the words, that people count, are on agents that read no text."""
    given = table[table["word"].isin(WORDS) & table["agent"].isin(constants)]
    if given.empty:
        return ""
    names = [titles[agent] for agent in given["agent"].unique()]
    return (
        f" Of the words {len(given)} {'is' if len(given) == 1 else 'are'} on {listing(names, 'and')}, which "
        f"{'reads' if len(names) == 1 else 'read'} no text."
    )


def _without_word(table: pd.DataFrame) -> str:
    """Say on which sets of groups no agent has a word, and why."""
    reasons = table[table["status"] != NOT_RUN].groupby("held_out", sort=False)["status"].unique()
    return "".join(f" No word on {held_out}: {', '.join(statuses)}." for held_out, statuses in reasons.items())


def said(row: Row) -> str:
    """Write the word, with ``by m or more`` where the whole interval says so."""
    return f"{row['word']} by {number(row['margin'], 2)} or more" if row["by_margin"] else str(row["word"])


def _cell(row: Row, measure: Measure) -> str:
    if row["status"] != COMPLETE:
        return str(row["status"])
    parts = [f"{said(row)}: {signed(row['drop'], row['low'], row['high'])}", f"P {number(row['probability'], 2)}"]
    parts += [AFTER_HOLM] if _stands(row) else []
    return "; ".join([*parts, *([needs(row["more_positives"], measure)] if row["word"] == CANNOT_TELL else [])])


def _stands(row: Row) -> bool:
    """Whether what falls by itself does so among all words of the table too, where there are others."""
    return bool(row["word"] == FALLS and row["family"] > 1 and row["p_holm"] < 1 - row["level"])


def needs(more: float, measure: Measure = POSITIVE) -> str:
    """Say how many more rows (of one class: positive rows) would settle it, to two digits: it is an estimate."""
    return (
        "no number of «rows» would do"
        if math.isinf(more)
        else f"some {float(f'{more:.2g}'):,.0f} more {measure.rows} would tell"
    )


def _caption(table: pd.DataFrame, level: float, measure: Measure) -> str:
    [margin] = table["margin"].unique()
    m, wrong = f"{margin:g}".replace("0.", ".", 1), f"{(1 - level) / 2:.1%}"
    return (
        f"{measure.titled} on rows like those that are trained on ({listing(table['reference'].unique(), 'or')}) minus {measure.name} on "
        f"rows of «groups» that were not trained on, both restated at {measure.shares}, {measure.decided} [{level:.0%} interval: "
        f"{BOOTSTRAP}, drawn jointly; it covers these «groups», not a new one]. Holds: the whole interval lies at {m} or below, so "
        f"{measure.name} drops by no more than {m}. Falls: it lies above 0, so {measure.name} drops; by {m} or more where it lies at {m} "
        f"or above. Cannot tell: neither; beside it, how many more {measure.rows} would settle it if the drop stays as it is. Where the "
        f"interval covers as it says, holds is said in at most {wrong} of studies whose drop is {m}, and falls in at most {wrong} of those "
        f"whose drop is 0. {_corrected(table)}P: share of the bootstrap's draws whose drop is above {m}.{_borrowed(table)}"
    )


def _corrected(table: pd.DataFrame) -> str:
    """Say how many words there are, and how many of the falls stand Holm's correction for that number."""
    given = table[table["word"].isin(WORDS)].to_dict("records")
    falls = [row for row in given if row["word"] == FALLS]
    stand = sum(map(_stands, falls))
    return (
        f"Each word is given by itself; of {counted(len(given), 'word')} here {len(falls)} {'is' if len(falls) == 1 else 'are'} falls, and "
        f"{stand} of these, with “{AFTER_HOLM}” beside {'it' if stand == 1 else 'them'}, {'is' if stand == 1 else 'are'} so after Holm's "
        "correction too, which takes all words here as one family (p of no drop, two-sided, read off the interval). "
        if len(given) > 1
        else ""
    )


def _borrowed(table: pd.DataFrame) -> str:
    """Say which sets take the false-positive rate of the others' rows."""
    lent = table[table["negatives_of"].notna() & (table["negatives_of"] != OWN)]
    pairs = lent[["held_out", "negatives_of"]].drop_duplicates().itertuples(index=False)
    return "".join(
        f" {scheme} has too few negatives of its own: recall and false-positive rate come from the scheme that tests the negatives of "
        f"{others} beside it."
        for scheme, others in pairs
    )
