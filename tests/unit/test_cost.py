import math

import pandas as pd
import pytest

from mirage.tables.cost import cost_panels, cost_table


def cheap(seconds, folds=1, agent="words"):
    return {"inputs": {"agent": agent}, "seconds": seconds, "folds": [{}] * folds, "machine": {"processor": "x86_64"}}


def encoder(kind, seconds, cpu_seconds, tokens, peak):
    device = {"kind": kind, "name": "x86_64" if kind == "cpu" else "NVIDIA T4"}
    folds = [{"peak_memory_gb": peak}]
    return {
        **cheap(seconds, agent="tiny"),
        "folds": folds,
        "device": device,
        "cpu_seconds": cpu_seconds,
        "tokens_a_second": tokens,
    }


def test_time_is_summed_over_cells_and_its_median_is_of_a_fit():
    [row] = cost_table([cheap(6.0, folds=3), cheap(4.0), cheap(26.0)]).to_dict("records")
    assert row == {
        "agent": "words",
        "device": "CPU x86_64",
        "cells": 3,
        "fits": 5,
        "seconds_a_fit": 4.0,
        "hours": pytest.approx(0.01),
        "tokens_a_second": pytest.approx(math.nan, nan_ok=True),
        "peak_memory_gb": pytest.approx(math.nan, nan_ok=True),
    }


def test_a_cpu_counts_the_process_and_a_gpu_the_clock_and_they_stand_apart():
    table = cost_table(
        [encoder("cpu", 300, 180, 900, 3.0), encoder("cpu", 200, 100, 700, 2.0), encoder("cuda", 30, 90, 9000, 8.0)]
    )
    assert table["device"].tolist() == ["CPU x86_64", "CUDA NVIDIA T4"]
    assert table["seconds_a_fit"].tolist() == [140, 30]
    assert table["tokens_a_second"].tolist() == [800, 9000]
    assert table["peak_memory_gb"].tolist() == [3.0, 8.0]


def test_a_reader_sees_agents_in_the_configurations_order_with_short_times_to_the_hundredth():
    table = cost_table([encoder("cpu", 300, 180, 900, 3.0), cheap(0.256)])
    [panel] = cost_panels(table, {"words": "Ten words", "tiny": "Tiny"})
    assert isinstance(panel.cells, pd.DataFrame)
    assert panel.cells["agent"].tolist() == ["Ten words", "Tiny"]
    assert panel.cells["seconds a fit"].tolist() == [".26", "180"]
    assert panel.cells["tokens a second"].tolist() == ["–", "900"]
