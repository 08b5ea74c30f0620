"""The study on one page: tables and figures of a run in a template, with nothing fetched from anywhere.

Tables come from their Markdown, which already holds what a reader wants in the words of the study; figures are put in as svg. The
captions are those of Snakemake's own report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import yaml
from markdown_it import MarkdownIt

from mirage.errors import StudyError

SHORT = 24  # characters

_ID = re.compile(r'(\bid="|href="#|url\(#)([^")]+)')
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


@dataclass(frozen=True)
class Drawing:
    """A figure as inline svg with the caption that also describes it to those who cannot see it."""

    svg: str
    caption: str


@dataclass
class Part:
    """A part of the page; ``absent`` names the tables and figures that this run did not make."""

    title: str
    text: str
    tables: list[str] = field(default_factory=list)
    figures: list[Drawing] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def parts_of(contents: Sequence[Mapping[str, Any]], results: Path, captions: Path, config: Mapping[str, Any]) -> list[Part]:
    """Collect the parts of the page from the files of a run.

    Parameters
    ----------
    contents:
        Parts in order: ``title, text, tables, figures``, the latter two names without suffix.
    captions:
        Folder of ``NAME.rst``, one paragraph each, with the configuration as ``snakemake.config``.

    Raises
    ------
    StudyError
        When a figure that is there has no caption.
    """
    parts = []
    for entry in contents:
        part = Part(entry["title"], entry["text"])
        for name in entry["figures"]:
            path = results / f"figures/{name}.svg"
            if path.is_file():
                part.figures.append(
                    Drawing(inline_svg(path.read_text(encoding="utf-8"), name), caption(captions, name, config))
                )
            else:
                part.absent.append(f"figure {name}")
        for name in entry["tables"]:
            path = results / f"tables/{name}.md"
            if path.is_file():
                part.tables.append(table_html(path.read_text(encoding="utf-8")))
            else:
                part.absent.append(f"table {name}")
        parts.append(part)
    return parts


def inline_svg(svg: str, name: str) -> str:
    """Return an svg without its prologue, its ids marked with ``name`` so that two on one page do not clash."""
    return _ID.sub(rf"\g<1>{name}-\g<2>", _PROLOGUE.sub("", svg))


def caption(folder: Path, name: str, config: Mapping[str, Any]) -> str:
    """Return a figure's caption as one line of text."""
    path = folder / f"{name}.rst"
    if not path.is_file():
        raise StudyError(f"{path}: no such file; write the caption of figure {name} there")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    text = environment.from_string(path.read_text(encoding="utf-8")).render(snakemake=SimpleNamespace(config=config))
    return " ".join(text.split())


def citation(text: str, *, about_its_data: bool) -> str:
    """Return the text of CITATION.cff; without the data it refers to where the study is about other data."""
    if about_its_data:
        return text
    fields = {key: value for key, value in yaml.safe_load(text).items() if key != "references"}
    return yaml.safe_dump(fields | {"message": "If you use this workflow, please cite it, and your data."}, sort_keys=False)


def table_html(markdown: str) -> str:
    """Turn a table file into html: its title one level below the part's, every table in a region that scrolls by itself."""
    parser = MarkdownIt("js-default")
    tokens = parser.parse(markdown)
    title = ""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = tokens[place + 1].content
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"
    html = str(parser.renderer.render(tokens, parser.options, {}))
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{_attribute(title)}">'
    numbers = iter(range(1, html.count("<table>") + 1))
    # Short cells, numbers with their intervals above all, stay on one line.
    html = re.sub(rf"<td([^>]*)>(?=[^<]{{1,{SHORT}}}</td>)", r'<td class="short"\1>', html)
    html = re.sub("<table>", lambda _: region.replace('">', f', part {next(numbers)}"><table>'), html)
    return html.replace("</table>", "</table></div>")


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def render(template: Path, **values: Any) -> str:
    """Fill the page's template; a value it needs and does not get is an error."""
    loader = jinja2.FileSystemLoader(template.parent)
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True)
    return environment.get_template(template.name).render(**values)
