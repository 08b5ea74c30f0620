"""What a study of the choice among several classes may hold: the sections, agents and schemes that know of no positive class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirage.agents.constant import ALWAYS_POSITIVE
from mirage.agents.kinds import facts_of, kinds
from mirage.errors import StudyError
from mirage.listing import listing
from mirage.splits.facts import ARM, GROUP_FOLDS, HELD_OUT, MATCHED
from mirage.splits.names import Schemes

BUILDERS = ("resampled", "crossfold", GROUP_FOLDS, HELD_OUT, "later_years")
SECTIONS = (
    "comparisons",
    "multiverse",
    "groups",
    "hard_rows",
    "decomposition",
    "coverage",
    "evaluations",
    "tie_orders",
    "cards",
)
FOR_ONE = "or write data.columns.positive in place of classes, for one class against the rest"


def has_classes(config: Mapping[str, Any]) -> bool:
    """Whether the study is of the choice among several classes."""
    return bool(config.get("data", {}).get("columns", {}).get("classes"))


def check_classes(config: Mapping[str, Any], schemes: Schemes) -> None:
    """Refuse what a study of several classes has no place for; nothing where one class stands against the rest.

    Raises
    ------
    StudyError
        With one line.
    """
    if not has_classes(config):
        return
    for section in SECTIONS:
        if section in config:
            raise StudyError(f"config.yaml: {section}: not part of a study of several classes; leave it out, {FOR_ONE}")
    for figure in config["figures"]:
        raise StudyError(f"config.yaml: figures: {figure!r} is of the F1 of one class; leave it out, {FOR_ONE}")
    for name, entry in config["agents"].items():
        if not facts_of(entry["kind"]).chooses:
            known = listing([kind for kind in kinds() if facts_of(kind).chooses], "or")
            raise StudyError(
                f"config.yaml: agents.{name}.kind: {entry['kind']} does not choose among several classes; write {known}, {FOR_ONE}"
            )
        for key in ("positive", "threshold"):
            if key in entry:
                raise StudyError(f"config.yaml: agents.{name}.{key}: of several classes one is chosen; leave it out")
        if entry.get("strategy") == ALWAYS_POSITIVE:
            raise StudyError(f"config.yaml: agents.{name}.strategy: none of several classes is positive; write most-frequent")
    for scheme in config["schemes"]:
        if schemes[scheme].builder not in BUILDERS:
            odd = {MATCHED: "lends negatives of other groups", ARM: "takes the gap of one class apart"}
            why = odd.get(schemes[scheme].builder, "is a published split of two labels")
            raise StudyError(f"config.yaml: schemes: {scheme!r} {why}; leave it out, {FOR_ONE}")
