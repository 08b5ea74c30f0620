import math
from pathlib import Path

import pandas as pd
import pytest

from mirage.errors import StudyError
from mirage.figures import cost
from mirage.figures.cost import with_money
from mirage.figures.style import BLUE, ORANGE, styled

PRICES = pd.DataFrame({"hardware": ["CPU", "T4", "L4", "A100"], "usd_per_hour": [0.01, 0.4, 0.8, 2.5]})
NAN = math.nan


@pytest.mark.parametrize(
    ("device", "usd"),
    [
        ("CPU x86_64", 0.02),
        ("CUDA Tesla T4", 0.8),
        ("CUDA NVIDIA L4", 1.6),
        ("CUDA NVIDIA L40S", NAN),
        ("CUDA NVIDIA A100-SXM4-80GB", 5.0),
        ("MPS arm64", NAN),
    ],
)
def test_hours_cost_what_the_list_says_of_their_hardware(device, usd):
    [found] = with_money(pd.DataFrame({"device": [device], "hours": [2.0]}), PRICES)["usd"]
    assert found == pytest.approx(usd, nan_ok=True)


@pytest.mark.parametrize("price", ["free", 0, NAN])
def test_a_price_that_is_none_is_one_clear_line(price):
    prices = pd.DataFrame({"hardware": ["T4"], "usd_per_hour": [price]})
    with pytest.raises(StudyError, match=r"prices: T4: found .*; write US dollars an hour, above 0"):
        with_money(pd.DataFrame({"device": ["CPU"], "hours": [1.0]}), prices)


def test_a_list_without_a_column_is_one_clear_line():
    with pytest.raises(StudyError, match="prices: column 'usd_per_hour' is missing; a price list needs hardware, usd_per_hour"):
        with_money(pd.DataFrame(), PRICES.drop(columns="usd_per_hour"))


def test_the_quoted_list_is_the_executor_s():
    catalog = pytest.importorskip("snakemake_executor_plugin_hf_jobs.catalog")
    quoted = pd.read_csv(Path(__file__).parents[2] / "workflow/resources/prices.csv").set_index("flavor")["usd_per_hour"]
    known = {flavor.name: 60 * flavor.usd_per_minute for flavor in catalog.FALLBACK}
    assert {name: known[name] for name in quoted.index} == pytest.approx(quoted.to_dict())


def row(agent, device, seconds, hours, usd, fits=1200):
    return {"agent": agent, "device": device, "fits": fits, "seconds_a_fit": seconds, "hours": hours, "usd": usd}


TABLE = pd.DataFrame(
    [
        row("tiny", "CPU x86_64", 181.5, 2.459, 0.0246, fits=48),
        row("tiny", "CUDA NVIDIA H100", 4.25, 0.0567, NAN),
        row("words", "CPU x86_64", 0.0084, 0.00121, 0.0000121),
        row("none", "CPU x86_64", 0.0, 0.00002, 0.0),
    ]
)


@pytest.fixture
def figure():
    with styled():
        yield cost.cost_figure(TABLE, {"none": "None", "words": "Ten words", "tiny": "Tiny", "absent": "Absent"})


def test_every_device_of_an_agent_is_a_line_with_its_fits_hours_and_price(figure):
    [axes] = figure.axes
    assert [label.get_text().split("\n") for label in axes.get_yticklabels()] == [
        ["None", "1,200 fits, 72 ms, <$0.01"],
        ["Ten words", "1,200 fits, 4.4 s, <$0.01"],
        ["Tiny", "48 fits, 2.5 h, $0.02"],
        ["Tiny", "1,200 fits, 3.4 min, no", "price"],
        ["Absent", "missing"],
    ]


def test_a_fit_is_a_dot_on_a_logarithmic_axis_with_its_time(figure):
    [axes] = figure.axes
    assert axes.get_xscale() == "log"
    found = [(line.get_color(), float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in axes.lines]
    assert found == [(BLUE, 0.0084, 1), (BLUE, 181.5, 2), (ORANGE, 4.25, 3)]
    assert [text.get_text() for text in axes.texts] == ["8.4 ms", "3 min", "4.2 s"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["on a CPU", "on a GPU"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.0042, "4.2 ms"), (1.44, "1.4 s"), (59, "59 s"), (90, "1.5 min"), (8852, "2.5 h"), (360000, "100 h")],
)
def test_a_time_is_in_the_unit_that_suits_it(seconds, said):
    assert cost.duration(seconds) == said
