"""What each agent's F1 would be in a group that is not there yet, and whether it holds there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.declared import BOTH, Table
from mirage.design import BOOTSTRAP, Design
from mirage.held_out.class_drops import class_drops
from mirage.held_out.drops import Drop, drops
from mirage.held_out.new_groups import FEWEST_GROUPS, FEWEST_RESAMPLED, NewGroup, on_the_whole, one_more, single_groups
from mirage.lazy import pandas as pd
from mirage.listing import listing
from mirage.measure import POSITIVE, Measure
from mirage.paths import RUN, SECTIONS, outcomes_of
from mirage.splits.names import GROUPS_KFOLD
from mirage.states import COMPLETE
from mirage.tables.cells import Row, named, or_status, plain, shown
from mirage.tables.layout import NOTHING, Panel, Presented, number
from mirage.tables.notes import coverage_notes, few_runs_of, run_notes
from mirage.tables.verdict import NO_INTERVAL, NOT_SIMULATED, word_of

if TYPE_CHECKING:
    from mirage.results import Results
    from mirage.study.grid import Study


ONE, WHOLE, GROUP = "one new group", "new groups on the whole", "group"
COUNTED = " Counted are the «groups» that have positive rows or those that have negative ones, whichever are fewer."
COLUMNS = [
    "agent",
    "kind",
    "group",
    "status",
    "reference",
    "groups",
    "groups_used",
    "positives",
    "f1_reference",
    "f1_reference_low",
    "f1_reference_high",
    "f1",
    "f1_low",
]
COLUMNS += ["f1_high", "predicted_low", "predicted_high", "tau", "drop", "drop_low", "drop_high", "margin", "word"]


def _options(study: Study) -> dict[str, Any]:
    singles = single_groups(study)
    matched = {scheme: matched for scheme, matched in study.matched_schemes.items() if scheme in singles}
    whole = GROUPS_KFOLD if GROUPS_KFOLD in study.schemes else None
    own = {"held_out": singles, "matched": matched, "whole": whole, "margin": study.config["margin"]}
    return {"study": study.estimate_options, **own}


def _schemes(options: Mapping[str, Any]) -> list[str]:
    whole = [options["whole"]] if options["whole"] else []
    return list(dict.fromkeys([*options["held_out"], *options["matched"].values(), *whole]))


TABLE = Table(
    title="In a new «group»",
    question="What F1 would each agent have in a «group» that is not among these, and does it hold there?",
    reads=lambda study: [SECTIONS, *RUN, *outcomes_of([*study.references, *_schemes(_options(study))])],
    options=_options,
    resources=("coverage.csv",),
    made=lambda study: bool(single_groups(study)) or GROUPS_KFOLD in study.schemes,
    of=BOTH,
)


def compute(results: Results) -> pd.DataFrame:
    """Return :func:`new_group_table` of the run."""
    options, design, sections = results.options, results.design, results.sections
    decided = results.outcomes(list(dict.fromkeys([*design.references, *_schemes(options)])))
    if design.has_classes:
        found = class_drops(decided, sections, design, options["held_out"], over_shared=True)
    else:
        found = drops(decided, sections, design, options["held_out"], options["matched"])
    whole = [on_the_whole(decided, sections, agent, design) for agent in design.agents] if options["whole"] else []
    return new_group_table(found, [each for each in whole if each is not None], design, options["margin"])


def present(table: pd.DataFrame, results: Results) -> Presented:
    """Return a panel on one new group, one on new groups on the whole and one on the groups, of those that the study has."""
    schemes = _schemes(results.options)
    notes = [
        _exchangeable(results.design.measure),
        *([NOT_SIMULATED] if results.design.has_classes else coverage_notes(results, "new_group")),
        *few_runs_of(results, table["agent"], schemes),
        *run_notes(results, table["agent"], schemes),
    ]
    return new_group_panels(table, results.titles, results.design.level, results.design.measure), notes


def new_group_table(found: Sequence[Drop], whole: Sequence[NewGroup], design: Design, margin: float) -> pd.DataFrame:
    """Say what the groups tell of a further one, agent by agent, with the groups themselves below.

    Parameters
    ----------
    found:
        The drops of all agents on single groups.
    whole:
        What folds of groups tell.

    Returns
    -------
    DataFrame
        ``agent, kind, group, status, reference, groups, groups_used, positives, f1_reference, f1_reference_low, f1_reference_high,
        f1, f1_low, f1_high, predicted_low, predicted_high, tau, drop, drop_low, drop_high, margin, word``. A row of ``kind``
        ``one new group`` or ``new groups on the whole``
        has no group; one of kind ``group`` has that group's F1 and its positives. nan and an empty word where an agent has no estimate;
        where it has one and no interval of the drop, ``status`` says so and why.
    """
    by_agent = {agent: [drop for drop in found if drop.agent == agent] for agent in design.agents}
    ones = [one_more(own, design.level) for own in by_agent.values() if own]
    rows = [_new(each, ONE, margin) for each in ones] + [_new(each, WHOLE, margin) for each in whole]
    rows += [_group(drop) for own in by_agent.values() for drop in own]
    return pd.DataFrame(rows, columns=COLUMNS)


def _new(found: NewGroup, kind: str, margin: float) -> dict[str, Any]:
    row: dict[str, Any] = {"agent": found.agent, "kind": kind, "group": "", "status": found.status}
    row |= {"reference": found.reference, "groups": found.groups, "groups_used": found.groups_used}
    row |= {"f1_reference": found.f1_reference, "f1": found.f1, "tau": found.tau, "drop": found.drop}
    ends = {
        "f1_reference": found.interval_reference,
        "f1": found.interval,
        "predicted": found.predicted,
        "drop": found.drop_interval,
    }
    for name, (low, high) in ends.items():
        row |= {f"{name}_low": low, f"{name}_high": high}
    word = word_of(*found.drop_interval, margin)
    return row | {"margin": margin, "word": word, "status": found.status if word or found.status != COMPLETE else NO_INTERVAL}


def _group(drop: Drop) -> dict[str, Any]:
    row: dict[str, Any] = {"agent": drop.agent, "kind": GROUP, "group": drop.groups[0], "status": drop.status}
    row |= {"reference": drop.reference, "positives": drop.positives, "f1_reference": drop.f1_reference, "f1": drop.f1_held_out}
    row["f1_reference_low"], row["f1_reference_high"] = drop.interval_reference
    row["f1_low"], row["f1_high"] = drop.interval_held_out
    return row | {"drop": drop.drop, "word": ""}


def new_group_panels(table: pd.DataFrame, titles: Mapping[str, str], level: float, measure: Measure = POSITIVE) -> list[Panel]:
    """One panel for each kind of row that the table has."""
    captions = {ONE: _caption_of_one, WHOLE: _caption_of_whole}
    panels = []
    for kind, caption in captions.items():
        part = table[table["kind"] == kind]
        if not part.empty:
            panels.append(Panel(caption(part, level, measure), _cells(part, titles, kind, measure)))
    groups = table[table["kind"] == GROUP]
    return (
        panels
        if groups.empty
        else [*panels, Panel(_caption_of_groups(level, measure), _cells_of_groups(groups, titles, measure))]
    )


def _cells(part: pd.DataFrame, titles: Mapping[str, str], kind: str, measure: Measure) -> pd.DataFrame:
    by_agent = {row["agent"]: row for row in part.to_dict("records")}
    rows = [{"agent": titles[agent], **_cells_of(by_agent[agent], kind, measure)} for agent in shown(part, titles)]
    return pd.DataFrame(rows)


def _cells_of(row: Row, kind: str, measure: Measure) -> dict[str, str]:
    known, name = row["status"] in (COMPLETE, NO_INTERVAL), measure.name
    counted = f"«groups» with {name}" if kind == ONE else "«groups» counted"
    cells = {counted: f"{row['groups_used']:.0f} of {row['groups']:.0f}", name: plain("f1_reference")(row)}
    cells[f"{name} held out"] = named("f1")(row) if known else row["status"]
    if kind == ONE:
        cells[f"{name} in one new «group»"] = _span(row["predicted_low"], row["predicted_high"])
    cells["drop"] = named("drop")(row) if known else NOTHING
    return cells | {"word": row["word"] or (row["status"] if known else NOTHING)}


def _span(low: float, high: float) -> str:
    return NOTHING if math.isnan(low) or math.isnan(high) else f"{number(low)} to {number(high)}"


def _cells_of_groups(part: pd.DataFrame, titles: Mapping[str, str], measure: Measure) -> pd.DataFrame:
    by_place = {(row["agent"], row["group"]): row for row in part.to_dict("records")}
    records = []
    for group in dict.fromkeys(part["group"]):
        rows = {agent: by_place[agent, group] for agent in shown(part, titles) if (agent, group) in by_place}
        positives = max(row["positives"] for row in rows.values())
        cells = {
            titles[agent]: or_status(rows[agent], "f1", "f1_low", "f1_high") if agent in rows else NOTHING
            for agent in shown(part, titles)
        }
        records.append(
            {
                "«group» held out": group,
                measure.rows.removesuffix(" «rows»"): f"{positives:.0f}" if positives else NOTHING,
                **cells,
            }
        )
    return pd.DataFrame(records)


def _caption_of_one(part: pd.DataFrame, level: float, measure: Measure) -> str:
    name = measure.name
    return (
        f"{measure.titled} on rows like those that are trained on ({_references(part)}), and on rows of one «group» that is not among "
        f"these: what holding out each «group» in turn says of it; {measure.decided}, all restated at {measure.shares}. {name} held out: "
        f"the random-effects mean over «groups», taken on the arcsine of the root of {name} / (2 - {name}), which of one F1 is the Jaccard "
        f"index [{level:.0%} interval: Hartung-Knapp, truncated]. {name} in one new «group»: {level:.0%} prediction interval of Higgins "
        f"et al. Drop: {name} minus the mean held out, in brackets the interval for one new «group». {_said_word(part, measure)} It "
        "speaks of a new «group» that is drawn as these were."
    )


def _caption_of_whole(part: pd.DataFrame, level: float, measure: Measure) -> str:
    return (
        f"{measure.titled} on rows like those that are trained on ({_references(part)}) against cross-validation over «groups» "
        f"({GROUPS_KFOLD}), in which every «group» is held out once, whole; {measure.decided}, both restated at {measure.shares} "
        f"[{level:.0%} interval: bootstrap over «groups» x seeds, drawn once for both]. {_said_word(part, measure)} It speaks of new "
        "«groups» like these, their rows taken together; a single one can lie outside the interval."
        + (COUNTED if measure == POSITIVE else "")
    )


def _caption_of_groups(level: float, measure: Measure) -> str:
    return (
        f"{measure.titled} on each «group» that was not trained on, restated at {measure.shares} [{level:.0%} interval: {BOOTSTRAP}; it "
        "covers further rows of that «group»]."
    )


def _said_word(part: pd.DataFrame, measure: Measure) -> str:
    [margin] = part["margin"].unique()
    m = f"{margin:g}".replace("0.", ".", 1)
    return (
        f"Holds: the whole interval of the drop lies at {m} or below. Falls: it lies above 0. Cannot tell: neither. Where {measure.name} "
        f"{measure.no_room.format(margin=m)} it has no room to drop by more: there holds says nothing."
    )


def _exchangeable(measure: Measure) -> str:
    return (
        "A new «group» is one that could as well have been among these; of one that is chosen otherwise nothing is said. With fewer than "
        f"{FEWEST_GROUPS} «groups» that have {measure.name}, or {FEWEST_RESAMPLED} in cross-validation over «groups», there is no word "
        "for a new one: the study speaks of these «groups» alone. Where «groups» differ by little more than chance, a prediction interval "
        "covers one more less often than it says (Partlett & Riley 2017)."
    )


def _references(part: pd.DataFrame) -> str:
    return listing(part["reference"].unique(), "or")
