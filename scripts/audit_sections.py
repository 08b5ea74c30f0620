"""Describe the sections before anything is trained: label rates, duplicates, what goes with the label, what groups could show."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mirage.audit.audit import audit, audit_markdown
from mirage.audit.before_training import before_training
from mirage.audit.classes import before_choosing
from mirage.data.labels import has_classes
from mirage.data.sections import read_sections
from mirage.files import read_json, write_json, write_text
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    sections, provenance = read_sections(args.sections), read_json(args.provenance)
    report = audit(sections, provenance)
    names = provenance.get("columns", {})
    if has_classes(sections):
        report["before_training"] = before_choosing(sections, names)
    else:
        report["before_training"] = before_training(sections, args.seeds, args.test_fraction, names)
    write_json(args.json, report)
    write_text(args.markdown, audit_markdown(report))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", required=True, help="parquet file of the sections")
    parser.add_argument("--provenance", required=True, help="JSON file that says where they came from")
    parser.add_argument("--seeds", type=int, default=10, help="random splits a held-out group is set against")
    parser.add_argument("--test-fraction", type=float, default=0.2, help="share of rows that a random split tests")
    parser.add_argument("--json", required=True, help="JSON file to write")
    parser.add_argument("--markdown", required=True, help="Markdown file to write")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
