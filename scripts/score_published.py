"""Score the models that agents published: on the test rows of their own split, and on the supplementary rows."""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from mirage.encoders.recipe import Recipe, published_recipe
from mirage.encoders.runtime import prepared
from mirage.errors import StudyError
from mirage.files import atomic_path, write_json
from mirage.logs import run_main
from mirage.splits.store import read_seeds

COLUMNS = ["agent", "row_id", "external", "score"]


def rows_to_score(sections: pd.DataFrame, split: Path) -> pd.DataFrame:
    """Return the test rows of a split, and the supplementary rows that are none of the corpus's."""
    found = read_seeds([split])[0]
    tested = found.loc[found["part"] == "test", "row_id"]
    own = sections["row_id"].isin(tested) & ~sections["external"]
    return sections[own | (sections["external"] & ~sections["overlapping"])]


def score(recipe: Recipe, rows: pd.DataFrame, options: dict[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the scores of a published model, and what is known of it."""
    # Imported late, because torch reads its environment when it is imported.
    from mirage.encoders.devices import pick_device
    from mirage.encoders.hardware import detect
    from mirage.encoders.published import find_published, score_published

    folder = Path(options["path"]) if options["path"] else None
    checkpoint = find_published(recipe, folder, hub=options["hub"])
    device = pick_device(options["device"], detect())
    scores = score_published(checkpoint, recipe, rows["text"], device)
    told = {"checkpoint": checkpoint.record(), "stand_in": checkpoint.stand_in, "device": device}
    return rows[["row_id", "external"]].assign(agent=recipe.agent, score=scores)[COLUMNS], told


def tried(recipe: Recipe, rows: pd.DataFrame, options: dict[str, Any]) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Return what :func:`score` does, or None and why the model is ``missing``."""
    try:
        return score(recipe, rows, options)
    except StudyError as error:
        missing = str(error).partition("; to get it")[0]
    except ModuleNotFoundError as error:
        missing = f"{error.name} is not installed"
    logging.warning("%s: its published model is not scored: %s", recipe.agent, missing)
    return None, {"missing": missing}


def body(args: argparse.Namespace) -> None:
    options = json.loads(args.options)
    recipes = [published_recipe(agent, entry) for agent, entry in json.loads(args.models).items()]
    sections = pd.read_parquet(args.sections)
    with prepared(max(recipes, key=lambda recipe: recipe.millions), options["device"], args.threads):
        found = [
            tried(recipe, rows_to_score(sections, split), options) for recipe, split in zip(recipes, args.splits, strict=True)
        ]
    frames = [frame for frame, _ in found if frame is not None]
    with atomic_path(args.output) as path:
        pd.concat(frames or [pd.DataFrame(columns=COLUMNS)], ignore_index=True).to_parquet(path, index=False)
    records = {recipe.agent: told for recipe, (_, told) in zip(recipes, found, strict=True)}
    write_json(args.record, {"attempt": args.attempt, "models": records})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, required=True, help="the corpus's rows and the supplement's")
    parser.add_argument(
        "--splits", type=Path, nargs="+", required=True, help="file of the own split of each model, in their order"
    )
    parser.add_argument("--models", required=True, help="the agents' entries of the configuration as JSON")
    parser.add_argument("--options", required=True, help="device, and where checkpoints are, as JSON")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--attempt", type=int, default=1, help="number of the attempt to reach the models")
    parser.add_argument("--output", type=Path, required=True, help="parquet file of scores to write")
    parser.add_argument("--record", type=Path, required=True, help="JSON file to write: what is known of each model")
    return run_main(parser, body, argv)


if __name__ == "__main__":
    sys.exit(main())
