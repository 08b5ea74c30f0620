"""The commented configuration of a study of somebody's data, and what ``mirage init`` prints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirage.before_training import F1, RECALL_ONLY, groups_of
from mirage.declaration import Declaration
from mirage.duplicates import add_groups
from mirage.errors import StudyError
from mirage.files import write_text
from mirage.init.propose import Proposals
from mirage.readers import table_of
from mirage.sections import lay_out
from mirage.splits.leakage import check_split
from mirage.splits.names import slug_of
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.tables import number

REFERENCE = "stratified"
NEAR = 0.5  # Jaccard similarity of word 3-grams
SEEDS, FEWER_SEEDS, MANY_ROWS = 5, 3, 5000  # fewer where there are many rows, so that a first answer takes minutes
TEST_FRACTION = 0.2
MOST_HELD_OUT = 6  # groups, the largest first
LATE = 0.25  # share of the rows that scheme time aims to test

_AGENTS = """\
agents:
  always-positive:
    title: Always positive
    kind: constant
    strategy: always-positive
  prevalence:
    title: Random at prevalence
    kind: constant
    strategy: prevalence
  word-list:
    title: Ten learned words
    kind: wordlist
    words: 10
    min_df: 2
  tfidf:
    title: TF-IDF
    kind: linear
    ngrams: [1, 2]
    max_features: 20000
    C: 1.0
    class_weight: null
  tfidf-balanced:
    title: TF-IDF, balanced classes
    kind: linear
    ngrams: [1, 2]
    max_features: 20000
    C: 1.0
    class_weight: balanced
"""


@dataclass(frozen=True)
class Planned:
    """A study of one class against the rest: its rows, what its groups can show, and the schemes that follow."""

    positive: str
    declaration: Mapping[str, Any]
    sections: pd.DataFrame
    groups: Sequence[Mapping[str, Any]]
    held_out: Sequence[str]
    schemes: Sequence[str]
    unfit: Mapping[str, str]
    time_cut: int | None


def plan(path: Path, data: bytes, found: Proposals, positive: str) -> Planned:
    """Lay out the file with one class as the positive one, and choose the schemes that its rows allow.

    Raises
    ------
    StudyError
        When a row does not fit the declaration, or no group is large enough to be held out.
    """
    declared: dict[str, Any] = {role: found.column(role) for role in ("id", "text", "label") if found.column(role)}
    declared |= {"positive": [positive], "group": found.column("group")}
    declared |= {role: found.column(role) for role in ("unit", "time") if found.column(role)}
    declared |= {"metadata": found.metadata} if found.metadata else {}
    declaration = Declaration.from_mapping(declared)
    rows = lay_out(table_of(data, str(path), declaration.columns), str(path), declaration)
    sections = add_groups(rows, NEAR)
    groups = groups_of(sections, _seeds(sections), TEST_FRACTION)
    cut = _time_cut(sections) if "year" in sections else None
    telling = [row for row in groups if row["schemes"]]
    wanted = [scheme for row in telling[:MOST_HELD_OUT] for scheme in row["schemes"]]
    wanted += ["time"] if cut is not None else []
    random = [REFERENCE, "kfold-grouped"]
    unfit = _unfit(sections, [*random, *wanted], cut)
    held_out = [scheme for scheme in wanted if scheme not in unfit]
    if not held_out or REFERENCE in unfit:
        small = "; ".join(_group_words(row) for row in groups[:5])
        raise StudyError(
            f"{path}: with {positive!r} as positive no group of {found.column('group')} is large enough to be held out ({small}); "
            "choose another column with --group or label with --positive"
        )
    return Planned(
        positive, declared, sections, groups, held_out, [*(s for s in random if s not in unfit), *held_out], unfit, cut
    )


def _unfit(sections: pd.DataFrame, schemes: Sequence[str], cut: int | None) -> dict[str, str]:
    """Return the schemes that these rows do not allow, each with the reason."""
    slugs = [slug_of(group) for group in sections["source"].unique()]
    twice = next((slug for slug in slugs if slugs.count(slug) > 1), None)
    if twice:
        raise StudyError(f"two groups are both written {twice!r} in the names of schemes; rename one of them in the file")
    options = (
        SplitOptions(test_fraction=TEST_FRACTION) if cut is None else SplitOptions(test_fraction=TEST_FRACTION, time_cut=cut)
    )
    unfit = {}
    for scheme in schemes:
        try:
            check_split(sections, make_split(sections, scheme, 0, options), scheme)
        except StudyError as error:
            unfit[scheme] = str(error).partition("cannot be built: ")[2] or str(error)
    return unfit


def config_text(path: Path, found: Proposals, planned: Planned) -> str:
    """Return the configuration, with the reason for what it says."""
    sections, group = planned.sections, found.column("group")
    positives = int(sections["label"].sum())
    first = planned.held_out[0]
    repeats = len(sections) - sections["near_group"].nunique()
    lines = [
        f"# A study of {path.name}, proposed by `mirage init` from what stands in it: look it through before you believe a number.",
        "# It stands alone: nothing of the published study's config.yaml is mixed in. Keys are described in",
        "# workflow/schemas/config.schema.yaml; what is left out here keeps its default (workflow/src/mirage/config.py).",
        f"study: {_quoted(f'{path.stem}: {planned.positive} against the rest' if len(found.classes) > 2 else path.stem)}",
        "",
        "data:",
        "  source: file # or hub, with `hub: {repo: owner/name, revision: main, config: null, split: train}` in place of path",
        f"  path: {_quoted(str(path.resolve()))}",
        f"  columns: # of {len(sections):,} rows, {positives:,} positive ({positives / len(sections):.1%})",
    ]
    for role, value in planned.declaration.items():
        lines.append(f"    {role}: {_yaml(value)} # {_reason(role, found)}")
    lines += [
        f"    # {role}: none; {found.roles[role].reason}" for role in ("id", "unit", "time") if found.column(role) is None
    ]
    lines += [
        f"  near_duplicate_threshold: {NEAR} # Jaccard similarity of word 3-grams: {_repeats(sections, repeats)}",
        "",
        f"seeds: {_seeds(sections)} # repetitions; raise it for a result to rely on: more seeds run the new cells only",
        "",
        "split:",
        f"  test_fraction: {TEST_FRACTION} # of the rows, by the random schemes",
        "  folds: 5",
    ]
    if planned.time_cut is not None:
        share = float((sections["year"] >= planned.time_cut).mean())
        lines.append(f"  time_cut: {planned.time_cut} # first year of the test set of scheme time, {share:.0%} of the rows")
    lines += ["", "schemes:"]
    lines += [f"  - {scheme} # {_scheme_words(scheme, planned, found)}" for scheme in planned.schemes]
    lines += [f"  # also: {', '.join(_also(planned, found))}"]
    lines += [f"  # not {scheme}: {_comment(reason)}" for scheme, reason in planned.unfit.items()]
    unused = [
        row
        for row in planned.groups
        if not {f"out-{row['slug']}", f"matched-{row['slug']}"} & {*planned.schemes, *planned.unfit}
    ]
    lines += [f"  # not {group} {_comment(row['group'])}: {_why_not(row)}" for row in unused[:10]]
    lines += [f"  # nor {len(unused) - 10} more groups"] if unused[10:] else []
    lines += [
        "",
        _AGENTS.rstrip(),
        "",
        "gap: # what is set against each other",
        f"  reference: {REFERENCE}",
        f"  held_out: [{', '.join(planned.held_out)}]",
        "",
        "headline: # the numbers printed at the end",
        "  agent: tfidf",
        f"  held_out: {first}",
        "",
        "groups: # the tables by group, and of calibration",
        "  scheme: kfold-grouped",
        f"  held_out: {first}",
        "  min_rows: 20",
        "",
        "comparisons: # agents on the same test rows",
        "  against: [word-list, tfidf]",
        f"  schemes: [{REFERENCE}, {first}]",
        "",
        "figures:",
        f"  f1_random: [{', '.join(scheme for scheme in planned.schemes if scheme not in planned.held_out)}]",
        f"  f1_held_out: [{', '.join(planned.held_out)}]",
    ]
    return "\n".join(lines) + "\n"


def write_config(target: Path, text: str) -> None:
    """Write a configuration where there is none.

    Raises
    ------
    StudyError
        When the file is there.
    """
    if target.exists():
        raise StudyError(
            f"{target}: is there already, and may have been edited; move it away, or name another file with --output"
        )
    write_text(target, text)


def summary(path: Path, found: Proposals, planned: Sequence[Planned], targets: Sequence[Path]) -> str:
    """Return what is printed: the roles, what goes with the label, sizes, and the command to run."""
    sections = planned[0].sections
    lines = [f"{path}: {len(sections):,} rows", "", "proposed:"]
    for role, proposal in found.roles.items():
        others = f" (or {', '.join(proposal.others[:4])})" if proposal.others else ""
        lines.append(f"  {role:<8} {proposal.column or 'none':<20} {proposal.reason}{others}")
    shown = "; ".join(f"{name} {count:,}" for name, count in found.classes.items())
    lines += [f"  {'classes':<8} {shown}", "", f"what goes with {found.column('label')} (Cramér's V, 95 % interval over rows):"]
    for name, row in sorted(found.associations.items(), key=lambda item: -item[1]["v"]):
        lines.append(f"  {name:<29} {number(row['v'])} [{number(row['low'])}, {number(row['high'])}]")
    exact, near = (len(sections) - sections[column].nunique() for column in ("exact_group", "near_group"))
    lines += ["", f"repeats: {exact:,} rows say the same as an earlier one, {near:,} nearly the same", "", "groups:"]
    lines += [f"  {_group_words(row)}" for row in planned[0].groups[:10]]
    lines += ["", f"written: {', '.join(map(str, targets))}", "", "run:", *run_lines(path, planned, targets)]
    return "\n".join(lines)


def run_lines(path: Path, planned: Sequence[Planned], targets: Sequence[Path]) -> list[str]:
    """Return the commands that run the studies."""
    folder = f"runs/{slug_of(path.stem)}"
    if len(planned) == 1:
        name = shlex.quote(str(targets[0]))
        return [
            f"  snakemake --cores all --configfile {name} --directory {folder} answer",
            f"  that is a first answer, {folder}/results/tables/gap.md; read {folder}/results/data/audit.md with it. For all tables, "
            f"figures and {folder}/results/report/index.html run the same without the last word.",
        ]
    names = " ".join(shlex.quote(str(target)) for target in targets)
    command = f'snakemake --cores all --configfile "$config" --directory {folder}/"$(basename "$config" .yaml)"'
    return [
        f"  for config in {names}; do {command}; done",
        f"  python scripts/join_classes.py {folder}/*/results --output {folder}",
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


def _seeds(sections: pd.DataFrame) -> int:
    return FEWER_SEEDS if len(sections) > MANY_ROWS else SEEDS


def _time_cut(sections: pd.DataFrame) -> int | None:
    """Return the year from which about a quarter of the rows are, both labels on both sides; None where there is none."""
    years, label = sections["year"].to_numpy(), sections["label"].to_numpy()
    fit = [
        int(year)
        for year in np.unique(years)[1:]
        if all(min(np.bincount(label[side], minlength=2)) >= 10 for side in (years >= year, years < year))
    ]
    return min(fit, key=lambda year: abs(float((years >= year).mean()) - LATE), default=None)


def _reason(role: str, found: Proposals) -> str:
    if role == "positive":
        counts = f"{found.classes[found.positive]:,} of {sum(found.classes.values()):,} rows" if len(found.classes) == 2 else ""
        others = [name for name in found.classes if name != found.positive]
        return _comment(f"{counts}; the other label is {others[0]}" if counts else "one class against the rest")
    if role == "metadata":
        return "further columns that the audit holds against the label"
    said = found.roles[role]
    return _comment(said.reason + (f"; or {', '.join(said.others[:4])}" if said.others else ""))


def _repeats(sections: pd.DataFrame, repeats: int) -> str:
    return f"{repeats:,} of {len(sections):,} rows repeat another, at least nearly"


def _scheme_words(scheme: str, planned: Planned, found: Proposals) -> str:
    unit = found.column("unit")
    said = {
        REFERENCE: "random rows, as a reported F1 usually is",
        "kfold-grouped": f"cross-validation, {f'rows of one {unit}' if unit else 'near-duplicates'} kept together"
        + (", and near-duplicates" if unit else ""),
        "time": "later years tested",
    }
    if scheme in said:
        return _comment(said[scheme])
    kind, _, slug = scheme.partition("-")
    row = next(row for row in planned.groups if row["slug"] == slug)
    rest = "" if row["shows"] == F1 or kind == "matched" else "; it has too few negative rows for F1 to say more than recall"
    also = ", with a part of the others" if kind == "matched" else ""
    return _comment(f"{row['group']} held out{also}: {row['rows']:,} rows, {row['positives']:,} positive{rest}")


def _also(planned: Planned, found: Proposals) -> list[str]:
    """Return schemes that could be added."""
    also = ["kfold", "duplicates (near-duplicates kept together)"]
    also += [f"chapter (rows of one {found.column('unit')} kept together)"] if found.column("unit") else []
    matched = next((row for row in planned.groups if row["shows"] == F1), None)
    return also + ([f"matched-{matched['slug']} (that group with a part of the others)"] if matched else [])


def _why_not(row: Mapping[str, Any]) -> str:
    if row["shows"] in (F1, RECALL_ONLY):
        return f"large enough, but {MOST_HELD_OUT} larger groups are held out"
    return f"{row['shows']} ({row['positives']} positive of {row['rows']:,} rows)"


def _group_words(row: Mapping[str, Any]) -> str:
    drop = (
        "no drop in recall is large enough to be seen"
        if row["smallest"] is None
        else f"can show a drop in recall of {number(row['smallest'], 2)}"
    )
    told = f"{row['shows']}, {drop}" if row["schemes"] else str(row["shows"])
    return f"{row['group']}: {row['rows']:,} rows, {row['positives']:,} positive; {told}"


def _yaml(value: Any) -> str:
    return f"[{', '.join(map(_quoted, value))}]" if isinstance(value, list) else _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a YAML string, in quotes where it could be read as something else; JSON's are YAML's."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", text) and text.lower() not in (
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
        "y",
        "n",
    )
    return text if plain else json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join(text.split())
