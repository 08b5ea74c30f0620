"""Whose gap is taken apart: the groups and schemes that a configuration names under ``decomposition``.

Standard library only: the Snakefile imports this module through the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mirage.errors import StudyError
from mirage.listing import first_of
from mirage.splits.facts import ARM, MATCHED, Held, SchemeFacts
from mirage.splits.names import FAMILIES, Schemes, hold_same, slug_of

OTHERS = "the others"  # what the groups that are trained on are called, where the configuration does not say
LETTERS = ("in", "size", "out")
DOSE = "dose"  # in at the size of out, with a share of the groups' rows


def taken_apart(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries whose schemes are all part of the study, in the configuration's order.

    Returns
    -------
    list of dict
        ``name, groups, arms`` (trained with the groups in, in at the size of out, and out), ``matched``; ``doses``, the schemes of
        the study that are between the size of out and out; ``others``, the groups that the held-out ones are set against, or None
        for all that the matched scheme does not hold out; and their ``title``. Plain values, so that they can be written as JSON.
    """
    section = config.get("decomposition")
    if not section:
        return []
    said = section.get("others", {})
    others = {"others": said.get("groups"), "title": said.get("title", OTHERS)}
    known = set(config["schemes"])
    return [
        {
            "name": name,
            **{key: entry[key] for key in ("groups", "arms", "matched")},
            "doses": [scheme for scheme in entry.get("doses", ()) if scheme in known],
            **others,
        }
        for name, entry in section["held_out"].items()
        if known.issuperset((*entry["arms"], entry["matched"]))
    ]


def check_taken_apart(config: Mapping[str, Any], schemes: Schemes) -> None:
    """Hold the schemes of every entry against what it says that they hold out.

    Raises
    ------
    StudyError
        When a scheme is unknown, or does something else than its place says; when a group is held out and among the others.
    """
    section = config.get("decomposition")
    if not section:
        return
    for name, entry in section["held_out"].items():
        where = f"config.yaml: decomposition.held_out.{name}"
        both = sorted(set(entry["groups"]) & set(section.get("others", {}).get("groups") or ()))
        if both:
            raise StudyError(f"{where}.groups: {both[0]!r} is among others.groups too; write it once")
        for scheme in (*entry["arms"], entry["matched"], *entry.get("doses", ())):
            if scheme not in schemes:
                raise StudyError(f"{where}: scheme {scheme!r} is unknown; write one of {', '.join(schemes)}, {FAMILIES}")
    for found in taken_apart(config):
        where = f"config.yaml: decomposition.held_out.{found['name']}"
        for letter, scheme in zip(LETTERS, found["arms"], strict=True):
            if _letter(schemes[scheme]) != letter:
                raise StudyError(f"{where}.arms: found {scheme!r}; write three arms in this order: in, size, out")
            if not holds_out(schemes[scheme], found["groups"]):
                raise StudyError(
                    f"{where}.groups: found {found['groups']}, which is not what {scheme} holds out; write the same groups"
                )
        if schemes[found["matched"]].builder != MATCHED:
            raise StudyError(
                f"{where}.matched: found {found['matched']!r}; write a scheme that tests a part of the other groups too, such as "
                f"{MATCHED}-{slug_of(found['groups'][0])}"
            )
        _check_doses(found, schemes, where)


def dose_of(facts: SchemeFacts) -> float:
    """Return the share of the group's rows of the other folds that an arm trains on."""
    return float(facts.arguments.get("dose", 1.0)) if facts.arguments["source_in"] else 0.0


def require_groups(groups: Sequence[str], found: Iterable[str], key: str, known: int = 20) -> None:
    """Raise :class:`StudyError` when the data lack a group that the configuration names under ``key``.

    Parameters
    ----------
    found:
        The groups of the data, of which the line lists at most ``known``.
    """
    present = sorted(set(found))
    for group in groups:
        if group not in present:
            listed = first_of([repr(name) for name in present], known)
            raise StudyError(f"config.yaml: {key}: no row has group {group!r}; groups are {listed}")


def holds_out(facts: SchemeFacts, groups: Sequence[str]) -> bool:
    """Whether a scheme holds these groups out, and no other."""
    return hold_same(facts.held, Held(values=tuple(groups)))


def _check_doses(found: Mapping[str, Any], schemes: Schemes, where: str) -> None:
    seen: dict[float, str] = {}
    for scheme in found["doses"]:
        if _letter(schemes[scheme]) != DOSE or not holds_out(schemes[scheme], found["groups"]):
            raise StudyError(
                f"{where}.doses: found {scheme!r}; write arms of size that hold out the same groups, with a dose below 1"
            )
        dose = dose_of(schemes[scheme])
        if dose in seen:
            raise StudyError(f"{where}.doses: {seen[dose]!r} and {scheme!r} both have dose {dose:g}; write one of them")
        seen[dose] = scheme


def _letter(facts: SchemeFacts) -> str | None:
    if facts.builder != ARM:
        return None
    if not facts.arguments["source_in"]:
        return "out"
    if not facts.arguments["size_control"]:
        return "in"
    return "size" if dose_of(facts) == 1 else DOSE
