"""The analyses that a study may have beside its scores: each is made where its section is there."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mirage.models import ONCE, Count, Model, Names, Ngrams, Text, absent

_ENTRY = "^[a-z0-9]+(-[a-z0-9]+)*$"
_FIGURE = "^f1[a-z0-9_]*$"


def _entry_name(name: str) -> str:
    if not re.match(_ENTRY, name):
        raise ValueError("lower-case letters, digits and single hyphens")
    return name


def _figure_name(name: str) -> str:
    if not re.match(_FIGURE, name):
        raise ValueError("f1 and then lower-case letters, digits and underscores, such as f1_random")
    return name


Figures = Annotated[
    dict[Annotated[str, AfterValidator(_figure_name)], Names],
    Field(json_schema_extra={"propertyNames": {"pattern": _FIGURE}}),
]
"""Figures of F1 by name, each with the schemes that are its panels."""


class Comparisons(Model):
    """Differences of agents on the same test rows."""

    against: Names = Field(description="Agents that every agent is held against.")
    schemes: Names = Field(
        description="Split schemes to compare on; all pairs of one scheme are one family for Holm's correction."
    )


class Choices(Model):
    """Levels of each choice; every combination is fitted."""

    ngrams: Annotated[list[Ngrams], Field(min_length=1), ONCE] = Field(description="Shortest and longest word n-gram.")
    max_features: Annotated[list[Count | None], Field(min_length=1), ONCE] = Field(
        description="Keep this many of the most frequent n-grams; null keeps all."
    )
    sublinear_tf: Annotated[list[bool], Field(min_length=1), ONCE] = Field(
        description="Whether a count enters as 1 + its logarithm."
    )
    class_weight: Annotated[list[Literal[None, "balanced"]], Field(min_length=1), ONCE] = Field(
        description="Weights of the classes in the loss."
    )
    C: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1), ONCE] = Field(
        description="Inverse strength of the L2 penalty."
    )


class Multiverse(Model):
    """The settings of TF-IDF with logistic regression among whose gaps the published one is placed."""

    agent: Text = Field(description="The agent whose published F1s are placed; its recipe is the published setting.")
    random: Text = Field(description="A random scheme; counts are pooled over its folds.")
    seeds: Count = absent("How many of its seeds are fitted; all without it.")
    published: Text = Field(description="The random split of the published F1.")
    held_out: Text = Field(description="The held-out split of the published F1.")
    choices: Choices


class Groups(Model):
    """The tables by group and decade, and of calibration."""

    scheme: Text = Field(description="A scheme of this study that tests every row once a seed.")
    held_out: Text = Field(description="A second scheme of this study, to measure calibration on.")
    min_rows: Annotated[int, Field(ge=2)] = Field(
        description="Decades of fewer rows are joined; a rate over fewer rows is not printed."
    )


class HardRows(Model):
    """The list of rows for somebody who knows the data to read."""

    scheme: Text = Field(description="A scheme of this study that tests every row; its errors count.")


class Others(Model):
    """What the groups held out are set against."""

    groups: Names = absent("Groups that are trained on; without it, all that the matched scheme does not hold out.")
    title: Text = absent("What tables call them, in the plural and with its article; the others by default.")


class HeldOut(Model):
    """Groups that are held out, and the schemes that do it."""

    groups: Names = Field(description="The groups as the data have them.")
    arms: Annotated[list[Text], Field(min_length=3, max_length=3)] = Field(
        description="Three schemes that test these groups: arm-in, arm-size and arm-out, in this order."
    )
    matched: Text = Field(description="A scheme that tests them and, fold by fold, the others by models trained on neither.")
    doses: Names = absent(
        "Schemes that test these groups, as arm-size does, with a share of their other rows in training, each another share; one that the "
        "study lacks is left out."
    )


class Decomposition(Model):
    """The gap taken apart into terms that add up to it, F1 at one prevalence, at three thresholds, and ranking."""

    others: Others = absent()
    held_out: Annotated[
        dict[Annotated[str, AfterValidator(_entry_name)], HeldOut],
        Field(min_length=1, json_schema_extra={"propertyNames": {"pattern": _ENTRY}}),
    ] = Field(
        description="What is held out, by the name that tables print. An entry of which the study lacks a scheme is left out; the "
        "first left is drawn."
    )


class Coverage(Model):
    """The simulation of how often each kind of interval covers."""

    repetitions: Count = Field(description="Studies simulated in each world. Raising it keeps those that are there.")
    draws: Annotated[int, Field(ge=50)] = Field(description="Bootstrap replicates of one interval.")
    runs: Annotated[int, Field(ge=3)] = Field(description="Seeds of a simulated study.")
    reference_runs: Count = Field(description="Runs from which the truth about a recipe is taken.")
    dimensions: Annotated[int, Field(ge=2)] = Field(
        description="Features of a row: TF-IDF word counts, reduced by a singular value decomposition."
    )
    held_out: Names = Field(description="The groups whose positives are the held-out test set of a simulated study.")
    workers: Count = Field(description="Processes.")


class TraceHub(Model):
    """The data set of sessions on the Hugging Face Hub."""

    repo: Text = Field(description="Data set repository, owner/name.")
    revision: Text = Field(description="Branch, tag or commit.")


class Traces(Model):
    """The agents' own sessions, and how their tools are counted."""

    path: Text | None = Field(description="A local directory with the session files. When null, the Hub is asked.")
    hub: TraceHub | None = Field(description="The data set of sessions on the Hugging Face Hub; null asks nobody.")
    files: Annotated[dict[Text, Text], Field(min_length=1)] = Field(
        description="The session file of each agent, relative to the directory or the repository."
    )
    titles: dict[Text, Text] = Field(description="How tables and figures print each agent of files.")
    groups: Annotated[dict[Text, list[Text]], Field(min_length=1)] = Field(
        description="Tool names by group, in the order of the figure. Names are compared without regard to case and may hold *; the "
        "first group that fits wins, and a tool that fits none counts as other."
    )
    published: bool = absent(
        "Whether these are the sessions that the posts quote, which then stand beside ours. Left out: those of the Hub where published is "
        "true, and none of a local directory."
    )
    rulings: Text | None = absent("A YAML file of people's answers, by a session's sha256, that take the place of a rule's.")
    excerpts: bool = absent("Whether words of the sessions are shown, redacted. Left out: of published sessions only.")
