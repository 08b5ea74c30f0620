"""Scripts that do not separate words: characters are counted in place of words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mirage.__main__ import main
from mirage.agents.interface import build
from mirage.agents.text import NgramCounts, counts_of
from mirage.data.duplicates import near_groups, near_pairs
from mirage.data.scripts import CHARACTER, WORD, characters_of, lengths_of, unit_of, words_in
from mirage.study import check_config

CHINESE = "今天的天气非常好我们一起去公园散步"
JAPANESE = "今日は天気がいいので公園を散歩しましょう"
THAI = "วันนี้อากาศดีมากเราไปเดินเล่นที่สวนกัน"
KHMER = "ថ្ងៃនេះអាកាសធាតុល្អណាស់"
HINDI = "आज मौसम बहुत अच्छा है"
RUSSIAN = "Сегодня очень хорошая погода"


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI, KHMER, HINDI, f"{CHINESE}, a park"])
def test_characters_are_counted_where_words_are_not_apart(text):
    assert unit_of([text]) == CHARACTER


@pytest.mark.parametrize(
    "text", [RUSSIAN, "Ça va très bien, œuvre", "الطقس جميل اليوم", "오늘 날씨가 좋다", "the word 好 in English", "12 34", ""]
)
def test_words_are_counted_elsewhere(text):
    assert unit_of([text]) == WORD


def test_lengths_are_in_characters_or_words():
    assert lengths_of(["今天，天气好。", "好"]) == (CHARACTER, [5, 1])
    assert lengths_of(["one two", "three"]) == (WORD, [2, 1])
    assert (words_in("今天天气好吗"), words_in("one two three"), words_in("")) == (3, 3, 0)


def test_characters_keep_their_marks_and_leave_what_stands_between():
    assert characters_of("A b-Č, 1!") == "abč1"
    assert characters_of("ที่ สวน") == "ที่สวน"


def test_near_duplicates_by_characters_where_words_would_find_none():
    texts = [f"{CHINESE}。", f"{CHINESE}了", "一本关于历史的书在桌子上面放着"]
    # 17 characters have thirteen 5-grams, one more has a fourteenth.
    left, right, similarity = near_pairs(texts, 0.5, CHARACTER)
    assert (left.tolist(), right.tolist(), similarity.tolist()) == ([0], [1], [pytest.approx(13 / 14)])
    assert near_groups(texts, 0.5, CHARACTER).tolist() == [0, 0, 1]
    assert near_groups(texts, 0.5, WORD).tolist() == [0, 1, 2]


def test_repeats_are_compared_once_and_join_what_their_text_is_near_to():
    one, two = "the mayor shall keep the public wells", "the mayor shall keep the old wells"
    texts = [one, "other words here", two, one.upper(), f"  {two} ", "other words here"]
    assert near_groups(texts, 0.4).tolist() == [0, 1, 0, 0, 0, 1]
    assert near_groups([], 0.5).tolist() == []
    assert near_groups(["...", "!!!"], 0.5).tolist() == [0, 1]


def test_n_grams_of_characters_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import CountVectorizer

    texts = pd.Series([CHINESE, "公园散步 公园"])
    found = NgramCounts(texts, (1, 2), "char")
    assert (found.matrix != CountVectorizer(analyzer="char", ngram_range=(1, 2)).fit_transform(texts)).nnz == 0
    sections = pd.DataFrame({"text": texts})
    assert counts_of(sections, (1, 2), "char") is counts_of(sections, (1, 2), "char")
    assert counts_of(sections, (1, 2), "char") is not counts_of(sections, (1, 2))


@pytest.mark.parametrize(
    ("analyzer", "texts", "word"),
    [
        ("char", ["公园散步", "公园吃饭", "看书写字", "看书吃饭"], "公园"),
        ("word", ["Ёлка стоит", "ёлка там", "дом стоит", "дом там"], "ёлка"),
    ],
)
def test_a_word_list_learns_words_of_any_script(analyzer, texts, word):
    sections = pd.DataFrame({"text": texts, "label": [1, 1, 0, 0]})
    fit = build({"kind": "wordlist", "words": 1, "min_df": 2, "analyzer": analyzer}, sections).fit(
        np.arange(4), np.arange(4), 0
    )
    assert fit.details["words"] == [word]
    assert fit.scores.tolist() == [1, 1, 0, 0]


def test_a_chinese_file_is_studied_by_characters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draws = np.random.default_rng(0)
    rows = [
        f"{''.join(draws.choice(list(CHINESE), 12))}{'喜欢' if place % 2 else '讨厌'},{place % 2},{'甲乙'[place // 2 % 2]}"
        for place in range(80)
    ]
    Path("rows.csv").write_text("\n".join(["text,label,site", *rows]) + "\n", encoding="utf-8")
    assert main(["init", "rows.csv"]) == 0
    config = yaml.safe_load(Path("rows-study/config.yaml").read_text(encoding="utf-8"))
    check_config(config)
    assert config["data"]["columns"]["text"] == "text"
    assert config["data"]["near_duplicate_unit"] == "character"
    assert config["agents"]["tfidf"]["analyzer"] == "char"
    assert config["agents"]["word-list"]["title"] == "Ten learned character pairs"
