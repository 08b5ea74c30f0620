"""Make one table: csv with every column, Markdown and LaTeX with what people read."""

import argparse
import importlib
import sys

from mirage.arguments import add_results_arguments, results_of
from mirage.logs import run_main
from mirage.tables.layout import write_table


def body(args: argparse.Namespace) -> None:
    module = importlib.import_module(args.module)
    results = results_of(args)
    table = module.compute(results)
    panels, notes = module.present(table, results)
    stamp = module.stamp(table, results) if hasattr(module, "stamp") else results.stamp
    declared = module.TABLE
    stem = args.results / declared.folder / args.module.rpartition(".")[2]
    write_table(stem, declared.title, table, panels, [*notes, *results.left_out], stamp, results.words)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="dotted name of the table's module, such as mirage.tables.f1")
    add_results_arguments(parser)
    parser.add_argument("--threads", type=int, default=1, help="processes")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
