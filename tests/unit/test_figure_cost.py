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
def axes():
    with styled():
        yield cost.cost_figure(TABLE, {"none": "None", "words": "Ten words", "tiny": "Tiny", "absent": "Absent"}).axes[0]


def test_every_device_of_an_agent_is_a_line_on_a_logarithmic_axis(axes):
    assert [label.get_text() for label in axes.get_yticklabels()] == ["None", "Ten words", "Tiny", "Tiny", "Absent"]
    assert axes.get_xscale() == "log"
    found = [(line.get_color(), float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in axes.lines]
    assert found == [(BLUE, 0.0084, 1), (BLUE, 181.5, 2), (ORANGE, 4.25, 3)]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["on a CPU", "on a GPU"]


def test_beside_it_stand_the_numbers_with_the_price_where_there_is_one(axes):
    words = {}
    for text in axes.texts:
        words.setdefault(text.get_position()[1], []).append(text.get_text())
    assert words[0] == ["0", "1,200", "<0.0001", "<$0.01"]
    assert words[1] == ["0.0084", "1,200", "0.0012", "<$0.01"]
    assert words[2] == ["182", "48", "2.5", "$0.02"]
    assert words[3] == ["4.2", "1,200", "0.057", "no price"]
    assert words[4] == ["missing"]
