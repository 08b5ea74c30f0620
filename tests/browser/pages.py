"""A page to open in a browser: the tables and figures of the published reference in the template of the page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from mirage.declared import discover
from mirage.figures.style import DARK, VARIABLES
from mirage.report.glossary import Links, glossary, vocabulary
from mirage.report.markup import without
from mirage.report.methods import about_agents, methods
from mirage.report.page import Folder, parts_of, prose_html, render
from mirage.study.grid import Study
from mirage.study.loading import fill_defaults
from mirage.tables.verdict import WORDS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "workflow/report"
# What sorts by its number, by its sign, by what it lies below, and not at all.
ORDERED = ["<.001", ".003", "–", "1,200", "-.5", ".04 [.01, .07]", "too few rows (3)"]


def build(folder: Path) -> Path:
    """Write the page and its tables into a folder as a run has them, and return its path."""
    results = folder / "results"
    shutil.copytree(ROOT / "results/reference", results, ignore=shutil.ignore_patterns("report", "*.png", "*.tex"))
    rows = "\n".join(f"| row {place} | {text} |" for place, text in enumerate(ORDERED))
    (results / "tables/f1.md").write_text(
        f"# Sorted\n\nTo sort.\n\n| name | value |\n| :-- | --: |\n{rows}\n", encoding="utf-8"
    )
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    fill_defaults(config)
    study = Study.from_config(config)
    tables = {
        name: {
            "title": study.words.say(found.declared.title),
            "question": study.words.say(found.declared.question),
            "folder": found.declared.folder,
            "by_default": found.declared.by_default,
        }
        for name, found in discover(["mirage.tables", "on_the_books.tables"], "TABLE", study).items()
    }
    figures = discover(["mirage.figures", "on_the_books.figures"], "FIGURE", study)
    captions = {name: found.declared.caption_of(study) for name, found in figures.items()}
    page = results / "report/index.html"
    page.parent.mkdir()
    page.write_text(study.words.say(_rendered(config, study, Folder(results, captions, tables))), encoding="utf-8")
    return page


def _rendered(config: dict[str, Any], study: Study, folder: Folder) -> str:
    options = study.estimate_options
    titles, schemes = dict(study.titles), [study.facts[name] for name in study.schemes]
    sheets, drawings = folder.sheets(), folder.drawings()
    run = {"grid": options["design"]["grid"], "titles": study.titles, "notes": options["notes"]}
    terms = yaml.safe_load((PAGE / "glossary.yaml").read_text(encoding="utf-8"))
    entries = glossary(terms, schemes, about_agents(config), run, sheets, study.words)
    names, links = vocabulary(schemes, options["design"], titles), Links(entries.terms)
    contents = yaml.safe_load((PAGE / "contents.yaml").read_text(encoding="utf-8"))
    own = {name: without(sheet, entries.said) for name, sheet in sheets.items()}
    told = {name: {"answer": "An F1 held out falls.", "details": ["In detail."]} for name in ("random", "held_out", "apart")}
    judged = [title for title in titles.values() if title not in names.not_run][2:7]
    verdicts = [
        {"title": title, "word": WORDS[place % 3], "said": "by .103 [.034, .246]", "basis": "109 positive rows"}
        for place, title in enumerate(judged)
    ]
    data = {"rows": 9, "positives": 3, "origin": "a file", "near_duplicate_threshold": 0.5}
    return render(
        PAGE / "index.html.j2",
        title="Is the F1 on this data set real?",
        subtitle="random splits, against held-out sources",
        stamp="synthetic corpus: made-up text, no statement about anything",
        colours=VARIABLES,
        dark=DARK,
        first={
            "lead": "On rows of two sources F1 falls for 4 of 5 agents and cannot be told for 1.",
            "about": "Drops.",
            "verdicts": verdicts,
            "notes": [],
        },
        first_figure=drawings.get(contents["first"]),
        not_run={"agents": list(names.not_run), "how": "write run: [claude-code] under encoders"},
        parts=parts_of(contents, folder, own, drawings, told, names, links),
        glossary=entries,
        vocabulary=names,
        links=links,
        methods=prose_html(PAGE / "methods.md.j2", **methods(config, options, data)),
        left_out=["Trees"],
        provenance=[("seeds", "10")],
        citations=["A line."],
        bibtex="@misc{a}",
    )
