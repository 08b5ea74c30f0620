"""Look for the agents' sessions in a local directory or on the Hub, and record where they are."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mirage.errors import StudyError
from mirage.files import write_json
from mirage.logs import run_main
from mirage.traces.fetch import TraceOptions, fetch


def body(args: argparse.Namespace) -> None:
    try:
        options = TraceOptions.from_mapping(json.loads(args.options))
    except json.JSONDecodeError as error:
        raise StudyError(
            f'--options is not JSON ({error}); write path, hub and files, such as \'{{"path": null, "hub": null, "files": {{}}}}\''
        ) from None
    write_json(args.manifest, fetch(options))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--options", required=True, help="path, hub and files of the configuration's traces section, as JSON")
    parser.add_argument("--manifest", type=Path, required=True, help="JSON file to write: which sessions there are, and whence")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
