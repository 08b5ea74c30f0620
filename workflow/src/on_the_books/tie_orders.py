"""What one published score could have been: the same model under random orders of the n-grams that tie at the limit of its vocabulary.

A vocabulary limited to its most frequent n-grams cuts through many that are equally frequent. Which of them scikit-learn keeps
depends on the processor, so a published score of such a model is one draw among the values that the orders give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mirage.agents import linear
from mirage.agents.text import counts_of
from mirage.lazy import numpy as np, pandas as pd
from mirage.metrics import THRESHOLD, confusion_counts, threshold_scores
from mirage.models import checked
from mirage.multiverse.universes import Sides
from mirage.provenance import derive_seed

if TYPE_CHECKING:
    import numpy.typing as npt


MEASURES = ("f1", "precision", "recall")
COLUMNS = ("split", "order", "tied", "kept", *MEASURES)


def tie_order_runs(
    sections: pd.DataFrame, splits: Mapping[str, pd.DataFrame], recipe: Mapping[str, Any], *, orders: int, seed: int
) -> pd.DataFrame:
    """Fit one recipe on splits of one fold, once for each random order of the n-grams that tie.

    Parameters
    ----------
    splits:
        By scheme: ``row_id, part``, one row a section.
    recipe:
        The agent's kind and parameters.
    orders:
        How many orders; order ``k`` is one permutation of all n-grams, the same for every split.
    seed:
        Of the orders.

    Returns
    -------
    DataFrame
        One row a split and order: ``split, order, tied`` (n-grams as frequent as the last one kept), ``kept`` (how many of
        them the vocabulary has room for), ``f1, precision, recall`` at threshold 0.5. A split whose vocabulary leaves no
        n-gram out has ``tied`` 0 and one value in every order. No row where the recipe is not ``linear`` or has no
        ``max_features``, so that nothing can tie.

    Raises
    ------
    StudyError
        When a split does not fit the sections.
    """
    if recipe["kind"] != "linear" or recipe["max_features"] is None:
        return pd.DataFrame(columns=COLUMNS)
    counts = counts_of(sections, tuple(recipe["ngrams"]))
    rows: list[dict[str, Any]] = []
    for name, split in splits.items():
        [sides] = Sides.of(split, sections)
        tied, kept = counts.tied_at(sides.train, recipe["max_features"])
        measured: dict[str, float] = {}
        for order in range(orders):
            if tied or not measured:
                rng = np.random.default_rng(derive_seed("tie order", seed, order))
                measured = _measure(sections, sides, recipe, rng.permutation(counts.matrix.shape[1]))
            rows.append({"split": name, "order": order, "tied": tied, "kept": kept, **measured})
    return pd.DataFrame(rows, columns=COLUMNS)


def _measure(
    sections: pd.DataFrame, sides: Sides, recipe: Mapping[str, Any], tie_order: npt.NDArray[np.intp]
) -> dict[str, float]:
    parameters = checked(linear.Parameters, {key: value for key, value in recipe.items() if key != "kind"}, "agents")
    fit = linear.build(parameters, sections, tie_order).fit(sides.train, sides.test, seed=0)
    found = threshold_scores(**confusion_counts(sections["label"].to_numpy()[sides.test], fit.scores > THRESHOLD))
    return {name: found[name] for name in MEASURES}
