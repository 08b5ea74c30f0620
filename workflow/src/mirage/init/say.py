"""What ``mirage init`` prints: what it found in the file, what it wrote, and what to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mirage.audit.associations import estimate_text
from mirage.folder import CLASSES, CONFIG
from mirage.init.plan import Planned, group_words
from mirage.init.propose import Proposals
from mirage.program import typed


def summary(path: Path, found: Proposals, planned: Sequence[Planned], folder: Path) -> str:
    """Return what is printed: the roles, what goes with the label, sizes, and the command to run."""
    sections = planned[0].sections
    lines = [f"{path}: {len(sections):,} rows", "", "proposed:"]
    for role, proposal in found.roles.items():
        others = f" (or {', '.join(proposal.others[:4])})" if proposal.others else ""
        lines.append(f"  {role:<8} {proposal.column or 'none':<20} {proposal.reason}{others}")
    shown = "; ".join(f"{name} {count:,}" for name, count in found.classes.items())
    lines += [f"  {'classes':<8} {shown}", "", f"what goes with {found.column('label')} (Cramér's V, 95 % interval over rows):"]
    for name, row in sorted(found.associations.items(), key=lambda item: -item[1]["v"]):
        lines.append(f"  {name:<29} {estimate_text(row, 'v')}")
    exact, near = (len(sections) - sections[column].nunique() for column in ("exact_group", "near_group"))
    lines += ["", f"repeats: {exact:,} rows say the same as an earlier one, {near:,} nearly the same", "", "groups:"]
    lines += [f"  {group_words(row)}" for row in planned[0].groups[:10]]
    lines += ["", *run_lines(folder, len(planned))]
    return "\n".join(lines)


def run_lines(folder: Path, classes: int) -> list[str]:
    """Return where the study is, and the commands that run it, as they are typed in the working directory."""
    configs = folder / CONFIG if classes == 1 else f"{folder}/{CLASSES}/*/{CONFIG}, one a class"
    return [
        f"written: {configs}; look it through before you believe a number",
        "",
        "run:",
        f"  {typed('run', folder)}",
        f"  {typed('run', folder, '--budget', '5m')}   # a first answer within five minutes",
    ]
