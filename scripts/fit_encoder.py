"""Fine-tune one encoder on one split for several seeds; write each seed's predictions of every epoch and its run record."""

import argparse
import json
import sys
from pathlib import Path

from mirage.arguments import add_batch_arguments
from mirage.encoders.recipe import resolve
from mirage.encoders.runtime import prepared
from mirage.logs import run_main

PATHS = ("sections", "provenance", "splits", "output", "store", "cache")


def body(args: argparse.Namespace) -> None:
    recipe = resolve(args.agent, json.loads(args.recipe))
    options = json.loads(args.options)
    with prepared(recipe, options["device"], args.threads):
        # Imported late, because torch reads its environment when it is imported.
        from mirage.encoders.batch import Request, fit_batch
        from mirage.encoders.training import Options

        switches = {key: options[key] for key in ("save_every", "full_determinism", "keep_model")}
        fit_batch(
            Request(
                recipe=recipe,
                options=Options(**switches),
                checkpoints=Path(options["path"]) if options["path"] else None,
                **{key: options[key] for key in ("hub", "device", "lower_precision")},
                **{key: getattr(args, key) for key in ("split", "seeds", "vary_training", "threads", "code", *PATHS)},
            )
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_batch_arguments(parser)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--recipe", required=True, help="the agent's entry of the configuration as JSON")
    parser.add_argument("--code", default="", help="digest of the code that runs")
    parser.add_argument("--options", required=True, help="how fits run as JSON: the configuration's encoders and checkpoints")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cache", type=Path, required=True, help="folder for token ids")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
