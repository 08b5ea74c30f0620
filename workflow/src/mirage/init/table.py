"""The proposal as people read it: a short table of roles, then what gives the label away, and what becomes of rows that do not fit."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from mirage.init.roles.proposal import OPTIONS, Proposals
from mirage.listing import first_of

HEADER = ("role", "column", "why", "or", "change with")
WIDTHS = (8, 20, 50, 20, 12)  # characters; longer cells break their lines
MOST_OTHERS = 4
MOST_CLASSES = 12


def proposal_lines(found: Proposals) -> list[str]:
    """Return the lines of the proposal."""
    rows = [HEADER, *_rows(found)]
    lines = [line for row in rows for line in _laid_out(row)]
    shown = [f"{name} {count:,}" for name, count in found.classes.items()]
    lines += ["", f"classes of {found.column('label')}: {first_of(shown, MOST_CLASSES)}"]
    lines += _part("rows that do not fit", [rule.reason for rule in found.rules])
    lines += _part("gives the label away", [f"{name}: {how}" for name, how in found.giving_away.items()])
    return lines + _part("note", found.notes)


def _rows(found: Proposals) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for role, proposal in found.roles.items():
        others = first_of(proposal.others, MOST_OTHERS) or "-"
        rows.append((role, proposal.column or "none", proposal.reason, others, OPTIONS.get(role, "-")))
        if role == "label":
            rows.append(_classes_row(found))
    return rows


def _classes_row(found: Proposals) -> Sequence[str]:
    """Return the row of the positive class, or of the classes where one of several is chosen."""
    names = first_of([name for name in found.classes if name != found.positive], MOST_OTHERS)
    if found.positive is None:
        return ("classes", f"all {len(found.classes)}", found.why_positive, names, OPTIONS["positive"])
    return ("positive", found.positive, found.why_positive, names, OPTIONS["positive"])


def _laid_out(row: Sequence[str]) -> list[str]:
    """Return the lines of a row, each cell broken at its width."""
    cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, WIDTHS, strict=True)]
    lines = []
    for place in range(max(map(len, cells))):
        parts = [cell[place] if place < len(cell) else "" for cell in cells]
        lines.append("  ".join(f"{part:<{width}}" for part, width in zip(parts, WIDTHS, strict=True)).rstrip())
    return lines


def _part(title: str, said: Sequence[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in said)] if said else []
