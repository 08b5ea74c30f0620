from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from mirage.audit.audit import audit, audit_markdown
from mirage.audit.before_training import F1, NOT_WITHOUT, RECALL_ONLY, TOO_FEW, before_training, groups_of

# group: positives, negatives
SIZES = {"large": (60, 140), "curated": (30, 2), "tiny": (4, 40)}


@pytest.fixture
def sections():
    rows = [(group, label) for group, (yes, no) in SIZES.items() for label in [1] * yes + [0] * no]
    table = pd.DataFrame(rows, columns=["source", "label"]).astype({"label": np.int8})
    number = np.arange(len(table))
    return table.assign(
        row_id=[f"r{row}" for row in number], text=["one two three"] * len(table), chapter=[f"d{row // 2}" for row in number],
        exact_group=number, near_group=number, unit=number // 2, **{"meta.ward": ["abc"[row % 3] for row in number]},
    )  # fmt: skip


def test_groups_are_told_what_they_can_show(sections):
    found = {row["group"]: row for row in groups_of(sections, 5, 0.2)}
    assert [row["shows"] for row in found.values()] == [F1, TOO_FEW, RECALL_ONLY]
    assert found["large"]["schemes"] == ["out-large"]
    assert found["curated"]["schemes"] == ["out-curated", "matched-curated"]
    assert found["tiny"]["schemes"] == []
    large = found["large"]
    assert (large["rows"], large["positives"], large["units"]) == (200, 60, 30)
    # Rows in pairs are worth half as many, and fewer rows show less.
    assert large["smallest"] < large["smallest_in_units"]
    assert large["smallest"] < found["curated"]["smallest"]


def test_a_group_that_holds_nearly_all_of_a_class_leaves_too_little(sections):
    rest = sections[(sections["source"] == "large") | (sections["label"] == 0)]
    assert groups_of(rest, 5, 0.2)[0]["shows"] == NOT_WITHOUT


def test_every_column_is_held_against_the_label_strongest_first(sections):
    report = before_training(sections, 5, 0.2, {"source": "site"})
    assert report["columns"][0]["column"] == "site"
    assert {row["column"] for row in report["columns"]} == {"site", "ward", "words in the text"}
    values = {value["value"]: (value["rows"], value["positives"]) for value in report["columns"][0]["values"]}
    assert values == {"large": (200, 60), "tiny": (44, 4), "curated": (32, 30)}
    assert report["always_positive_f1"] == pytest.approx(2 * 94 / (94 + 276))
    json.dumps(report, allow_nan=False)


def test_the_page_says_it_in_tables(sections):
    provenance = {"corpus": "own", "origin": "local file a.csv", "content_sha256": "0" * 64, "near_duplicate_threshold": 0.5}
    report = audit(sections, provenance) | {"before_training": before_training(sections, 5, 0.2, {"source": "site"})}
    page = audit_markdown(report)
    assert page.startswith("# Audit of the rows\n")
    assert "Jim Crow" not in page
    assert "| site | ." in page
    assert "| curated | 32 | 30 | 15 | recall only | " in page
    assert "| tiny | 44 | 4 | 2 | too few positives | " in page
    assert "out-curated, matched-curated |" in page
    assert "| calling everything positive | – | .508 | .500 |" in page
