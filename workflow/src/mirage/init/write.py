"""The commented configuration of a study of somebody's data."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mirage.audit.before_training import F1, RECALL_ONLY
from mirage.errors import StudyError
from mirage.files import write_text
from mirage.held_sources import MIN_UNITS
from mirage.init.place import path_in_config
from mirage.init.plan import MOST_HELD_OUT, NEAR, REDRAWN, REFERENCE, TEST_FRACTION, WHOLE, Planned, schemes_apart, seeds_of
from mirage.init.propose import Proposals
from mirage.splits.names import MATCHED, OUT, Schemes
from mirage.study.schema import schema_uri

_NGRAMS = {"ngrams": [1, 2], "max_features": 20000, "C": 1.0}
_AGENTS: Mapping[str, Mapping[str, Any]] = {
    "always-positive": {"title": "Always positive", "kind": "constant", "strategy": "always-positive"},
    "prevalence": {"title": "Random at prevalence", "kind": "constant", "strategy": "prevalence"},
    "word-list": {"title": "Ten learned words", "kind": "wordlist", "words": 10, "min_df": 2},
    "tfidf": {"title": "TF-IDF", "kind": "linear", **_NGRAMS, "class_weight": None},
    "tfidf-balanced": {
        "title": "TF-IDF, balanced classes",
        "kind": "linear",
        **_NGRAMS,
        "class_weight": "balanced",
    },
}


def config_text(path: Path, found: Proposals, planned: Planned, folder: Path, *, texts: bool = True) -> str:
    """Return the configuration of a study in a folder, with the reason for what it says.

    Parameters
    ----------
    texts:
        Whether what is made to be read may hold texts of the rows.
    """
    sections, group = planned.sections, found.column("group")
    positives = int(sections["label"].sum())
    apart = schemes_apart(planned.taken_apart) if planned.taken_apart else []
    # The headline's gap is that of a group that can show F1 and is taken apart, where there is one.
    first = f"{OUT}-{planned.taken_apart['slug']}" if planned.taken_apart else planned.held_out[0]
    random = [scheme for scheme in planned.schemes if scheme not in (*planned.held_out, *apart)]
    repeats = len(sections) - sections["near_group"].nunique()
    lines = [
        f"# yaml-language-server: $schema={schema_uri()}",
        f"# A study of {path.name}, proposed by `mirage init` from what stands in it: look it through before you believe a number.",
        "# It stands alone: nothing of the published study's config.yaml is mixed in. Keys and the defaults of what is left out are",
        "# described in the schema that the first line names; editors complete from it.",
        f"study: {one_line(f'{path.stem}: {planned.positive} against the rest' if len(found.classes) > 2 else path.stem)}",
        "",
        *([] if texts else ["texts: false # texts of rows and their words stay in results/data and in the file itself", ""]),
        "data:",
        "  source: file # or hub, with `hub: {repo: owner/name, revision: main, config: null, split: train}` in place of path",
        f"  path: {one_line(path_in_config(path, folder))} # a relative path starts at the folder of this file",
        f"  columns: # of {len(sections):,} rows, {positives:,} positive ({positives / len(sections):.1%})",
    ]
    for role, value in planned.declaration.items():
        lines.append(f"    {role}: {one_line(value)} # {_reason(role, found)}")
    lines += [
        f"    # {role}: none; {found.roles[role].reason}" for role in ("id", "unit", "time") if found.column(role) is None
    ]
    lines += [
        f"  near_duplicate_threshold: {NEAR} # Jaccard similarity of word 3-grams: {_repeats(sections, repeats)}",
        "",
        f"seeds: {seeds_of(sections)} # repetitions; raise it for a result to rely on: more seeds run the new cells only",
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
        if not {f"{OUT}-{row['slug']}", f"{MATCHED}-{row['slug']}"} & {*planned.schemes, *planned.unfit}
    ]
    lines += [f"  # not {group} {_comment(row['group'])}: {_why_not(row)}" for row in unused[:10]]
    lines += [f"  # nor {len(unused) - 10} more groups"] if unused[10:] else []
    lines += [
        "",
        *_block({"agents": _AGENTS}),
        "",
        "gap: # what is set against each other",
        *_block({"reference": REFERENCE, **_beside(planned), "held_out": list(planned.held_out)}, "  "),
        "",
        "headline: # the numbers printed at the end",
        *_block({"agent": "tfidf", "held_out": first}, "  "),
        "",
        "groups: # the tables by group, and of calibration",
        *_block({"scheme": "kfold-grouped", "held_out": first, "min_rows": 20}, "  "),
        "",
        *_decomposition(planned),
        "",
        *(
            ["variance: # what one random split does to an F1", *_block({"random": REDRAWN}, "  "), ""]
            if REDRAWN in random
            else []
        ),
        "comparisons: # agents on the same test rows",
        *_block({"against": ["word-list", "tfidf"], "schemes": [REFERENCE, first]}, "  "),
        "",
        *_block({"figures": {"f1_random": random, "f1_held_out": list(planned.held_out)}}),
    ]
    return "\n".join(lines) + "\n"


def _beside(planned: Planned) -> dict[str, str]:
    return {"beside": WHOLE} if WHOLE in planned.schemes else {}


def _decomposition(planned: Planned) -> list[str]:
    """Return the section that takes the gap of one group apart, or why there is none."""
    row = planned.taken_apart
    if row is None:
        return [
            "# decomposition: none; it takes a held-out group with rows of both labels, its positive ones in "
            f"{MIN_UNITS} units or more, whose rows can be tested in folds"
        ]
    *arms, matched = schemes_apart(row)
    return [
        "decomposition: # where the gap comes from, term by term; add further groups with the four schemes of each",
        "  held_out:",
        f"    {one_line(row['slug'])}: {one_line({'groups': [row['group']], 'arms': arms, 'matched': matched})}",
    ]


def write_config(target: Path, text: str) -> None:
    """Write a configuration where there is none.

    Raises
    ------
    StudyError
        When the file is there.
    """
    if target.exists():
        raise StudyError(f"{target}: is there already, and may have been edited; name another folder with --output")
    write_text(target, text)


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
        REFERENCE: "cross-validation: every row is tested once a seed, as the gap's start",
        REDRAWN: "random rows, as a reported F1 usually is",
        WHOLE: f"cross-validation, {f'rows of one {unit}' if unit else 'near-duplicates'} kept together"
        + (", and near-duplicates" if unit else ""),
        "duplicates": "random rows, near-duplicates kept together",
        "time": "later years tested",
    }
    if scheme in said:
        return _comment(said[scheme])
    apart = planned.taken_apart
    if apart and scheme in schemes_apart(apart):
        return _comment(f"{apart['group']}, to take its gap apart: {Schemes()[scheme].description}")
    kind, _, slug = scheme.partition("-")
    row = next(row for row in planned.groups if row["slug"] == slug)
    rest = "" if row["shows"] == F1 or kind == MATCHED else "; it has too few negative rows for F1 to say more than recall"
    also = ", with all others fold by fold" if kind == MATCHED else ""
    return _comment(f"{row['group']} held out{also}: {row['rows']:,} rows, {row['positives']:,} positive{rest}")


def _also(planned: Planned, found: Proposals) -> list[str]:
    """Return schemes that could be added."""
    also = [f"chapter (rows of one {found.column('unit')} kept together)"] if found.column("unit") else []
    matched = next((row for row in planned.groups if row["shows"] == F1), None)
    name = f"{MATCHED}-{matched['slug']}" if matched else None
    return also + ([f"{name} (that group, and all others fold by fold)"] if name and name not in planned.schemes else [])


def _why_not(row: Mapping[str, Any]) -> str:
    if row["shows"] in (F1, RECALL_ONLY):
        return f"large enough, but {MOST_HELD_OUT} larger groups are held out"
    return f"{row['shows']} ({row['positives']} positive of {row['rows']:,} rows)"


def _block(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Yield a mapping as lines of YAML, what is no mapping on one line."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{one_line(key)}:"
            yield from _block(value, f"{indent}  ")
        else:
            yield f"{indent}{one_line(key)}: {one_line(value)}"


def one_line(value: Any) -> str:
    """Return a value as YAML on one line, so that a comment can follow."""

    def dumped(style: str | None) -> str:
        text: str = yaml.safe_dump(
            value, default_flow_style=True, default_style=style, allow_unicode=True, sort_keys=False, width=sys.maxsize
        )
        # An unquoted text alone ends with the mark of a document's end.
        return text.removesuffix("...\n").strip()

    text = dumped(None)
    return dumped('"') if len(text.splitlines()) > 1 else text


def _comment(text: str) -> str:
    return " ".join(text.split())
