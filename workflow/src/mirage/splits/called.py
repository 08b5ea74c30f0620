"""What a split scheme is called where people read: a few plain words in place of the name that the configuration has.

Standard library only: captions of figures are made when the Snakefile is read.
"""

from __future__ import annotations

from mirage.listing import listing
from mirage.splits import facts
from mirage.splits.facts import Held, SchemeFacts
from mirage.splits.names import GROUPS_KFOLD

_CALLED = {
    "random": "random split, not stratified",
    "stratified": "random split",
    "kfold": "cross-validation",
    "kfold-grouped": "cross-validation, «units» kept whole",
    GROUPS_KFOLD: "every «group» held out once",
    "chapter": "random «units»",
    "duplicates": "random split, near-duplicates kept whole",
    "time": "later years held out",
}
_ARMS = {"in": "others of it in training", "out": "none of it in training", "size": "others of it in training, fewer elsewhere"}


def called(scheme: SchemeFacts) -> str:
    """Return the plain words for a scheme, with marks for the words of the study; its description where it has none."""
    if scheme.name in _CALLED:
        return _CALLED[scheme.name]
    if scheme.builder == facts.ARM and scheme.held:
        return f"{_values(scheme.held)}, {_arm(scheme)}"
    if scheme.builder == facts.MATCHED and scheme.held:
        return f"{_values(scheme.held)} held out, others tested beside"
    if scheme.builder == facts.HELD_OUT and scheme.held:
        return f"{_values(scheme.held)} held out"
    return scheme.description


def _arm(scheme: SchemeFacts) -> str:
    if not scheme.arguments["source_in"]:
        return _ARMS["out"]
    dose = scheme.arguments["dose"]
    said = _ARMS["size" if scheme.arguments["size_control"] else "in"]
    return said if dose == 1 else said.replace("others of it", f"{100 * dose:g} % of its others")


def _values(held: Held) -> str:
    return held.slug.replace("-", " ") if held.slug is not None else listing(held.values, "and")
