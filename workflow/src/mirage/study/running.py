"""What runs where: fine-tunes and their checkpoints, and what the cards on the Hub say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from mirage.models import AnyNames, Count, Model, Text, absent

RUN = ("auto", "all", "none", "kept")


def _run(value: Any) -> Any:
    names = isinstance(value, list) and all(isinstance(name, str) and name for name in value)
    if value not in RUN and not (names and len(set(value)) == len(value)):
        raise ValueError(f"one of {', '.join(RUN)}, or a list of agents, each once")
    return value


Run = Annotated[
    Any,
    PlainValidator(_run),
    WithJsonSchema({"anyOf": [{"enum": list(RUN)}, {"type": "array", "uniqueItems": True, "items": {"type": "string"}}]}),
]
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"


class Encoders(Model):
    """Which encoders run, where, and how."""

    run: Run = Field(
        default="none",
        description="auto (those feasible here within encoders.minutes), all, none, kept (none is trained; fits are taken from "
        "encoders.kept), or a list of agents.",
    )
    minutes: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="Minutes on the clock that auto may take, all cores in use, as foretold; null is 10 on a CPU and 30 on a GPU. The "
        "first two of encoders.schemes run with one seed whatever they take.",
    )
    where: Literal["here", "hf-jobs"] = Field(
        default="here",
        description="here, or hf-jobs: as paid jobs on Hugging Face Jobs, which workflow/profiles/hf-jobs sets.",
    )
    kept: Text = Field(
        default="results/reference/predictions",
        description="Folder of kept fits, as scripts/keep_fits.py writes it; looked for from the working directory, then from the "
        "project.",
    )
    schemes: AnyNames = Field(
        default_factory=list, description="Schemes encoders run on, in order of worth; an as-run encoder has its own."
    )
    seeds: Count = Field(default=1, description="Number of seeds of every encoder; at most that of the study.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="Device to train on.")
    lower_precision: bool = Field(
        default=True, description="Whether the study's own runs may use bf16 or TF32 where the recipe says fp32."
    )
    full_determinism: bool = Field(default=False, description="Whether to ask for deterministic kernels on a GPU.")
    keep_model: bool = Field(default=False, description="Whether to keep the weights of the epoch that counts.")
    save_every: Annotated[float, Field(ge=0)] = Field(
        default=30, description="Seconds between two states from which a killed fit goes on."
    )


class Checkpoints(Model):
    """Where pretrained models come from."""

    path: Text | None = Field(default=None, description="Folder with checkpoints as owner/name/, looked into first.")
    hub: bool = Field(default=True, description="Whether the Hub may be asked.")


class Cards(Model):
    """The model cards, and their repositories on the Hub. May be left out."""

    namespace: Annotated[str, Field(pattern=f"^{_NAME}$")] | None = absent(
        "User or organisation that owns the repositories; null is the account of the token."
    )
    prefix: Annotated[str, Field(pattern=f"^({_NAME})?$")] = absent("Stands before an agent's name in its repository's.")
    results: Annotated[str, Field(pattern=f"^{_NAME}$")] = absent("Name of the data set repository for tables and predictions.")
    dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?$")] | None = absent(
        "Identifier of the data on the Hub, owner/name; null where they are not there."
    )
    dataset_name: Text | None = absent("What a reader calls the data.")
    license: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")] | None = absent(
        "Licence of cards, predictions and tables, by its identifier on the Hub such as cc-by-4.0; null states none."
    )
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = absent(
        "Language of the texts, by its ISO 639 code such as en; null states none."
    )
