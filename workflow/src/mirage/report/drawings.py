"""Figures as the page shows them: svg that stands in the page itself, in few bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_NOT_DRAWN = re.compile(r"\s*(<metadata>.*?</metadata>|<!--.*?-->)", re.DOTALL)
_ROLE = re.compile(r'^(<svg[^>]*?) role="img"')
_NUMBERS = re.compile(r'(?<=\s)(d|x|y|points|width|height|cx|cy|x1|x2|y1|y2|transform)="([^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_COLOURED = re.compile(r'<[^<>]*style="[^"]*var\(--[^<>]*>')
_FALLBACK = re.compile(r' (?:fill|stroke)="#[0-9a-fA-F]+"')
_MARKS = re.compile(r"<g(?P<own>[^>]*)>(?P<marks>(?:\s*<use [^>]*/>){2,})\s*</g>")
_STYLE = re.compile(r' style="[^"]*"')


@dataclass(frozen=True)
class Drawing:
    """A figure as inline svg, with the caption that also describes it to those who cannot see it."""

    name: str
    svg: str
    caption: str

    @property
    def title(self) -> str:
        """Return what it is called in a list."""
        return self.name.replace("_", " ").capitalize().replace("F1 ", "F1, ")

    @property
    def begins(self) -> str:
        """Return the first sentence of its caption."""
        return self._sentences[0]

    @property
    def goes_on(self) -> str:
        """Return what follows that sentence, empty where nothing does."""
        return "".join(self._sentences[1:])

    @property
    def _sentences(self) -> list[str]:
        return re.split(r"(?<=\.)\s+(?=[A-Z])", self.caption, maxsplit=1)


def inline_svg(svg: str) -> str:
    """Return an svg without its prologue, as an image that its surroundings describe.

    Coordinates are rounded to a hundredth of a point, which nobody sees; colours that follow the page need no others to fall back on, and
    marks that look alike share one style.
    """
    bare = _ROLE.sub(r"\1", _NOT_DRAWN.sub("", _PROLOGUE.sub("", svg)))
    short = _NUMBERS.sub(_shortened, bare.replace(" xlink:href=", " href="))
    return _MARKS.sub(_with_one_style, _COLOURED.sub(lambda found: _FALLBACK.sub("", found[0]), short)).rstrip()


def _shortened(found: re.Match[str]) -> str:
    # The factors of a scale are small and keep their digits.
    rounded = _LONG.sub(_rounded_from_one if found[1] == "transform" else _rounded, found[2])
    return f'{found[1]}="{" ".join(rounded.split())}"'


def _rounded_from_one(found: re.Match[str]) -> str:
    return _rounded(found) if abs(float(found[0])) >= 1 else found[0]


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _with_one_style(found: re.Match[str]) -> str:
    styles = _STYLE.findall(found["marks"])
    if len(set(styles)) != 1 or len(styles) != found["marks"].count("<use ") or " style=" in found["own"]:
        return found[0]
    return f"<g{found['own']}{styles[0]}>{_STYLE.sub('', found['marks'])}</g>"
