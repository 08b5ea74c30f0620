"""The commented configuration of a study of somebody's data."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mirage.audit.before_training import F1, RECALL_ONLY
from mirage.data.readers import Reading
from mirage.data.scripts import SHINGLES, WORD
from mirage.errors import StudyError
from mirage.files import write_text
from mirage.held_out.sources import MIN_UNITS
from mirage.init.fine_tunes import encoder_agents, encoder_section, encoder_start
from mirage.init.given_split import SCHEME
from mirage.init.place import path_in_config
from mirage.init.plan import FOLDS, NEAR, REDRAWN, REFERENCE, TEST_FRACTION, WHOLE, Planned, schemes_apart, seeds_of
from mirage.init.propose import Proposals
from mirage.splits.names import GROUPS_KFOLD, MATCHED, OUT, Schemes
from mirage.study.schema import schema_uri

_BREAK = re.compile("[\n\r\x85\u2028\u2029]+")
_UNPRINTABLE = re.compile("[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
RARE = 0.3  # share of positives below which classes are weighted in the headline

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


_OF_CHARACTERS: Mapping[str, Mapping[str, Any]] = {
    "word-list": {"title": "Ten learned character pairs", "analyzer": "char"},
    "tfidf": {"analyzer": "char", "ngrams": [1, 3]},
    "tfidf-balanced": {"analyzer": "char", "ngrams": [1, 3]},
}


def with_unit(agents: Mapping[str, Mapping[str, Any]], unit: str) -> dict[str, Mapping[str, Any]]:
    """Return the agents, with n-grams of characters where blanks do not separate words."""
    return {name: {**entry, **(_OF_CHARACTERS.get(name, {}) if unit != WORD else {})} for name, entry in agents.items()}


def opening_lines(path: Path, called: str, folder: Path, reading: Reading | None, texts: bool) -> list[str]:
    """Return the first lines of a configuration: what it is, what the study is called, and the file and how it is read."""
    return [
        f"# yaml-language-server: $schema={schema_uri()}",
        f"# A study of {path.name}, proposed by `mirage init` from what stands in it: look it through before you believe a number.",
        "# It stands alone: nothing of the published study's config.yaml is mixed in. Keys and the defaults of what is left out are",
        "# described in the schema that the first line names; editors complete from it.",
        f"study: {one_line(called)}",
        "",
        *_texts_lines(texts),
        "data:",
        "  source: file # or hub, with `hub: {repo: owner/name, revision: main, config: null, split: train}` in place of path",
        f"  path: {one_line(path_in_config(path, folder))} # a relative path starts at the folder of this file",
        *_reading_lines(reading),
    ]


def split_lines(sections: pd.DataFrame, time_cut: int | None) -> list[str]:
    """Return the keys of seeds and of how rows are split."""
    lines = [
        f"seeds: {seeds_of(sections)} # repetitions; raise it for a result to rely on: more seeds run the new cells only",
        "",
        "split:",
        f"  test_fraction: {TEST_FRACTION} # of the rows, by the random schemes",
        f"  folds: {FOLDS}",
    ]
    if time_cut is None:
        return lines
    share = float((sections["year"] >= time_cut).mean())
    return [*lines, f"  time_cut: {time_cut} # first year of the test set of scheme time, {share:.0%} of the rows"]


def _texts_lines(texts: bool) -> list[str]:
    """Return the key that keeps texts of rows from what is read, where it is asked for."""
    return [] if texts else ["texts: false # texts of rows and their words stay in results/data and in the file itself", ""]


def near_lines(unit: str, sections: pd.DataFrame, repeats: int) -> list[str]:
    """Return the keys of near-duplicates."""
    near = f"  near_duplicate_threshold: {NEAR} # Jaccard similarity of {SHINGLES[unit]}s: {_repeats(sections, repeats)}"
    return [near, *([] if unit == WORD else [f"  near_duplicate_unit: {unit} # these texts' script does not separate words"])]


def config_text(
    path: Path,
    found: Proposals,
    planned: Planned,
    folder: Path,
    reading: Reading | None = None,
    *,
    texts: bool = True,
    encoders: Sequence[str] = (),
) -> str:
    """Return the configuration of a study in a folder, with the reason for what it says; whatever names stand in it, YAML reads it back.

    Parameters
    ----------
    texts:
        Whether what is made to be read may hold texts of the rows.
    encoders:
        Checkpoints of the Hub to fine-tune beside the other agents.

    Raises
    ------
    StudyError
        When two of these have one name.
    """
    tuned = encoder_agents(encoders)
    sections = planned.sections
    called = f"{path.stem}: {planned.positive} against the rest" if len(found.classes) > 2 else path.stem
    positives = int(sections["label"].sum())
    apart = schemes_apart(planned.taken_apart) if planned.taken_apart else []
    # The headline's gap is that of a group that can show F1 and is taken apart, where there is one.
    first = f"{OUT}-{planned.taken_apart['slug']}" if planned.taken_apart and not planned.given else planned.against[0]
    random = [scheme for scheme in planned.schemes if scheme not in (*planned.held_out, *apart)]
    repeats = len(sections) - sections["near_group"].nunique()
    lines = [
        *opening_lines(path, called, folder, reading, texts),
        *_second_file(planned, folder),
        f"  columns: # of {len(sections):,} rows, {positives:,} positive ({positives / len(sections):.1%})",
    ]
    for role, value in planned.declaration.items():
        lines.append(f"    {role}: {one_line(value)} # {_reason(role, found)}")
    lines += [
        f"    # {role}: none; {found.roles[role].reason}"
        for role in ("id", "group", "unit", "time")
        if found.column(role) is None
    ]
    lines += [f"    # {name} gives the label away: {comment(how)}" for name, how in found.giving_away.items()]
    lines += [f"    # {line}" for line in could_be_groups(found, planned)]
    lines += [
        *near_lines(planned.unit, sections, repeats),
        "",
        *split_lines(sections, planned.time_cut),
    ]
    given = {SCHEME: planned.given.definition} if planned.given else {}
    lines += definition_lines({**given, **planned.definitions})
    lines += ["", f"schemes: # {comment(planned.why)}"]
    lines += [f"  - {scheme} # {_scheme_words(scheme, planned, found)}" for scheme in planned.schemes]
    also = _also(planned, found)
    lines += [f"  # also: {', '.join(also)}"] if also else []
    lines += [f"  # not {scheme}: {comment(reason)}" for scheme, reason in planned.unfit.items()]
    lines += _unused(planned, found)
    lines += [
        "",
        *_block({"agents": {**with_unit(_AGENTS, planned.unit), **tuned}}),
        *(["", *_block(encoder_section(tuned, planned))] if tuned else []),
        "",
        "gap: # what is set against each other",
        *_block(
            {"reference": REFERENCE, **_fallback(tuned, planned), **_beside(planned), "held_out": list(planned.against)}, "  "
        ),
        "",
        "headline: # the numbers printed at the end",
        *_block({"agent": _headliner(sections), "held_out": first}, "  "),
        "",
        "groups: # the tables by group, and of calibration",
        *_block({"scheme": _tests_all(planned, first), "held_out": first, "min_rows": 20}, "  "),
        "",
        "hard_rows: # rows to read: like texts under two labels, and rows that every agent gets wrong",
        *_block({"scheme": REFERENCE}, "  "),
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
        *_block({"figures": {"f1_random": random}}),
    ]
    return "\n".join(map(printable, lines)) + "\n"


def definition_lines(definitions: Mapping[str, Any]) -> list[str]:
    """Return the section of the schemes that the study defines, each with what it is for; nothing where it has none."""
    if not definitions:
        return []
    reasons = {SCHEME: "the split that came with the data"}
    alike = "this group is written as another one, but for its marks"
    return [
        "",
        "scheme_definitions:",
        *(f"  {name}: {one_line(value)} # {reasons.get(name, alike)}" for name, value in definitions.items()),
    ]


def _headliner(sections: pd.DataFrame) -> str:
    """Name the agent whose numbers are read first: where positives are rare one of plain weights calls hardly any row positive."""
    return "tfidf" if sections["label"].mean() >= RARE else "tfidf-balanced"


def _reading_lines(reading: Reading | None) -> list[str]:
    """Return how the file is read, as far as it was said."""
    return list(_block({name: said for name, said in asdict(reading).items() if said is not None}, "  ")) if reading else []


def _second_file(planned: Planned, folder: Path) -> list[str]:
    if planned.given is None or planned.given.test_path is None:
        return []
    second = one_line(path_in_config(planned.given.test_path, folder))
    return [f"  test_path: {second} # its rows are test in the column part, those of path train"]


def _fallback(tuned: Mapping[str, Any], planned: Planned) -> dict[str, str]:
    start = encoder_start(planned)
    return {"fallback": start} if tuned and start != REFERENCE else {}


def _beside(planned: Planned) -> dict[str, str]:
    return {"beside": WHOLE} if WHOLE in planned.schemes and WHOLE not in planned.against else {}


def _tests_all(planned: Planned, first: str) -> str:
    return WHOLE if WHOLE in planned.schemes and first != WHOLE else REFERENCE


def could_be_groups(found: Proposals, planned: Planned) -> list[str]:
    """Return what else groups could be made of, a line each; none where the file has a group."""
    if found.column("group"):
        return []
    sections, unit, time = planned.sections, found.column("unit"), found.column("time")
    lines = []
    if unit:
        lines.append(f"group: {one_line(unit)} would hold out its {sections['chapter'].nunique():,} values in folds")
    if time and sections["year"].nunique() > 1:
        pattern = one_line({"column": time, "pattern": r"\d{4}"})
        lines.append(
            f"group: {pattern} would hold out its {sections['year'].nunique():,} years, one after the other or in folds"
        )
    lines += [f"group: {one_line(name)} would hold out its values" for name in found.roles["group"].others[:3]]
    sets = sections["near_group"].value_counts()
    repeated = int((sets > 1).sum())
    if repeated:
        said = f"near-duplicates make {repeated:,} set{'s' if repeated > 1 else ''} of {int(sets[sets > 1].sum()):,} rows"
        lines.append(f"{said}, the largest of {int(sets.max()):,}: {WHOLE} keeps each whole")
    return lines


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
        return comment(_positive_words(found))
    if role == "metadata":
        return "further columns that the audit holds against the label"
    rule = next((rule for rule in found.rules if rule.key == role), None)
    if rule is not None:
        return comment(rule.reason)
    said = found.roles[role]
    return comment(said.reason + (f"; or {', '.join(said.others[:4])}" if said.others else ""))


def _positive_words(found: Proposals) -> str:
    others = [name for name in found.classes if name != found.positive]
    if found.positive is None or len(others) > 1:
        return "one class against the rest"
    counts = f"{found.classes[found.positive]:,} of {sum(found.classes.values()):,} rows"
    return f"{found.why_positive}; {counts}; the other label is {others[0]}"


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
        SCHEME: "the split that came with the data: your F1 on this very split",
        GROUPS_KFOLD: f"cross-validation over {found.column('group')}: each value tested once, by models that saw none of its rows",
    }
    if scheme in said:
        return comment(said[scheme])
    apart = planned.taken_apart
    if apart and scheme in schemes_apart(apart):
        return comment(f"{apart['group']}, to take its gap apart: {Schemes()[scheme].description}")
    kind, _, slug = scheme.partition("-")
    row = next(row for row in planned.groups if row["slug"] == slug)
    rest = "" if row["shows"] == F1 or kind == MATCHED else "; it has too few negative rows for F1 to say more than recall"
    also = ", with all others fold by fold" if kind == MATCHED else ""
    return comment(f"{row['group']} held out{also}: {row['rows']:,} rows, {row['positives']:,} positive{rest}")


def _also(planned: Planned, found: Proposals) -> list[str]:
    """Return schemes that could be added."""
    also = [f"chapter (rows of one {found.column('unit')} kept together)"] if found.column("unit") else []
    matched = next((row for row in planned.groups if row["shows"] == F1), None)
    name = f"{MATCHED}-{matched['slug']}" if matched else None
    return also + ([f"{name} (that group, and all others fold by fold)"] if name and name not in planned.schemes else [])


def _unused(planned: Planned, found: Proposals) -> list[str]:
    """Return the groups that are not held out alone, the largest with the reason; where folds hold all out they need none."""
    if GROUPS_KFOLD in planned.held_out:
        return []
    used = {*planned.schemes, *planned.unfit}
    unused = [row for row in planned.groups if not {f"{OUT}-{row['slug']}", f"{MATCHED}-{row['slug']}"} & used]
    lines = [f"  # not {found.column('group')} {comment(row['group'])}: {_why_not(row)}" for row in unused[:10]]
    return [*lines, *([f"  # nor {len(unused) - 10} more groups"] if unused[10:] else [])]


def _why_not(row: Mapping[str, Any]) -> str:
    if row["shows"] in (F1, RECALL_ONLY):
        return "large enough, but larger groups are held out"
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
    """Return a value as YAML on one line, so that a comment can follow; what cannot be seen in it is escaped."""

    def dumped(style: str | None, seen: bool) -> str:
        text: str = yaml.safe_dump(
            value, default_flow_style=True, default_style=style, allow_unicode=seen, sort_keys=False, width=sys.maxsize
        )
        # An unquoted text alone ends with the mark of a document's end.
        return text.removesuffix("...\n").removesuffix("\n")

    text = dumped(None, True)
    return text if text.isprintable() else dumped('"', False)


def comment(text: str) -> str:
    """Return a text on one line, for a comment."""
    return " ".join(text.split())


def printable(line: str) -> str:
    """Return a line without what YAML refuses even in a comment; what is no comment holds none of it."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(_BREAK.split(line)))
