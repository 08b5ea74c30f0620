"""F1 on groups held out, by this study and by scikit-learn alone, on the identical rows and split."""

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from mirage.agents.interface import build
from mirage.fitting import predict_cell
from mirage.splits.names import Schemes
from mirage.splits.options import SplitOptions
from mirage.splits.registry import make_split


def both_f1s(sections: pd.DataFrame, scheme: str, recipe: dict) -> tuple[float, float]:
    """Return F1 at .5 with seed 0 of an agent of kind linear without a limit of n-grams, and that of scikit-learn's own pipeline."""
    split = make_split(sections, Schemes()[scheme], 0, SplitOptions())
    found, _ = predict_cell(sections, split, build(recipe, sections), seed=0, inner_folds=0)
    tested = found[found["part"] == "test"]
    ours = f1_score(tested["y"], tested["score"] >= 0.5, zero_division=0)
    part = split["part"].to_numpy()
    train, test = np.isin(part, ("train", "validation")), part == "test"
    vectorizer = TfidfVectorizer(ngram_range=tuple(recipe["ngrams"]))
    model = LogisticRegression(C=recipe["C"], class_weight=recipe["class_weight"])
    model.fit(vectorizer.fit_transform(sections["text"][train]), sections["label"][train])
    plain = model.predict_proba(vectorizer.transform(sections["text"][test]))[:, 1] >= 0.5
    return float(ours), float(f1_score(sections["label"][test], plain, zero_division=0))
