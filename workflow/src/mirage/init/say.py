"""What ``mirage init`` prints: what it found in the file, what it wrote, and what to run."""

from __future__ import annotations

import shlex
from pathlib import Path

from mirage.audit.associations import estimate_text
from mirage.init.plan import Planned, group_words
from mirage.init.plan_classes import PlannedChoice, left_out_words, minutes_of
from mirage.init.propose import Proposals
from mirage.listing import first_of
from mirage.place import project_root
from mirage.splits.names import GROUPS_KFOLD, slug_of

LISTED = 10  # groups, and classes


def summary(path: Path, found: Proposals, planned: Planned | PlannedChoice, target: Path) -> str:
    """Return what is printed: the roles, what goes with the label, sizes, and the command to run."""
    sections = planned.sections
    lines = [f"{path}: {len(sections):,} rows", "", "proposed:"]
    for role, proposal in found.roles.items():
        others = f" (or {', '.join(proposal.others[:4])})" if proposal.others else ""
        lines.append(f"  {role:<8} {proposal.column or 'none':<20} {proposal.reason}{others}")
    shown = first_of([f"{name} {count:,}" for name, count in found.classes.items()], LISTED)
    lines += [f"  {'classes':<8} {shown}", "", f"what goes with {found.column('label')} (Cramér's V, 95 % interval over rows):"]
    for name, row in sorted(found.associations.items(), key=lambda item: -item[1]["v"]):
        lines.append(f"  {name:<29} {estimate_text(row, 'v')}")
    exact, near = (len(sections) - sections[column].nunique() for column in ("exact_group", "near_group"))
    lines += ["", f"repeats: {exact:,} rows say the same as an earlier one, {near:,} nearly the same", ""]
    lines += _class_lines(planned) if isinstance(planned, PlannedChoice) else _group_lines(planned)
    lines += ["", f"written: {target}", "", "run:", *run_lines(path, planned, target)]
    return "\n".join(lines)


def _group_lines(planned: Planned) -> list[str]:
    return ["groups:", *(f"  {group_words(row)}" for row in planned.groups[:LISTED])]


def _class_lines(planned: PlannedChoice) -> list[str]:
    """Say what is studied of several classes: their number, what is left out, and which groups are held out."""
    lines = [
        f"one of {len(planned.classes)} classes is chosen for each row: macro-F1; --positive LABEL for one against the rest"
    ]
    lines.append(f"about {minutes_of(planned)} min on two cores, to the page")
    lines += [f"left out: {left_out_words(planned)}"] if planned.left_out else []
    if not planned.groups:
        return [*lines, "no group is held out: nothing is told of rows from elsewhere"]
    held = [f"{group.group}: {group.rows:,} rows, {group.counted} classes to compare" for group in planned.groups]
    if GROUPS_KFOLD in planned.held_out:
        return [*lines, f"groups: {len(planned.groups):,}, held out in folds: {first_of(held, 3)}"]
    return [*lines, "groups:", *(f"  {words}" for words in held[:LISTED])]


def run_lines(path: Path, planned: Planned | PlannedChoice, target: Path) -> list[str]:
    """Return the command that runs the study, as it is typed in the working directory."""
    root = project_root()
    here = root == Path.cwd().resolve()
    snakemake = "snakemake" if here else f"snakemake --snakefile {shlex.quote(str(root / 'Snakefile'))}"
    folder = f"runs/{slug_of(path.stem)}"
    return [
        f"  {snakemake} --cores all --configfile {shlex.quote(str(target))} --directory {folder} answer",
        f"  that is a first answer, {folder}/results/tables/{_first_tables(planned)}; read {folder}/results/data/audit.md with it. For all "
        f"tables, figures and {folder}/results/report/index.html run the same without the last word.",
    ]


def _first_tables(planned: Planned | PlannedChoice) -> str:
    if isinstance(planned, PlannedChoice):
        return "choosing.md"
    return "gap.md and decomposition.md beside it" if planned.taken_apart else "gap.md"
