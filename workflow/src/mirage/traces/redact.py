"""Keeping secrets out of what is written: every word of a session passes here before it reaches an output."""

from __future__ import annotations

import re
from collections.abc import Iterator

MARK = "[redacted]"

# One alternative a kind of secret. Where a group ``s`` is named, only it is the secret, and the words around it may stay.
_PATTERNS = [
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", 0),
        (r"\b(?:hf|api_org)_[A-Za-z0-9]{8,}", 0),  # Hugging Face
        (r"\bsk-[A-Za-z0-9_-]{8,}", 0),  # OpenAI, Anthropic, OpenRouter
        (r"\b(?:gh[pousr]_[A-Za-z0-9]{8,}|github_pat_[A-Za-z0-9_]{8,}|glpat-[A-Za-z0-9_-]{8,})", 0),
        (r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA)[A-Z0-9]{12,}", 0),  # AWS key ids
        (r"\bAIza[A-Za-z0-9_-]{20,}|\bya29\.[A-Za-z0-9_-]{8,}", 0),  # Google
        (r"\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}", 0),  # Slack
        (r"\b(?:npm_|pypi-|dop_v1_|r8_|gsk_|xai-|nvapi-|tvly-|wandb_v1_)[A-Za-z0-9_-]{16,}", 0),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", 0),  # JSON Web Token
        (r"\b(?:bearer|basic)\s+(?P<s>[A-Za-z0-9+/=._~-]{8,})", re.IGNORECASE),
        (r"://[^\s/:@'\"]*:(?P<s>[^\s/@'\"]+)@", 0),  # user:password@host
        (r"[?&](?:X-Amz-[A-Za-z-]+|sig|signature|token|key|access_token)=(?P<s>[^\s&'\"]+)", re.IGNORECASE),
        # A name that says secret, an equals sign or colon, and its value.
        (
            r"(?:(?i:api[_-]?key|secret|passw(?:or)?d|credential|access[_-]?key|auth[_-]?key|private[_-]?key)"
            r"|(?<![A-Za-z])token|Token|TOKEN)(?![a-z])[A-Za-z0-9_-]{0,40}"
            r"\\?['\"]?\s{0,4}(?:=>|[:=])\s{0,4}\\?['\"]?"
            r"(?P<s>(?!None\b|null\b|True\b|False\b|\$|os\.|get_)[^\s'\"\\,;(){}\[\]]{6,})",
            0,
        ),
        # The long random word that no other pattern knows: 32 or more characters, of all three kinds.
        (r"(?<![A-Za-z0-9_+=-])(?=[A-Za-z_+-]*\d)(?=[A-Z0-9_+-]*[a-z])(?=[a-z0-9_+-]*[A-Z])[A-Za-z0-9_+-]{32,}=*", 0),
    )
]


def secrets(text: str) -> list[tuple[int, int]]:
    """Return where secrets stand in ``text``: start and end of each, in order, none overlapping."""
    found = sorted(_matches(text))
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _matches(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _PATTERNS:
        group = "s" if "s" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            yield match.span(group)


def redact(text: str) -> str:
    """Return ``text`` with a mark in the place of each secret."""
    return _without(text, 0, len(text))


def excerpt(text: str, start: int = 0, end: int = 0, width: int = 200) -> str:
    """Return about ``width`` characters around ``text[start:end]``, on one line and without secrets.

    Secrets are looked for in the whole text, so that one cut by the excerpt's edge is still known for what it is.
    """
    spare = max(width - (end - start), 0) // 2
    first = max(start - (spare if start else 0), 0)
    last = min(max(end + spare, first + width) if end - start < width else start + width, len(text))
    cut = printable(_without(text, first, last))
    return f"{'… ' if first else ''}{cut}{' …' if last < len(text) else ''}"


def printable(text: str) -> str:
    """Return ``text`` on one line, without what would steer a terminal or cannot be written as UTF-8."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _without(text: str, first: int, last: int) -> str:
    parts, place = [], first
    for start, end in secrets(text):
        if end <= place or start >= last:
            continue
        parts += [text[place : max(start, place)], MARK]
        place = end
    parts.append(text[place:last])
    return "".join(parts)
