"""The study on one page: sections that open with their answer, what stands open in them and what is folded.

The files of a run are put in a template, with nothing fetched from anywhere. Tables come from their Markdown, figures are put in as svg.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from mirage.report import markup
from mirage.report.drawings import Drawing, inline_svg
from mirage.report.glossary import Links
from mirage.report.markup import Sheet, Vocabulary

KINDS = ("figures", "tables")


@dataclass(frozen=True)
class Shown:
    """A table as the page shows it.

    Attributes
    ----------
    name, title, question:
        How its file is called, its heading, and what it answers.
    first:
        Its first grid as html; empty where that is so long that it is folded too.
    more:
        What is folded below it as html: further grids, and notes that no other table has.
    folds:
        What the fold holds, in words; empty where there is none.
    csv:
        Its csv, from where the page lies.
    """

    name: str
    title: str
    question: str
    first: str
    more: str
    folds: str
    csv: str


@dataclass
class Part:
    """A section of the page: what stands open in it, what is folded, and what this run did not make of it."""

    name: str
    title: str
    short: str
    answer: str = ""
    details: list[str] = field(default_factory=list)
    figures: list[Drawing] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)
    more_figures: list[Drawing] = field(default_factory=list)
    more_tables: list[Shown] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the study has nothing of it."""
        shown = (self.answer, self.details, self.figures, self.tables, self.more_figures, self.more_tables)
        return not any(shown)


@dataclass(frozen=True)
class Folder:
    """The files of a run that the page shows.

    Attributes
    ----------
    results:
        The folder of results.
    captions:
        The figures of the study, by name. One that is not among them is no part of the page, even where an earlier run left its file.
    tables:
        The tables of the study by name: ``title, question, folder``, and whether they are made ``by_default``.
    """

    results: Path
    captions: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Any]]

    def drawings(self) -> dict[str, Drawing]:
        """Return the figures of the study that the run made, by name."""
        return {
            name: Drawing(name, inline_svg(path.read_text(encoding="utf-8")), self.captions[name])
            for name, path in self._svgs()
        }

    def _svgs(self) -> list[tuple[str, Path]]:
        paths = {name: self.results / f"figures/{name}.svg" for name in self.captions}
        return [(name, path) for name, path in paths.items() if path.is_file()]

    def sheets(self) -> dict[str, Sheet]:
        """Return the tables of the study that the run made, by name."""
        paths = {name: self.results / own["folder"] / f"{name}.md" for name, own in self.tables.items()}
        found = {name: markup.read_sheet(path) for name, path in paths.items()}
        return {name: sheet for name, sheet in found.items() if sheet}

    def absent(self, sheets: Collection[str]) -> list[str]:
        """Name what the study has by default and the run did not make."""
        made = {name for name, _ in self._svgs()}
        figures = [f"figure {name}" for name in self.captions if name not in made]
        return [*figures, *(f"table {name}" for name, own in self.tables.items() if own["by_default"] and name not in sheets)]


def parts_of(
    contents: Mapping[str, Any],
    folder: Folder,
    sheets: Mapping[str, Sheet],
    drawings: Mapping[str, Drawing],
    told: Mapping[str, Mapping[str, Any]],
    vocabulary: Vocabulary,
    links: Links,
) -> list[Part]:
    """Collect the sections of the page from the files of a run.

    Parameters
    ----------
    contents:
        ``first``, the figure of the first screen, and ``sections`` in order: ``name, title``, ``short`` for the list of contents,
        ``figures, tables`` that stand open, and
        ``folded`` with the same two. What none of them names is folded in the last one, so that a new table is on the page without
        a word there. A section of which the study has nothing is left out, but for the last, which holds the methods too.
    sheets:
        The tables that the run made, without the notes that the glossary holds.
    drawings:
        The figures that the run made.
    told:
        By section ``answer`` and ``details``, as findings.json has them.
    """
    sections = contents["sections"]
    placed = {kind: {name for entry in sections for name in _named(entry, kind)} for kind in KINDS}
    rest = {
        "figures": [name for name in drawings if name not in placed["figures"] | {contents["first"]}],
        "tables": [name for name in sheets if name not in placed["tables"]],
    }
    parts = []
    for place, entry in enumerate(sections):
        own = told.get(entry["name"], {})
        part = Part(
            entry["name"], entry["title"], entry["short"], links.of(own.get("answer") or ""), list(own.get("details", ()))
        )
        folded = {kind: [*entry.get("folded", {}).get(kind, ())] for kind in KINDS}
        is_last = place == len(sections) - 1
        if is_last:
            folded = {kind: [*folded[kind], *rest[kind]] for kind in KINDS}
        part.figures, part.more_figures = (
            [drawings[name] for name in names if name in drawings] for names in (entry.get("figures", ()), folded["figures"])
        )
        part.tables, part.more_tables = (
            [shown(name, sheets[name], folder, vocabulary) for name in names if name in sheets]
            for names in (entry.get("tables", ()), folded["tables"])
        )
        if is_last or not part.is_empty:
            parts.append(part)
    return parts


def _named(entry: Mapping[str, Any], kind: str) -> list[str]:
    return [*entry.get(kind, ()), *entry.get("folded", {}).get(kind, ())]


def shown(name: str, sheet: Sheet, folder: Folder, vocabulary: Vocabulary) -> Shown:
    """Return a table as the page shows it: its first grid, and the rest below a fold."""
    own = folder.tables[name]
    grids = [
        markup.grid_html(grid, f"{sheet.title}, part {number}", vocabulary) for number, grid in enumerate(sheet.grids, start=1)
    ]
    captions = [markup.caption_html(grid, vocabulary) for grid in sheet.grids]
    rest = ["".join(caption) + grid for caption, grid in zip(captions[1:], grids[1:], strict=True)]
    short, more = captions[0] if captions else ("", "")
    first = short + "".join(grids[:1])
    notes = more + (markup.notes_html(sheet.notes) if sheet.notes else "")
    if sheet.grids and (rows := markup.rows_shown(sheet.grids[0], vocabulary)) > markup.MANY:
        first, rest = short, [grids[0], *rest]
        said = [f"The table, {rows} rows" + (f", and {len(rest) - 1} more" if len(rest) > 1 else "")]
    else:
        said = [f"{len(rest)} more table{'s' if len(rest) > 1 else ''}"] if rest else []
    folds = " and ".join([*said, *(["what the numbers are" if said else "What the numbers are"] if notes else [])])
    return Shown(name, sheet.title, own["question"], first, notes + "".join(rest), folds, f"../{own['folder']}/{name}.csv")


def prose_html(template: Path, **values: Any) -> str:
    """Fill a Markdown template and turn it into html."""
    return markup.prose(render(template, **values))


def render(template: Path, **values: Any) -> str:
    """Fill a template of the page; a value it needs and does not get is an error."""
    loader = jinja2.FileSystemLoader(template.parent)
    # Markdown is escaped when it becomes html.
    escaped = ".html" in template.suffixes
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=escaped, trim_blocks=True)
    return environment.get_template(template.name).render(**values)
