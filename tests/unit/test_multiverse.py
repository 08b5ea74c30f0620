import itertools
import math
import os

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from frames import toy_sections
from known_schemes import SCHEMES
from laws import read_csv
from mirage.data.duplicates import add_groups
from mirage.errors import StudyError
from mirage.figures.multiverse import multiverse_figure
from mirage.figures.style import BLUE, INK, ORANGE, styled
from mirage.multiverse.choices import CHOICES, level_name, setting_of
from mirage.multiverse.universes import run_universes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split
from mirage.tables.multiverse import (
    EVERYTHING,
    INTERACTIONS,
    LEVEL,
    MEANS,
    NOT_AMONG,
    ON_PUBLISHED_SPLIT,
    PLACEMENT,
    PUBLISHED_SETTING,
    VARIANCE,
    most_moving_choice,
    multiverse_notes,
    multiverse_panels,
    multiverse_table,
    published_f1,
    repeated_settings,
)
from ngrams import most_frequent

FIXED = {"ngrams": "1-2", "max_features": "all", "sublinear_tf": "no"}
PUBLISHED_LEVELS = {**FIXED, "class_weight": "none", "C": "1.0"}
# Class weight, C and split (two redrawn, one published) of each gap: effects of -.2, .1 and of the draw add up, so that there is no
# interaction.
WEIGHTS = {"none": 0.2, "balanced": 0.0}
STRENGTHS = {"1.0": 0.1, "10.0": 0.0}
DRAWS = {("stratified", 0): 0.0, ("stratified", 1): 0.03, ("exact-sklearn", 0): -0.03}


def universe(extra=lambda weight, strength, drawn: 0.0):
    rows = []
    for (weight, a), (strength, b), (drawn, c) in itertools.product(WEIGHTS.items(), STRENGTHS.items(), DRAWS.items()):
        gap = 0.1 + a + b + c + extra(weight, strength, drawn)
        split, seed = drawn
        rows.append({**FIXED, "class_weight": weight, "C": strength, "split": split, "seed": seed, "gap": gap})
        rows[-1] |= {"f1_random": 0.9, "f1_held_out": 0.9 - gap, "recall_random": 0.9, "recall_held_out": 0.5 - a}
        rows[-1] |= {"features_random": 40 + seed, "features_held_out": 50}
        rows[-1] |= {"rows_random": 40, "positives_random": 10, "rows_held_out": 20, "positives_held_out": 19}
    return pd.DataFrame(rows)


def table_of(runs=None, published=0.22, setting=PUBLISHED_LEVELS):
    return multiverse_table(universe() if runs is None else runs, published, setting, "exact-sklearn")


def row_of(table, **wanted):
    for column, value in wanted.items():
        table = table[table[column] == value]
    [row] = table.to_dict("records")
    return row


# Names of levels


@pytest.mark.parametrize(
    ("choice", "value", "name"),
    [
        ("ngrams", [1, 2], "1-2"),
        ("max_features", None, "all"),
        ("max_features", 5000, "5000"),
        ("class_weight", None, "none"),
        ("class_weight", "balanced", "balanced"),
        ("sublinear_tf", True, "yes"),
        ("sublinear_tf", False, "no"),
        ("C", 0.3, "0.3"),
        ("C", 1, "1.0"),
    ],
)
def test_levels_have_one_name(choice, value, name):
    assert level_name(choice, value) == name


def test_what_a_recipe_leaves_open_is_scikit_learn_s_default():
    assert setting_of({"kind": "linear", "ngrams": [1, 2], "max_features": 20000, "C": 2.0, "class_weight": None}) == {
        "ngrams": "1-2",
        "max_features": "20000",
        "sublinear_tf": "no",
        "class_weight": "none",
        "C": "2.0",
    }
    assert setting_of({})["ngrams"] == "1-1"


# Fits


@pytest.fixture(scope="module")
def sections():
    return toy_sections(160, seed=4)


@pytest.fixture(scope="module")
def splits(sections):
    made = {seed: make_split(sections, SCHEMES["stratified"], seed, SplitOptions()) for seed in (0, 1)}
    return {("stratified", seed): split for seed, split in made.items()}, make_split(
        sections, SCHEMES["exact-post-curated"], 0, SplitOptions()
    )


GRID = {
    "ngrams": [[1, 1], [1, 2]],
    "max_features": [60, 5000, None],
    "sublinear_tf": [False, True],
    "class_weight": [None, "balanced"],
    "C": [1.0, 30],
}


@pytest.fixture(scope="module")
def runs(sections, splits):
    return run_universes(sections, GRID, *splits)


def test_every_setting_meets_every_random_split_once(runs):
    assert len(runs) == 2 * 3 * 2 * 2 * 2 * 2
    assert not runs.duplicated([*CHOICES, "split", "seed"]).any()
    assert runs["gap"].to_numpy() == pytest.approx(runs["f1_random"] - runs["f1_held_out"])


@pytest.mark.parametrize(
    "setting",
    [([1, 1], 60, False, None, 1.0), ([1, 2], 5000, True, "balanced", 30), ([1, 2], None, True, None, 30)],
    ids=str,
)
def test_f1_is_that_of_scikit_learn_s_pipeline(sections, splits, runs, setting):
    ngrams, max_features, sublinear, class_weight, strength = setting
    names = {choice: level_name(choice, value) for choice, value in zip(CHOICES, setting, strict=True)}
    random, held_out = splits
    row = row_of(runs, **names, seed=1)
    for side, split in (("random", random["stratified", 1]), ("held_out", held_out)):
        part = split["part"].to_numpy()
        train, test = np.isin(part, ["train", "validation"]), part == "test"
        kept = most_frequent(sections["text"][train], tuple(ngrams), max_features)
        pipeline = make_pipeline(
            TfidfVectorizer(ngram_range=tuple(ngrams), vocabulary=kept, sublinear_tf=sublinear),
            LogisticRegression(C=strength, class_weight=class_weight),
        ).fit(sections["text"][train], sections["label"][train])
        predicted = pipeline.predict(sections["text"][test])
        assert row[f"f1_{side}"] == pytest.approx(f1_score(sections["label"][test], predicted, zero_division=0))
        assert row[f"features_{side}"] == len(pipeline[0].get_feature_names_out())
        assert (row[f"rows_{side}"], row[f"positives_{side}"]) == (test.sum(), sections["label"][test].sum())
    assert 0 < runs["f1_random"].mean() < 1


def test_a_limit_out_of_reach_repeats_the_setting_without_one(runs):
    unlimited = runs[(runs["max_features"] == "all")].drop(columns="max_features").reset_index(drop=True)
    out_of_reach = runs[(runs["max_features"] == "5000")].drop(columns="max_features").reset_index(drop=True)
    pd.testing.assert_frame_equal(unlimited, out_of_reach)
    assert repeated_settings(runs) == (48, 16)


def test_a_split_of_other_rows_or_a_choice_without_levels_is_refused(sections, splits):
    random, held_out = splits
    with pytest.raises(StudyError, match="does not list the corpus's row_id"):
        run_universes(sections.iloc[1:], GRID, random, held_out)
    with pytest.raises(StudyError, match=r"multiverse\.choices\.C: no level found"):
        run_universes(sections, {**GRID, "C": []}, random, held_out)
    with pytest.raises(StudyError, match=r"multiverse\.choices\.C: 1\.0 stands there twice"):
        run_universes(sections, {**GRID, "C": [1, 1.0]}, random, held_out)


@pytest.mark.skipif("ON_THE_BOOKS_CSV" not in os.environ, reason="needs the real corpus, see README")
def test_the_published_setting_on_the_published_splits_keeps_the_alphabetically_first_of_equals():
    path = os.environ["ON_THE_BOOKS_CSV"]
    with open(path, "rb") as handle:
        corpus = add_groups(read_csv(handle.read(), path), 0.5)
    near, far = (make_split(corpus, SCHEMES[name], 0, SplitOptions()) for name in ("exact-sklearn", "exact-post-curated"))
    setting = {"ngrams": [[1, 2]], "max_features": [20000], "sublinear_tf": [False], "class_weight": [None], "C": [1.0]}
    [row] = run_universes(corpus, setting, {("exact-sklearn", 0): near}, far).to_dict("records")
    assert (round(row["f1_random"], 3), round(row["f1_held_out"], 3)) == (0.766, 0.527)


# Summaries


def test_the_published_gap_is_placed_among_all():
    table = table_of()
    row = row_of(table, kind=PLACEMENT, level=EVERYTHING)
    # .07 .1 .13, .17 .2 .23, .27 .3 .33, .37 .4 .43
    assert (row["universes"], row["quantile"], row["holds"]) == (12, 5 / 12, True)
    assert (row["lowest"], row["median"], row["highest"], row["gap"]) == pytest.approx((0.07, 0.25, 0.43, 0.25))
    assert (row["quarter"], row["three_quarters"]) == pytest.approx((0.16, 0.34))
    assert row_of(table, level=ON_PUBLISHED_SPLIT)["quantile"] == 0.5  # .07 .17 | .27 .37
    assert (row_of(table, level=MEANS)["universes"], row_of(table, level=MEANS)["lowest"]) == pytest.approx((4, 0.115))
    alone = row_of(table, level=PUBLISHED_SETTING)
    assert (alone["universes"], alone["lowest"], alone["quantile"], alone["holds"]) == pytest.approx((2, 0.4, 0.0, False))


def test_a_published_setting_that_is_no_choice_has_an_empty_row():
    table = table_of(setting={**PUBLISHED_LEVELS, "C": "7.0"})
    row = row_of(table, level=PUBLISHED_SETTING)
    assert row["universes"] == 0
    assert math.isnan(row["median"])
    placements = multiverse_panels(table, universe())[0].cells
    assert placements["its quantile"].tolist()[-1] == NOT_AMONG
    assert placements["range"].tolist()[-1] == "–"


def test_levels_of_choices_that_vary_have_a_row_each():
    table = table_of()
    levels = table[table["kind"] == LEVEL]
    assert list(zip(levels["choice"], levels["level"], strict=True)) == [
        ("class_weight", "none"),
        ("class_weight", "balanced"),
        ("C", "1.0"),
        ("C", "10.0"),
    ]
    assert levels["gap"].tolist() == pytest.approx([0.35, 0.15, 0.3, 0.2])
    assert row_of(table, level="none")["recall_held_out"] == pytest.approx(0.3)
    assert levels["universes"].tolist() == [6, 6, 6, 6]


def test_shares_of_variance_are_those_of_the_analysis_of_variance():
    table = table_of()
    shares = {row["choice"]: row["share"] for row in table[table["kind"] == VARIANCE].to_dict("records")}
    # Half the squared difference of two levels, squared; draws 0, .03, -.03.
    of_weight, of_strength, of_draw = 0.1**2, 0.05**2, 2 * 0.03**2 / 3
    total = of_weight + of_strength + of_draw
    assert shares["class_weight"] == pytest.approx(of_weight / total)
    assert shares["C"] == pytest.approx(of_strength / total)
    assert shares["split"] == pytest.approx(of_draw / total)
    assert shares["ngrams"] == 0
    assert shares[INTERACTIONS] == pytest.approx(0, abs=1e-12)
    assert row_of(table, kind=VARIANCE, choice="split")["swing"] == pytest.approx(0.06)
    assert row_of(table, kind=VARIANCE, choice="split")["universes"] == 3
    assert most_moving_choice(table) == "class_weight"


def test_what_two_choices_do_together_is_interaction():
    runs = universe(lambda weight, strength, drawn: 0.1 if (weight == "none") == (strength == "1.0") else -0.1)
    table = table_of(runs)
    shares = table[table["kind"] == VARIANCE].set_index("choice")["share"]
    # An interaction of +-.1 in every cell against main effects of +-.1, +-.05 and the draws.
    assert shares[INTERACTIONS] == pytest.approx(0.01 / (0.01 + 0.01 + 0.0025 + 0.0006))
    assert shares.sum() == pytest.approx(1)


def test_one_universe_alone_has_no_variance():
    table = table_of(universe().iloc[[2]])
    assert table.loc[table["kind"] == VARIANCE, "share"].tolist() == [0] * 7


@pytest.mark.parametrize("spoil", [lambda runs: runs.iloc[1:], lambda runs: pd.concat([runs.iloc[1:], runs.iloc[[1]]])])
def test_missing_or_repeated_combinations_are_refused(spoil):
    with pytest.raises(StudyError, match="the choices make 12 combinations"):
        table_of(spoil(universe()))


def test_the_quoted_f1_is_read_once():
    quoted = pd.DataFrame(
        [("tfidf", "a", "f1", "all", 0.75), ("tfidf", "a", "f1", "murray", 0.1), ("tfidf", "a", "n", "all", 357)],
        columns=["agent", "split", "metric", "group", "value"],
    )
    assert published_f1(quoted, "tfidf", "a") == 0.75
    with pytest.raises(StudyError, match="0 rows quote the F1 of tfidf on b"):
        published_f1(quoted, "tfidf", "b")
    with pytest.raises(StudyError, match="2 rows quote"):
        published_f1(pd.concat([quoted, quoted]), "tfidf", "a")


# What a reader sees


def test_panels_name_what_varies_and_where_the_published_gap_lies():
    table = table_of()
    placements, levels, variance = multiverse_panels(table, universe())
    assert "stratified (2 seeds) and exact-sklearn (1 seed), n 40 (positive 10)" in placements.caption
    assert "n 20 (positive 19). No interval" in placements.caption
    assert placements.cells["published gap (quoted)"].tolist() == [".220"] * 4
    assert placements.cells["its quantile"].tolist() == [".417", ".500", ".500", "below all"]
    assert placements.cells["range"].tolist()[0] == ".070 to .430"
    assert levels.cells["level"].tolist() == ["none", "balanced", "1.0", "10.0"]
    assert levels.cells["mean gap"].tolist() == [".350", ".150", ".300", ".200"]
    assert levels.cells["quantile of the published gap"].tolist()[0] == "below all"
    shown = variance.cells.set_index("choice")
    assert shown.loc["class weights"].tolist() == ["2", "76.3%", ".200"]
    assert shown.loc[INTERACTIONS].tolist() == ["–", "0.0%", "–"]


def test_notes_name_the_dummy_and_settings_that_repeat_another():
    [note] = multiverse_notes(universe(), (48, 16))
    assert "F1 .400 on the random test sets and .974 held out" in note
    assert "16 of the 48 settings keep the n-grams of another" in note
    [alone] = multiverse_notes(universe(), (48, 0))
    assert "keep the n-grams" not in alone


def test_the_figure_stacks_the_choice_that_matters_and_marks_the_published_gap():
    with styled():
        figure = multiverse_figure(universe(), table_of())
    above, below = figure.axes
    bars = {to_hex(bar.get_facecolor(), keep_alpha=False).upper() for bar in above.patches if bar.get_height()}
    assert bars == {BLUE, ORANGE}
    assert sum(bar.get_height() for bar in above.patches) == 12
    assert [text.get_text() for text in above.get_legend().get_texts()] == ["none", "balanced"]
    assert above.texts[0].get_text() == "dashed: published .220 (quoted)\nits quantile: .417"
    marked = [line.get_xdata()[0] for axes in (above, below) for line in axes.lines if line.get_color() == INK]
    assert marked == [0.22, 0.22]
    assert [label.get_text() for label in below.get_yticklabels()] == ["none", "balanced", "1.0", "10.0"]
    dots = [line.get_xdata()[0] for line in below.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([0.35, 0.15, 0.3, 0.2])
