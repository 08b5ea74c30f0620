"""What the configuration asks for, as plain values: the cells of the study and the slices of the configuration each step uses.

No heavy import, because every Snakemake process imports it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mirage.agents.kinds import facts_of, modules_of, quotes
from mirage.data.given import COVERS, given_grid, is_given
from mirage.encoders.hardware import Hardware
from mirage.encoders.kept import KEPT
from mirage.encoders.minutes import PUBLISHED, Corpus
from mirage.encoders.places import HF_JOBS, hardware_at
from mirage.encoders.plan import Batch, Machine, batches, beyond_budget, folds_of, has_budget
from mirage.encoders.recipe import KIND as ENCODER, variants
from mirage.encoders.speed import Speed, why_unable
from mirage.held_out.taken_apart import holds_out, taken_apart
from mirage.splits.facts import ARM, MATCHED
from mirage.splits.names import Schemes, hold_same
from mirage.study.checks import check_cells, check_names, check_schemes
from mirage.study.classes import has_classes
from mirage.study.size import megabytes
from mirage.words import Words

# What says which cells a file of predictions has is part of the file, whose digest is in the recipe.
DESCRIPTIVE = ("title", "source", "note", COVERS)


@dataclass(frozen=True)
class Study:
    """The grid of the study: every cheap agent on every split scheme with every seed, encoders on fewer of both.

    ``agents`` holds the as-run variants of encoders too. ``speed`` is what this machine fine-tunes with, where it was measured.
    """

    schemes: tuple[str, ...]
    agents: Mapping[str, Mapping[str, Any]]
    seeds: tuple[int, ...]
    config: Mapping[str, Any]
    speed: Speed | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any], speed: Speed | None = None) -> Study:
        """Read the grid from the configuration.

        Raises
        ------
        StudyError
            When a scheme is unknown, listed twice, or the headline or the gap names something that is not in the grid.
        """
        check_schemes(config)
        study = cls(tuple(config["schemes"]), variants(config["agents"]), tuple(range(config["seeds"])), config, speed)
        check_names(study)
        check_cells(study)
        return study

    def seeds_of(self, scheme: str) -> tuple[int, ...]:
        """Return the seeds of a scheme: the study's, or the first of them where the scheme has fewer."""
        return self.seeds[: self.facts[scheme].seeds]

    @property
    def has_classes(self) -> bool:
        """Whether one of several classes is chosen; else one class stands against the rest."""
        return has_classes(self.config)

    @property
    def gap(self) -> Mapping[str, Any]:
        """Return what is set against each other: where nothing is held out, a scheme that tests every row against none."""
        said: Mapping[str, Any] | None = self.config.get("gap")
        return said or {"reference": self._tests_every_row, "held_out": []}

    @property
    def _tests_every_row(self) -> str:
        return next((scheme for scheme in self.schemes if self.facts[scheme].kind == "crossfold"), self.schemes[0])

    @property
    def references(self) -> list[str]:
        """Return the schemes that a gap starts from: the reference, what stands in for it, and what stands beside."""
        return list(dict.fromkeys(self.gap[key] for key in ("reference", "fallback", "beside") if key in self.gap))

    def kind(self, agent: str) -> str:
        """Return the kind of an agent, which names its module."""
        return str(self.agents[agent]["kind"])

    def is_reference(self, agent: str) -> bool:
        """Whether an agent reads no text: what a score is worth is seen beside it."""
        return not facts_of(self.kind(agent)).reads

    def is_rule(self, agent: str) -> bool:
        """Whether an agent is a rule that somebody wrote: it reads texts and learns nothing."""
        facts = facts_of(self.kind(agent))
        return facts.reads and not facts.learns and not is_given(self.agents[agent])

    def is_yardstick(self, agent: str) -> bool:
        """Whether an agent decides by a list of words: the scores of models are set beside its own."""
        return facts_of(self.kind(agent)).yardstick

    def learns(self, agent: str) -> bool:
        """Whether an agent is trained here, on the training rows."""
        return facts_of(self.kind(agent)).learns

    def is_graded(self, agent: str) -> bool:
        """Whether an agent scores training rows by more than 0 and 1, so that a threshold can be chosen on them."""
        return facts_of(self.kind(agent)).graded

    def is_encoder(self, agent: str) -> bool:
        """Whether an agent is a fine-tune, which may take hours and a GPU."""
        return self.kind(agent) == ENCODER

    def modules(self, agent: str) -> list[str]:
        """Return the dotted names of the modules that an agent's cells run: that of its kind, and the user's own."""
        return modules_of(self.agents[agent])

    def recipe(self, agent: str) -> dict[str, Any]:
        """Return what an agent's result depends on: its entry without the keys that only describe it."""
        unsaid = {} if self.keeps_texts or not quotes(self.kind(agent)) else {"quotes": False}
        return {key: value for key, value in self.agents[agent].items() if key not in DESCRIPTIVE} | unsaid

    @property
    def keeps_texts(self) -> bool:
        """Whether what is made to be read may hold texts of rows and words of them."""
        return bool(self.config.get("texts", True))

    def split_options(self, scheme: str) -> dict[str, Any]:
        """Return the options a scheme's splits depend on, and no others."""
        return self.options_named(self.facts[scheme].options)

    def options_named(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the split options of these names."""
        options = {**self.config["split"], "vary_split": "split" in self.config["vary"]}
        return {name: options[name] for name in names}

    @functools.cached_property
    def facts(self) -> Schemes:
        """Return what each scheme promises."""
        return Schemes(self.config.get("scheme_definitions", {}))

    @property
    def definitions(self) -> dict[str, Any]:
        """Return the definitions of the study's schemes, of those that have one."""
        defined = self.config.get("scheme_definitions", {})
        return {scheme: defined[scheme] for scheme in self.schemes if scheme in defined}

    @property
    def compared(self) -> list[str]:
        """Return the schemes that a reader compares: all but the arms, which answer one question together."""
        return [scheme for scheme in self.schemes if self.facts[scheme].builder != ARM]

    @property
    def taken_apart(self) -> list[dict[str, Any]]:
        """Return the groups whose gap is taken apart: those of whose entry the study has every scheme."""
        return taken_apart(self.config)

    def _headline_apart(self) -> str | None:
        """Return the entry of the decomposition that is about the headline's held-out groups."""
        held_out = self.config["headline"].get("held_out")
        if held_out is None:
            return None
        facts = self.facts[held_out]
        return next((found["name"] for found in self.taken_apart if holds_out(facts, found["groups"])), None)

    @property
    def held_out_groups(self) -> list[str]:
        """Return the schemes that hold out groups and test nothing else, in the order of their definitions."""
        order = {name: place for place, name in enumerate(self.facts)}
        found = [name for name in self.schemes if self.facts[name].holds_groups_out]
        return sorted(found, key=lambda name: order.get(name, len(order)))

    @property
    def given_split(self) -> str | None:
        """Return the scheme of the split that came with the data, the first of them; None where none did."""
        return next((name for name in self.schemes if self.facts[name].is_given), None)

    @property
    def leaves_groups_out(self) -> bool:
        """Whether any scheme that the reference is set against tests groups that are not trained on."""
        return any(self.facts[name].leaves_groups_out for name in self.config["gap"]["held_out"])

    @property
    def matched_schemes(self) -> dict[str, str]:
        """Return by scheme that holds groups out the first scheme of the study that tests the others beside the same groups."""
        tested = [name for name in self.schemes if self.facts[name].builder == MATCHED]
        found = {}
        for scheme in self.held_out_groups:
            alike = (name for name in tested if hold_same(self.facts[name].held, self.facts[scheme].held))
            if matched := next(alike, None):
                found[scheme] = matched
        return found

    def inner_folds(self, scheme: str) -> int:
        """Return the folds of the inner cross-validation on a scheme; 0 where no threshold is chosen."""
        return int(self.config["inner_folds"]) if self.facts[scheme].threshold and not self.has_classes else 0

    @property
    def cheap_agents(self) -> list[str]:
        """Return the agents that train in seconds on any machine."""
        return [agent for agent in self.agents if not self.is_encoder(agent)]

    @property
    def trained_agents(self) -> list[str]:
        """Return the agents that are cheap and train here: all but those whose predictions come from a file."""
        return [agent for agent in self.cheap_agents if not is_given(self.agents[agent])]

    @property
    def judges(self) -> list[str]:
        """Return the agents whose errors tell of the rows.

        A constant cannot be wrong in a telling way, an expression is written with knowledge of the data, and a system that was
        trained elsewhere may know the rows.
        """
        return [agent for agent in self.agents if self.learns(agent)]

    @functools.cached_property
    def given_grid(self) -> dict[str, dict[str, Any]]:
        """Return the rows of the grid of systems whose files of predictions have fewer schemes or seeds than the study."""
        return given_grid({name: entry for name, entry in self.agents.items() if is_given(entry)}, self.schemes, self.seeds)

    def cheap_on(self, split: str) -> dict[str, Sequence[int]]:
        """Return the agents that are cheap and have cells on a split, with their seeds."""
        rows = {agent: self.given_grid.get(agent) for agent in self.cheap_agents}
        seeds = self.seeds_of(split)
        return {
            agent: seeds if row is None else [seed for seed in row["seeds"] if seed in seeds]
            for agent, row in rows.items()
            if row is None or split in row["schemes"]
        }

    @property
    def in_jobs(self) -> bool:
        """Whether encoders run as Hugging Face Jobs."""
        return bool(self.config["encoders"]["where"] == HF_JOBS and not self.takes_kept)

    @property
    def takes_kept(self) -> bool:
        """Whether fits of encoders are taken from where they are kept, and none is trained."""
        return bool(self.config["encoders"]["run"] == KEPT)

    @functools.cached_property
    def hardware(self) -> Hardware:
        """Return what encoders run on, where they run."""
        return hardware_at(self.config["encoders"]["where"])

    @functools.cached_property
    def machine(self) -> Machine:
        """Return what fits of encoders run on, and how long they take there."""
        size = megabytes(self.config)
        corpus = PUBLISHED if size is None else Corpus.of_bytes(1e6 * size)
        fits = {scheme: folds_of(scheme, self.config["split"]["folds"], self.facts) for scheme in self.schemes}
        lower = bool(self.config["encoders"].get("lower_precision", True))
        return Machine(self.hardware, self.speed, why_unable(), corpus, fits, lower)

    @functools.cached_property
    def encoder_batches(self) -> list[Batch]:
        """Return the encoder part of the grid, batch by batch, those included that do not run here."""
        return batches(self.config["agents"], self.config["encoders"], self.schemes, self.machine)

    @property
    def encoders_within_budget(self) -> bool:
        """Whether encoders run as far as a budget of minutes pays for them."""
        return has_budget(self.config["encoders"])

    @property
    def encoders_left_out(self) -> tuple[list[Batch], float]:
        """Return what a budget of minutes leaves out of that grid, and the minutes that all of it would take."""
        return beyond_budget(self.config["agents"], self.config["encoders"], self.schemes, self.machine)

    @functools.cached_property
    def encoder_grid(self) -> dict[str, dict[str, Any]]:
        """Return for each encoder its ``schemes``, ``seeds``, ``selection`` of the epoch that counts, and ``reason``.

        ``reason`` says why it does not run here, or is None.
        """
        grid = {agent: self._empty_row(agent) for agent in self.agents if self.is_encoder(agent)}
        for batch in self.encoder_batches:
            grid[batch.agent] |= {"seeds": batch.seeds, "reason": batch.reason}
            grid[batch.agent]["schemes"].append(batch.split)
        return grid

    @property
    def encoder_seeds(self) -> str:
        """Return how many seeds the encoders that run have, as captions say it: ``3``, or ``1 or 3`` where they differ."""
        counts = sorted({len(row["seeds"]) for row in self.encoder_grid.values() if row["seeds"] and row["reason"] is None})
        return " or ".join(map(str, counts or [self.config["encoders"]["seeds"]]))

    def _empty_row(self, agent: str) -> dict[str, Any]:
        entry = self.agents[agent]
        selection = entry["as_run"]["selection"] if entry.get("mode") else entry["selection"]
        return {"schemes": [], "seeds": (), "selection": selection, "reason": None}

    def encoders_on(self, split: str) -> dict[str, dict[str, Any]]:
        """Return the encoders that run here on a split, with their seeds and selection."""
        return {
            agent: {"seeds": row["seeds"], "selection": row["selection"]}
            for agent, row in self.encoder_grid.items()
            if row["reason"] is None and split in row["schemes"]
        }

    @property
    def titles(self) -> list[tuple[str, str]]:
        """Return agents with the names tables and figures print, in the configuration's order."""
        return [(name, recipe["title"]) for name, recipe in self.agents.items()]

    @property
    def titles_run(self) -> list[tuple[str, str]]:
        """Return the titles of the agents that run here."""
        left_out = {agent for agent, row in self.encoder_grid.items() if row["reason"] or not row["schemes"]}
        return [(name, title) for name, title in self.titles if name not in left_out]

    @property
    def words(self) -> Words:
        """Return what people call a row, a unit and a group."""
        return Words.of(self.config["data"])

    @property
    def estimate_options(self) -> dict[str, Any]:
        """Return what the tables depend on beside scores: the grid, the intervals, and the words for agents."""
        grid = {**self.encoder_grid, **self.given_grid}
        design: dict[str, Any] = {"schemes": self.schemes, "agents": list(self.agents), "seeds": self.seeds, "grid": grid}
        design["definitions"] = self.definitions
        design |= {"has_classes": True} if self.has_classes else {}
        return {
            "design": {**design, **self.config["intervals"], **self.gap},
            "titles": self.titles,
            "notes": {recipe["title"]: recipe["note"] for recipe in self.agents.values() if recipe.get("note")},
            "headline": {"held_out": None, **self.config["headline"], "taken_apart": self._headline_apart()},
            "baselines": [agent for agent in self.agents if self.is_reference(agent)],
        }


def as_json(value: Any) -> str:
    """Return one line of JSON with sorted keys: how a slice of the configuration travels to a script."""
    return json.dumps(value, sort_keys=True)
