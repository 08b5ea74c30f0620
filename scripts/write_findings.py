"""Say in sentences what the tables of a run hold."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.design import Design
from mirage.files import read_json, write_json
from mirage.logs import run_main
from mirage.report.findings import answer, sentences
from mirage.report.openings import openings
from mirage.report.sentences import first
from mirage.report.sentences.evidence import Evidence
from mirage.results import read_csv
from mirage.stamps import stamp_of_scores
from mirage.words import Words
from on_the_books.sentences import ANSWERS, DETAILS, FINDINGS, OPENING


def body(args: argparse.Namespace) -> None:
    study = json.loads(args.study)
    tables = {path.stem: read_csv(path) for path in args.tables}
    scores = pd.read_parquet(args.results / "scores.parquet")
    stamp = stamp_of_scores(read_json(args.results / "data/sections.json"), scores)
    design = Design(**study["design"])
    evidence = Evidence(
        tables=tables,
        titles=dict(study["titles"]),
        headline=study["headline"],
        facts=design.facts,
        measure=design.measure,
        baselines=study["baselines"],
        notes=study["notes"],
    )
    told, said = answer(evidence, OPENING), sentences(evidence, FINDINGS)
    say = Words(**args.words).say
    screen = {
        "lead": first.lead(evidence),
        "about": first.about(evidence),
        "verdicts": first.verdicts(evidence),
        "notes": first.notes(evidence),
    }
    found = {
        "stamp": stamp,
        "first": screen,
        "sections": openings(evidence, ANSWERS, DETAILS),
        "answer": told,
        "sentences": said,
    }
    write_json(args.results / "findings.json", _in_words(found, say))


def _in_words(found: Any, say: Callable[[str], str]) -> Any:
    """Put the words of the study into every text of a nested value."""
    if isinstance(found, dict):
        return {key: _in_words(value, say) for key, value in found.items()}
    if isinstance(found, list):
        return [_in_words(value, say) for value in found]
    return say(found) if isinstance(found, str) else found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True, help="the grid, titles and headline as JSON")
    parser.add_argument("--words", type=json.loads, default={}, help="the words for a row, a unit and a group, as JSON")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="csv of every table to read")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
