"""Draw the share of positive sections by source."""

import argparse
import sys
from pathlib import Path

from mirage.figures import label_rate
from mirage.figures.arguments import add_files
from mirage.figures.style import styled, write_figure
from mirage.files import read_json
from mirage.logs import run_main
from mirage.stamps import stamp_of


def body(args: argparse.Namespace) -> None:
    audit = read_json(args.audit)
    with styled():
        write_figure(label_rate.draw(audit), args.svg, args.png, stamp_of(audit))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audit", type=Path, required=True, help="audit.json")
    add_files(parser)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
