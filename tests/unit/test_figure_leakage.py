import pandas as pd
import pytest

from mirage.figures import leakage
from mirage.figures.style import styled
from mirage.words import Words

WORDS = Words("section", "chapter", "source")

TABLE = pd.DataFrame(
    [
        {"split": "random", "tested": 1200.0, "exact_duplicates": 60.0, "near_duplicates": 120.0, "sharing_chapter": 300.0},
        {"split": "chapter", "tested": 100.0, "exact_duplicates": 0.0, "near_duplicates": 12.5, "sharing_chapter": 0.0},
        {"split": "arm-in", "tested": 10.0, "exact_duplicates": 1.0, "near_duplicates": 1.0, "sharing_chapter": 1.0},
    ]
)


@pytest.fixture
def columns():
    with styled():
        yield leakage.leakage_figure(TABLE, {name: name for name in ("chapter", "random", "elsewhere")}, WORDS).axes


def test_the_three_kinds_of_relatives_are_columns_with_the_schemes_asked_for(columns):
    assert [axes.get_title(loc="left").replace("\n", " ") for axes in columns] == [
        "exact duplicate",
        "near- duplicate",
        "section of the same chapter",
    ]
    assert [label.get_text() for label in columns[0].get_yticklabels()] == ["chapter (100)", "random (1,200)", "elsewhere"]


def test_bars_are_shares_of_the_test_rows_in_percent(columns):
    assert [[bar.get_width() for bar in axes.patches] for axes in columns] == [[0, 5], [12.5, 10], [0, 25]]
    assert [[text.get_text().strip() for text in axes.texts] for axes in columns] == [
        ["0", "5.0", "–"],
        ["12.5", "10.0", "–"],
        ["0", "25.0", "–"],
    ]


def test_a_table_without_any_relative_has_a_scale_all_the_same():
    with styled():
        figure = leakage.leakage_figure(
            TABLE.assign(exact_duplicates=0, near_duplicates=0, sharing_chapter=0), {"random": "random split"}, WORDS
        )
        assert figure.axes[0].get_xlim()[1] > 1
