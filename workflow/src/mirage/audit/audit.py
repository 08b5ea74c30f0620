"""What is in the sections before anything is trained: label rates, duplicates, label conflicts, shared chapters and lengths.

What goes with the label, and what held-out groups could show, is added by :mod:`mirage.audit.before_training`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mirage.audit.before_training import markdown_lines
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
        ``shared_chapters``; ``left_out``, where rows are. Nothing but numbers, texts and lists, so it can be written as JSON.
    """
    sources = [(source, sections[sections["source"] == source]) for source in sections["source"].unique()]
    unit = unit_of(sections["text"])
    shared = sections.groupby("chapter", sort=False)["source"].transform("nunique") > 1
    return {
        "corpus": provenance["corpus"],
        "origin": provenance["origin"],
        "content_sha256": provenance["content_sha256"],
        "near_duplicate_threshold": provenance["near_duplicate_threshold"],
        **({"left_out": provenance["left_out"]} if provenance.get("left_out") else {}),
        "near_duplicate_unit": provenance.get("near_duplicate_unit", WORD),
        "length": unit,
        "all": _describe(sections, unit),
        "by_source": [{"source": source, **_describe(rows, unit)} for source, rows in sources],
        "exact_duplicates": _duplicates(sections, "exact_group"),
        "near_duplicates": _duplicates(sections, "near_group"),
        "shared_chapters": [
            {
                "chapter": chapter,
                "sections": rows["source"].value_counts(sort=False).to_dict(),
                "positives": rows.groupby("source", sort=False)["label"].sum().to_dict(),
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
        rows = (
            (row["chapter"].replace("|", ", "), _by_source(row["sections"]), _by_source(row["positives"]))
            for row in shared[:_LISTED_CHAPTERS]
        )
        lines += ["", *table_lines((word["chapter"], word["sections"], "positives"), rows)]
        if shared[_LISTED_CHAPTERS:]:
            lines += ["", f"The first {_LISTED_CHAPTERS} are listed."]
    if "before_training" in report:
        lines += ["", *markdown_lines(report["before_training"])]
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


def _describe(rows: pd.DataFrame, unit: str) -> dict[str, Any]:
    positives = int(rows["label"].sum())
    low, high = wilson(positives, len(rows))
    words = np.array(lengths_in(rows["text"].tolist(), unit))
    return {
        "sections": len(rows),
        "positives": positives,
        "rate": positives / len(rows),
        "low": low,
        "high": high,
        "chapters": int(rows["chapter"].nunique()),
        "words": {str(quantile): float(np.percentile(words, quantile)) for quantile in QUANTILES},
    }


def _duplicates(sections: pd.DataFrame, column: str) -> dict[str, Any]:
    repeated = sections[sections[column].duplicated(keep=False)]
    groups = repeated.groupby(column)
    sizes = groups.size()
    mixed = repeated[groups["label"].transform("nunique") > 1]
    return {
        "groups": len(sizes),
        "sections": len(repeated),
        "repeats": len(repeated) - len(sizes),
        "largest": int(sizes.max()) if len(sizes) else 1,
        "across_sources": int((groups["source"].nunique() > 1).sum()),
        "conflicts": [
            {
                "group": int(str(group)),
                "positive": rows.loc[rows["label"] == 1, "row_id"].tolist(),
                "negative": rows.loc[rows["label"] == 0, "row_id"].tolist(),
            }
            for group, rows in mixed.groupby(column)
        ],
    }


def _duplicates_row(kind: str, found: Mapping[str, Any]) -> tuple[object, ...]:
    keys = ("groups", "sections", "repeats", "largest", "across_sources")
    return (kind, *(found[key] for key in keys), len(found["conflicts"]))


def _conflict_lines(report: Mapping[str, Any]) -> list[str]:
    rows = [
        (kind, conflict["group"], _ids(conflict["positive"]), _ids(conflict["negative"]))
        for kind in ("exact", "near")
        for conflict in report[f"{kind}_duplicates"]["conflicts"]
    ]
    return table_lines(("kind", "group", "positive", "negative"), rows) if rows else ["None."]


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
