import pytest

from mirage.stamps import stamp_of


def test_the_real_corpus_carries_no_stamp():
    assert stamp_of({"corpus": "on_the_books", "rows": 1785}) is None


@pytest.mark.parametrize("corpus", ["synthetic", "custom"])
def test_any_other_corpus_is_named_first_in_its_stamp(corpus):
    stamp = stamp_of({"corpus": corpus})
    assert stamp is not None
    assert stamp.startswith(f"{corpus} corpus: ")


def test_a_corpus_nobody_thought_of_cannot_pass_as_real():
    with pytest.raises(KeyError):
        stamp_of({"corpus": "other"})
