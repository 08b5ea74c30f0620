"""The detectors of detect-secrets, asked in this process and without network: none of what it calls verification is done."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any


@functools.cache
def _shapes() -> list[re.Pattern[str]]:
    """Return what its detectors of known shapes look for."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    kinds: dict[str, Any] = get_mapping_from_secret_type_to_class()
    # Addresses of machines are told apart elsewhere, those of private networks too.
    detectors = [
        kinds[name] for name in sorted(kinds) if issubclass(kinds[name], RegexBasedDetector) and " IP " not in f" {name} "
    ]
    return [re.compile(pattern) if isinstance(pattern, str) else pattern for one in detectors for pattern in one().denylist]


@functools.cache
def _entropy() -> Any:
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString

    return Base64HighEntropyString(limit=4.5)


@functools.cache
def _keyword() -> Any:
    from detect_secrets.plugins.keyword import KeywordDetector

    return KeywordDetector()


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where its detectors find a secret in ``text``."""
    for pattern in _shapes():
        for match in pattern.finditer(text):
            yield match.span(_group(match))
    place = 0
    for line in text.splitlines(keepends=True):
        words = [
            word
            for word in _entropy().analyze_string(line)
            if _entropy().calculate_shannon_entropy(word) > _entropy().entropy_limit
        ]
        for word in {*words, *_keyword().analyze_string(line)}:
            start = line.find(word)
            while word and start >= 0:
                yield place + start, place + start + len(word)
                start = line.find(word, start + len(word))
        place += len(line)


def _group(match: re.Match[str]) -> int:
    """Return which group of a match is the secret: the only one, where it is not just the secret's beginning."""
    alone = match.re.groups == 1 and match.end(1) > match.start(1)
    return int(alone and re.match(r"[\w-]", match.string[match.end(1) : match.end()]) is None)
