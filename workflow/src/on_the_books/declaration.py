"""The published study's data set as a declaration: what config.yaml says under ``data.columns``, and the digests of its rows.

The synthetic corpus and the supplementary set have the same columns.
"""

from __future__ import annotations

from typing import Any

from mirage.data.declaration import Declaration

CSV_COLUMNS = ("id", "source", "jim_crow", "type", "chapter_num", "section_num", "chapter_text", "section_text")

_YEAR = {"column": "id", "pattern": r"^\d{4}(?!\d)"}

COLUMNS: dict[str, Any] = {
    "id": "id",
    "text": "section_text",
    "context": "chapter_text",
    "label": "jim_crow",
    "positive": ["1", "jim_crow"],
    "negative": ["0", "no_jim_crow"],
    "group": "source",
    "time": _YEAR,
    "unit": [_YEAR, "type", "chapter_num"],
    "metadata": {"law_type": "type", "section": "section_num"},
    "numbers": ["chapter_num", "section_num"],
    "order": ["id", "text", "context", "label", "group", "time", "law_type", "unit", "section"],
    "digest": ["id", "group", "label", "law_type", "unit.3", "section", "context", "text"],
}
DECLARATION = Declaration.from_mapping(COLUMNS)

SHA256 = "d965c9df1131dd56f3c18a9ae06d638b20cb479ee12e5706b0d1c66333d107da"
UNORDERED_SHA256 = "daf56d5954701d3d3e8861e882dcf70a0aaad1f600a160998633e18134375c83"
