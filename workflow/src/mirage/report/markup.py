"""Tables as the page shows them: from their Markdown, which holds what a reader wants in the words of the study, to html."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mirage.states import NOT_RUN
from mirage.tables.layout import NOTHING

SHORT = 24  # characters of a cell that stays on one line
MANY = 16  # rows of a table that is shown folded even where its part shows it open

_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z«])")
_PARSER = MarkdownIt("js-default")


@dataclass(frozen=True)
class Cell:
    """A cell as text and as html."""

    text: str
    markup: str


@dataclass(frozen=True)
class Grid:
    """One table of a file: its caption as html, its heads and its rows."""

    caption: str
    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Sheet:
    """The file of one table: its title, its grids in order, and its notes, a line of Markdown each."""

    title: str
    grids: Sequence[Grid] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Vocabulary:
    """How the page calls things.

    Attributes
    ----------
    schemes:
        Plain words by the name of a scheme.
    not_run:
        Titles of the agents that were not run here; a row of theirs without an estimate is left out.
    agents:
        Titles of all agents.
    """

    schemes: Mapping[str, str] = field(default_factory=dict)
    not_run: Collection[str] = ()
    agents: Sequence[str] = ()


def read_sheet(path: Path) -> Sheet | None:
    """Read the Markdown of a table; None where a run did not make it."""
    return sheet_of(path.read_text(encoding="utf-8")) if path.is_file() else None


def sheet_of(markdown: str) -> Sheet:
    """Take a table file apart; what stands below its last table are notes."""
    tokens = _PARSER.parse(markdown)
    ends = [place for place, token in enumerate(tokens) if token.type == "table_close"]
    title, grids, caption = "", list[Grid](), list[Token]()
    for place, token in enumerate(tokens[: ends[-1] if ends else None]):
        if token.type == "inline" and tokens[place - 1].type == "heading_open":
            title = title or _plain(token)
        elif token.type == "inline" and tokens[place - 1].type == "paragraph_open" and not _is_stamp(token):
            caption.append(token)
        elif token.type == "table_open":
            end = next(end for end in ends if end > place)
            grids.append(_grid(" ".join(map(_inline, caption)), tokens[place:end]))
            caption = []
    starts = [token.map for token in tokens if token.type == "table_open" and token.map]
    below = markdown.splitlines()[starts[-1][1] :] if starts else []
    return Sheet(title, grids, [line for line in below if line.strip()])


def _is_stamp(token: Token) -> bool:
    """Whether a paragraph is set in bold throughout: the stamp, which the page has once."""
    kinds = [child.type for child in token.children or [] if child.type != "text" or child.content]
    return kinds[:1] == ["strong_open"] and kinds[-1:] == ["strong_close"]


def _grid(caption: str, tokens: Sequence[Token]) -> Grid:
    rows = list[list[Cell]]()
    for place, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and tokens[place - 1].type in ("th_open", "td_open"):
            rows[-1].append(Cell(_plain(token), _inline(token)))
    return Grid(caption, rows[0], rows[1:])


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or [])


def _inline(token: Token) -> str:
    return str(_PARSER.renderer.render([token], _PARSER.options, {}))


def without(sheet: Sheet, known: Collection[str]) -> Sheet:
    """Return a sheet without the notes that are said elsewhere."""
    return replace(sheet, notes=[line for line in sheet.notes if line not in known])


def repeated(sheets: Sequence[Sheet]) -> list[str]:
    """Return the notes that stand below more than one table, in the order in which they are met."""
    seen, twice = set[str](), dict[str, None]()
    for sheet in sheets:
        for line in dict.fromkeys(sheet.notes):
            if line in seen:
                twice[line] = None
            seen.add(line)
    return list(twice)


def grid_html(grid: Grid, label: str, vocabulary: Vocabulary) -> str:
    """Return a table, without its caption, in a region that scrolls by itself.

    Parameters
    ----------
    label:
        What the region is called for those who cannot see it.
    """
    grid, lines = alike(grid, vocabulary)
    heads = "".join(f'<th scope="col">{_head(head, vocabulary)}</th>' for head in grid.heads)
    rows = "".join(_row(row, vocabulary) for row in grid.rows if not _is_left_out(row, vocabulary))
    body = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(label)}">{body}</div>' + "".join(
        f'<p class="about">{line}</p>' for line in lines
    )


def caption_html(grid: Grid, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the first sentence of a caption, and what follows it."""
    caption = _plain_names(grid.caption, vocabulary)
    first, *rest = _SENTENCE.split(caption, maxsplit=1)
    return f'<p class="about">{first}</p>' if first else "", "".join(f'<p class="about">{more}</p>' for more in rest)


def alike(grid: Grid, vocabulary: Vocabulary) -> tuple[Grid, list[str]]:
    """Return a grid without the columns that say the same at length of every row, and for each a line that says it once, as html."""
    rows = [row for row in grid.rows if not _is_left_out(row, vocabulary)]
    said = {}
    for column in range(1, len(grid.heads)):
        texts = {row[column].text for row in rows}
        if len(rows) > 1 and len(texts) == 1 and len(min(texts)) > SHORT:
            said[column] = f"{_head(grid.heads[column], vocabulary)}: {_said(rows[0][column], vocabulary)}."
    if len(said) == len(grid.heads) - 1:
        return grid, []
    kept = [column for column in range(len(grid.heads)) if column not in said]
    narrow = replace(
        grid, heads=[grid.heads[column] for column in kept], rows=[[row[column] for column in kept] for row in grid.rows]
    )
    return narrow, list(said.values())


def rows_shown(grid: Grid, vocabulary: Vocabulary) -> int:
    """Return how many rows of a grid the page shows."""
    return sum(not _is_left_out(row, vocabulary) for row in grid.rows)


def _is_left_out(row: Sequence[Cell], vocabulary: Vocabulary) -> bool:
    """Whether a row says nothing but that an agent was not run here."""
    titles = [cell.text for cell in row[:2] if cell.text in vocabulary.agents]
    estimates = {cell.text for cell in row[1:] if cell.text not in titles}
    if any(title in vocabulary.not_run for title in titles) and (NOT_RUN in estimates or estimates == {NOTHING}):
        return True
    return bool(titles) and estimates <= {NOT_RUN, NOTHING} and NOT_RUN in estimates


def _row(row: Sequence[Cell], vocabulary: Vocabulary) -> str:
    agent = next((vocabulary.agents.index(cell.text) for cell in row[:2] if cell.text in vocabulary.agents), None)
    first, *rest = row
    cells = f'<th scope="row">{_said(first, vocabulary)}</th>' + "".join(
        f"<td{_class(cell)}>{_said(cell, vocabulary)}</td>" for cell in rest
    )
    return f"<tr{'' if agent is None else f' data-agent={chr(34)}{agent}{chr(34)}'}>{cells}</tr>"


def _class(cell: Cell) -> str:
    # Numbers with their intervals stay on one line; prose gets room and stands left.
    return ' class="short"' if len(cell.text) <= SHORT else ' class="prose"' if len(cell.text) > 2 * SHORT else ""


def _said(cell: Cell, vocabulary: Vocabulary) -> str:
    return scheme_link(cell.text, vocabulary) if cell.text in vocabulary.schemes else _plain_names(cell.markup, vocabulary)


def _plain_names(markup: str, vocabulary: Vocabulary) -> str:
    """Put plain words in place of the names of schemes that are no words of the language."""
    names = [name for name in vocabulary.schemes if "-" in name or name == "kfold"]
    if not names:
        return markup
    known = rf"(?<![\w-])({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?![\w-])"
    return re.sub(known, lambda found: html.escape(vocabulary.schemes[found[0]]), markup)


def _head(head: Cell, vocabulary: Vocabulary) -> str:
    """Return a head: a scheme by its plain words, and what stands in brackets behind it small."""
    name, _, more = head.text.partition(" (")
    if name not in vocabulary.schemes:
        return _plain_names(head.markup, vocabulary)
    return scheme_link(name, vocabulary) + (f" <small>({html.escape(more)}</small>" if more else "")


def scheme_link(name: str, vocabulary: Vocabulary) -> str:
    """Return the plain words for a scheme, which lead to its entry in the glossary."""
    return f'<a href="#scheme-{html.escape(name)}">{html.escape(vocabulary.schemes[name])}</a>'


def whole_html(sheet: Sheet) -> str:
    """Return a table file by itself: title, tables with their captions, and its notes in a fold."""
    grids = (f"<p>{grid.caption}</p>{grid_html(grid, sheet.title, Vocabulary())}" for grid in sheet.grids)
    notes = f"<details><summary>Notes</summary>{notes_html(sheet.notes)}</details>" if sheet.notes else ""
    return f"<h3>{html.escape(sheet.title)}</h3>{''.join(grids)}{notes}"


def notes_html(notes: Sequence[str]) -> str:
    """Return notes as html: a list where they are lines of one."""
    blocks = "\n".join(f"\n{line}\n" if not line.startswith("- ") else line for line in notes)
    return prose(blocks)


def prose(markdown: str) -> str:
    """Turn Markdown into html, headings as ``h3``."""
    tokens = _PARSER.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))
