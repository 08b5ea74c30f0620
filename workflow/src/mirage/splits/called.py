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
_ARMS = {
    "in": "other such «rows» in training",
    "out": "no such «rows» in training",
    "size": "other such «rows» in training, fewer of the rest",
}


def called(scheme: SchemeFacts) -> str:
    """Return the plain words for a scheme, with marks for the words of the study; its description where it has none."""
    if scheme.name in _CALLED:
        return _CALLED[scheme.name]
    if scheme.held is None:
        return scheme.title or scheme.description
    held = scheme.title or _values(scheme.held)
    if scheme.builder == facts.ARM:
        return f"{held}, {_arm(scheme)}"
    return f"{held} held out, others tested beside" if scheme.builder == facts.MATCHED else f"{held} held out"


def called_groups(title: str, groups: str) -> str:
    """Return what a scheme holds out as people read it.

    Parameters
    ----------
    title:
        The scheme's, which may be empty.
    groups:
        The groups as the data call them, in the form of the tables' csv: ``a + b``. They stand where nothing is declared.
    """
    return title or listing(groups.split(" + "), "and")


def _arm(scheme: SchemeFacts) -> str:
    if not scheme.arguments["source_in"]:
        return _ARMS["out"]
    dose = scheme.arguments["dose"]
    said = _ARMS["size" if scheme.arguments["size_control"] else "in"]
    return said if dose == 1 else said.replace("other such «rows»", f"{100 * dose:g} % of other such «rows»")


def _values(held: Held) -> str:
    return held.slug.replace("-", " ") if held.slug is not None else listing(held.values, "and")
