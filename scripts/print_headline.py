"""Print the word and the three headline numbers with their intervals, and where tables, figures and page are."""

import argparse
import sys
from pathlib import Path

from mirage.headline import folder_lines, headline_lines
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    print("\n".join(["", *headline_lines(args.results), "", *folder_lines(args.results)]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
