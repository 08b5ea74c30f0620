"""Groups that are written alike in the names of schemes, such as "site a" and "site-a": other names for them, and schemes of these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mirage.splits.names import MATCHED, OUT, slug_of


def slugs_of(groups: Collection[str]) -> dict[str, str]:
    """Return each group's name in the names of schemes: :func:`slug_of`, with a number behind it where several groups have the same.

    The numbers follow the order of the groups' names, and pass over those that another group is written with.
    """
    plain = {group: slug_of(group) for group in groups}
    alike: dict[str, list[str]] = {}
    for group in sorted(plain):
        alike.setdefault(plain[group], []).append(group)
    taken = {slug for slug, written in alike.items() if len(written) == 1}
    found = dict(plain)
    for slug, written in alike.items():
        number = 0
        for group in written if len(written) > 1 else ():
            number += 1
            while f"{slug}-{number}" in taken:
                number += 1
            found[group] = f"{slug}-{number}"
    return found


def definitions_of(slugs: Mapping[str, str], schemes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the definitions of those schemes that no family has, since their group has a name of its own.

    Parameters
    ----------
    slugs:
        Of every group of the data, as :func:`slugs_of` gives them.
    """
    wanted = set(schemes)
    found: dict[str, dict[str, Any]] = {}
    for group, slug in slugs.items():
        if slug == slug_of(group):
            continue
        others = [other for other in slugs if other != group]
        each: dict[str, dict[str, Any]] = {f"{OUT}-{slug}": {"out": [group]}}
        each[f"{MATCHED}-{slug}"] = {"out": [group], "with_folds_of": others}
        each |= {f"arm-{letter}-{slug}": {"arm": letter, "out": [group]} for letter in ("in", "size", "out")}
        found |= {name: definition for name, definition in each.items() if name in wanted}
    return found
