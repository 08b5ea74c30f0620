"""A figure's svg as a page can inline it: colours that follow the page, ids of its own, a sentence for each point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
# Where the font of the drawing is not there, one of its width.
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_COLOURED = ("fill", "stroke")


def for_page(drawn: str, name: str, variables: Mapping[str, str], sentences: Mapping[str, str]) -> str:
    """Return an svg that can stand beside others in one page, and by itself.

    Parameters
    ----------
    drawn:
        The svg as matplotlib writes it.
    name:
        What every id begins with.
    variables:
        Colours (``#RRGGBB``) by the name of the CSS variable that takes their place. A viewer without variables shows the colour.
    sentences:
        What the ``title`` of a group says, by its id.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(drawn)
    names = {colour.lower(): variable for variable, colour in variables.items()}
    for said in root.findall(f"{{{SVG}}}metadata"):
        root.remove(said)
    _unstyle(root)
    for element in root.iter():
        sentence = sentences.get(element.get("id", ""))
        if sentence:
            title = ElementTree.Element(f"{{{SVG}}}title")
            title.text = sentence
            element.insert(0, title)
            element.set("class", "point")
        if element.text and element.text.startswith(" "):
            # A page drops a blank at the start of a text.
            element.text = f"\u00a0{element.text[1:]}"
        _name(element, name)
        _colour(element, names)
    root.set("role", "img")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True).replace("\r", "") + "\n"


def _unstyle(root: ElementTree.Element) -> None:
    """Say by attributes what matplotlib says in a style sheet, which would hold for a whole page."""
    for parent in list(root.iter(f"{{{SVG}}}defs")):
        for sheet in parent.findall(f"{{{SVG}}}style"):
            parent.remove(sheet)
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")


def _name(element: ElementTree.Element, name: str) -> None:
    """Put a figure's name before an id, and before those that the element refers to."""
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, f"{name}-{value}")
        elif key == f"{{{XLINK}}}href" and value.startswith("#"):
            element.set(key, f"#{name}-{value[1:]}")
        else:
            element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))


def _colour(element: ElementTree.Element, names: Mapping[str, str]) -> None:
    """Name each colour of a style, and keep it as an attribute, which counts where the style is not understood."""
    said = []
    for declaration in element.get("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key in _COLOURED and value.lower() in names:
            element.set(key, value)
            value = f"var(--{names[value.lower()]}, {value})"
        elif key == "font-family":
            value = value.replace("'DejaVu Sans'", _FONTS)
        if key:
            said.append(f"{key}: {value}")
    if said:
        element.set("style", "; ".join(said))
