"""The note for the post's author: hand-made tables in which a figure comes out again, and in which it does not."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from known_schemes import SCHEMES
from on_the_books import author

STUDY = SimpleNamespace(
    facts=SCHEMES,
    titles={"tfidf": "TF-IDF", "small": "Small", "large": "Large"},
    estimate_options={"headline": {"agent": "tfidf", "held_out": "source-curated", "taken_apart": "curated"}, "notes": {}},
    is_encoder=lambda agent: agent in ("small", "large"),
)
GRID = pd.DataFrame({"run": ["A", "B", "C"], "f1": [0.96, 0.95, 0.94], "digits": 3})


def reproduction():
    f1s = {"what": ["random", "held out"], "split": ["exact-sklearn", "exact-post-curated"], "value": [0.75, 0.53]}
    shares = {
        "what": ["a", "b"],
        "split": "kfold",
        "value": [1.0, 0.241],
        "group": ["ann", "ben"],
        "verdict": "equal as printed",
    }
    post = [
        pd.DataFrame(f1s).assign(agent="tfidf", metric="f1", verdict=["consistent", "equal as printed"]),
        pd.DataFrame(shares).assign(agent="always", metric="prevalence"),
    ]
    other = pd.DataFrame([{"what": "UNC's", "split": "exact-unc", "value": 0.97, "metric": "f1", "published_by": "UNC"}])
    return pd.concat([*(part.assign(published_by="the post") for part in post), other]).assign(digits=3)


def estimates(**rows):
    """A table of complete rows: agent to a value with its interval."""
    return pd.DataFrame(
        [
            {"agent": agent, "status": "complete", "low": value[1], "high": value[2], "value": value[0]}
            for agent, value in rows.items()
        ]
    )


def lines(**tables):
    return author.note({"reproduction": reproduction(), **tables}, GRID, STUDY)


def test_a_figure_of_the_post_stands_beside_what_comes_out_here():
    folds = estimates(tfidf=(0.8, 0.76, 0.84)).rename(columns={"value": "f1"}).assign(split="kfold")
    same = folds.assign(split="exact-sklearn", f1=0.76, low=0.7, high=0.81)
    note = lines(f1=pd.concat([folds, same, same.assign(split="exact-post-curated")]))
    assert "| random | .750 | consistent; .760 [.700, .810]; cross-validation .800 [.760, .840] |" in note
    assert "| held out | .530 | equal as printed; .760 [.700, .810] |" in note
    assert "| share positive: ann, ben | 1.000, .241 | equal as printed |" in note
    assert not any("UNC" in line for line in note)


def test_the_gap_is_said_to_lie_in_an_interval_or_not():
    gap = estimates(tfidf=(0.28, 0.17, 0.4)).rename(columns={"value": "gap"}).assign(held_out="source-curated")
    balanced = gap.assign(agent="tfidf-balanced", gap=0.1, low=0.01, high=0.2)
    assert (
        "| the gap | .220 | cross-validation .280 [.170, .400], yours inside; balanced classes .100 [.010, .200], yours outside |"
    ) in lines(gap=pd.concat([gap, balanced]))


def test_without_a_gap_of_ours_none_is_made_up():
    assert "| the gap | .220 | – |" in lines()


def test_a_published_f1_is_held_against_its_card():
    models = [("A", 0.9604, 0.93, 0.98), ("B", 0.9561, 0.92, 0.98)]
    rows = [{"part": "models", "published_by": name, "f1": f1, "low": low, "high": high} for name, f1, low, high in models]
    note = lines(published=pd.DataFrame([*rows, {"part": "homogeneity", "p_value": 0.9}]))
    assert "| F1, A | .960 | as its card: .960 [.930, .980] |" in note
    assert "| F1, B | .950 | its card: .956 [.920, .980] |" in note
    assert not any(line.startswith("| F1, C") for line in note)
    assert "- **One F1 behind all of them?** p = .90." in note


def verdict(**words):
    rows = [
        {"agent": agent, "status": "complete", "word": word, "drop": drop, "low": low, "high": high, "by_margin": by}
        for agent, (word, drop, low, high, by) in words.items()
    ]
    return pd.DataFrame([*rows, {"agent": "large", "status": "not run here"}]).assign(held_out="source-curated", margin=0.05)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (("cannot tell", 0.04, -0.02, 0.1, False), "Small .040 [-.020, .100], cannot tell"),
        (("falls", 0.2, 0.1, 0.3, True), "Small .200 [.100, .300], falls by .05 or more"),
    ],
)
def test_a_drop_stands_with_its_word_and_what_was_not_run_is_counted(word, said):
    assert author.drops({"verdict": verdict(small=word)}, STUDY) == (
        f"**Drop at one share of positives, curated lists held out**: {said}. Not run here: 1 fine-tune "
        "([names](../results/reference/tables/verdict.md))."
    )


def test_without_a_word_nothing_is_said_of_drops():
    assert author.drops({"verdict": verdict()}, STUDY) is None
    assert author.drops({}, STUDY) is None
