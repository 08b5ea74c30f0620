"""The benchmark of fine-tunes at tiny sizes: its rows, its stamps, and that both ways train the same rows."""

import csv
import json
import math
import time
import types
from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip("torch")
pytest.importorskip("transformers")

import encoder_speed
import timed_ways
from encoder_speed import COLUMNS, Measured, architectures, main, peak_of
from timed_ways import OURS, PLAIN, Bench, Task

ROOT = Path(__file__).parents[2]
AGENTS = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["agents"]
NAMES = [
    "ModernBERT-base",
    "roberta-base",
    "legal-bert-base-uncased",
    "distilbert-base-uncased",
    "all-MiniLM-L6-v2",
    "all-mpnet-base-v2",
]


@pytest.fixture
def broken(tmp_path):
    """A configuration with a seventh encoder, whose recipe no run can use."""
    entry = {**AGENTS["minilm"], "checkpoint": "someone/broken", "epochs": 0}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"agents": {"broken": entry, **AGENTS}}, sort_keys=False), encoding="utf-8")
    return path


def table(folder):
    with (folder / "encoder_speed.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_architecture_has_its_rows_and_one_that_fails_has_its_reason(broken, tmp_path, capsys):
    words = ["--tiny", "--device", "cpu", "--alternations", "1", "--minutes", "60", "--config", str(broken)]
    assert main([*words, "--output", str(tmp_path)]) == 0
    rows = table(tmp_path)
    assert list(rows[0]) == [*COLUMNS, "stamp"]
    ways = [PLAIN, OURS, "ours, several at once"]
    assert [(row["architecture"], row["way"]) for row in rows] == [(name, way) for name in ["broken", *NAMES] for way in ways]
    assert all("epochs" in row["note"] and not row["fine_tunes_an_hour"] for row in rows[:2])
    for plain, ours, together in zip(rows[3::3], rows[4::3], rows[5::3], strict=True):
        assert plain["note"] == ours["note"] == ""
        assert float(plain["fine_tunes_an_hour"]) > 0
        ratio = float(ours["fine_tunes_an_hour"]) / float(plain["fine_tunes_an_hour"])
        assert float(ours["ratio"]) == pytest.approx(ratio, rel=1e-3)
        assert ours["timed_batches"] == ours["epoch_batches"] != "0"
        assert ours["share_of_peak"] == ""
        assert (together["note"] == "") == (together["fine_tunes_an_hour"] != "")
    for stamp in (encoder_speed.RANDOM, encoder_speed.TINY, "synthetic corpus"):
        assert all(stamp in row["stamp"] for row in rows)
        assert stamp in (tmp_path / "encoder_speed.md").read_text(encoding="utf-8")
    assert (tmp_path / "encoder_speed.md").read_text(encoding="utf-8") in capsys.readouterr().out


def test_what_the_minutes_do_not_reach_is_not_timed(tmp_path):
    assert main(["--tiny", "--device", "cpu", "--minutes", "0", "--output", str(tmp_path)]) == 0
    rows = table(tmp_path)
    assert len(rows) == 3 * len(NAMES)
    assert all(row["note"].startswith("not timed") and not row["ratio"] for row in rows)
    lines = (tmp_path / "encoder_speed.md").read_text(encoding="utf-8").splitlines()
    nothing = "| – " * 8
    assert f"| roberta-base | ours | 1 {nothing}| not timed: the minutes ran out |" in lines


@pytest.fixture
def bench(sections, tmp_path):
    number = np.arange(len(sections))
    rows = sections.assign(source="one", chapter=number, exact_group=number, near_group=number, unit=number)
    rows.to_parquet(tmp_path / "sections.parquet")
    folder, answers = str(tmp_path / "checkpoint"), str(tmp_path / "answers.jsonl")
    task = Task("pi", AGENTS["pi"], folder, str(tmp_path / "sections.parquet"), answers, "cpu", True, 1, math.inf)
    return Bench(task)


def test_both_ways_train_the_same_rows(bench, monkeypatch, tmp_path):
    from transformers import Trainer

    from mirage.encoders.training import _EncoderTrainer

    seen = []
    for trainer in (Trainer, _EncoderTrainer):

        def watched(self, model, inputs, *more, step=trainer.training_step):
            for ids, mask in zip(inputs["input_ids"], inputs["attention_mask"], strict=True):
                seen.append(tuple(ids[mask.bool()].tolist()))
            return step(self, model, inputs, *more)

        monkeypatch.setattr(trainer, "training_step", watched)
    rows, trained, told = bench.sample(2), {}, {}
    for way in (PLAIN, OURS):
        seen.clear()
        told[way] = bench.timed(way, rows, 0, tmp_path / "work")
        trained[way] = sorted(seen)
    starts = bench.tokens.starts
    assert (
        trained[PLAIN]
        == trained[OURS]
        == sorted(tuple(bench.tokens.ids[starts[row] : starts[row + 1]].tolist()) for row in rows.train)
    )
    assert len(rows.train) == 32 < len(bench.rows.train)
    assert told[PLAIN]["tokens"] == told[OURS]["tokens"] == sum(map(len, trained[OURS]))
    assert told[PLAIN]["padded"] >= told[OURS]["padded"] >= told[OURS]["tokens"]


def test_timed_rows_are_spread_over_all_lengths():
    bench = Bench.__new__(Bench)
    bench.tokens = types.SimpleNamespace(lengths=np.array([5, 1, 4, 2, 3, 6]))
    # By length: rows 1 3 4 2 0 5, of which the middle of each third.
    assert bench._spread(np.arange(6), 3).tolist() == [2, 3, 5]
    assert bench._spread(np.arange(6), 6).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_fine_tune_is_extrapolated_from_a_part_of_an_epoch():
    measured = Measured("pi", AGENTS["pi"], about={"epochs": 2, "scored_rows": 10}, batches=(2, 6))
    timed = {"start": 1.0, "training": 4.0, "scoring": 1.0, "scored": 5}
    # One start, and two epochs of 4 s * 6 / 2 and 1 s * 10 / 5.
    assert measured.seconds(timed) == 1 + 2 * (12 + 2)
    measured.timed = [{**timed, "alternation": 1, "way": PLAIN}]
    assert measured.whole() == []
    measured.timed.append({**timed, "alternation": 1, "way": OURS, "training": 1.0})
    assert measured.ratios() == [29 / (1 + 2 * (3 + 2))]


def test_a_batch_that_takes_longer_than_the_time_left_is_told(bench, tmp_path):
    task = Task("pi", AGENTS["pi"], "", "", "", "cpu", False, 1, 0.0)
    answers = timed_ways.Answers(tmp_path / "told.jsonl")
    with pytest.raises(timed_ways.OutOfTimeError, match="2 batches by both ways take"):
        timed_ways.alternate(bench, task, answers, tmp_path / "work")
    assert [json.loads(line)["event"] for line in (tmp_path / "told.jsonl").read_text().splitlines()] == ["memory"]


def test_with_time_enough_a_whole_epoch_is_timed_by_both_ways_in_turn(bench, tmp_path):
    task = Task("pi", AGENTS["pi"], "", "", "", "cpu", False, 2, time.time() + 3600)
    timed_ways.alternate(bench, task, timed_ways.Answers(tmp_path / "told.jsonl"), tmp_path / "work")
    told = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert [each["event"] for each in told] == ["memory", "share", *["timed"] * 4]
    assert told[1]["batches"] == told[1]["of"] == bench.batches
    assert [(each["alternation"], each["way"]) for each in told[2:]] == [(1, PLAIN), (1, OURS), (2, PLAIN), (2, OURS)]


def test_each_architecture_is_timed_once_by_its_first_recipe():
    assert [(each.name, each.agent) for each in architectures(AGENTS)][:3] == [
        ("ModernBERT-base", "claude-code"),
        ("roberta-base", "pi"),
        ("legal-bert-base-uncased", "ml-intern-kimi"),
    ]
    assert [each.name for each in architectures(AGENTS)] == NAMES


@pytest.mark.parametrize(
    ("card", "peak"),
    [
        ("NVIDIA H200", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA L40S", 362e12),
        ("Tesla T4", 65e12),
        ("NVIDIA A100-SXM4-40GB", 312e12),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", None),
        ("Some other card", None),
    ],
)
def test_the_peak_is_the_cards_own_or_not_said(card, peak):
    assert peak_of(card) == peak
