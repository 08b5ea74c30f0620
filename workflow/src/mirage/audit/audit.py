"""What is in the sections before anything is trained: label rates, duplicates, label conflicts, shared chapters and lengths.

What goes with the label, and what held-out groups could show, is added by :mod:`mirage.audit.before_training`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mirage.audit.before_training import markdown_lines
from mirage.audit.classes import choosing_lines, class_counts
from mirage.data.labels import CLASS, LABEL
from mirage.data.scripts import SHINGLES, WORD, lengths_in, unit_of
from mirage.lazy import numpy as np, pandas as pd
from mirage.listing import first_of
from mirage.markdown import table_lines
from mirage.stats.intervals import wilson

QUANTILES = (0, 5, 25, 50, 75, 95, 100)
_QUANTILE_NAMES = {0: "least", 50: "median", 100: "most"}
_LISTED_IDS = 5
_LISTED_CHAPTERS = 50
_LISTED_SOURCES = 50
# What the study calls sections, chapters and sources, other data call otherwise.
_WORDS = {"sections": "rows", "chapters": "units", "sources": "groups", "source": "group", "chapter": "unit"}


def audit(sections: pd.DataFrame, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the sections.

    Parameters
    ----------
    sections:
        The table of ``mirage.data.sections.SCHEMA``.
    provenance:
        What ``mirage.data.sources.fetch`` said about it.

    Returns
    -------
    dict
        ``by_source`` and ``all``: sections, positives, rate with its 95 % Wilson interval, chapters and quantiles of the number
        of words; ``exact_duplicates`` and ``near_duplicates``: sizes and the groups whose labels disagree;
        ``shared_chapters``; ``left_out``, where rows are. Of rows of several classes the rate is that of the ``commonest`` class, and
        ``classes`` has the rows of each. Nothing but numbers, texts and lists, so it can be written as JSON.
    """
    names = provenance.get("classes", [])
    sources = [(source, sections[sections["source"] == source]) for source in sections["source"].unique()]
    unit = unit_of(sections["text"])
    shared = sections.groupby("chapter", sort=False)["source"].transform("nunique") > 1
    of_classes = {"classes": class_counts(sections, names)} if names else {}
    return {
        **of_classes,
        "corpus": provenance["corpus"],
        "origin": provenance["origin"],
        "content_sha256": provenance["content_sha256"],
        "near_duplicate_threshold": provenance["near_duplicate_threshold"],
        **({"left_out": provenance["left_out"]} if provenance.get("left_out") else {}),
        "near_duplicate_unit": provenance.get("near_duplicate_unit", WORD),
        "length": unit,
        "all": _describe(sections, unit, names),
        "by_source": [{"source": source, **_describe(rows, unit, names)} for source, rows in sources],
        "exact_duplicates": _duplicates(sections, "exact_group", names),
        "near_duplicates": _duplicates(sections, "near_group", names),
        "shared_chapters": [
            {
                "chapter": chapter,
                "sections": rows["source"].value_counts(sort=False).to_dict(),
                **({} if names else {"positives": rows.groupby("source", sort=False)[LABEL].sum().to_dict()}),
            }
            for chapter, rows in sections[shared].groupby("chapter", sort=False)
        ],
    }


def audit_markdown(report: Mapping[str, Any]) -> str:
    """Lay out the result of :func:`audit` as a Markdown page; a synthetic corpus is named at the top.

    With the key ``before_training`` (:func:`mirage.audit.before_training.before_training`) that stands on the page too.
    """
    word = _WORDS if report["corpus"] == "own" else {name: name for name in _WORDS}
    by_source = report["by_source"] if len(report["by_source"]) > 1 else []
    described = [*by_source[:_LISTED_SOURCES], {"source": "all", **report["all"]}]
    unlisted = len(by_source) - _LISTED_SOURCES
    more = [f"The first {_LISTED_SOURCES} are listed, of {len(by_source):,}.", ""] if unlisted > 0 else []
    threshold = report["near_duplicate_threshold"]
    shared = report["shared_chapters"]
    lines = [f"# Audit of the {word['sections']}", ""]
    if report["corpus"] == "synthetic":
        lines += ["**Synthetic corpus: made-up sections. No figure on this page is about real laws.**", ""]
    lines += [
        f"Source: {report['origin']}. Content sha256: `{report['content_sha256']}`.",
        "",
        *_left_out_lines(report.get("left_out", {})),
        *(_class_lines(report, described, word) if "classes" in report else _rate_lines(described, word, bool(by_source))),
        "",
        *more,
        f"## Length in {report.get('length', WORD)}s",
        "",
        *table_lines(
            (word["source"], *(_QUANTILE_NAMES.get(quantile, f"{quantile} %") for quantile in QUANTILES)),
            ((row["source"], *(f"{row['words'][str(quantile)]:.0f}" for quantile in QUANTILES)) for row in described),
        ),
        "",
        "## Duplicates",
        "",
        f"Exact: the same text after collapsing whitespace and folding case. Near: {_shingles(report)} Jaccard similarity of "
        f"{threshold:g} or more, chained. Repeats are the {word['sections']} beyond the first of each set.",
        "",
        *table_lines(
            (
                "kind",
                "sets",
                f"{word['sections']} in them",
                "repeats",
                "largest",
                f"sets across {word['sources']}",
                "sets with a label conflict",
            ),
            (_duplicates_row(kind, report[f"{kind}_duplicates"]) for kind in ("exact", "near")),
        ),
        "",
        "## Label conflicts among duplicates",
        "",
        *_conflict_lines(report),
    ]
    if by_source:
        lines += [
            "",
            f"## {word['chapters'].capitalize()} shared between {word['sources']}",
            "",
            f"{len(shared)} {word['chapters']} hold {word['sections']} of more than one {word['source']}, "
            f"{sum(sum(row['sections'].values()) for row in shared)} {word['sections']} in all.",
        ]
    if shared:
        counts = [
            (name, heading)
            for name, heading in (("sections", word["sections"]), ("positives", "positives"))
            if name in shared[0]
        ]
        rows = (
            (row["chapter"].replace("|", ", "), *(_by_source(row[name]) for name, _ in counts))
            for row in shared[:_LISTED_CHAPTERS]
        )
        lines += ["", *table_lines((word["chapter"], *(heading for _, heading in counts)), rows)]
        if shared[_LISTED_CHAPTERS:]:
            lines += ["", f"The first {_LISTED_CHAPTERS} are listed."]
    if "before_training" in report:
        before = report["before_training"]
        lines += ["", *(choosing_lines(before, word["source"]) if "classes" in report else markdown_lines(before))]
        lines.pop()
    return "\n".join(lines) + "\n"


def _left_out_lines(left_out: Mapping[str, int]) -> list[str]:
    """Return the rows that the rules under ``data.columns`` leave out; no lines where none is."""
    if not left_out:
        return []
    rows = [(reason, f"{count:,}") for reason, count in left_out.items()]
    return [
        "## Rows left out",
        "",
        "By the rules under `data.columns`; no figure counts them.",
        "",
        *table_lines(("reason", "rows"), rows),
        "",
    ]


def _rate_lines(described: Sequence[Mapping[str, Any]], word: Mapping[str, str], by_source: bool) -> list[str]:
    return [
        f"## Label rate by {word['source']}" if by_source else "## Label rate",
        "",
        f"Share of positive {word['sections']}, with its 95 % Wilson interval over {word['sections']}.",
        "",
        *table_lines(
            (word["source"], "n", "positives", "rate", "95 % interval", word["chapters"]),
            (
                (row["source"], row["sections"], row["positives"], _percent(row["rate"]), _interval(row), row["chapters"])
                for row in described
            ),
        ),
    ]


def _class_lines(report: Mapping[str, Any], described: Sequence[Mapping[str, Any]], word: Mapping[str, str]) -> list[str]:
    total = report["all"]["sections"]
    lines = [
        "## Classes",
        "",
        *table_lines(
            ("class", "n", "share"), ((row["class"], row["rows"], _percent(row["rows"] / total)) for row in report["classes"])
        ),
    ]
    return [*lines, "", *_commonest_lines(described, word)] if len(described) > 1 else lines


def _commonest_lines(described: Sequence[Mapping[str, Any]], word: Mapping[str, str]) -> list[str]:
    most = sorted(described[:-1], key=lambda row: -row["sections"])
    header = (word["source"], "n", "classes", "most frequent", "share", "95 % interval", word["chapters"])
    rows = (
        (row["source"], row["sections"], row["held"], row["commonest"], _percent(row["rate"]), _interval(row), row["chapters"])
        for row in [*most[:_LISTED_CHAPTERS], described[-1]]
    )
    return [
        f"## The most frequent class by {word['source']}",
        "",
        f"Its share of the {word['sections']}, with its 95 % Wilson interval over {word['sections']}.",
        "",
        *table_lines(header, rows),
        *(["", f"The largest {_LISTED_CHAPTERS} are listed."] if most[_LISTED_CHAPTERS:] else []),
    ]


def _rate(rows: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Return the positives, or of several classes the most frequent one (of equal ones the first), and its share."""
    if not names:
        counted = int(rows[LABEL].sum())
        found: dict[str, Any] = {"positives": counted}
    else:
        counts = np.bincount(rows[CLASS], minlength=len(names))
        counted = int(counts.max())
        found = {"held": int((counts > 0).sum()), "commonest": names[int(counts.argmax())]}
    low, high = wilson(counted, len(rows))
    return {**found, "rate": counted / len(rows), "low": low, "high": high}


def _describe(rows: pd.DataFrame, unit: str, names: Sequence[str]) -> dict[str, Any]:
    words = np.array(lengths_in(rows["text"].tolist(), unit))
    return {
        "sections": len(rows),
        **_rate(rows, names),
        "chapters": int(rows["chapter"].nunique()),
        "words": {str(quantile): float(np.percentile(words, quantile)) for quantile in QUANTILES},
    }


def _duplicates(sections: pd.DataFrame, column: str, names: Sequence[str]) -> dict[str, Any]:
    label = CLASS if names else LABEL
    repeated = sections[sections[column].duplicated(keep=False)]
    groups = repeated.groupby(column)
    sizes = groups.size()
    mixed = repeated[groups[label].transform("nunique") > 1]
    return {
        "groups": len(sizes),
        "sections": len(repeated),
        "repeats": len(repeated) - len(sizes),
        "largest": int(sizes.max()) if len(sizes) else 1,
        "across_sources": int((groups["source"].nunique() > 1).sum()),
        "conflicts": [
            {
                "group": int(str(group)),
                **_ids_by_label(rows, names),
            }
            for group, rows in mixed.groupby(column)
        ],
    }


def _ids_by_label(rows: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    if names:
        return {"by_class": {names[number]: own["row_id"].tolist() for number, own in rows.groupby(CLASS)}}
    return {name: rows.loc[rows[LABEL] == number, "row_id"].tolist() for name, number in (("positive", 1), ("negative", 0))}


def _duplicates_row(kind: str, found: Mapping[str, Any]) -> tuple[object, ...]:
    keys = ("groups", "sections", "repeats", "largest", "across_sources")
    return (kind, *(found[key] for key in keys), len(found["conflicts"]))


def _conflict_lines(report: Mapping[str, Any]) -> list[str]:
    if "classes" in report:
        return _class_conflict_lines(report)
    rows = [
        (kind, conflict["group"], _ids(conflict["positive"]), _ids(conflict["negative"]))
        for kind in ("exact", "near")
        for conflict in report[f"{kind}_duplicates"]["conflicts"]
    ]
    return table_lines(("kind", "group", "positive", "negative"), rows) if rows else ["None."]


def _class_conflict_lines(report: Mapping[str, Any]) -> list[str]:
    found = [(kind, conflict) for kind in ("exact", "near") for conflict in report[f"{kind}_duplicates"]["conflicts"]]
    rows = [
        (kind, conflict["group"], "; ".join(f"{name}: {_ids(ids)}" for name, ids in conflict["by_class"].items()))
        for kind, conflict in found[:_LISTED_CHAPTERS]
    ]
    more = ["", f"The first {_LISTED_CHAPTERS} of {len(found)} are listed."] if found[_LISTED_CHAPTERS:] else []
    return [*table_lines(("kind", "group", "rows by class"), rows), *more] if rows else ["None."]


def _shingles(report: Mapping[str, Any]) -> str:
    return SHINGLES[report.get("near_duplicate_unit", WORD)]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(row: Mapping[str, Any]) -> str:
    return f"{100 * row['low']:.1f} to {100 * row['high']:.1f} %"


def _by_source(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{source} {count}" for source, count in counts.items())


def _ids(ids: Sequence[str]) -> str:
    return first_of(ids, _LISTED_IDS)
