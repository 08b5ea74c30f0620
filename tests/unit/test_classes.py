import math

import pandas as pd
import pytest

from mirage.classes.joined import class_panels, gap_panels, joined, macro, macro_gap
from mirage.errors import StudyError

RECORD = {"origin": "local file a.csv", "revision": "sha256:0", "rows": 9}


def table(first, second):
    rows = [("stratified", "tfidf", first, first - 0.1, first + 0.1), ("time", "tfidf", second, second - 0.1, second + 0.1)]
    return pd.DataFrame(rows, columns=["split", "agent", "f1", "low", "high"])


def gaps(*rows):
    columns = ["agent", "held_out", "gap", "low", "high"]
    return pd.DataFrame(rows, columns=columns).assign(reference="stratified")


BOTH = {"a": RECORD, "b": RECORD}


def test_macro_f1_is_the_mean_over_classes_and_missing_where_one_is():
    found = macro(joined({"a": table(0.5, 0.6), "b": table(0.7, math.nan)}, BOTH), 2)
    assert found["split"].tolist() == ["stratified", "time"]
    assert found["f1"][0] == pytest.approx(0.6)
    assert found.loc[1, ["f1", "low", "high"]].isna().all()


def test_the_interval_of_macro_f1_is_as_wide_as_the_classes_are_on_average():
    wide = table(0.7, 0.7).assign(low=0.3, high=0.8)
    found = macro(joined({"a": table(0.5, 0.6), "b": wide}, BOTH), 2)
    # Of .5 [.4, .6] and .7 [.3, .8].
    assert found.loc[0, ["f1", "low", "high"]].tolist() == pytest.approx([0.6, 0.35, 0.7])
    without = macro(joined({"a": table(0.5, 0.6), "b": wide.assign(low=math.nan, high=math.nan)}, BOTH), 2)
    assert without["f1"][0] == pytest.approx(0.6)
    assert without.loc[0, ["low", "high"]].isna().all()


def test_classes_stand_beside_one_another():
    rows = joined({"a": table(0.5, 0.6), "b": table(0.7, math.nan)}, BOTH)
    first, second = class_panels(rows, macro(rows, 2))
    assert first.cells.columns.tolist() == ["agent", "a", "b", "macro-F1"]
    assert first.cells.iloc[0].tolist() == ["tfidf", ".500 [.400, .600]", ".700 [.600, .800]", ".600 [.500, .700]"]
    assert second.cells.iloc[0].tolist() == ["tfidf", ".600 [.500, .700]", "missing", "missing"]
    assert "this is not the macro-F1 of one model that must choose" in first.caption
    assert "as if all classes erred together" in first.caption


def test_the_gap_of_macro_f1_is_missing_where_a_class_has_no_such_held_out_rows():
    first = gaps(("tfidf", "out-a", 0.3, 0.1, 0.4), ("words", "out-a", 0.1, 0.0, 0.2), ("tfidf", "out-b", 0.2, 0.1, 0.3))
    second = gaps(("tfidf", "out-a", 0.1, -0.1, 0.2), ("words", "out-a", math.nan, math.nan, math.nan))
    found = macro_gap(joined({"a": first, "b": second}, BOTH), 2)
    assert found["held_out"].tolist() == ["out-a", "out-a", "out-b"]
    assert found.loc[0, ["gap", "low", "high"]].tolist() == pytest.approx([0.2, 0.0, 0.3])
    assert found.loc[1:, "gap"].isna().all()
    [panel] = gap_panels(found, 2)
    assert panel.caption.startswith(
        "Macro-F1 on rows like those that are trained on (stratified) minus macro-F1 on each held-out test set"
    )
    assert panel.cells.to_dict("records") == [
        {"agent": "tfidf", "out-a": ".200 [.000, .300]", "out-b": "missing"},
        {"agent": "words", "out-a": "missing", "out-b": "–"},
    ]


def test_studies_of_other_rows_are_not_joined():
    with pytest.raises(StudyError, match="the studies of 'a' and 'b' are not of the same rows"):
        joined({"a": table(0.5, 0.6), "b": table(0.7, 0.8)}, {"a": RECORD, "b": RECORD | {"rows": 8}})
