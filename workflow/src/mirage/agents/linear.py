"""TF-IDF with logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from mirage.agents.choice import most_probable
from mirage.agents.interface import Facts, Fit, Rows
from mirage.agents.text import counts_of
from mirage.data.labels import has_classes, labels_of
from mirage.models import Count, Model, Ngrams

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

FACTS = Facts(graded=True, chooses=True)
# The same multinomial model as by the default solver, and in a third of its time where there are tens of classes.
OF_CLASSES = {"solver": "newton-cg"}


class Parameters(Model):
    """TF-IDF weights of n-grams, and logistic regression on them."""

    ngrams: Ngrams = Field(description="Shortest and longest n-gram.")
    analyzer: Literal["word", "char", "char_wb"] = Field(
        default="word",
        description="What n-grams are made of, as scikit-learn calls it: words, characters, or characters within words. Characters where "
        "blanks do not separate words, as in Chinese.",
    )
    max_features: Count | None = Field(description="Keep this many of the most frequent n-grams; null keeps all.")
    C: Annotated[float, Field(gt=0)] = Field(description="Inverse strength of the L2 penalty.")
    class_weight: Literal[None, "balanced"] = Field(description="Weights of the classes in the loss.")


class TfidfLogistic:
    """Logistic regression on TF-IDF weights of n-grams, with scikit-learn's defaults for whatever the recipe leaves open.

    Of several classes it chooses one, by multinomial logistic regression.
    """

    def __init__(
        self,
        sections: pd.DataFrame,
        *,
        ngrams: tuple[int, int],
        max_features: int | None,
        C: float,
        class_weight: str | None,
        analyzer: str = "word",
        tie_order: npt.NDArray[np.intp] | None = None,
    ):
        self._labels, self._chooses = labels_of(sections), has_classes(sections)
        self.graded = not self._chooses
        self._counts = counts_of(sections, ngrams, analyzer)
        self._max_features = max_features
        self._options = {"C": C, "class_weight": class_weight, **(OF_CLASSES if self._chooses else {})}
        self._tie_order = tie_order

    def fit(self, train: Rows, rows: Rows, seed: int) -> Fit:
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.linear_model import LogisticRegression

        columns = self._counts.vocabulary(train, max_features=self._max_features, tie_order=self._tie_order)
        weights = TfidfTransformer()
        model = LogisticRegression(**self._options, random_state=seed)
        model.fit(weights.fit_transform(self._counts.select(train, columns)), self._labels[train])
        probabilities = model.predict_proba(weights.transform(self._counts.select(rows, columns)))
        details = {"features": len(columns), "iterations": int(model.n_iter_[0])}
        return most_probable(model.classes_, probabilities, details) if self._chooses else Fit(probabilities[:, 1], details)


def build(parameters: Parameters, sections: pd.DataFrame, tie_order: npt.NDArray[np.intp] | None = None) -> TfidfLogistic:
    """Make the scorer of a corpus, whose text and labels are used.

    ``tie_order`` says which of the n-grams that tie at ``max_features`` are kept, see :meth:`NgramCounts.vocabulary`.
    """
    return TfidfLogistic(
        sections,
        ngrams=(parameters.ngrams[0], parameters.ngrams[1]),
        max_features=parameters.max_features,
        C=parameters.C,
        class_weight=parameters.class_weight,
        analyzer=parameters.analyzer,
        tie_order=tie_order,
    )
