"""What ``mirage init`` prints: what it found in the file, what it wrote, and what to run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mirage.audit.associations import estimate_text
from mirage.folder import CONFIG, StudyFolder
from mirage.init.plan import Planned, group_words
from mirage.init.plan_classes import PlannedChoice, left_out_words
from mirage.init.propose import Proposals
from mirage.init.table import proposal_lines
from mirage.init.write import could_be_groups
from mirage.listing import counted, first_of
from mirage.program import typed
from mirage.spans import said
from mirage.splits.names import GROUPS_KFOLD

if TYPE_CHECKING:
    import pandas as pd

LONG = 600.0  # seconds from which a run is said to be long
LISTED = 10  # groups, and columns that go with the label


def summary(path: Path, read: int, found: Proposals, planned: Planned | PlannedChoice, folder: Path) -> str:
    """Return what is printed: how many of the rows that were read are studied, the roles, sizes, and the command to run."""
    sections = planned.sections
    rows = f"{len(sections):,} of {read:,}" if len(sections) < read else f"{read:,}"
    lines = [f"{path}: {rows} rows", "", "proposed:", *proposal_lines(found)]
    lines += _association_lines(found)
    lines += ["", repeats_line(sections)]
    held_out = _of_classes(planned) if isinstance(planned, PlannedChoice) else _of_groups(found, planned)
    lines += ["", *held_out]
    lines += ["", *_time_lines(folder), "", *run_lines(folder)]
    return "\n".join(lines)


def repeats_line(sections: pd.DataFrame) -> str:
    """Say how many rows have nearly the text of an earlier one, and how many of these the same."""
    exact, near = (len(sections) - sections[column].nunique() for column in ("exact_group", "near_group"))
    if not near:
        return "repeats: no row has the text of an earlier one, or nearly so"
    return f"repeats: {counted(near, 'row')} with nearly the text of an earlier one, {exact:,} of them with the same"


def _association_lines(found: Proposals) -> list[str]:
    """Say how the group and the columns that go with the label most go with it; of equals the first in the file comes first."""
    told = sorted(found.associations.items(), key=lambda item: -item[1]["v"])
    if not told:
        return []
    of_group = [item for item in told[LISTED:] if item[0] == found.column("group")]
    shown = [*told[:LISTED], *of_group]
    lines = ["", f"what goes with {found.column('label')} (Cramér's V, 95 % interval over rows):"]
    lines += [f"  {name:<29} {estimate_text(row, 'v')}" for name, row in shown]
    return lines + ([f"  and {len(told) - len(shown):,} more, in the audit of the study"] if len(told) > len(shown) else [])


def _of_groups(found: Proposals, planned: Planned) -> list[str]:
    """Say how large the groups are, and what is held out."""
    groups = planned.groups
    lines = ["groups:", *(f"  {group_words(row)}" for row in groups[:LISTED])] if groups else []
    lines += [f"  and {len(groups) - LISTED:,} more"] if groups[LISTED:] else []
    lines += [""] if groups else []
    return [*lines, f"held out: {planned.why}", *(f"  {line}" for line in could_be_groups(found, planned))]


def _of_classes(planned: PlannedChoice) -> list[str]:
    """Say what is studied of several classes: their number, what is left out, and which groups are held out."""
    lines = [
        f"one of {len(planned.classes)} classes is chosen for each row: macro-F1; --positive LABEL for one against the rest"
    ]
    lines += [f"left out: {left_out_words(planned)}"] if planned.left_out else []
    if not planned.groups:
        return [*lines, "no group is held out: nothing is told of rows from elsewhere"]
    held = [f"{group.group}: {group.rows:,} rows, {group.counted} classes to compare" for group in planned.groups]
    if GROUPS_KFOLD in planned.held_out:
        return [*lines, f"groups: {len(planned.groups):,}, held out in folds: {first_of(held, 3)}"]
    return [*lines, "", "groups:", *(f"  {words}" for words in held[:LISTED])]


def _time_lines(folder: Path) -> list[str]:
    """Say how long the study takes on this machine, and of a long run how to shorten it."""
    from mirage.study.forecast import seconds_left
    from mirage.whole import number_of

    made, cores = StudyFolder(folder), number_of("all")
    study = made.study(made.read())
    with made.at_work():
        seconds = seconds_left(study, Path("results"), cores) or 0.0
    lines = [f"time: about {said(seconds)} on {cores} core{'s' if cores > 1 else ''} that do nothing else"]
    if seconds > LONG:
        lines.append("  that is long: fewer seeds or schemes in the configuration shorten it, and so does a sample of the rows")
    return lines


def run_lines(folder: Path) -> list[str]:
    """Return where the study is, and the commands that run it, as they are typed in the working directory."""
    return [
        f"written: {folder / CONFIG}; look it through before you believe a number",
        "",
        "run:",
        f"  {typed('run', folder)}",
        f"  {typed('run', folder, '--budget', '5m')}   # a first answer within five minutes",
    ]
