"""The design of the study: split schemes, what is set against each other, and how uncertainty is computed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from mirage.models import AnyNames, Model, Names, Seed, Share, Text, absent


def _names(description: str) -> dict[str, Any]:
    return {"type": ["string", "array"], "items": {"type": "string"}, "description": description}


# mirage.splits.definitions reads the forms of a definition and says what is wrong with one.
Definition = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "out": _names("Groups, or values of column, that are tested and not trained on."),
                "with_folds_of": _names(
                    "Groups whose rows are tested too, each once a seed, by models of folds without its unit."
                ),
                "column": {
                    "type": "string",
                    "description": "Metadata column whose values are held out, or trained on and tested.",
                },
                "arm": {"enum": ["in", "out", "size"], "description": "Which of three that differ in the training rows alone."},
                "spare": _names("Groups whose rows the arm of equal size gives up."),
                "dose": {
                    "type": "number",
                    "description": "Share of the group's other rows that an arm in or size trains on; 1.",
                },
                "seeds": {"type": "integer", "description": "How many of the study's seeds the arm has; all without it."},
                "train": _names("Groups, or values of column, that a published split trained on."),
                "test": _names("Groups, or values of column, that a published split tested."),
                "split_by": {"enum": ["scikit-learn", "datasets"], "description": "Library of a published random split."},
                "test_fraction": {"type": "number", "description": "Share of rows that it tested."},
                "stratified": {"type": "boolean", "description": "Whether it kept the share of each label."},
                "seed": {"type": "integer", "description": "Its seed."},
                "forbids": _names("What may not lie on both sides: exact, near, chapter; exact alone without it."),
                "description": {"type": "string", "description": "What tables say that the scheme does."},
                "title": {
                    "type": "string",
                    "description": "What people read in place of the groups or values held out, such as 'curated lists', said once for "
                    "all schemes that hold them out; of a published split, in place of its description. Joined names without it.",
                },
            },
        }
    ),
]


class Split(Model):
    """Parameters of the split schemes."""

    test_fraction: Share = Field(default=0.2, description="Share of rows tested by the random schemes.")
    folds: Annotated[int, Field(ge=2, le=100)] = Field(default=5, description="Folds of the cross-validated schemes.")
    validation_fraction: Share = Field(default=0.125, description="Share of the training rows set aside for validation.")
    subsample: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.9, description="Share of the training rows a seed uses where the test set is fixed."
    )
    time_cut: int = absent("First year of the test set of scheme time.")


class Intervals(Model):
    """How uncertainty is computed."""

    level: Share = Field(default=0.95, description="Confidence level.")
    draws: Annotated[int, Field(ge=100)] = Field(default=2000, description="Bootstrap replicates.")
    seed: Seed = Field(default=0, description="Seed of the bootstrap.")


class Gap(Model):
    """The comparison of random and held-out scores."""

    reference: Text = Field(description="The scheme that the gap starts from: rows like those that are trained on.")
    fallback: Text = absent("The scheme that stands in for it where an agent, such as a costly encoder, does not run on it.")
    beside: Text = absent("A second reference, whose F1 and gap stand beside: units kept whole, for instance.")
    held_out: Names = Field(description="The schemes set against it.")


class Headline(Model):
    """The agent and the held-out scheme whose three numbers are printed at the end."""

    agent: Text = Field(description="One of agents.")
    held_out: Text = absent("One of gap's held_out; not where nothing is held out.")


class Variance(Model):
    """How the spread of F1 is taken apart."""

    random: Text = absent("A scheme that draws its test rows anew with every seed; the gap's reference without it.")
    fixed: AnyNames = Field(
        default_factory=list,
        description="Published random splits, fixed to the row. On them a seed varies the training alone; an agent's training "
        "component comes from the first it ran on, and one that is not among the schemes is passed over.",
    )


Varied = Literal["split", "training"]
