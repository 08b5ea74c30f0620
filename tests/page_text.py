"""What a reader sees of a page."""

import re


def plain_text(page: str) -> str:
    """Return a page's text without markup, styles and scripts, on one line."""
    seen = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", seen).split())
