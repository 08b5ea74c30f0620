"""Folds of whole groups are scikit-learn's own."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from mirage.splits.folds import GroupFolds


def corpus(seed, rows, groups, classes):
    rng = np.random.default_rng(seed)
    label = rng.choice(classes, size=rows, p=np.array([4, 1, 1][:classes]) / sum([4, 1, 1][:classes]))
    label[: 6 * classes] = np.repeat(np.arange(classes), 6)
    # A few large groups among many of one row, as near-duplicates are.
    return label, np.where(rng.random(rows) < 0.2, rng.integers(0, 3, size=rows), rng.integers(3, groups, size=rows))


@pytest.mark.parametrize("folds", [2, 3, 5, 9])
@pytest.mark.parametrize(("rows", "groups", "classes"), [(60, 30, 2), (300, 250, 2), (300, 12, 2), (200, 90, 3)])
def test_folds_are_those_of_scikit_learn(folds, rows, groups, classes):
    for seed in range(6):
        label, group = corpus(seed, rows, groups, classes)
        ours, theirs = (
            [test.tolist() for _, test in kind(folds, shuffle=True, random_state=seed).split(label, label, group)]
            for kind in (GroupFolds, StratifiedGroupKFold)
        )
        assert ours == theirs


def test_the_step_that_is_done_otherwise_is_still_asked_for(monkeypatch):
    asked = []
    own = GroupFolds._find_best_fold
    monkeypatch.setattr(GroupFolds, "_find_best_fold", lambda *given, **named: asked.append(1) or own(*given, **named))
    label, group = corpus(0, 60, 30, 2)
    list(GroupFolds(3, shuffle=True, random_state=0).split(label, label, group))
    assert len(asked) == len(np.unique(group))
