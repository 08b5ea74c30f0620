"""A group held out has the F1 that scikit-learn alone gives on the same rows."""

import pytest

from mirage.data.declaration import Declaration
from mirage.data.duplicates import add_groups
from mirage.data.sections import read_csv
from notes import notes_csv
from plain import both_f1s

RECIPE = {"kind": "linear", "ngrams": [1, 2], "max_features": None, "C": 1.0}


@pytest.fixture(scope="module")
def sections():
    columns = {
        "id": "note_id",
        "text": "note",
        "label": "specialty",
        "positive": ["cardiology"],
        "group": "site",
        "unit": "patient",
    }
    return add_groups(read_csv(notes_csv(), "notes.csv", Declaration.from_mapping(columns)), 0.5)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize("group", ["north-clinic", "st-mary", "harbour", "hilltop"])
def test_a_group_held_out_has_the_f1_of_scikit_learn_alone(sections, group, class_weight):
    ours, plain = both_f1s(sections, f"out-{group}", {**RECIPE, "class_weight": class_weight})
    assert ours == plain
    assert 0 < plain < 1
