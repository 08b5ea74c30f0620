"""Fit a system of your own on every split of the study and write its predictions: change fit_and_score, then run this file.

It needs pandas and whatever your system needs, and nothing of the study's own code.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent


def fit_and_score(texts: list[str], labels: list[str], tested: list[str], seed: int) -> list[float]:
    """Train on texts and labels ("1" is positive), and return a score in [0, 1] for each text of ``tested``."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(), LogisticRegression(class_weight="balanced", random_state=seed))
    model.fit(texts, labels)
    scores: list[float] = model.predict_proba(tested)[:, list(model.classes_).index("1")].tolist()
    return scores


def main() -> None:
    """Go through every scheme, seed and fold, and write ``predictions.csv``."""
    rows = pd.read_csv(HERE / "rows.csv", dtype=str, keep_default_na=False).set_index("row_id")
    found = []
    for path in sorted((HERE / "splits").glob("*.csv")):
        parts = pd.read_csv(path, dtype={"row_id": str, "part": str}, keep_default_na=False)
        for (seed, fold), part in parts.groupby(["seed", "fold"]):
            # The validation part is for choosing an epoch or a threshold; where nothing is chosen it is trained on as well.
            test = rows.loc[part.loc[part["part"] == "test", "row_id"]]
            train = rows.loc[part.loc[part["part"].isin(["train", "validation"]), "row_id"]]
            scores = fit_and_score(train["text"].tolist(), train["label"].tolist(), test["text"].tolist(), int(seed))
            found.append(pd.DataFrame({"row_id": test.index, "split": path.stem, "seed": seed, "fold": fold, "score": scores}))
            print(f"{path.stem}, seed {seed}, fold {fold}: {len(train)} rows to learn from, {len(test)} scored", flush=True)
    pd.concat(found).to_csv(HERE / "predictions.csv", index=False)
    print(f"written: {HERE / 'predictions.csv'}")


if __name__ == "__main__":
    main()
