"""Write the word and the three numbers to read first."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.design import Design
from mirage.files import write_json
from mirage.logs import run_main
from mirage.report.findings import first_word
from mirage.report.sentences.evidence import Evidence
from mirage.report.sentences.headline import headline, headline_of_choice
from mirage.report.sentences.verdict import falls_elsewhere
from mirage.results import read_csv
from mirage.stamps import stamp_of_run
from mirage.words import Words


def body(args: argparse.Namespace) -> None:
    study = args.study
    design, chosen, titles = Design(**study["design"]), study["headline"], dict(study["titles"])
    tables = {
        name: read_csv(args.results / f"tables/{name}.csv") for name in (["choosing"] if design.has_classes else ["f1", "gap"])
    }
    numbers = _numbers(tables, design, chosen["agent"], titles[chosen["agent"]], chosen.get("held_out"))
    words = Words(**args.words)
    numbers = [{**number, "label": words.say(number["label"])} for number in numbers]
    # Who reads three numbers alone has to read what to know of their agent too.
    note = study["notes"].get(titles[chosen["agent"]])
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    said = {"note": note} if note else {}
    judged = {path.stem: read_csv(path) for path in args.judged}
    evidence = Evidence({**tables, **judged}, titles, chosen, design.facts, study["baselines"], measure=design.measure)
    told = [sentence for sentence in (first_word(evidence), falls_elsewhere(evidence)) if sentence]
    said |= {"word": words.say(" ".join(told))} if told else {}
    write_json(args.results / "headline.json", {"stamp": stamp, "level": design.level, "numbers": numbers, **said})


def _numbers(
    tables: Mapping[str, pd.DataFrame], design: Design, agent: str, title: str, held_out: str | None
) -> list[dict[str, Any]]:
    if design.has_classes:
        return headline_of_choice(tables["choosing"], design, agent, title, held_out)
    return headline(tables["f1"], tables["gap"], design.facts, agent, title, str(held_out))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=json.loads, required=True, help="the grid, titles and headline as JSON")
    parser.add_argument("--words", type=json.loads, default={}, help="the words for a row, a unit and a group, as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument(
        "--judged", type=Path, nargs="*", default=[], help="csv of the tables that hold words, of those the study has"
    )
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
