"""About how long a proposed study runs."""

from __future__ import annotations

import pandas as pd
import pytest

from mirage.init import estimate
from mirage.init.estimate import estimate_lines, seconds_of
from mirage.init.plan import Planned


def planned(rows, schemes):
    sections = pd.DataFrame({"text": ["one two three four five"] * rows})
    return Planned("yes", {}, sections, [], [], [], "", schemes, {}, None, None)


def test_fits_of_all_folds_and_seeds_by_the_words_of_the_rows():
    # Five folds and one split, five seeds and three agents, 1,000 words; 31 steps.
    assert seconds_of(planned(200, ["kfold", "stratified"])) == pytest.approx(6 * 5 * 3 * 1000 * 5e-6 + 31 * 1.5)


def test_a_long_run_is_told_with_a_way_out(monkeypatch):
    monkeypatch.setattr(estimate.os, "cpu_count", lambda: 2)
    short, many = planned(200, ["kfold", "stratified"]), planned(600_000, ["kfold", "stratified", "kfold-grouped"])
    assert estimate_lines(seconds_of(short)) == ["time: about 23 seconds on 2 cores that do nothing else"]
    assert estimate_lines(seconds_of(many)) == [
        "time: about 13 minutes on 2 cores that do nothing else",
        "  that is long: fewer seeds or schemes in the configuration shorten it, and so does a sample of the rows",
    ]
