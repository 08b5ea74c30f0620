"""Which of two classes counts as positive, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mirage.init.roles.names import plain, words_of

_NO = re.compile(r"(non|not|no|off|un|in|anti|il|im|ir|dis)[ _-]?(?P<rest>.+)")
# Marks that stand apart from the word count by themselves: "not sure", "non-hateful", "off-topic", "no_bug".
_NO_APART = re.compile(r"(non|not|no|off)[ _-].+|non\w{3,}")
_NEGATIVE = words_of(
    "0 false f no n not negative neg none normal ham other others neutral -1 o neither nothing clean safe benign legitimate "
    "legit genuine real human control healthy background absent regular nil null - ok truthful nein non nee não нет 否 いいえ 아니요 لا לא "
    "negativo negativ négatif against con contra oppose opposes opposed refutes refuted disagree deny"
)
_SOUGHT = words_of(
    "fake spam phishing hate unfair unsafe dishonest illegal unlawful abnormal unreliable toxic offensive abusive fraud fraudulent "
    "scam malicious"
)
_POSITIVE = words_of(
    "1 true t yes y positive pos present pro favor favour support supports agree "
    "on ja oui si sí sì sim да 是 はい 예 نعم כן positivo positiv positif"
)
# Where the column asks whether a text is good, what is looked for is the one that is not.
_GOOD = re.compile(
    r"(is_)?(\w+_)?(accept(able|ability)|grammatical(ity)?|valid(ity)?|correct(ness)?|well_?formed|fluent|fluency|appropriate|clean|safe|ok|good)"
    r"|(is_)?accepted"
)


def propose_positive(classes: Mapping[str, int], column: str) -> tuple[str, str]:
    """Return the class that counts as positive, and the reason, which is the end of a sentence.

    In this order: the class that the other one negates ("non-hateful", "off-topic"), but for "unfair" and the like; what is looked for
    (spam, fake, unfair); the one beside a negative word (0, false, no, none, ham, ...); the one of the higher number; the one that is a
    positive word (true, yes, ...) or in the column's name; the rarer one. A column that asks whether a text is good (acceptable,
    grammatical, valid, ...) looks for the texts that are not, where most are.

    Parameters
    ----------
    classes:
        Rows of each class, the largest class first.
    """
    more, rarer = classes
    found, reason = _by_words(classes, column)
    if found == more and _GOOD.fullmatch(plain(column)):
        return rarer, (
            f"the rarer class: {column} asks whether a text is good, most are, and what is looked for is the text that is not"
        )
    return found, reason


def _by_words(classes: Mapping[str, int], column: str) -> tuple[str, str]:
    names = list(classes)
    not_it, sought = negated(names), [name for name in names if name.lower() in _SOUGHT]
    if not_it and not_it not in sought:
        return _other(names, not_it), f"the other class, {not_it}, says that it is not"
    if len(sought) == 1:
        return sought[0], f"{sought[0]} is what is looked for"
    negative = [name for name in names if name.lower() in _NEGATIVE]
    if len(negative) == 1:
        return _other(names, negative[0]), f"{negative[0]} marks the negative class"
    if all(re.fullmatch(r"-?\d+(\.\d+)?", name) for name in names):
        return max(names, key=float), "the higher of two numbers"
    positive = [name for name in names if name.lower() in _POSITIVE] or _in_name(names, column)
    if len(positive) == 1:
        return positive[0], f"{positive[0]} marks the positive class"
    return names[-1], "the rarer class; nothing in the names says which"


def negated(names: Sequence[str]) -> str | None:
    """Return the one class whose name negates the other, or that a mark such as "non-" negates."""
    for name, other in (names, reversed(names)):
        found = _NO.fullmatch(name.lower())
        same = re.fullmatch(r"(on[ _-])?(.+)", other.lower())
        if found and same and found["rest"] in (other.lower(), same[2]):
            return name
    apart = [name for name in names if _NO_APART.fullmatch(name.lower())]
    return apart[0] if len(apart) == 1 else None


def _in_name(names: Sequence[str], column: str) -> list[str]:
    words = set(plain(column).split("_"))
    return [name for name in names if plain(name) in words]


def _other(names: Sequence[str], name: str) -> str:
    return next(other for other in names if other != name)
