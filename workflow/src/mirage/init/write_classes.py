"""The commented configuration of a study of the choice among several classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mirage.data.declaration import ALL
from mirage.data.readers import Reading
from mirage.held_out.class_drops import LEAST_ROWS
from mirage.init.plan import REDRAWN, REFERENCE, WHOLE
from mirage.init.plan_classes import PlannedChoice, left_out_words, why_not
from mirage.init.propose import Proposals
from mirage.init.write import comment, definition_lines, near_lines, one_line, opening_lines, printable, split_lines, with_unit
from mirage.splits.names import GROUPS_KFOLD

LISTED = 10  # groups that are not held out
_NGRAMS = {"ngrams": [1, 2], "max_features": 20000, "C": 1.0}
_AGENTS: Mapping[str, Mapping[str, Any]] = {
    "most-frequent": {"title": "Most frequent class", "kind": "constant", "strategy": "most-frequent"},
    "prevalence": {"title": "Random at prevalence", "kind": "constant", "strategy": "prevalence"},
    "tfidf": {"title": "TF-IDF", "kind": "linear", **_NGRAMS, "class_weight": None},
    "tfidf-balanced": {"title": "TF-IDF, balanced classes", "kind": "linear", **_NGRAMS, "class_weight": "balanced"},
}


def class_config_text(
    path: Path, found: Proposals, planned: PlannedChoice, folder: Path, reading: Reading | None = None, *, texts: bool = True
) -> str:
    """Return the configuration of a study in a folder, with the reason for what it says.

    Parameters
    ----------
    texts:
        Whether what is made to be read may hold texts of the rows.
    """
    sections = planned.sections
    lines = [
        *opening_lines(path, path.stem, folder, reading, texts),
        f"  columns: # of {len(sections):,} rows in {len(planned.classes)} classes",
    ]
    for role, value in planned.declaration.items():
        lines.append(f"    {role}: {one_line(value)} # {_reason(role, found, planned)}")
    absent = [role for role in ("id", "group", "unit", "time") if role not in planned.declaration]
    lines += [f"    # {role}: none; {comment(found.roles[role].reason)}" for role in absent]
    lines += [f"    # {name} gives the label away: {comment(how)}" for name, how in found.giving_away.items()]
    repeats = len(sections) - sections["near_group"].nunique()
    lines += [
        *near_lines(planned.unit, sections, repeats),
        "",
        *split_lines(sections, planned.time_cut),
    ]
    lines += definition_lines(planned.definitions)
    lines += ["", "schemes:", *(f"  - {scheme} # {_scheme_words(scheme, found, planned)}" for scheme in planned.schemes)]
    lines += [f"  # not {scheme}: {comment(reason)}" for scheme, reason in planned.unfit.items()]
    unused = [group for group in planned.groups if group.scheme not in (*planned.schemes, *planned.unfit)]
    lines += [f"  # not {comment(group.group)} by itself: {why_not(group, planned)}" for group in unused[:LISTED]]
    lines += [f"  # nor {len(unused) - LISTED:,} more groups"] if unused[LISTED:] else []
    lines += ["", "agents:", *(f"  {name}: {one_line(entry)}" for name, entry in with_unit(_AGENTS, planned.unit).items()), ""]
    return "\n".join(map(printable, [*lines, *_gap(planned)])) + "\n"


def _gap(planned: PlannedChoice) -> list[str]:
    """Return what is set against each other; nothing where nothing is held out."""
    if not planned.held_out:
        return ["# gap: none; nothing is held out", "", "headline: # the numbers printed at the end", "  agent: tfidf"]
    beside = [f"  beside: {WHOLE}"] if WHOLE in planned.schemes else []
    return [
        "gap: # what is set against each other",
        f"  reference: {REFERENCE}",
        *beside,
        f"  held_out: {one_line(list(planned.held_out))}",
        "",
        "headline: # the numbers printed at the end",
        "  agent: tfidf",
        f"  held_out: {planned.held_out[0]}",
    ]


def _reason(role: str, found: Proposals, planned: PlannedChoice) -> str:
    if role == "classes":
        more = f"; left out: {left_out_words(planned)}" if planned.left_out else ""
        which = "every label" if planned.declaration["classes"] == ALL else f"the labels with {LEAST_ROWS} rows or more"
        return comment(
            f"{which}; for one against the rest write positive: LABEL in its place, or run mirage init --positive LABEL{more}"
        )
    if role == "metadata":
        return "further columns that the audit holds against the class"
    rule = next((rule for rule in found.rules if rule.key == role), None)
    if rule is not None:
        return comment(rule.reason)
    said = found.roles[role]
    return comment(said.reason + (f"; or {', '.join(said.others[:4])}" if said.others else ""))


def _scheme_words(scheme: str, found: Proposals, planned: PlannedChoice) -> str:
    unit = found.column("unit")
    said = {
        REFERENCE: "cross-validation: every row is tested once a seed, where the gap starts",
        REDRAWN: "random rows, as a reported score usually is",
        WHOLE: f"cross-validation, {f'rows of one {unit}, and near-duplicates,' if unit else 'near-duplicates'} kept together",
        "duplicates": "random rows, near-duplicates kept together",
        "time": "later years tested",
        GROUPS_KFOLD: f"cross-validation over {len(planned.groups):,} groups: each is held out once, whole",
    }
    if scheme in said:
        return comment(said[scheme])
    group = next(group for group in planned.groups if group.scheme == scheme)
    return comment(f"{group.group} held out: {group.rows:,} rows; macro-F1 is compared over {group.counted} classes")
