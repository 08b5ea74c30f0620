import itertools
import math

import pandas as pd
import pytest
from matplotlib import colors, pyplot as plt

from frames import score_row
from mirage.figures import f1, label_rate
from mirage.figures.grid import tiles
from mirage.figures.style import BLUE, GREEN, LIGHT, ORANGE, styled, write_figure
from mirage.words import Words

NAN = math.nan
TITLES = {"words": "Ten words", "trees": "Trees"}
STAMP = "synthetic corpus: made-up text"


def table_row(split, agent, f1, low=NAN, high=NAN, rows=NAN):
    names = {"split": split, "agent": agent, "f1": f1, "low": low, "high": high, "rows": rows}
    return {**names, "positives": rows / 4, "always_positive_f1": 0.4 if rows == rows else NAN}


TABLE = pd.DataFrame(
    [
        table_row("random", "words", 0.5, 0.4, 0.6, 100),
        table_row("random", "trees", NAN),
        table_row("time", "words", 0.7, NAN, NAN, 80),
        table_row("time", "trees", 0.9, 0.8, 0.95, 80),
        table_row("matched", "words", NAN),
        table_row("matched", "trees", NAN),
    ]
)
SCORES = pd.DataFrame(
    [
        score_row("random", "words", 1, tp=1, f1=0.6),
        score_row("random", "words", 0, tp=1, f1=0.4),
        score_row("random", "words", 0, tp=1, f1=0.1, group="murray"),
        score_row("time", "words", 0, tp=1, f1=0.7),
        score_row("time", "trees", 0, tp=1, f1=0.9),
    ]
)
PUBLISHED = pd.DataFrame(
    [
        ("random", "words", "all", "f1", 0.55),
        ("random", NAN, "all", "f1", 0.95),
        ("random", "words", "all", "precision", 0.05),
        ("random", "words", "murray", "f1", 0.15),
    ],
    columns=["split", "agent", "group", "metric", "value"],
)


@pytest.fixture(autouse=True)
def study_style():
    with styled():
        yield


def drawn(schemes=("random", "time", "matched")):
    return f1.f1_figure(TABLE, SCORES, PUBLISHED, {scheme: scheme for scheme in schemes}, TITLES)


def lines(axes, color, marker):
    """The x values of the lines of one color and marker."""
    chosen = [
        line for line in axes.lines if line.get_marker() == marker and color in (line.get_color(), line.get_markeredgecolor())
    ]
    return [[round(float(x), 6) for x in line.get_xdata()] for line in chosen]


def marks(axes):
    """The words among a panel's lines with the line they stand on."""
    return [(text.get_text(), text.get_position()[1]) for text in axes.texts]


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_every_scheme_with_results_is_a_panel_with_its_test_set_s_size():
    figure = drawn()
    said = [text.get_text() for text in figure.texts]
    assert len(figure.axes) == 2
    assert said[:4] == ["random", "25 of 100 test rows positive", "time", "20 of 80 test rows positive"]


def test_what_has_no_results_is_one_line_of_text():
    assert drawn().texts[-1].get_text() == "No results: matched."
    assert drawn(["time"]).texts[-1].get_text() == ""
    nothing = drawn(["matched"])
    assert (nothing.axes, nothing.legends) == ([], [])


def test_agents_are_named_top_to_bottom_below_what_is_quoted():
    random, time = drawn().axes
    assert labels(random) == ["published (quoted)", "Ten words", "Trees"]
    assert labels(time) == ["Ten words", "Trees"]
    bottom, top = random.get_ylim()
    assert bottom > top


def test_a_seed_is_a_dot_the_mean_a_disc_and_the_interval_a_bar():
    random = drawn().axes[0]
    assert lines(random, LIGHT, ".") == [[0.4, 0.6]]
    assert lines(random, BLUE, "o") == [[0.5]]
    assert lines(random, BLUE, "None") == [[0.4, 0.6]]


def test_the_floor_is_the_f1_of_calling_everything_positive():
    random, time = drawn().axes
    assert lines(random, ORANGE, "None") == lines(time, ORANGE, "None") == [[0.4, 0.4]]


def test_published_f1s_of_the_whole_test_set_are_diamonds_on_a_line_of_their_own():
    random, time = drawn().axes
    diamonds = {line.get_xdata()[0]: line for line in random.lines if line.get_marker() == "D"}
    assert sorted(diamonds) == [0.55, 0.95]
    assert diamonds[0.55].get_markerfacecolor() == "white"
    assert diamonds[0.95].get_markerfacecolor() == GREEN
    assert {line.get_ydata()[0] for line in diamonds.values()} == {0}
    [mean] = [line for line in random.lines if line.get_marker() == "o"]
    assert mean.get_ydata()[0] == 1
    assert lines(time, GREEN, "D") == []


def test_a_missing_cell_says_so_and_has_no_mark():
    assert [marks(axes) for axes in drawn().axes] == [[("missing", 2)], []]


def test_an_agent_that_is_not_planned_has_no_line():
    figure = f1.f1_figure(TABLE[TABLE["agent"] == "words"], SCORES, PUBLISHED, {"time": "later years"}, TITLES)
    assert labels(figure.axes[0]) == ["Ten words"]
    assert marks(figure.axes[0]) == []


def test_the_legend_names_what_is_drawn():
    def named(figure):
        return [text.get_text() for text in figure.legends[0].get_texts()]

    every = ["mean over seeds, 95% interval", "one seed", "calling everything positive"]
    assert named(drawn()) == [*every, "quoted, of an agent rebuilt here", "quoted, of a fine-tune"]
    assert named(drawn(["time"])) == every


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_panel_has_the_numbers_of_its_scale(count):
    table = pd.concat([TABLE, TABLE[TABLE["split"] == "time"].assign(split="late")])
    schemes = {name: name for name in ("random", "time", "late")[:count]}
    [*panels] = f1.f1_figure(table, SCORES, PUBLISHED, schemes, TITLES).axes
    assert len(panels) == count
    assert [axes.xaxis.get_tick_params().get("labelbottom", True) for axes in panels] == [True] * len(panels)
    _, tiled = tiles(["one", "two", "three"][:count], 1.0)
    assert [axes.xaxis.get_tick_params()["labelbottom"] for axes in tiled] == [True] * count


def described(positives, sections, low, high):
    return {"positives": positives, "sections": sections, "rate": positives / sections, "low": low, "high": high}


AUDIT = {
    "all": described(30, 120, 0.2, 0.3),
    "by_source": [
        {"source": "murray", **described(18, 20, 0.7, 0.97)},
        {"source": "project experts", **described(12, 100, 0.07, 0.2)},
    ],
}


def test_label_rates_are_bars_with_whiskers_and_the_numbers_behind_them():
    axes = label_rate.label_rate_figure(AUDIT, Words("section", "chapter", "source")).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "all sections\n30 of 120",
        "project experts\n12 of 100",
        "murray\n18 of 20",
    ]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([25, 12, 90])
    whiskers = [line.get_xdata().tolist() for line in axes.lines]
    assert whiskers == [pytest.approx(ends) for ends in ([20, 30], [7, 20], [70, 97])]
    assert [text.get_text() for text in axes.texts] == ["25.0 %", "12.0 %", "90.0 %"]


def test_of_somebody_s_own_rows_label_rates_are_in_their_words():
    figure = label_rate.label_rate_figure({**AUDIT, "corpus": "own"}, Words("tweet", "thread", "account"))
    [axes] = figure.axes
    assert axes.get_yticklabels()[0].get_text().startswith("all tweets")
    said = [text.get_text() for text in figure.texts]
    assert said[0] == "What the account tells of the label"
    assert any(text.startswith("tweets that are positive, %") for text in said)


def written(folder, stamp):
    figure = drawn()
    write_figure(figure, folder / "f1.svg", folder / "f1.png", stamp)
    return figure


def test_both_formats_have_the_same_bytes_twice(tmp_path):
    for folder in ("a", "b"):
        written(tmp_path / folder, STAMP)
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == ["f1.png", "f1.svg"]
    assert (tmp_path / "a/f1.svg").read_bytes() == (tmp_path / "b/f1.svg").read_bytes()
    assert (tmp_path / "a/f1.png").read_bytes() == (tmp_path / "b/f1.png").read_bytes()
    assert (tmp_path / "a/f1.svg").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "a/f1.png").read_bytes().startswith(b"\x89PNG")


def test_the_stamp_is_printed_on_the_figure(tmp_path):
    stamped = written(tmp_path / "a", STAMP)
    plain = written(tmp_path / "b", None)
    assert {text.get_text() for text in stamped.texts} - {text.get_text() for text in plain.texts} == {STAMP}
    assert (tmp_path / "a/f1.svg").read_bytes() != (tmp_path / "b/f1.svg").read_bytes()


def test_figures_are_closed_and_the_settings_of_others_left_alone():
    before = plt.rcParams["font.size"]
    with styled():
        plt.rcParams["font.size"] = 11
        drawn()
    assert plt.get_fignums() == []
    assert plt.rcParams["font.size"] == before


def test_marks_differ_in_lightness_too():
    def lightness(color):
        red, green, blue = colors.to_rgb(color)
        return 0.299 * red + 0.587 * green + 0.114 * blue

    values = sorted(lightness(color) for color in (BLUE, GREEN, LIGHT))
    assert all(second - first > 0.05 for first, second in itertools.pairwise(values))
