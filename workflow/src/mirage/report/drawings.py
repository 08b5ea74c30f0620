"""Figures as the page shows them: svg that stands in the page itself, in few bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

GLYPH = "DejaVu"  # how ids of letters begin; a letter has the same id and shape in every figure

_ID = re.compile(rf'(\bid="|href="#|url\(#)(?!{GLYPH})([^")]+)')
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_NOT_DRAWN = re.compile(r"\s*(<metadata>.*?</metadata>|<!--.*?-->)", re.DOTALL)
_LONG = re.compile(r"-?\d+\.\d{3,}")
_NUMBERS = re.compile(r'(?<=\s)(d|x|y|points|width|height|cx|cy|x1|x2|y1|y2|transform)="([^"]*)"')
_LETTER = re.compile(rf'<path id="({GLYPH}[^"]*)"[^>]*/>')
_NO_LETTERS = re.compile(r"<defs>\s*</defs>\s*")
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
        return self.caption.partition(". ")[0].rstrip(".") + "."

    @property
    def follows_the_page(self) -> bool:
        """Whether its ink and paper are those of the page, light or dark; else it stands on white."""
        return "var(--" in self.svg


def inline_svg(svg: str, name: str) -> str:
    """Return an svg without its prologue, its ids marked with ``name`` so that two on one page do not clash.

    Coordinates are rounded to a hundredth of a point, which nobody sees, and marks that look alike share one style.
    """
    bare = _NOT_DRAWN.sub("", _PROLOGUE.sub("", svg)).replace(" xlink:href=", " href=")
    short = _NUMBERS.sub(_shortened, bare)
    return _ID.sub(rf"\g<1>{name}-\g<2>", _MARKS.sub(_with_one_style, short))


def letters_once(drawings: Sequence[Drawing]) -> tuple[str, list[Drawing]]:
    """Take the shapes of letters out of figures; return them, each once, as the definitions of one svg, and the figures."""
    letters: dict[str, str] = {}
    for drawing in drawings:
        letters |= {found[1]: found[0] for found in _LETTER.finditer(drawing.svg)}
    bare = [replace(drawing, svg=_NO_LETTERS.sub("", _LETTER.sub("", drawing.svg))) for drawing in drawings]
    return "".join(letters.values()), bare


def _shortened(found: re.Match[str]) -> str:
    # The factors of a scale are small and keep their digits.
    return f'{found[1]}="{_LONG.sub(_rounded_from_one if found[1] == "transform" else _rounded, found[2])}"'


def _rounded_from_one(found: re.Match[str]) -> str:
    return _rounded(found) if abs(float(found[0])) >= 1 else found[0]


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _with_one_style(found: re.Match[str]) -> str:
    styles = _STYLE.findall(found["marks"])
    if len(set(styles)) != 1 or len(styles) != found["marks"].count("<use ") or " style=" in found["own"]:
        return found[0]
    return f"<g{found['own']}{styles[0]}>{_STYLE.sub('', found['marks'])}</g>"
