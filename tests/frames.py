"""Hand-made frames of sections for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

LAW_TYPES = ("private laws", "public laws", "public local laws", "session laws")
WORDS = tuple(f"word{number}" for number in range(400))


def toy_sections(n: int = 200, seed: int = 0) -> pd.DataFrame:
    """Return ``n`` sections that obey the contract of sections.parquet.

    Three curators in blocks, as in the corpus: a twentieth of the rows each are murray (three negatives) and paschal (none),
    the others the experts' (a quarter positive). A tenth of the experts' rows are one cluster of near-identical negatives;
    others repeat an earlier row word for word or nearly so, across curators and sometimes under the other label; a chapter
    holds one section or a few, across curators too.
    """
    rng = np.random.default_rng(seed)
    curated = max(8, n // 20)
    experts = n - 2 * curated
    sources = ["murray"] * curated + ["paschal"] * curated + ["project experts"] * experts
    labels = np.array([0] * 3 + [1] * (2 * curated - 3) + (rng.random(experts) < 0.25).astype(int).tolist())
    labels[-4:] = [0, 1, 0, 1]

    texts = [" ".join(rng.choice(WORDS, size=14, replace=False)) for _ in range(n)]
    root = np.arange(n)
    clause = rng.choice(np.arange(2 * curated, n - 4), size=experts // 10, replace=False)
    for row in np.sort(clause):
        texts[row], root[row], labels[row] = _nearly(texts[clause.min()], row), clause.min(), 0
    for row in np.setdiff1d(np.arange(1, n - 4), clause):
        kind = rng.random()
        earlier = int(rng.integers(row))
        if kind < 0.12 and root[earlier] == earlier and earlier not in clause:
            texts[row] = texts[earlier].upper() if kind < 0.05 else _nearly(texts[earlier], row)
            root[row] = earlier
            if rng.random() < 0.8 and sources[row] == "project experts":
                labels[row] = labels[earlier]

    chapters: list[tuple[int, str, int]] = []
    for row in range(n):
        if chapters and rng.random() < 0.25:
            chapters.append(chapters[int(rng.integers(len(chapters)))])
        else:
            chapters.append((int(rng.integers(1866, 1968)), str(rng.choice(LAW_TYPES)), row + 1))
    return sections_from(
        [
            {"text": texts[row], "label": labels[row], "source": sources[row], "chapter": chapters[row], "near": int(root[row])}
            for row in range(n)
        ]
    )


def sections_from(rows: list[dict]) -> pd.DataFrame:
    """Return a frame of sections from rows with ``text, label, source, chapter`` (year, type, number) and ``near``.

    ``near`` is any name of a row's near-duplicate group; the groups of the contract are worked out from it.
    """
    frame = pd.DataFrame(rows)
    keys = ["|".join(str(item) for item in chapter) for chapter in frame["chapter"]]
    place = pd.Series(keys).groupby(keys).cumcount() + 1
    return pd.DataFrame(
        {
            "row_id": [f"{y}_{kind}_{number}_{at}" for (y, kind, number), at in zip(frame["chapter"], place, strict=True)],
            "text": frame["text"],
            "context": "An act. " + frame["text"],
            "label": frame["label"].astype("int8"),
            "source": frame["source"],
            "year": np.array([chapter[0] for chapter in frame["chapter"]], dtype=np.int16),
            "law_type": [chapter[1] for chapter in frame["chapter"]],
            "chapter": keys,
            "section": place.astype("int32"),
            "exact_group": _numbered([" ".join(text.casefold().split()) for text in frame["text"]]),
            "near_group": _numbered(frame["near"].tolist()),
            "unit": _units(keys, frame["near"].tolist()),
        }
    )


def _nearly(text: str, row: int) -> str:
    return f"{text.rsplit(' ', 1)[0]} changed{row}"


def _numbered(keys: list) -> np.ndarray:
    return pd.factorize(np.array(keys, dtype=object))[0].astype(np.int32)


def _units(*keyings: list) -> np.ndarray:
    unit = list(range(len(keyings[0])))
    changed = True
    while changed:
        changed = False
        for keys in keyings:
            least: dict = {}
            for row, key in enumerate(keys):
                least[key] = min(least.get(key, unit[row]), unit[row])
            for row, key in enumerate(keys):
                if unit[row] != least[key]:
                    unit[row], changed = least[key], True
    return _numbered(unit)


def score_row(
    split: str, agent: str, seed: int, *, tp: int, fp: int = 0, fn: int = 0, tn: int = 0, group: str = "all", **others: object
) -> dict:
    """Return a row of scores.parquet from its counts; ``others`` replace or add columns."""

    def ratio(above: float, below: float) -> float:
        return above / below if below else float("nan")

    n, positives = tp + fp + fn + tn, tp + fn
    row = {
        "split": split,
        "agent": agent,
        "seed": seed,
        "group_kind": "all" if group == "all" else "source",
        "group": group,
        "times_tested": 1,
        "n": n,
        "positives": positives,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": tn,
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, positives),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "macro_f1": (ratio(2 * tp, 2 * tp + fp + fn) + ratio(2 * tn, 2 * tn + fp + fn)) / 2,
        "auc": 0.5,
        "ap": 0.5,
        "missing_reason": "",
        "threshold": 0.5,
        "f1_chosen": 0.25,
        "always_positive_f1": ratio(2 * positives, n + positives),
    }
    return {**row, **others}


def decided_rows(split: str, agent: str, seed: int, y: list[int], predicted: list[int], row: int = 0, of_unit: int = 1):
    """Return one run's decided test rows: corpus rows ``row`` onwards, ``of_unit`` neighbours to a unit."""
    rows = np.arange(row, row + len(y))
    columns = {"row": rows, "y": np.array(y, dtype=np.int8), "predicted": np.array(predicted, dtype=np.int8)}
    return pd.DataFrame({"split": split, "agent": agent, "seed": seed, **columns, "unit": (rows // of_unit).astype(np.int32)})
