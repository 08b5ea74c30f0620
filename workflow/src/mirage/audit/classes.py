"""What can be known of rows of several classes before anything is trained: what goes with the class, and which groups can be held out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from mirage.audit.associations import FOLDS, LEVEL, Binned, Units, association, binned, estimate_text, indicators
from mirage.audit.before_training import columns_of
from mirage.data.labels import CLASS
from mirage.held_out.class_drops import LEAST_CLASSES, LEAST_ROWS
from mirage.markdown import table_lines
from mirage.provenance import derive_seed
from mirage.splits.alike import slugs_of
from mirage.splits.names import OUT
from mirage.stats.bootstrap import SHARE, Basis, percentile_interval
from mirage.stats.choices import Choices, Tallies, drawn
from mirage.tables.layout import NOTHING

FEWEST_IN_GROUP = 30  # rows, for a group to be held out by itself
LISTED = 40  # groups or classes
DRAWS = 500


@dataclass(frozen=True)
class ClassGroup:
    """A group as a test set: its rows, and the classes of which it and the rest of the corpus have rows enough.

    Attributes
    ----------
    slug:
        What it is called in the names of schemes.
    counted:
        Classes that a macro-F1 on the group can be compared over.
    left:
        Classes with rows among the others, which a model without the group can learn.
    """

    group: str
    slug: str
    rows: int
    classes: int
    counted: int
    left: int

    @property
    def scheme(self) -> str:
        """Return the scheme that holds the group out."""
        return f"{OUT}-{self.slug}"

    @property
    def can_be_held_out(self) -> bool:
        """Whether a macro-F1 on it can be told and compared."""
        return self.rows >= FEWEST_IN_GROUP and self.counted >= LEAST_CLASSES and self.left >= LEAST_CLASSES


def class_groups(sections: pd.DataFrame) -> list[ClassGroup]:
    """Return the groups of the data, largest first."""
    counts = pd.crosstab(sections["source"], sections[CLASS], dropna=False)
    inside, total = counts.to_numpy(), counts.to_numpy().sum(axis=0)
    outside = total - inside
    enough = (inside >= LEAST_ROWS) & (outside >= LEAST_ROWS)
    columns = (inside.sum(axis=1), (inside > 0).sum(axis=1), enough.sum(axis=1), (outside > 0).sum(axis=1))
    slugs = slugs_of([str(group) for group in counts.index])
    found = [
        ClassGroup(str(group), slugs[str(group)], *(int(column[place]) for column in columns))
        for place, group in enumerate(counts.index)
    ]
    return sorted(found, key=lambda group: -group.rows)


def before_choosing(sections: pd.DataFrame, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe the rows as a study of the choice among their classes would meet them.

    Returns
    -------
    dict
        ``columns``: each column's association with the class, strongest first, and the macro-F1 of a ``model`` of it alone;
        ``all_columns``: the model of all; ``units``; ``groups`` (:func:`class_groups`). Nothing but numbers, texts and lists.
    """
    label = sections[CLASS].to_numpy(dtype=np.int64)
    units = Units(sections["unit"].to_numpy())
    columns = {name: binned(values) for name, values in columns_of(sections, names or {}).items()}
    found = [
        {"column": name, **association(column, label, units), "model": metadata_choice({name: column}, label, units)}
        for name, column in columns.items()
    ]
    return {
        "columns": sorted(found, key=lambda row: -row["v"]),
        "all_columns": metadata_choice(columns, label, units),
        "units": units.count,
        "groups": [
            {
                "group": own.group,
                "rows": own.rows,
                "classes": own.classes,
                "counted": own.counted,
                "held_out": own.can_be_held_out,
            }
            for own in class_groups(sections)
        ],
    }


def metadata_choice(columns: Mapping[str, Binned], label: npt.NDArray[np.int64], units: Units) -> dict[str, Any] | None:
    """Score a model that sees the columns and no text: multinomial logistic regression with balanced classes, every row tested once.

    Cross-validation keeps units whole. Returns ``macro_f1, low, high`` (95 % bootstrap interval over units, None where it has none); None
    where there are fewer than two units.
    """
    from sklearn.linear_model import LogisticRegression

    if units.count < 2:
        return None
    order = np.random.default_rng(derive_seed("audit", "folds")).permutation(units.count)
    fold = (order % min(FOLDS, units.count))[units.ids]
    features = sparse.hstack([indicators(column) for column in columns.values()]).tocsr()
    chosen = np.full(len(label), int(np.bincount(label).argmax()))
    for number in range(int(fold.max()) + 1):
        train, test = fold != number, fold == number
        if len(np.unique(label[train])) > 1:
            model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(features[train], label[train])
            chosen[test] = model.predict(features[test])
    rows = np.arange(len(label))
    choices = Choices(rows, label, chosen[None], units.ids, int(label.max()) + 1)
    held = np.bincount(label) > 0

    def reduce(tallies: Tallies, runs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return tallies.macro_f1(held)[:, 0]

    [draws] = drawn([choices], [reduce], DRAWS, np.random.default_rng(derive_seed("audit", "choice")), seeds=False)
    low, high = percentile_interval(draws, LEVEL, Basis(units.count), SHARE)
    return {
        "macro_f1": float(choices.tallies.macro_f1(held)[0, 0]),
        "low": None if math.isnan(low) else low,
        "high": None if math.isnan(high) else high,
    }


def choosing_lines(report: Mapping[str, Any], group: str) -> list[str]:
    """Lay out the result of :func:`before_choosing` as lines of Markdown; ``group`` is what a group is called."""
    level = f"{LEVEL:.0%}"
    lines = [
        "## What goes with the class",
        "",
        f"Cramér's V between each column and the class, corrected for bias (0: nothing in common, 1: one tells the other), with its "
        f"{level} bootstrap interval over {report['units']:,} units. Then the macro-F1 of a model of that column alone, which sees no "
        "text: multinomial logistic regression with balanced classes in cross-validation with units kept whole. Numbers are cut into "
        "fifths.",
        "",
        *table_lines(
            ("column", "Cramér's V", "macro-F1 without text"),
            (
                *((row["column"], estimate_text(row, "v"), _scored(row["model"])) for row in report["columns"]),
                ("all columns together", NOTHING, _scored(report["all_columns"])),
            ),
        ),
        "",
    ]
    groups = report["groups"]
    if len(groups) < 2:
        return lines
    return [
        *lines,
        f"## What holding out a {group} could show",
        "",
        f"A {group} needs {FEWEST_IN_GROUP} rows, and {LEAST_CLASSES} classes with {LEAST_ROWS} rows or more in it and elsewhere, over "
        "which its macro-F1 is compared.",
        "",
        *table_lines(
            (group, "rows", "classes", "compared over", "can be held out by itself"),
            (
                (own["group"], own["rows"], own["classes"], f"{own['counted']} classes", "yes" if own["held_out"] else "no")
                for own in groups[:LISTED]
            ),
        ),
        "",
        *([f"And {len(groups) - LISTED:,} smaller ones.", ""] if groups[LISTED:] else []),
    ]


def class_counts(sections: pd.DataFrame, classes: Sequence[str]) -> list[dict[str, Any]]:
    """Return ``class, rows`` in the order of the classes' numbers."""
    counts = np.bincount(sections[CLASS], minlength=len(classes))
    return [{"class": name, "rows": int(count)} for name, count in zip(classes, counts, strict=True)]


def _scored(model: Mapping[str, Any] | None) -> str:
    return NOTHING if model is None else estimate_text(model, "macro_f1")
