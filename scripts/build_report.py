"""Put the tables and figures of a run on one page that needs no network."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mirage.design import Design
from mirage.figures.style import DARK, VARIABLES
from mirage.files import read_json, write_text
from mirage.logs import run_main
from mirage.provenance import machine, versions
from mirage.report.citation import bibtex, citations, cited
from mirage.report.glossary import Links, glossary, vocabulary
from mirage.report.markup import without
from mirage.report.methods import about_agents, in_one_sentence, methods
from mirage.report.origins import commit_of, left_out, not_run_here, provenance_rows, run_records
from mirage.report.page import Folder, parts_of, prose_html, render
from mirage.report.sentences.headline import subject
from mirage.results import read_csv
from mirage.stamps import stamp_of_scores
from mirage.version import VERSION
from mirage.words import Words

PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "xgboost-cpu", "xgboost", "torch", "transformers", "snakemake")


def body(args: argparse.Namespace) -> None:
    config, study = json.loads(args.config), json.loads(args.study)
    results = args.results
    data = read_json(results / "data/sections.json")
    scores = pd.read_parquet(results / "scores.parquet")
    findings = read_json(results / "findings.json")
    contents = yaml.safe_load(args.contents.read_text(encoding="utf-8"))
    design, titles = Design(**study["design"]), dict(study["titles"])
    folder = Folder(results, args.captions, args.tables)
    sheets, drawings = folder.sheets(), folder.drawings()
    schemes, runs = [design.facts[name] for name in design.schemes], scores["group_kind"] == "all"
    terms = yaml.safe_load(args.template.with_name("glossary.yaml").read_text(encoding="utf-8"))
    run = {"grid": design.grid, "titles": study["titles"], "notes": study["notes"]}
    words = Words.of(config["data"])
    entries = glossary(terms, schemes, about_agents(config), run, sheets, words, has_classes=design.has_classes)
    names, links = vocabulary(schemes, study["design"], titles), Links(entries.terms)
    told = findings["sections"] | {"how": {"answer": in_one_sentence(config, data, int(runs.sum()))}}
    own = {name: without(sheet, entries.said) for name, sheet in sheets.items()}
    parts = parts_of(contents, folder, own, drawings, told, names, links)
    cff = yaml.safe_load(args.citation.read_text(encoding="utf-8"))
    works = cited(cff, about_its_data=config.get("published", False))

    cost = results / "cost/cost.csv"
    hours = float(read_csv(cost)["hours"].sum()) if cost.is_file() else None
    traces, observed, supplement = (_read(results, name) for name in ("traces/traces", "traces/observed", "external/sections"))
    sessions = observed["sessions"] if observed else None
    reproduction = results / "tables/reproduction.csv"
    provenance = provenance_rows(data, run_records(results, scores), traces, hours)
    provenance += [
        ("seeds", f"{config['seeds']}; encoders {config['encoders']['seeds']}"),
        ("runs", f"{runs.sum():,}"),
        ("machine that made the page", ", ".join(dict.fromkeys(machine().values()))),
        ("versions of the page", ", ".join(f"{name} {version}" for name, version in versions(*PACKAGES).items())),
        ("workflow", f"mirage {VERSION}, commit {commit_of(args.template.resolve().parents[2])}"),
    ]
    page = render(
        args.template,
        title=f"Is the {design.measure.name} on this data set real?",
        subtitle=f"{config.get('study') or config['data']['hub']['repo']}: {subject(design)}",
        stamp=stamp_of_scores(data, scores),
        colours=VARIABLES,
        dark=DARK,
        first=findings["first"],
        first_figure=drawings.get(contents["first"]),
        not_run=not_run_here(design.grid, titles),
        parts=parts,
        glossary=entries,
        vocabulary=names,
        links=links,
        methods=prose_html(args.template.with_name("methods.md.j2"), **methods(config, study, data)),
        left_out=left_out(
            study,
            read_csv(reproduction) if reproduction.is_file() else None,
            sessions,
            supplement,
            folder.absent(sheets),
        ),
        provenance=provenance,
        citations=citations(works),
        bibtex=bibtex(works),
    )
    write_text(args.output, words.say(page))


def _read(results: Path, name: str) -> Any:
    path = results / f"{name}.json"
    return read_json(path) if path.is_file() else None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--config", required=True, help="the configuration as JSON")
    parser.add_argument("--study", required=True, help="the grid and titles as JSON")
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--contents", type=Path, required=True, help="yaml list of the page's parts")
    parser.add_argument(
        "--tables",
        type=json.loads,
        required=True,
        help="title, question and folder of the tables of the study as JSON, by name",
    )
    parser.add_argument(
        "--captions", type=json.loads, required=True, help="the figures of the study and their captions as JSON, by name"
    )
    parser.add_argument("--citation", type=Path, required=True, help="CITATION.cff")
    parser.add_argument("--output", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
