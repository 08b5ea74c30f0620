"""What ``mirage init`` prints: what it found in the file, what it wrote, and what to run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from mirage.audit.associations import estimate_text
from mirage.errors import StudyError
from mirage.init.estimate import estimate_lines
from mirage.init.plan import Planned, group_words
from mirage.init.propose import Proposals
from mirage.init.table import proposal_lines
from mirage.init.write import could_be_groups
from mirage.place import project_root
from mirage.splits.names import slug_of


def summary(path: Path, found: Proposals, planned: Sequence[Planned], targets: Sequence[Path]) -> str:
    """Return what is printed: the roles, what goes with the label, sizes, and the command to run."""
    sections = planned[0].sections
    lines = [f"{path}: {len(sections):,} rows", "", "proposed:", *proposal_lines(found)]
    told = sorted(found.associations.items(), key=lambda item: -item[1]["v"])
    lines += ["", f"what goes with {found.column('label')} (Cramér's V, 95 % interval over rows):"] if told else []
    lines += [f"  {name:<29} {estimate_text(row, 'v')}" for name, row in told]
    exact, near = (len(sections) - sections[column].nunique() for column in ("exact_group", "near_group"))
    lines += ["", f"repeats: {exact:,} rows say the same as an earlier one, {near:,} nearly the same"]
    groups = planned[0].groups
    lines += ["", "groups:", *(f"  {group_words(row)}" for row in groups[:10])] if groups else []
    lines += [f"  and {len(groups) - 10:,} more"] if groups[10:] else []
    lines += ["", f"held out: {planned[0].why}", *(f"  {line}" for line in could_be_groups(found, planned[0]))]
    lines += [
        "",
        f"written: {', '.join(map(str, targets))}",
        "",
        *estimate_lines(planned),
        "",
        "run:",
        *run_lines(path, planned, targets),
    ]
    return "\n".join(lines)


def run_lines(path: Path, planned: Sequence[Planned], targets: Sequence[Path]) -> list[str]:
    """Return the commands that run the studies, as they are typed in the working directory."""
    root = project_root()
    here = root == Path.cwd().resolve()
    snakemake = "snakemake" if here else f"snakemake --snakefile {shlex.quote(str(root / 'Snakefile'))}"
    join = "scripts/join_classes.py" if here else shlex.quote(str(root / "scripts/join_classes.py"))
    folder = f"runs/{slug_of(path.stem)}"
    if len(planned) == 1:
        name = shlex.quote(str(targets[0]))
        apart = " and decomposition.md beside it" if planned[0].taken_apart else ""
        return [
            f"  {snakemake} --cores all --configfile {name} --directory {folder} answer",
            f"  that is a first answer, {folder}/results/tables/gap.md{apart}; read {folder}/results/data/audit.md with it. For all "
            f"tables, figures and {folder}/results/report/index.html run the same without the last word.",
        ]
    names = " ".join(shlex.quote(str(target)) for target in targets)
    command = f'{snakemake} --cores all --configfile "$config" --directory {folder}/"$(basename "$config" .yaml)"'
    return [
        f"  for config in {names}; do {command}; done",
        f"  python {join} {folder}/*/results --output {folder}",
    ]


def targets_of(path: Path, output: Path | None, found: Proposals, classes: Sequence[str]) -> list[Path]:
    """Return the configuration files: one, or one a class."""
    base = output or Path(f"{path.stem}.yaml")
    if len(classes) == 1:
        return [base]
    names = [slug_of(name) for name in classes]
    if len(set(names)) < len(names):
        raise StudyError(f"{path}: two labels of {found.column('label')} are written alike in names; rename one in the file")
    return [base.with_name(f"{base.stem}-{name}{base.suffix}") for name in names]
