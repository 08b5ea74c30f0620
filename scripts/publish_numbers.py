"""Write the numbers of the published run into README.md and three documents, between two marks each."""

import argparse
import logging
import sys
from pathlib import Path

from mirage.data.given import taken_in
from mirage.errors import StudyError
from mirage.files import read_json, write_text
from mirage.folder import StudyFolder
from mirage.logs import run_main
from mirage.results import read_csv
from mirage.study import Study
from on_the_books.author import note
from on_the_books.limits import shortfalls
from on_the_books.readme import findings, numbers, with_numbers

ROOT = Path(__file__).parents[1]
TABLES = (
    "verdict",
    "new_group",
    "published",
    "decomposition",
    "multiverse",
    "drop_differences",
    "reproduction",
    "f1",
    "gap",
    "coverage",
)


def body(args: argparse.Namespace) -> None:
    paths = {name: args.reference / f"tables/{name}.csv" for name in TABLES}
    for name in ("verdict", "coverage"):
        if not paths[name].is_file():
            raise StudyError(f"{paths[name]}: no such file; run make reference first")
    tables = {name: read_csv(path) for name, path in paths.items() if path.is_file()}
    config = StudyFolder(ROOT).read()
    # What this machine could fine-tune is not asked: the tables say what was.
    config["encoders"]["run"] = "none"
    study = Study.from_config(taken_in(config))
    written = {
        "README.md": numbers(tables, study),
        "docs/findings.md": findings(read_json(args.reference / "findings.json")),
        "docs/for-the-posts-author.md": note(tables, read_csv(ROOT / "workflow/resources/published_grid.csv"), study),
        "docs/limits.md": shortfalls(tables["coverage"]),
    }
    for name, lines in written.items():
        path = args.root / name
        before = path.read_text(encoding="utf-8")
        after = with_numbers(before, lines, name)
        if after == before:
            logging.info("%s: its numbers are those of %s", name, args.reference)
        elif args.check:
            raise StudyError(
                f"{name}: its numbers are not those of {args.reference}; python scripts/publish_numbers.py writes them"
            )
        else:
            write_text(path, after)
            logging.info("%s: its numbers are now those of %s", name, args.reference)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, default=ROOT / "results/reference", help="folder of the published run")
    parser.add_argument("--root", type=Path, default=ROOT, help="folder with README.md and docs/")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the numbers differ")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
