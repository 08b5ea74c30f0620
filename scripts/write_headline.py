"""Write the word and the three numbers to read first."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from mirage.design import Design
from mirage.files import write_json
from mirage.logs import run_main
from mirage.report.sentences.evidence import Evidence
from mirage.report.sentences.headline import headline, headline_of_choice
from mirage.report.sentences.verdict import word_of_headline
from mirage.results import read_csv
from mirage.stamps import stamp_of_run
from mirage.words import Words


def body(args: argparse.Namespace) -> None:
    study = args.study
    design, chosen, titles = Design(**study["design"]), study["headline"], dict(study["titles"])
    numbers = _numbers(args.results / "tables", design, chosen["agent"], chosen.get("held_out"))
    words = Words(**args.words)
    numbers = [{**number, "label": words.say(number["label"])} for number in numbers]
    # Who reads three numbers alone has to read what to know of their agent too.
    note = study["notes"].get(titles[chosen["agent"]])
    stamp = stamp_of_run(args.results / "data/sections.json", args.results / "scores.parquet")
    said = {"note": note} if note else {}
    if args.verdict:
        evidence = Evidence({"verdict": read_csv(args.verdict)}, titles, chosen, design.facts, measure=design.measure)
        word = word_of_headline(evidence)
        said |= {"word": words.say(word)} if word else {}
    write_json(args.results / "headline.json", {"stamp": stamp, "level": design.level, "numbers": numbers, **said})


def _numbers(tables: Path, design: Design, agent: str, held_out: str | None) -> list[dict[str, Any]]:
    if design.has_classes:
        return headline_of_choice(read_csv(tables / "choosing.csv"), design, agent, held_out)
    return headline(read_csv(tables / "f1.csv"), read_csv(tables / "gap.csv"), design.facts, agent, str(held_out))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=json.loads, required=True, help="the grid, titles and headline as JSON")
    parser.add_argument("--words", type=json.loads, default={}, help="the words for a row, a unit and a group, as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--verdict", type=Path, help="csv of the table of words, where the study has it")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
