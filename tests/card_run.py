"""A small finished run: tables, scores and predictions with numbers that can be checked by eye."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from frames import score_row
from known_schemes import DEFINITIONS
from mirage.cards.material import Material, read_tables
from mirage.cards.options import CardOptions
from mirage.design import Design
from mirage.files import read_json, write_json, write_text

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "workflow/cards"
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
SEEDS = (0, 1)
NAN = float("nan")

WORDS = {"title": "Ten words", "source": "our own", "note": "greedy", "kind": "linear", "ngrams": [1, 2], "C": 1.0}
TINY = {
    "title": "Tiny",
    "source": "ours",
    "kind": "encoder",
    "checkpoint": "someone/tiny",
    "revision": "main",
    "epochs": 2,
    "selection": "best-on-validation",
    "as_run": {"split": "stratified", "seed": 42, "selection": "best-on-test"},
}
AGENTS = {
    "regex": {"title": "Expression", "kind": "expression", "pattern": r"\b(?:a|b`)\b"},
    "words": WORDS,
    "tiny": TINY,
    "tiny-as-run": {**TINY, "title": "Tiny, as run", "mode": "as-run"},
    "large": {**TINY, "title": "Large"},
}
GRID = {
    "tiny": {"schemes": ["stratified", "matched"], "seeds": SEEDS, "selection": "best-on-validation", "reason": None},
    "tiny-as-run": {"schemes": ["stratified"], "seeds": SEEDS, "selection": "best-on-test", "reason": None},
    "large": {"schemes": ["stratified"], "seeds": SEEDS, "selection": "last", "reason": "149 million parameters need a GPU"},
}
DESIGN = {
    "schemes": ["stratified", "kfold-grouped", "source-curated", "matched"],
    "agents": list(AGENTS),
    "seeds": SEEDS,
    "level": 0.95,
    "draws": 100,
    "seed": 0,
    "reference": "stratified",
    "held_out": ["source-curated", "matched"],
    "grid": GRID,
    "definitions": DEFINITIONS,
}
OPTIONS = CardOptions(
    namespace="someone", dataset="biglam/on_the_books", dataset_name="On the Books", license="cc-by-3.0", language="en"
)
DATA = {
    "corpus": "on_the_books",
    "origin": "local file laws.csv",
    "source": "file",
    "revision": "sha256:" + "a" * 64,
    "content_sha256": "d" * 64,
    "rows": 1785,
    "positives": 512,
    "licence": "CC BY 3.0; the people who made them",
}
FACTS = {"kind": "resampled", "interval": "corrected resampled t", "sd": 0.01, "macro_f1": 0.8, "ap": 0.9}


def f1_row(split, agent, f1, **others):
    row = {"split": split, "agent": agent, "seeds": 2, "planned": 2, "status": "complete", "rows": 100.0, "positives": 30.0}
    row |= {"f1": f1, "low": f1 - 0.05, "high": f1 + 0.05, "precision": 0.75, "recall": 0.65, "auc": 0.9, "f1_chosen": 0.71}
    return {**FACTS, **row, "always_positive_f1": 0.46, **others}


CURATED = {"rows": 40.0, "positives": 39.0, "always_positive_f1": 0.987, "precision": 1.0, "recall": 0.4, "kind": "fixed"}
NOT_MEASURED = dict.fromkeys(("f1", "low", "high", "precision", "recall", "auc", "rows", "positives"), NAN)
F1 = [
    f1_row("stratified", "regex", 0.95),
    f1_row("stratified", "words", 0.8),
    f1_row("kfold-grouped", "words", 0.75, kind="crossfold"),
    f1_row("source-curated", "words", 0.571, **CURATED, auc=NAN),
    f1_row("matched", "words", 0.62, always_positive_f1=0.6),
    f1_row("stratified", "tiny", 0.9),
    {**f1_row("matched", "tiny", 0.0), **NOT_MEASURED, "status": "missing"},
    f1_row("stratified", "tiny-as-run", 0.97),
    {**f1_row("stratified", "large", 0.0), **NOT_MEASURED, "status": "not run here", "seeds": 0},
]
GAP = [
    {"agent": "words", "held_out": "source-curated", "reference": "stratified", "status": "complete", "gap": 0.229, "low": 0.11}
    | {"high": 0.35, "interval": "bootstrap over units", "always_positive_reference": 0.46, "always_positive_held_out": 0.987},
]
LEAKAGE = [
    {
        "split": split,
        "tested": 100.0,
        "exact_duplicates": 4.0,
        "near_duplicates": 12.0,
        "sharing_chapter": 20.0,
        "label_conflicts": 0.0,
    }
    for split in DESIGN["schemes"]
]
GROUPS = [
    {
        "split": "kfold-grouped",
        "agent": "words",
        "status": "complete",
        "seeds": 2,
        "group_kind": "source",
        "group": group,
        "n": n,
    }
    | {"positives": positives, "recall": recall, "recall_low": recall - 0.1, "recall_high": recall + 0.1}
    | {"f1": 0.7, "f1_low": 0.6, "f1_high": 0.8}
    for group, n, positives, recall in (("murray", 38, 35, 0.25), ("paschal", 9, 9, 0.5))
]
OPTIMISM = [
    {"split": "stratified", "agent": "tiny", "seeds": 2, "last": 0.91, "best_on_validation": 0.9, "best_on_test": 0.93}
    | {"over_validation": 0.03, "low_over_validation": -0.01, "high_over_validation": 0.07}
    | {"over_last": 0.02, "low_over_last": 0.0, "high_over_last": 0.04, "interval": "corrected resampled t"}
]
POWER = [
    {"agent": "words", "held_out": "source-curated", "status": "complete", "positives": 39, "seeds": 2, "smallest": 0.18}
    | {"negatives": 1200},
]
HARD = [
    {"list": "wrong by every agent", "row_id": "1893_1", "label": 1, "text": 'That the said, "company"\nis hereby required'}
]
TABLES = {"f1": F1, "gap": GAP, "leakage": LEAKAGE, "groups": GROUPS, "optimism": OPTIMISM, "power": POWER, "hard_rows": HARD}


def run_cells():
    return [(row["split"], row["agent"]) for row in F1 if row["seeds"]]


def write_run(results: Path, *, provenance=DATA, stand_in: bool = False) -> None:
    """Write the run into a folder of results."""
    write_json(results / "data/sections.json", provenance)
    (results / "tables").mkdir(parents=True)
    for name, rows in TABLES.items():
        pd.DataFrame(rows).to_csv(results / f"tables/{name}.csv", index=False)
        write_text(results / f"tables/{name}.md", f"# Table {name}\n\nA caption.\n")
    scores = []
    for split, agent in run_cells():
        for seed in SEEDS:
            shared = {"selection": "last", "stand_in": stand_in and agent.startswith("tiny")}
            scores.append(score_row(split, agent, seed, tp=20, fp=5, fn=10, tn=65) | shared)
            scores.append(score_row(split, agent, seed, tp=15, fp=5, fn=10, tn=65, group="experts") | shared)
            scores.append(score_row(split, agent, seed, tp=5, fn=0, group="murray") | shared)
        write_runs(results / f"runs/{split}/{agent}", agent, stand_in=stand_in)
    pd.DataFrame(scores).to_parquet(results / "scores.parquet")


def write_runs(folder: Path, agent: str, *, stand_in: bool) -> None:
    record = {"inputs": {"code": "c0de"}, "versions": {"python": "3.11.2", "scikit-learn": "1.9.1"}}
    if agent.startswith("tiny"):
        checkpoint = {"commit": "b" * 40, "origin": "Hub", "sha256": {"model.safetensors": "e" * 64}}
        record |= {"checkpoint": checkpoint, "precision": {"recipe": "fp32", "used": "bf16"}, "device": {"name": "x86_64"}}
        record |= {"stand_in": stand_in, "tokens": {"share_of_tokens_kept": 0.705}, "versions": {"torch": "2.13.0"}}
    predictions = {"row_id": ["a", "b"], "fold": [0, 0], "part": ["test", "validation"], "epoch": [1, 1], "y": [1, 0]}
    frame = pd.DataFrame({**predictions, "score": [0.9, 0.2]})
    if agent.startswith("tiny"):
        for seed in SEEDS:
            write_json(folder / f"seed{seed}/run.json", record)
            frame.to_parquet(folder / f"seed{seed}/predictions.parquet")
    else:
        write_json(folder / "runs.json", {"runs": {str(seed): record for seed in SEEDS}})
        pd.concat([frame.assign(seed=seed) for seed in SEEDS]).to_parquet(folder / "predictions.parquet")


def material_of(results: Path, options: CardOptions = OPTIONS) -> Material:
    return Material(
        results=results,
        tables=read_tables(sorted((results / "tables").glob("*.csv"))),
        scores=pd.read_parquet(results / "scores.parquet"),
        provenance=read_json(results / "data/sections.json"),
        design=Design(**DESIGN),
        titles={agent: entry["title"] for agent, entry in AGENTS.items()},
        agents=AGENTS,
        held_out="source-curated",
        options=options,
    )


def script_arguments(results: Path, /, *, published: bool = True, **cards) -> list[str]:
    """Return the command line of write_cards for the run."""
    titles = [[agent, entry["title"]] for agent, entry in AGENTS.items()]
    study = {"design": DESIGN, "titles": titles, "headline": {"agent": "words", "held_out": "source-curated"}}
    options = {"cards": {**OPTIONS.asdict(), **cards}, "hub": "lab/laws", "agents": AGENTS, "min_rows": 20}
    tables = [str(path) for path in sorted((results / "tables").glob("*.csv"))]
    named = {"study": json.dumps(study), "options": json.dumps(options), "results": results, "templates": TEMPLATES}
    named |= {"citation": ROOT / "CITATION.cff", "output": results / "cards", "published": json.dumps(published)}
    return [*(str(word) for option, value in named.items() for word in (f"--{option}", value)), "--tables", *tables]
