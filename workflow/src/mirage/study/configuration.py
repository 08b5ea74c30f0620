"""What a configuration may say: the one source of its keys, their types and defaults, and what they mean."""

from __future__ import annotations

import functools
import operator
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, create_model

from mirage.agents.kinds import kinds
from mirage.models import ONCE, Count, Model, Names, Text, absent
from mirage.study.analyses import Comparisons, Coverage, Decomposition, Figures, Groups, HardRows, Multiverse, Traces
from mirage.study.data import Data
from mirage.study.design import Definition, Gap, Headline, Intervals, Split, Variance, Varied
from mirage.study.running import Cards, Checkpoints, Encoders

AGENT_NAME = "^[a-z0-9][a-z0-9-]*$"
MOST_SEEDS = 10_000  # each is a cell of every agent and scheme, and their list has to fit the memory
LONGEST_NAME = 80  # of an agent: file names hold it beside other words, and 255 bytes are the most that a file's may have


def _agent_name(name: str) -> str:
    if not re.match(AGENT_NAME, name) or name.endswith("\n"):
        raise ValueError("lower-case letters, digits and hyphens, a letter or digit first: it names a folder")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"{LONGEST_NAME} characters at most: it names a folder")
    return name


def _not_too_many(seeds: int) -> int:
    if seeds > MOST_SEEDS:
        raise ValueError(f"{MOST_SEEDS:,} at most")
    return seeds


def _all_varied() -> list[Varied]:
    return ["split", "training"]


class Described(Model):
    """What every agent's entry may say, whatever its kind."""

    title: Text = Field(description="The agent's name in tables and figures.")
    source: Text = absent("Where its parameters come from.")
    note: Text | None = absent("What a reader of the tables has to know; printed below them.")
    kind: str = Field(description="What kind of agent it is: a module of mirage.agents.")


class Design(Model):
    """What config.yaml may say beside agents. Unknown keys are errors."""

    study: Text = absent(
        "Name of a study of other data. A configuration that has one stands alone: nothing of config.yaml is taken over."
    )
    published: bool = absent("Whether figures that were published about this data are set against ours. Only for On the Books.")
    data: Data
    texts: bool = Field(
        default=True,
        description="Whether what is made to be read may hold texts of rows and words of them. With false they stay in results/data.",
    )
    seeds: Annotated[Count, AfterValidator(_not_too_many)] = Field(
        description="Number of seeds; seeds are 0, 1, 2 and so on. Raising it runs the new cells only.",
    )
    vary: Annotated[list[Varied], ONCE] = Field(
        default_factory=_all_varied,
        description="What a seed changes. What is left out is held at seed 0's.",
    )
    split: Split = Field(default_factory=Split)
    scheme_definitions: dict[Text, Definition] = Field(
        default_factory=dict,
        description="Split schemes of this data, by name, beside those that fit any data. {out: [groups]} holds groups out; with "
        "with_folds_of: [groups] a fixed random part of others is tested too. {column, out} holds out values of a metadata column. "
        "{arm: in|out|size, out: [groups], spare: [groups]} is one of three that differ in the training rows alone. {train: [groups], "
        "test: [groups]} and {split_by: scikit-learn|datasets, test_fraction, stratified, seed} are published splits, to the row. Each "
        "may have a description, and a title that people read in place of the groups held out; all but published splits may say what "
        "they forbid to lie on both sides, of exact, near and chapter (exact alone without it; for families exact and chapter).",
    )
    schemes: Names = Field(description="Split schemes to run, by name; results/tables/f1.md says what each does.")
    inner_folds: Annotated[int, Field(ge=2)] = Field(
        default=3, description="Folds of the cross-validation on the training rows that a threshold is chosen by."
    )
    intervals: Intervals = Field(default_factory=Intervals)
    margin: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.05,
        description="The largest drop in F1, at one share of positives, with which an F1 still holds on groups held out.",
    )
    gap: Gap = absent()
    headline: Headline
    evaluations: dict[Text, Text] = absent(
        "Published evaluations, by scheme, with what the figure that sets ours against them calls each."
    )
    tie_orders: Count = absent(
        "Random orders of the n-grams that tie at max_features, under each of which the headline's agent is fitted on the published "
        "evaluations."
    )
    figures: Figures = Field(
        default_factory=dict, description="Figures of F1 by agent, by name, with the schemes of each, a panel each."
    )
    variance: Variance = Field(default_factory=Variance)
    comparisons: Comparisons = absent()
    multiverse: Multiverse = absent()
    groups: Groups = absent()
    hard_rows: HardRows = absent()
    decomposition: Decomposition = absent()
    coverage: Coverage = absent()
    traces: Traces = absent()
    encoders: Encoders = Field(default_factory=Encoders)
    cards: Cards = absent()
    checkpoints: Checkpoints = Field(default_factory=Checkpoints)


@functools.cache
def configuration() -> type[Design]:
    """Return the model of the whole configuration, with an entry of ``agents`` for every kind that there is."""
    entries: list[Any] = [_entry(name, module.Parameters) for name, module in kinds().items()]
    entry: Any = Annotated[functools.reduce(operator.or_, entries), Discriminator("kind")]
    agents: Any = Annotated[
        dict[Annotated[str, AfterValidator(_agent_name)], entry],
        Field(
            min_length=1,
            json_schema_extra={"propertyNames": {"pattern": AGENT_NAME, "maxLength": LONGEST_NAME}},
            description="Models to compare, by name. The name is a folder under results/runs.",
        ),
    ]
    return create_model(
        "Configuration", __base__=Design, __doc__="What config.yaml may say. Unknown keys are errors.", agents=(agents, ...)
    )


def _entry(kind: str, parameters: type[Model]) -> type[Model]:
    """Return the model of an agent's entry: what describes it, and the parameters of its kind."""
    fields: dict[str, Any] = {"kind": (Literal[kind], Field(description=Described.model_fields["kind"].description))}
    return create_model(f"{kind.title()}Agent", __base__=(parameters, Described), __doc__=parameters.__doc__, **fields)
