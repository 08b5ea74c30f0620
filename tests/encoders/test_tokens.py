import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from mirage.encoders import tokens as tokens_module
from mirage.encoders.tokens import Tokens, tokenise
from standins import FAMILIES

TEXTS = pd.Series(["the county shall levy a tax", "tax", "the said act " * 30])


@pytest.fixture
def tokenizer_of(standin_folder):
    from transformers import AutoTokenizer

    return lambda family: AutoTokenizer.from_pretrained(standin_folder(family))


@pytest.mark.parametrize("family", FAMILIES)
def test_ids_are_the_tokenizers_own_cut_at_the_limit(family, tokenizer_of):
    tokenizer = tokenizer_of(family)
    tokens = tokenise(TEXTS, tokenizer, 16)
    for row, text in enumerate(TEXTS):
        expected = tokenizer(text, truncation=True, max_length=16)["input_ids"]
        assert tokens.ids[tokens.starts[row] : tokens.starts[row + 1]].tolist() == expected
    assert tokens.uncut[2] == len(tokenizer(TEXTS[2])["input_ids"]) > 16
    assert tokens.pad == tokenizer.pad_token_id


def test_rows_are_padded_to_the_longest_of_them_only():
    tokens = Tokens(np.array([5, 6, 7, 8, 9, 4], dtype=np.int32), np.array([0, 3, 4, 6]), np.array([3, 1, 9]), pad=1)
    ids, mask = tokens.padded(np.array([1, 2]))
    assert ids.tolist() == [[8, 1], [9, 4]]
    assert mask.tolist() == [[1, 0], [1, 1]]
    ids, mask = tokens.padded(np.array([0]), multiple=4)
    assert ids.tolist() == [[5, 6, 7, 1]]
    assert mask.tolist() == [[1, 1, 1, 0]]


def test_statistics_say_how_much_is_cut():
    tokens = Tokens(np.zeros(6, dtype=np.int32), np.array([0, 3, 4, 6]), np.array([3, 1, 8], dtype=np.int32), pad=0)
    found = tokens.statistics()
    assert found["sections"] == 3
    assert found["tokens"] == 12
    assert found["mean"] == 4.0
    assert (found["p50"], found["longest"]) == (3, 8)
    assert found["share_of_sections_cut"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["share_of_tokens_kept"] == pytest.approx(0.5)


def test_a_corpus_is_tokenised_once(tokenizer_of, tmp_path, monkeypatch):
    tokenizer = tokenizer_of("bert")
    first = tokenise(TEXTS, tokenizer, 16, tmp_path)
    calls = []
    monkeypatch.setattr(type(tokenizer), "__call__", lambda *args, **kwargs: calls.append(args))
    again = tokenise(TEXTS, tokenizer, 16, tmp_path)
    assert calls == []
    assert again.ids.tolist() == first.ids.tolist()
    assert again.uncut.tolist() == first.uncut.tolist()


def test_another_text_limit_or_tokenizer_is_tokenised_anew(tokenizer_of):
    bert, roberta = tokenizer_of("bert"), tokenizer_of("roberta")
    keys = {
        tokens_module._key(TEXTS, bert, 16),
        tokens_module._key(TEXTS, bert, 17),
        tokens_module._key(TEXTS, roberta, 16),
        tokens_module._key(pd.Series(["a", "bc"]), bert, 16),
        tokens_module._key(pd.Series(["ab", "c"]), bert, 16),
    }
    assert len(keys) == 5
