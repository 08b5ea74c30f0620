"""The vocabulary of a text classifier, by a plain sort."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable

from sklearn.feature_extraction.text import CountVectorizer


def most_frequent(texts: Iterable[str], ngrams: tuple[int, int], limit: int | None) -> list[str]:
    """Return the n-grams that occur most often, the alphabetically first among equals, in alphabetical order."""
    analyze = CountVectorizer(ngram_range=ngrams).build_analyzer()
    totals = Counter(itertools.chain.from_iterable(map(analyze, texts)))
    return sorted(sorted(totals, key=lambda name: (-totals[name], name))[:limit])
