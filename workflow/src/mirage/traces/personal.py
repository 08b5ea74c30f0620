"""What tells who somebody is: e-mail addresses, names of home folders and of accounts, addresses of machines."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

_MAIL = re.compile(r"(?<![\w.+-])[\w.+%-]+(?:@|\s?\[at\]\s?|%40)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,24}\b")
_HOME = re.compile(
    r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2}|/mnt/c/Users/|(?<=-)(?:home|Users)-|(?<![\w\])])~(?=\w+/))(?P<s>(?!root\b|runner\b|Shared\b)\w[\w.@+-]*)"
)
_FOUR = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_SIX = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d+){0,3}(?![\w:])")
_NAMED = re.compile(r"\bip-\d{1,3}(?:-\d{1,3}){3}\b|(?<![\w.-])[\w.-]+@[\w.-]+(?=:[~/])")
_MACHINE = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:])")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where personal data stand in ``text``."""
    for match in _MAIL.finditer(text):
        yield match.span()
    for match in _HOME.finditer(text):
        yield match.span("s")
    for pattern in (_MACHINE, _NAMED):
        for match in pattern.finditer(text):
            yield match.span()
    for pattern in (_FOUR, _SIX):
        for match in pattern.finditer(text):
            if _is_address(match.group()):
                yield match.span()


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
