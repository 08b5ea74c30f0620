"""Label conflicts and rows every agent gets wrong, listed by id."""

import numpy as np
import pandas as pd
import pytest

from frames import sections_from
from mirage.design import Design
from mirage.errors import StudyError
from mirage.states import MISSING, NOT_RUN
from mirage.tables.hard_rows import (
    CONFLICT,
    WRONG,
    hard_row_panels,
    hard_rows,
    judges_of,
    label_conflicts,
    mean_scores,
    wrong_shares,
)

SPLIT = "kfold-grouped"
SECTIONS = sections_from(
    [
        {"text": "white persons", "label": 1, "source": "murray", "chapter": (1901, "public laws", 1), "near": 0},
        {"text": "White  Persons", "label": 0, "source": "project experts", "chapter": (1902, "public laws", 2), "near": 0},
        {
            "text": "the races apart " * 30,
            "label": 1,
            "source": "project experts",
            "chapter": (1903, "public laws", 3),
            "near": 1,
        },
        {"text": "the races", "label": 0, "source": "project experts", "chapter": (1904, "public laws", 4), "near": 1},
        {"text": "a bridge", "label": 0, "source": "paschal", "chapter": (1905, "private laws", 5), "near": 2},
        {"text": "a road", "label": 1, "source": "paschal", "chapter": (1906, "private laws", 6), "near": 3},
    ]
)
LABELS = SECTIONS["label"].to_numpy()
TITLES = {"words": "Words", "scorer": "Scorer"}


def run(agent, seed, predicted, score=None):
    rows = np.arange(len(LABELS))
    predicted = np.array(predicted)
    frame = {"split": SPLIT, "agent": agent, "seed": seed, "row": rows, "y": LABELS, "predicted": predicted}
    return pd.DataFrame({**frame, "score": predicted.astype(float) if score is None else score})


# Row 4 is called positive by all in three runs of three; row 5 found by the words in one run, by the scorer in none.
DECIDED = pd.concat(
    [
        run("words", 0, [1, 0, 1, 0, 1, 0]),
        run("words", 1, [1, 0, 1, 0, 1, 1]),
        run("words", 2, [1, 1, 1, 0, 1, 0]),
        *(run("scorer", seed, [0, 0, 1, 0, 1, 0], np.array([0.4, 0.1, 0.9, 0.2, 0.8, 0.3 + seed / 10])) for seed in range(3)),
    ],
    ignore_index=True,
)
JUDGES = ["words", "scorer"]
DESIGN = Design([SPLIT], ["words", "scorer", "encoder"], [0, 1, 2], 0.95, 100, 0, SPLIT, [])


def test_conflicts_are_listed_once_like_texts_first():
    found = label_conflicts(SECTIONS)
    assert found["row"].tolist() == [0, 1, 2, 3]
    assert found["relation"].tolist() == ["same text"] * 2 + ["near-duplicate"] * 2
    assert label_conflicts(SECTIONS.iloc[4:]).empty


def test_shares_of_wrong_runs_and_mean_scores_by_hand():
    shares = wrong_shares(DECIDED, JUDGES)
    assert shares["words"].tolist() == pytest.approx([0, 1 / 3, 0, 0, 1, 2 / 3])
    assert shares["scorer"].tolist() == [1, 0, 0, 0, 1, 1]
    assert mean_scores(DECIDED, JUDGES).tolist() == pytest.approx([0.4, 0.1, 0.9, 0.2, 0.8, 0.4])
    assert mean_scores(DECIDED, ["words"]).isna().all()


def test_both_lists_by_id():
    table = hard_rows(SECTIONS, DECIDED, JUDGES)
    assert table["list"].tolist() == [CONFLICT] * 4 + [WRONG] * 2
    # Positives first, then by how sure the error is.
    assert table["row_id"].tolist()[4:] == ["1906_private laws_6_1", "1905_private laws_5_1"]
    assert table["agents_wrong"].tolist() == [1, 0, 0, 0, 2, 2]
    assert table["wrong_scorer"].tolist() == [1, 0, 0, 0, 1, 1]
    assert table["text"].str.len().max() == 200
    assert table["group"].isna().tolist() == [False] * 4 + [True] * 2


def test_panels_count_and_name_rows_without_their_text():
    conflicts, everyone = hard_row_panels(hard_rows(SECTIONS, DECIDED, JUDGES), JUDGES, TITLES, SPLIT, 3, 6)
    assert "4 rows; sets of such rows: " in conflicts.caption
    assert "same text 1" in conflicts.caption
    assert conflicts.cells["wrong by"].tolist() == ["Scorer", "–", "–", "–"]
    assert "2 of 6, 1 labelled positive and found by none, 1 labelled negative and called positive by all" in everyone.caption
    assert "by «group»: paschal 2" in everyone.caption
    assert everyone.cells["Words"].tolist() == [".67", "1.00"]
    assert everyone.cells["mean score"].tolist() == [".400", ".800"]
    assert not any("the races" in str(cell) for panel in (conflicts, everyone) for cell in panel.cells.to_numpy().ravel())


def test_nothing_to_list_is_said():
    right = pd.concat([run("words", 0, LABELS)])
    table = hard_rows(SECTIONS.assign(exact_group=range(6), near_group=range(6)), right, ["words"])
    conflicts, everyone = hard_row_panels(table, ["words"], TITLES, SPLIT, 1, 6)
    assert "0 rows; sets of such rows: none" in conflicts.caption
    assert "0 of 6" in everyone.caption
    assert everyone.cells.empty


def test_agents_without_all_their_runs_do_not_judge():
    plan = Design(
        **{**DESIGN.__dict__, "grid": {"encoder": {"schemes": [SPLIT], "seeds": [0], "reason": "no GPU"}}},
    )
    partial = DECIDED[(DECIDED["agent"] == "scorer") | (DECIDED["seed"] < 2)]
    assert judges_of(["words", "scorer", "encoder"], partial, plan, SPLIT) == (
        ["scorer"],
        {"words": MISSING, "encoder": NOT_RUN},
    )
    with pytest.raises(StudyError, match=f"no agent that is trained has all its runs on {SPLIT}"):
        judges_of(["encoder"], partial, plan, SPLIT)
