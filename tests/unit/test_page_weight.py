"""The weight of figures and of the published page: one file that a phone fetches."""

import pandas as pd

from mirage.figures.style import styled, write_figure
from mirage.figures.tool_calls import tool_calls_figure
from script_loader import SCRIPTS

MOST = 1_500_000  # bytes
REFERENCE = SCRIPTS.parent / "results/reference/report/index.html"


def test_the_published_page_is_light():
    assert REFERENCE.stat().st_size < MOST


def test_a_bar_of_every_group_of_tool_calls_is_light(tmp_path):
    groups = ["bash", "edit", "plan", "research", "sleep", "other"]
    counted = [("calls", 60.0), *((f"calls: {group}", 10.0) for group in groups)]
    rows = [{"agent": "pi", "measure": name, "ours": count, "status": "computed", "quoted": count} for name, count in counted]
    with styled():
        write_figure(tool_calls_figure(pd.DataFrame(rows), groups, {"pi": "Pi"}), tmp_path / "a.svg", tmp_path / "a.png", None)
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert drawn.count("<pattern") == 4
    assert len(drawn) < 60_000
