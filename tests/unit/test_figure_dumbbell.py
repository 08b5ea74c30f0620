"""The dumbbell: what is drawn of an agent, in which words, and what is said where a part is missing."""

import math
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.colors import same_color

from mirage.figures import dumbbell
from mirage.figures.dumbbell import KEPT, OUT, RANDOM, dumbbell_figure, lines_of
from mirage.figures.style import BLUE, GREEN, GREY, ORANGE, styled, write_figure
from mirage.measure import CHOICE, POSITIVE
from mirage.results import Results
from mirage.words import Words

NAN = math.nan
TITLES = {"words": "Ten words", "trees": "Trees at $5", "absent": "Absent", "elsewhere": "Not run"}
LABELS = ["random splits", "threads kept whole", "murray held out"]


def judged(agent, **changes):
    row = {"agent": agent, "held_out": "out-murray", "sources": "murray", "reference": "kfold", "status": "complete"}
    row |= {"f1_reference": 0.8, "f1_reference_low": 0.7, "f1_reference_high": 0.85}
    row |= {"f1_held_out": 0.5, "f1_held_out_low": 0.3, "f1_held_out_high": 0.6}
    return row | {"drop": 0.3, "low": 0.2, "high": 0.5, "word": "falls", "positives": 35, "seeds": 10} | changes


def unjudged(agent, status):
    names = [f"{name}{end}" for name in ("f1_reference", "f1_held_out") for end in ("", "_low", "_high")]
    return judged(agent, status=status, word="", **dict.fromkeys([*names, "drop", "low", "high", "positives"], NAN))


def scored(agent, split, f1):
    row = {"split": split, "agent": agent, "status": "complete", "rows": 1785, "positives": 512, "seeds": 10}
    return row | {"f1": f1, "low": f1 - 0.1, "high": f1 + 0.05, "always_positive_f1": 0.45}


SCORES = pd.DataFrame(
    [scored(agent, split, f1) for agent in ("words", "trees") for split, f1 in (("kfold", 0.8), ("whole", 0.7))]
)
VERDICT = pd.DataFrame(
    [
        judged("words"),
        unjudged("trees", "too few negatives (3): add scheme matched-murray"),
        unjudged("elsewhere", "not run here"),
    ]
)


@pytest.fixture(autouse=True)
def study_style():
    with styled():
        yield


def lines(scores=SCORES, table=VERDICT, whole="whole", measure=POSITIVE):
    return lines_of(scores, table, TITLES, whole, measure, Words(row="tweet"))


def spans(axes, colour):
    """The x values of the lines of one colour, point and interval alike."""
    return [[round(float(x), 6) for x in line.get_xdata()] for line in axes.lines if same_color(line.get_color(), colour)]


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_the_ends_are_the_two_numbers_whose_difference_is_the_drop():
    [words, _] = lines()
    assert [words.places[kind].value for kind in (RANDOM, KEPT, OUT)] == [0.8, 0.7, 0.5]
    assert (words.word, words.drop, words.floor) == ("falls", ".300 [.200, .500]", 0.45)


def test_each_place_has_its_interval_its_mark_and_the_sentence_to_hover():
    [axes] = dumbbell_figure(lines()[:1], LABELS, POSITIVE, 0.95).axes
    assert spans(axes, BLUE) == [[0.7, 0.85], [0.8]]
    assert spans(axes, GREEN) == [[0.6, 0.75], [0.7]]
    assert spans(axes, ORANGE) == [[0.3, 0.6], [0.5]]
    assert spans(axes, GREY) == [[0.45, 0.45]]
    said = {line.get_gid(): line.get_label() for line in axes.lines if line.get_gid()}
    assert said == {
        "point-words-kfold": "Ten words, kfold: F1 .800 [.700, .850]; 1,785 tweets, 512 positive, 10 seeds",
        "point-words-whole": "Ten words, whole: F1 .700 [.600, .750]; 1,785 tweets, 512 positive, 10 seeds",
        "point-words-out-murray": "Ten words, out-murray: F1 .500 [.300, .600]; 35 positive, 10 seeds",
    }


def test_an_agent_without_cells_has_no_line_and_a_missing_part_says_why():
    figure = dumbbell_figure(lines(), LABELS, POSITIVE, 0.95)
    assert texts(figure) == [
        "Ten words",
        ".300 [.200, .500]",
        "falls",
        "Trees at $5",
        "too few negatives (3)",
        "drop [95% interval]",
    ]
    # Of what could not be judged, what was measured is drawn.
    assert len(spans(figure.axes[0], BLUE)) == 4
    assert len(spans(figure.axes[0], ORANGE)) == 2


def test_the_legend_has_what_was_drawn_in_the_words_of_the_data():
    [legend] = dumbbell_figure(lines(), LABELS, POSITIVE, 0.95).legends
    assert [text.get_text() for text in legend.get_texts()] == [*LABELS, "calling everything positive"]
    [legend] = dumbbell_figure(lines(whole=None), LABELS, POSITIVE, 0.95).legends
    assert [text.get_text() for text in legend.get_texts()] == [LABELS[0], LABELS[2], "calling everything positive"]


def test_of_several_classes_it_is_macro_f1_beside_what_is_scored_without_reading():
    scores = SCORES.rename(columns={"f1": "macro_f1"}).assign(floor_most_frequent=0.1, floor_random=0.2)
    found = lines(scores, measure=CHOICE)
    assert set(found[0].places) == {RANDOM, OUT}
    assert found[0].floor == 0.2
    figure = dumbbell_figure(found, LABELS, CHOICE, 0.95)
    assert figure.axes[0].get_xlabel() == "Macro-F1 at the corpus's shares of classes"
    assert figure.legends[0].get_texts()[-1].get_text() == "without reading the text"


def run(tmp_path, **tables):
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    options = {
        "titles": list(TITLES.items()),
        "reference": "random splits",
        "whole": "whole",
        "kept": "threads kept whole",
        "level": 0.95,
        "several": False,
        "title": "",
        "called": [["kfold", "cross-validation"]],
    }
    reads = [folder / f"{name}.csv" for name in tables]
    return dumbbell.draw(Results(tmp_path, reads=reads, options={**options, "held_out": "out-murray"}))


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_where_groups_are_many_the_drop_is_that_in_a_new_one(tmp_path):
    names = ["f1_low", "f1_high", "predicted_low", "predicted_high", "drop_low", "drop_high"]
    new = {
        "agent": "words",
        "kind": "one new group",
        "group": "",
        "status": "complete",
        "reference": "kfold",
        "f1_reference": 0.8,
    }
    new |= {"f1_reference_low": 0.7, "f1_reference_high": 0.85, "f1": 0.6, "drop": 0.2, "margin": 0.05, "word": "cannot tell"}
    new |= dict(zip(names, (0.55, 0.65, 0.4, 0.9, -0.1, 0.4), strict=True))
    figure = run(tmp_path, f1=SCORES, verdict=VERDICT, new_group=pd.DataFrame([new]))
    assert legend_of(figure)[2] == "a new group"
    # The interval is that of one new group, as the drop's is.
    assert spans(figure.axes[0], ORANGE) == [[0.4, 0.9], [0.6]]
    assert texts(figure)[:3] == ["Ten words", ".200 [-.100, .400]", "cannot tell"]


def test_with_too_few_groups_for_a_new_one_it_is_the_headline_s(tmp_path):
    few = pd.DataFrame([{"agent": "words", "kind": "one new group", "status": "too few groups (4)"}])
    figure = run(tmp_path, f1=SCORES, verdict=VERDICT, new_group=few)
    assert legend_of(figure)[2] == "murray held out"
    assert texts(figure)[2] == "falls"


def test_without_groups_it_is_the_drop_to_relatives_kept_whole_and_has_no_word(tmp_path):
    gap = {"agent": "words", "held_out": "whole", "reference": "kfold", "status": "complete", "f1_reference": 0.8}
    gap |= {"f1_held_out": 0.7, "gap": 0.1, "low": 0.05, "high": 0.15}
    figure = run(tmp_path, f1=SCORES, gap=pd.DataFrame([gap]))
    assert texts(figure) == ["Ten words", ".100 [.050, .150]", "drop [95% interval]"]
    assert legend_of(figure)[:2] == ["random splits", "threads kept whole"]
    assert spans(figure.axes[0], ORANGE) == []


def test_nothing_to_draw_is_said(tmp_path):
    figure = run(tmp_path, f1=SCORES, verdict=VERDICT[:0])
    assert texts(figure) == ["missing", "drop [95% interval]"]


def test_the_svg_has_its_sentences_as_titles_and_colours_that_follow_the_page(tmp_path):
    write_figure(dumbbell_figure(lines(), LABELS, POSITIVE, 0.95), tmp_path / "mine.svg", tmp_path / "mine.png", None)
    root = ElementTree.parse(tmp_path / "mine.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    points = {
        group.get("id"): group.findtext(f"{space}title") for group in root.iter(f"{space}g") if group.get("class") == "point"
    }
    assert points["mine-point-words-kfold"].startswith("Ten words, kfold: F1 .800")
    assert len(points) == 5
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert all(name.startswith("mine-") for name in ids)
    assert len(ids) == len(set(ids))
    drawn = (tmp_path / "mine.svg").read_text(encoding="utf-8")
    assert "var(--blue, #0072b2)" in drawn
    assert 'fill="#222222"' in drawn
    assert "Trees at $5" in drawn
