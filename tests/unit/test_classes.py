import math

import pandas as pd
import pytest

from mirage.classes import class_panels, joined, macro
from mirage.errors import StudyError

RECORD = {"origin": "local file a.csv", "revision": "sha256:0", "rows": 9}


def table(first, second):
    rows = [("stratified", "tfidf", first, first - 0.1, first + 0.1), ("time", "tfidf", second, second - 0.1, second + 0.1)]
    return pd.DataFrame(rows, columns=["split", "agent", "f1", "low", "high"])


def test_macro_f1_is_the_mean_over_classes_and_missing_where_one_is():
    found = macro(joined({"a": table(0.5, 0.6), "b": table(0.7, math.nan)}, {"a": RECORD, "b": RECORD}))
    assert found["split"].tolist() == ["stratified", "time"]
    assert found["f1"][0] == pytest.approx(0.6)
    assert math.isnan(found["f1"][1])


def test_classes_stand_beside_one_another():
    rows = joined({"a": table(0.5, 0.6), "b": table(0.7, math.nan)}, {"a": RECORD, "b": RECORD})
    first, second = class_panels(rows, macro(rows))
    assert first.cells.columns.tolist() == ["agent", "a", "b", "macro-F1"]
    assert first.cells.iloc[0].tolist() == ["tfidf", ".500 [.400, .600]", ".700 [.600, .800]", ".600"]
    assert second.cells.iloc[0].tolist() == ["tfidf", ".600 [.500, .700]", "missing", "missing"]
    assert "this is not the macro-F1 of one model that must choose" in first.caption


def test_studies_of_other_rows_are_not_joined():
    with pytest.raises(StudyError, match="the studies of 'a' and 'b' are not of the same rows"):
        joined({"a": table(0.5, 0.6), "b": table(0.7, 0.8)}, {"a": RECORD, "b": RECORD | {"rows": 8}})
