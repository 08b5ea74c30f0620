"""Write the model card of every agent that ran, and the card of the results."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mirage.cards.material import Material, read_tables
from mirage.cards.options import CardOptions
from mirage.cards.write import write_cards
from mirage.design import Design
from mirage.files import read_json
from mirage.logs import run_main
from mirage.report.citation import citation_file
from mirage.words import Words


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    options = json.loads(args.options)
    provenance = read_json(args.results / "data/sections.json")
    cards = CardOptions.from_mapping(options["cards"])
    if provenance["source"] == "hub":
        cards = replace(cards, dataset=cards.dataset or options["hub"])
    material = Material(
        results=args.results,
        tables=read_tables(args.tables),
        scores=pd.read_parquet(args.results / "scores.parquet"),
        provenance=provenance,
        design=Design(**study["design"]),
        titles=dict(study["titles"]),
        agents=options["agents"],
        held_out=study["headline"]["held_out"],
        options=cards,
    )
    write_cards(
        material,
        list(options["agents"]),
        args.tables,
        args.templates,
        citation_file(args.citation.read_text(encoding="utf-8"), about_its_data=args.published),
        options["min_rows"],
        args.output,
        Words(**args.words),
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and interval settings as JSON")
    parser.add_argument("--options", required=True, help="cards, hub, agents and min_rows as JSON")
    parser.add_argument("--words", type=json.loads, default={}, help="the words for a row, a unit and a group, as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="csv files of the tables")
    parser.add_argument("--templates", type=Path, required=True, help="folder of the cards' templates")
    parser.add_argument("--citation", type=Path, required=True, help="CITATION.cff")
    parser.add_argument(
        "--published", type=json.loads, required=True, help="JSON: whether the data are those of the published study"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder that gets AGENT/README.md")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
