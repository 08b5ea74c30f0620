"""The commands that make the tables by group, of hard rows and of relatives, and the reliability figure, on a tiny study."""

import numpy as np
import pandas as pd
import pytest

from frames import score_row, toy_sections
from known_schemes import DEFINITIONS
from mirage.figures import reliability
from mirage.figures.style import styled
from mirage.files import write_json
from mirage.splits.store import write_splits
from script_loader import COVERAGE, make_figure, make_table

SCHEMES = ("stratified", "kfold-grouped", "matched")
CALLED = {"kfold-grouped": "cross-validation", "matched": "site A held out"}
STUDY = {
    "design": {
        "schemes": SCHEMES,
        "agents": ["words", "scorer"],
        "seeds": [0, 1],
        "grid": {},
        "definitions": DEFINITIONS,
        "level": 0.95,
        "draws": 60,
    }
    | {"seed": 0, "reference": "stratified", "held_out": ["matched"]},
    "titles": [["words", "Words"], ["scorer", "Scorer"]],
    "notes": {"Words": "learned"},
    "headline": {},
}
OPTIONS = {"scheme": "kfold-grouped", "held_out": "matched", "min_rows": 10}


def decided(sections, split, seed, agent):
    rng = np.random.default_rng(seed)
    rows = np.arange(len(sections)) if split == "kfold-grouped" else np.sort(rng.choice(len(sections), 60, replace=False))
    if split == "matched":
        rows = np.arange(60)
    y = sections["label"].to_numpy()[rows]
    # Every seventh row looks like one of the other class.
    looks = np.where(rows % 7 == 0, 1 - y, y)
    score = np.clip(0.5 * looks + 0.5 * rng.random(len(rows)), 0.01, 0.99)
    score = (score > 0.5).astype(float) if agent == "words" else score
    frame = {"row": rows, "row_id": sections["row_id"].to_numpy()[rows], "y": y, "score": score}
    frame |= {"predicted": (score > 0.5).astype(np.int8), "unit": sections["unit"].to_numpy()[rows]}
    return pd.DataFrame({**frame, "split": split, "agent": agent, "seed": seed})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    results = tmp_path_factory.mktemp("study")
    for folder in ("data", "outcomes"):
        (results / folder).mkdir(parents=True)
    sections = toy_sections(160)
    sections.to_parquet(results / "data/sections.parquet")
    write_json(results / "data/sections.json", {"corpus": "synthetic", "rows": len(sections)})
    runs = [score_row("stratified", agent, seed, tp=15, tn=45) for agent in ("words", "scorer") for seed in (0, 1)]
    pd.DataFrame(runs).assign(stand_in=False).to_parquet(results / "scores.parquet")
    for split in SCHEMES:
        frames = [decided(sections, split, seed, agent) for agent in ("words", "scorer") for seed in (0, 1)]
        pd.concat(frames).to_parquet(results / f"outcomes/{split}.parquet")
    splits = {}
    for seed in (0, 1):
        tested = set(decided(sections, "stratified", seed, "words")["row"])
        part = ["test" if row in tested else "train" for row in range(len(sections))]
        splits[seed] = pd.DataFrame({"row_id": sections["row_id"], "fold": 0, "part": part, "group": range(len(sections))})
    write_splits(results / "splits/stratified.parquet", "stratified", splits)
    return results


def call(name, results, **options):
    return make_table(f"mirage.tables.{name}", results, {"study": STUDY, **options}, [COVERAGE])


def written(results, table):
    texts = [(results / f"tables/{table}.{kind}").read_text(encoding="utf-8") for kind in ("csv", "md", "tex")]
    assert all("synthetic corpus" in text for text in texts)
    return texts


def test_groups_and_calibration(finished):
    assert call("groups", finished, **OPTIONS) == 0
    csv, markdown, _ = written(finished, "groups")
    assert "worst" in csv.splitlines()[0]
    assert "| murray |" in markdown
    assert "- Words: learned." in markdown
    assert call("calibration", finished, **OPTIONS) == 0
    csv, markdown, _ = written(finished, "calibration")
    assert "no graded score" in markdown
    first = csv
    assert call("calibration", finished, **OPTIONS) == 0
    assert written(finished, "calibration")[0] == first


def test_hard_rows(finished):
    options = {"scheme": "kfold-grouped", "agents": ["words", "scorer"]}
    assert call("hard_rows", finished, **options, texts=True) == 0
    csv, markdown, tex = written(finished, "hard_rows")
    assert "wrong_scorer" in csv.splitlines()[0]
    sections = pd.read_parquet(finished / "data/sections.parquet")
    wrong = sections.iloc[::7]
    assert "Scorer) gets wrong in more than half of its runs: 23 of 160" in markdown
    assert all(row_id in csv and row_id in markdown for row_id in wrong["row_id"])
    assert all(text in csv and text not in markdown and text not in tex for text in wrong["text"])
    assert call("hard_rows", finished, **options, texts=False) == 0
    csv, markdown, _ = written(finished, "hard_rows")
    assert all(row_id in csv and text not in csv for row_id, text in zip(wrong["row_id"], wrong["text"], strict=True))
    assert "characters of each row's text" not in markdown


def test_relatives(finished):
    assert call("relatives", finished, schemes=["stratified"]) == 0
    csv, markdown, _ = written(finished, "relatives")
    assert len(csv.splitlines()) == 1 + 2 * 5
    assert "- `stratified`" in markdown
    assert "kfold-grouped" not in csv


def test_reliability_figure(finished):
    call("calibration", finished, **OPTIONS)
    options = {"schemes": CALLED, "titles": STUDY["titles"], "level": 0.95}
    for name in ("first", "second"):
        assert make_figure("mirage.figures.reliability", finished, options, finished / f"figures/{name}/drawn") == 0
    first, second = ((finished / f"figures/{name}/drawn.svg").read_bytes() for name in ("first", "second"))
    assert b"synthetic corpus" in first
    assert first == second


def test_only_agents_with_graded_scores_have_a_panel(finished):
    frames = {split: pd.read_parquet(finished / f"outcomes/{split}.parquet") for split in SCHEMES[1:]}
    table = pd.DataFrame({"group_kind": ["all"], "agent": ["scorer"], "split": ["matched"], "ece": [0.125]})
    with styled():
        figure = reliability.reliability_figure(frames, table, dict(STUDY["titles"]), CALLED, 0.95)
        shown = [axes for axes in figure.axes if axes.get_visible()]
        assert [axes.get_title(loc="left") for axes in shown] == ["Scorer"]
        assert [text.get_text() for text in shown[0].texts] == ["error –", "error .125"]
        assert [text.get_text() for text in figure.legends[0].get_texts()] == [
            "cross-validation, 95 % interval",
            "site A held out, 95 % interval",
            "scores that mean what they say",
        ]
        words = {split: frame[frame["agent"] == "words"] for split, frame in frames.items()}
        assert not any(
            axes.get_visible() for axes in reliability.reliability_figure(words, table, {"words": "Words"}, CALLED, 0.95).axes
        )
