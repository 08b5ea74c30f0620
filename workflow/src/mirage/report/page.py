"""The study on one page: tables and figures of a run in a template, with nothing fetched from anywhere.

Tables come from their Markdown, which already holds what a reader wants in the words of the study; figures are put in as svg. The
captions are those of Snakemake's own report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from markdown_it import MarkdownIt

SHORT = 24  # characters of a cell that stays on one line
LONG = 40  # rows of a table that is shown folded
ELSEWHERE = ("overview", "cost")  # tables that have a place of their own on the page

_ID = re.compile(r'(\bid="|href="#|url\(#)([^")]+)')
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


@dataclass(frozen=True)
class Drawing:
    """A figure as inline svg with the caption that also describes it to those who cannot see it."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Table:
    """A table as html, with its title and the anchor of its heading."""

    html: str
    title: str
    anchor: str


@dataclass
class Part:
    """A part of the page; ``absent`` names the tables and figures that this run did not make."""

    title: str
    text: str
    tables: list[Table] = field(default_factory=list)
    figures: list[Drawing] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def parts_of(
    contents: Sequence[Mapping[str, Any]], results: Path, captions: Mapping[str, str], tables: Sequence[str] = ()
) -> list[Part]:
    """Collect the parts of the page from the files of a run.

    Parameters
    ----------
    contents:
        Parts in order: ``title, text, tables, figures``, the latter two names without suffix. One that is ``optional`` is left out
        where the run made nothing of it.
    captions:
        The figures of the study, by name. One that is not among them is absent, even where an earlier run left its file.
    tables:
        The tables of the study. What no part names stands in a last one, so that a new table is on the page without a word here.
    """
    parts = []
    for entry in [*contents, _rest(contents, captions, tables)]:
        part = Part(entry["title"], entry["text"])
        for name in entry["figures"]:
            path = results / f"figures/{name}.svg"
            if name in captions and path.is_file():
                part.figures.append(Drawing(inline_svg(path.read_text(encoding="utf-8"), name), captions[name]))
            else:
                part.absent.append(f"figure {name}")
        for name in entry["tables"]:
            table = read_table(results / f"tables/{name}.md")
            if table:
                part.tables.append(table)
            else:
                part.absent.append(f"table {name}")
        if part.tables or part.figures or not entry.get("optional"):
            parts.append(part)
    return parts


def _rest(contents: Sequence[Mapping[str, Any]], captions: Mapping[str, str], tables: Sequence[str]) -> dict[str, Any]:
    named = {kind: {name for entry in contents for name in entry[kind]} for kind in ("tables", "figures")}
    return {
        "title": "Further tables and figures",
        "text": "What else this study has.",
        "tables": [name for name in tables if name not in named["tables"] | {*ELSEWHERE}],
        "figures": [name for name in captions if name not in named["figures"]],
        "optional": True,
    }


def inline_svg(svg: str, name: str) -> str:
    """Return an svg without its prologue, its ids marked with ``name`` so that two on one page do not clash."""
    return _ID.sub(rf"\g<1>{name}-\g<2>", _PROLOGUE.sub("", svg))


def read_table(path: Path) -> Table | None:
    """Return a table from its Markdown; None where a run did not make it."""
    if not path.is_file():
        return None
    anchor = f"table-{path.stem}"
    text = path.read_text(encoding="utf-8")
    title, html = table_html(text, anchor)
    return Table(html, title, anchor)


def table_html(markdown: str, anchor: str) -> tuple[str, str]:
    """Turn a table file into its title and html: the title one level below the part's, every table in a region that scrolls by itself.

    The first table stays open and what follows is folded; of a file with one long table the table is folded too.
    """
    title, html = _to_html(markdown)
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{_attribute(title)}">'
    numbers = iter(range(1, html.count("<table>") + 1))
    # Short cells, numbers with their intervals above all, stay on one line.
    html = re.sub(rf"<td([^>]*)>(?=[^<]{{1,{SHORT}}}</td>)", r'<td class="short"\1>', html)
    html = re.sub("<table>", lambda _: region.replace('">', f', part {next(numbers)}"><table>'), html)
    html = (
        html.replace("</table>", "</table></div>").replace("<p>", '<p class="about">').replace("<h3>", f'<h3 id="{anchor}">', 1)
    )
    return title, _folded(html)


def prose_html(template: Path, **values: Any) -> str:
    """Fill a Markdown template and turn it into html."""
    return _to_html(render(template, **values))[1]


def _to_html(markdown: str) -> tuple[str, str]:
    """Return the first heading and the html, headings as ``h3``."""
    parser = MarkdownIt("js-default")
    tokens = parser.parse(markdown)
    title = ""
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = title or tokens[place + 1].content
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"
    return title, str(parser.renderer.render(tokens, parser.options, {}))


def _folded(html: str) -> str:
    first, closed, rest = html.partition("</table></div>")
    if not closed:
        return html
    rows = first.count("<tr>") - 1
    if rows > LONG:
        begin = first.rindex('<div class="scroll"')
        return first[:begin] + _fold(
            f"The table, {rows:,} rows" + (", and more" if rest.strip() else ""), first[begin:] + closed + rest
        )
    if not rest.strip():
        return html
    tables = rest.count("<table>")
    words = f"{tables} more table{'s' if tables > 1 else ''} and notes" if tables else "Notes"
    return first + closed + _fold(words, rest)


def _fold(summary: str, html: str) -> str:
    return f"<details><summary>{summary}</summary>{html}</details>"


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def render(template: Path, **values: Any) -> str:
    """Fill a template of the page; a value it needs and does not get is an error."""
    loader = jinja2.FileSystemLoader(template.parent)
    # Markdown is escaped when it becomes html.
    escaped = ".html" in template.suffixes
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=escaped, trim_blocks=True)
    return environment.get_template(template.name).render(**values)
