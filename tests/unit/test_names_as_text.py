"""Groups, agents and labels are names, whatever they look like, through every csv that is read again."""

import pandas as pd
import pytest

from frames import toy_sections
from mirage.agents.predictions import read_given
from mirage.cards.bundle import _as_parquet
from mirage.results import read_csv
from mirage.splits.names import Schemes

NAMES = ["NA", "nan", "null", "1e3", "007", "None", "true", "-inf", "1_000"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "groups.csv"
    columns = dict.fromkeys(("agent", "group", "source", "label", "reference"), NAMES)
    pd.DataFrame({**columns, "f1": [0.5] * 8 + [None]}).to_csv(path, index=False)
    return path


def test_a_table_is_read_with_its_names(table):
    rows = read_csv(table)
    for column in ("agent", "group", "source", "label", "reference"):
        assert rows[column].tolist() == NAMES
    assert rows["f1"].tolist()[:8] == [0.5] * 8
    assert rows["f1"].isna().tolist() == [False] * 8 + [True]


def test_no_row_is_lost_on_the_way_to_the_hub(table, tmp_path):
    assert pd.read_parquet(_as_parquet(table, tmp_path / "groups.parquet"))["group"].tolist() == NAMES


def test_an_empty_name_is_no_value(tmp_path):
    (tmp_path / "t.csv").write_text("group,f1\n,0.5\nNA,0.6\n")
    assert read_csv(tmp_path / "t.csv")["group"].isna().tolist() == [True, False]


def test_a_positive_label_of_predictions_may_be_called_na(tmp_path):
    sections = toy_sections(20)
    path = tmp_path / "ours.csv"
    pd.DataFrame({"row_id": sections["row_id"], "label": ["NA"] * 5 + ["null"] * 15}).to_csv(path, index=False)
    assert read_given(path, sections, Schemes({}), ["NA"]).frame["score"].tolist() == [1.0] * 5 + [0.0] * 15
