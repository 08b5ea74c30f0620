"""The card of the data set that holds a run's tables and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import DatasetCard, DatasetCardData

from mirage.cards.card import WHOLE, render_body
from mirage.cards.evaluations import TASK
from mirage.cards.material import Material
from mirage.cards.words import grid
from mirage.contracts import PREDICTION_COLUMNS
from mirage.stamps import stamp_of
from mirage.version import VERSION

FIRST = "f1"
PREDICTIONS = "predictions"


def results_card(material: Material, tables: Sequence[Path], template: Path, citation: str) -> DatasetCard:
    """Write the card: each table is a subset that loads by its name, and so are the predictions.

    Parameters
    ----------
    tables:
        The csv files of the tables that will lie beside the card.
    """
    options, data, provenance = material.options, material.data, material.provenance
    names = sorted((path.stem for path in tables if path.is_file()), key=lambda name: (name != FIRST, name))
    scored = [agent for agent in material.design.agents if agent in set(material.scores["agent"])]
    made_up = stamp_of(provenance)
    subsets = [{"config_name": name, "data_files": f"tables/{name}.parquet"} for name in names]
    if scored:
        subsets.append({"config_name": PREDICTIONS, "data_files": f"{PREDICTIONS}/*.parquet"})
    title = f"Results of mirage on {data.name}"
    metadata = DatasetCardData(
        language=options.language,
        license=None if made_up else options.license,
        pretty_name=title,
        task_categories=[TASK],
        tags=["mirage", "evaluation-results", *([f"{provenance['corpus']}-corpus"] if made_up else [])],
        configs=[{**subset, "default": True} if subset["config_name"] == FIRST else subset for subset in subsets],
    )
    body = render_body(
        template,
        stamp=material.stamp(),
        title=title,
        data=data,
        repository=options.of_results,
        tables=grid(["subset", "title"], [[f"`{name}`", _title(material.results, name)] for name in names], ":--"),
        agents=grid(
            ["agent", "title", "runs"],
            [[f"`{agent}`", material.titles[agent], str(len(material.cells(agent)))] for agent in scored],
            ":--",
        ),
        left_out=[f"{material.titles[agent]}: {reason}" for agent, reason in material.left_out().items()],
        columns=[*("split", "agent", "seed"), *PREDICTION_COLUMNS],
        license=options.license,
        sections=provenance,
        citation=citation.rstrip(),
        version=VERSION,
    )
    return DatasetCard.from_template(metadata, template_str=WHOLE, body=body)


def _title(results: Path, name: str) -> str:
    path = results / f"tables/{name}.md"
    first = path.read_text(encoding="utf-8").partition("\n")[0] if path.is_file() else ""
    return first.removeprefix("# ")
