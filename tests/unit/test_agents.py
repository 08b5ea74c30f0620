import numpy as np
import pandas as pd
import pytest

from mirage.agents.interface import build
from mirage.errors import StudyError


def corpus(*rows):
    """Make sections from (text, label) pairs."""
    return pd.DataFrame(rows, columns=["text", "label"]).astype({"label": np.int8})


def rows(*numbers):
    return np.array(numbers, dtype=np.intp)


def words(sections, train, test=(), **parameters):
    scorer = build({"kind": "wordlist", **parameters}, sections)
    fit = scorer.fit(rows(*train), rows(*test), 0)
    return fit.details["words"], fit.scores.tolist()


LAWS = corpus(
    ("alpha beta", 1),
    ("alpha", 1),
    ("gamma", 1),
    ("beta delta", 0),
    ("delta", 0),
    ("gamma delta", 1),
    ("beta", 1),
)
TRAIN = (0, 1, 2, 3, 4)


def test_words_are_added_while_they_raise_the_f1_of_their_union():
    # Alone: alpha 2 of 3 positives, F1 .8; gamma 1, F1 .5; beta 1 and a false alarm, F1 .4; delta none. alpha or gamma: F1 1.
    assert words(LAWS, TRAIN, (5, 6, 0), words=10, min_df=1) == (["alpha", "gamma"], [1.0, 0.0, 1.0])


def test_the_list_ends_at_its_length():
    assert words(LAWS, TRAIN, (5, 1), words=1, min_df=1) == (["alpha"], [0.0, 1.0])


def test_a_rare_word_is_not_eligible():
    # gamma is in one training row; alpha or beta: 2 hits, 1 false alarm, F1 .67, less than alpha's .8.
    assert words(LAWS, TRAIN, (2,), words=10, min_df=2) == (["alpha"], [0.0])


def test_a_word_counts_for_what_it_adds_to_those_before_it():
    # two's own F1 (.67) exceeds three's (.4), but one already covers two's rows.
    laws = corpus(("one two", 1), ("one two", 1), ("one", 1), ("three", 1), ("four", 0))
    assert words(laws, range(5), words=2, min_df=1)[0] == ["one", "three"]


def test_the_alphabet_decides_between_equals():
    laws = corpus(("zeta eta", 1), ("other", 0))
    assert words(laws, (0, 1), words=5, min_df=1)[0] == ["eta"]


def test_words_can_be_left_out_of_the_record():
    scorer = build({"kind": "wordlist", "words": 10, "min_df": 1, "quotes": False}, LAWS)
    assert scorer.fit(rows(*TRAIN), rows(5, 6, 0), 0).details == {}


def test_words_are_picked_on_training_rows_alone():
    laws = corpus(("perfect", 1), ("perfect", 1), ("weak", 1), ("weak", 1), ("plain", 0))
    chosen, scores = words(laws, (2, 3, 4), (0, 1, 2), words=10, min_df=1)
    assert (chosen, scores) == (["weak"], [0.0, 0.0, 1.0])
    relabelled = laws.assign(label=np.array([0, 0, 1, 1, 0], dtype=np.int8))
    assert words(relabelled, (2, 3, 4), (0, 1, 2), words=10, min_df=1) == (chosen, scores)


def test_case_and_punctuation_do_not_make_another_word():
    laws = corpus(("Colored, schools.", 1), ("COLORED-school", 1), ("discolored schools", 0))
    assert words(laws, range(3), range(3), words=1, min_df=1) == (["colored"], [1.0, 1.0, 0.0])


def test_with_no_eligible_word_nothing_is_positive():
    assert words(LAWS, TRAIN, (0, 5), words=10, min_df=50) == ([], [0.0, 0.0])


def test_always_positive_answers_one():
    scorer = build({"kind": "constant", "strategy": "always-positive"}, LAWS)
    assert scorer.fit(rows(3, 4), rows(0, 1, 3), 0).scores.tolist() == [1.0, 1.0, 1.0]
    assert not scorer.graded


def test_prevalence_answers_one_as_often_as_the_training_rows_do():
    sections = corpus(*[("x", number % 4 == 0) for number in range(4000)])
    scorer = build({"kind": "constant", "strategy": "prevalence"}, sections)
    fit = scorer.fit(rows(*range(8)), rows(*range(4000)), 5)  # 2 of 8
    assert fit.details == {"prevalence": 0.25}
    assert set(fit.scores) == {0.0, 1.0}
    assert abs(fit.scores.mean() - 0.25) < 5 * (0.25 * 0.75 / 4000) ** 0.5
    again = scorer.fit(rows(*range(8)), rows(*range(4000)), 5)
    other = scorer.fit(rows(*range(8)), rows(*range(4000)), 6)
    assert (fit.scores == again.scores).all()
    assert (fit.scores != other.scores).any()


def test_the_expression_is_searched_anywhere_whatever_the_case_and_learns_nothing():
    laws = corpus(("The COLOURED schools", 0), ("discolored", 1), ("colored", 0), ("white", 1))
    scorer = build({"kind": "expression", "pattern": r"\bcolou?red\b"}, laws)
    assert scorer.fit(rows(3), rows(0, 1, 2, 3), 0).scores.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert scorer.fit(rows(0, 1), rows(2), 9).scores.tolist() == [1.0]
    assert not scorer.graded


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"kind": "oracle"}, "config.yaml: agents: kind 'oracle' is unknown; there is no module mirage.agents.oracle"),
        (
            {"kind": "constant", "strategy": "never"},
            "config.yaml: agents: kind constant.strategy: found 'never'; write one of always-positive, most-frequent, "
            "prevalence (Answer 1 always, the training rows' most frequent label, or each label at random as often as they have it)",
        ),
        ({"kind": "constant"}, "config.yaml: agents: kind constant: key 'strategy' is missing; write one of "),
        ({"kind": "wordlist", "words": 3}, "config.yaml: agents: kind wordlist: key 'min_df' is missing; write a whole "),
        ({"kind": "linear", "ngrams": [1, 1]}, "config.yaml: agents: kind linear: key 'max_features' is missing; write null "),
        (
            {"kind": "expression", "pattern": "(race"},
            "config.yaml: agents: kind expression.pattern: found '(race'; write a regular expression; this is none: missing ), ",
        ),
    ],
)
def test_a_bad_recipe_is_told_in_one_line(recipe, message):
    with pytest.raises(StudyError) as caught:
        build(recipe, LAWS)
    assert str(caught.value).startswith(message)


def test_a_kind_whose_own_import_fails_is_not_called_unknown(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError("No module named 'xgboost'", name="xgboost")

    monkeypatch.setattr("mirage.agents.interface.importlib.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="xgboost"):
        build({"kind": "boosted"}, LAWS)
