"""Fetch the labelled sections from the first source that has them, and record where they came from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from mirage.data.options import DataOptions
from mirage.data.sections import write_sections
from mirage.data.sources import fetch
from mirage.errors import StudyError
from mirage.files import write_json
from mirage.logs import run_main
from on_the_books.corpus import ON_THE_BOOKS


def body(args: argparse.Namespace) -> None:
    try:
        options = DataOptions.from_mapping(json.loads(args.options), ON_THE_BOOKS)
    except json.JSONDecodeError as error:
        raise StudyError(
            f'--options is not JSON ({error}); write the config\'s data section, such as \'{{"source": "auto"}}\''
        ) from None
    sections, provenance = fetch(options, args.attempt)
    write_sections(sections, args.sections)
    write_json(args.provenance, provenance)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--options", required=True, help="the data section of the configuration, as JSON")
    parser.add_argument("--attempt", type=int, default=1, help="which try this is, for the record")
    parser.add_argument("--sections", required=True, help="parquet file to write, one row a section")
    parser.add_argument("--provenance", required=True, help="JSON file to write: where the sections came from")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
