"""Draw one figure, as svg and as png."""

import argparse
import importlib
import sys
from pathlib import Path

from mirage.arguments import add_results_arguments, results_of
from mirage.figures.style import styled, write_figure
from mirage.logs import run_main


def body(args: argparse.Namespace) -> None:
    module = importlib.import_module(args.module)
    results = results_of(args)
    with styled():
        figure = module.draw(results)
        stamp = module.stamp(results) if hasattr(module, "stamp") else results.stamp
        write_figure(figure, args.svg, args.png, stamp)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="dotted name of the figure's module, such as mirage.figures.gap")
    add_results_arguments(parser)
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--png", type=Path, required=True)
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
