"""Print the word and the three headline numbers with their intervals, and where the tables, the figures and the report are."""

import argparse
import sys
from pathlib import Path

from mirage.files import read_json
from mirage.logs import run_main
from mirage.tables.layout import with_interval


def body(args: argparse.Namespace) -> None:
    headline = read_json(args.results / "headline.json")
    prefix = f"[{headline['stamp'].split(':')[0]}] " if headline["stamp"] else ""
    print()
    if headline.get("word"):
        print(f"{prefix}{headline['word']}")
    for row in headline["numbers"]:
        values = [row[name] if row[name] is not None else float("nan") for name in ("value", "low", "high")]
        print(
            f"{prefix}{with_interval(*values):<24} {row['label']}; {headline['level']:.0%} interval: {row['interval'] or 'none'}"
        )
    if headline.get("note"):
        print(f"{prefix}{headline['note'].rstrip('.')}.")
    print()
    for folder, kinds in (("tables", "*.md"), ("figures", "*.svg"), ("report", "*.html")):
        files = ", ".join(sorted(path.name for path in (args.results / folder).glob(kinds)))
        print(f"{prefix}{folder}: {args.results / folder}/ ({files})")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
