"""Whether a text's script separates words: where it does not, or where word patterns break words, characters are what is counted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

WORD, CHARACTER = "word", "character"  # what n-grams and shingles are made of
WIDTHS = {WORD: 3, CHARACTER: 5}  # of a shingle: about as much text in either
SHINGLES = {unit: f"{unit} {width}-gram" for unit, width in WIDTHS.items()}

# Scripts without blanks between words (Han, kana, Thai, Lao, Burmese, Khmer, Tibetan), and those of India, whose vowel signs are no
# letters to a pattern of words.
_APART = re.compile(
    "[\u0900-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LETTER = re.compile(r"[^\W\d_]")
_SHARE = 0.3  # of all letters
_LOOKED_AT = 2000  # texts, spread over the corpus
_CHARACTERS_A_WORD = 2


def unit_of(texts: Iterable[str]) -> str:
    """Return whether n-grams of these texts are made of words, or of characters.

    They are of characters where letters of scripts that do not separate words, or whose words a pattern breaks, are three in ten or more.
    """
    known = list(texts)
    looked_at = "".join(known[:: max(1, len(known) // _LOOKED_AT)])
    letters = len(_LETTER.findall(looked_at))
    return CHARACTER if letters and len(_APART.findall(looked_at)) >= _SHARE * letters else WORD


def words_in(text: str) -> int:
    """Count the words of a text; where blanks do not separate them, two characters are taken for one."""
    return max(len(text.split()), len(_APART.findall(text)) // _CHARACTERS_A_WORD)


def lengths_of(texts: Sequence[str]) -> tuple[str, list[int]]:
    """Return how long texts are, and in what: in words, or in characters where :func:`unit_of` says so."""
    unit = unit_of(texts)
    return unit, lengths_in(texts, unit)


def lengths_in(texts: Iterable[str], unit: str) -> list[int]:
    """Count the words or the characters of every text."""
    return [len(text.split()) if unit == WORD else len(characters_of(text)) for text in texts]


class _Kept(dict[int, int | None]):
    """Maps every letter, digit and mark to itself and all else to nothing, for :meth:`str.translate`."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        kept = code if character.isalnum() or unicodedata.category(character).startswith("M") else None
        self[code] = kept
        return kept


_KEPT = _Kept()


def characters_of(text: str) -> str:
    """Return the letters, digits and marks of a text in folded case, without what stands between them."""
    return text.casefold().translate(_KEPT)
