"""What ``mirage init`` prints: what it found in the file, what it wrote, and what to run."""

from __future__ import annotations

from pathlib import Path

from mirage.audit.associations import estimate_text
from mirage.folder import CONFIG
from mirage.init.estimate import estimate_lines
from mirage.init.plan import Planned, group_words
from mirage.init.propose import Proposals
from mirage.init.table import proposal_lines
from mirage.init.write import could_be_groups
from mirage.program import typed


def summary(path: Path, found: Proposals, planned: Planned, folder: Path) -> str:
    """Return what is printed: the roles, what goes with the label, sizes, and the command to run."""
    sections = planned.sections
    lines = [f"{path}: {len(sections):,} rows", "", "proposed:", *proposal_lines(found)]
    lines += ["", f"what goes with {found.column('label')} (Cramér's V, 95 % interval over rows):"]
    for name, row in sorted(found.associations.items(), key=lambda item: -item[1]["v"]):
        lines.append(f"  {name:<29} {estimate_text(row, 'v')}")
    exact, near = (len(sections) - sections[column].nunique() for column in ("exact_group", "near_group"))
    lines += ["", f"repeats: {exact:,} rows say the same as an earlier one, {near:,} nearly the same"]
    groups = planned.groups
    lines += ["", "groups:", *(f"  {group_words(row)}" for row in groups[:10])] if groups else []
    lines += [f"  and {len(groups) - 10:,} more"] if groups[10:] else []
    lines += ["", f"held out: {planned.why}", *(f"  {line}" for line in could_be_groups(found, planned))]
    lines += ["", *estimate_lines(planned), "", *run_lines(folder)]
    return "\n".join(lines)


def run_lines(folder: Path) -> list[str]:
    """Return where the study is, and the commands that run it, as they are typed in the working directory."""
    return [
        f"written: {folder / CONFIG}; look it through before you believe a number",
        "",
        "run:",
        f"  {typed('run', folder)}",
        f"  {typed('run', folder, '--budget', '5m')}   # a first answer within five minutes",
    ]
