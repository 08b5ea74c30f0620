"""Whether the sections of a configuration fit together: names that must be schemes or agents, and cells that must be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirage.errors import StudyError
from mirage.held_out.taken_apart import check_taken_apart
from mirage.splits.names import FAMILIES, Schemes
from mirage.study.classes import check_classes, has_classes

if TYPE_CHECKING:
    from mirage.study.grid import Study

FIXED = ("sklearn_split", "datasets_split")  # what builds a published random split


def check_schemes(config: Mapping[str, Any]) -> None:
    """Refuse a scheme that is unknown, and one whose options are missing.

    Raises
    ------
    StudyError
        With one line.
    """
    known = Schemes(config.get("scheme_definitions", {}))
    for scheme in config["schemes"]:
        if scheme not in known:
            raise StudyError(f"config.yaml: schemes: {scheme!r} is unknown; write any of {', '.join(known)}, {FAMILIES}")
        missing = [name for name in known[scheme].options if name not in (*config["split"], "vary_split")]
        if missing:
            raise StudyError(f"config.yaml: split.{missing[0]} is missing; scheme {scheme!r} needs it")
    for scheme in config.get("variance", {}).get("fixed", ()):
        if scheme not in known or known[scheme].builder not in FIXED:
            fixed = [name for name in known if known[name].builder in FIXED]
            raise StudyError(
                f"config.yaml: variance.fixed: found {scheme!r}; write published random splits: "
                f"{', '.join(fixed) or 'scheme_definitions has none, so an empty list'}"
            )
    check_taken_apart(config, known)
    check_classes(config, known)


def check_names(study: Study) -> None:
    """Refuse a name of a scheme or an agent that is not part of the study, wherever one is asked for.

    Raises
    ------
    StudyError
        With one line.
    """
    config = study.config
    if "gap" not in config and not has_classes(config):
        raise StudyError("config.yaml: gap is missing; write reference and held_out, what is set against each other")
    for key in ("reference", "fallback", "beside"):
        _among(f"gap: {key}", [study.gap[key]] if key in study.gap else [], study.schemes)
    if "random" in config.get("variance", {}):
        _among("variance: random", [config["variance"]["random"]], study.schemes)
    _among("gap: held_out", study.gap["held_out"], study.schemes)
    if config["encoders"]["seeds"] > config["seeds"]:
        raise StudyError(
            f"config.yaml: encoders.seeds: found {config['encoders']['seeds']}; write at most seeds, {config['seeds']}"
        )
    for batch in study.encoder_batches:
        if not set(batch.seeds) <= set(study.seeds_of(batch.split)):
            raise StudyError(
                f"config.yaml: encoders.schemes: {batch.split!r} has {len(study.seeds_of(batch.split))} seeds and encoders.seeds is "
                f"{len(batch.seeds)}; leave the scheme out, or write fewer seeds"
            )
    if study.in_jobs and config["encoders"]["keep_model"]:
        raise StudyError(
            "config.yaml: encoders.keep_model: found true, but weights do not come home from jobs; write false, or "
            "encoders.where: here"
        )
    for figure, names in config["figures"].items():
        _among(f"figures: {figure}", names, study.schemes)
    # Sections that a configuration of other data may leave out.
    if "comparisons" in config:
        _among("comparisons: against", config["comparisons"]["against"], study.agents)
        _among("comparisons: schemes", config["comparisons"]["schemes"], study.schemes)
    if "groups" in config:
        _among("groups: scheme", [config["groups"]["scheme"]], study.schemes)
        _among("groups: held_out", [config["groups"]["held_out"]], study.schemes)
    if "hard_rows" in config:
        _among("hard_rows: scheme", [config["hard_rows"]["scheme"]], study.schemes)
    _among("headline: agent", [config["headline"]["agent"]], study.cheap_agents)
    _check_headline(config["headline"].get("held_out"), study.gap["held_out"])


def check_cells(study: Study) -> None:
    """Refuse a headline without cells, and a scheme on which no agent has any.

    Raises
    ------
    StudyError
        With one line.
    """
    headline = study.config["headline"]
    for split in filter(None, (study.gap["reference"], headline.get("held_out"))):
        if headline["agent"] not in study.cheap_on(split):
            raise StudyError(
                f"config.yaml: headline: agent: the file of {headline['agent']!r} has no predictions for {split}; add them, or "
                "write another agent"
            )
    for split in study.schemes:
        if not study.cheap_on(split) and not study.encoders_on(split):
            raise StudyError(
                f"config.yaml: schemes: no agent has predictions for {split!r}; add them or an agent, or leave the scheme out"
            )


def _check_headline(named: str | None, held_out: Sequence[str]) -> None:
    if named is None and held_out:
        raise StudyError(f"config.yaml: headline: key 'held_out' is missing; write one of {', '.join(held_out)}")
    if named is not None and not held_out:
        raise StudyError("config.yaml: headline: held_out: nothing is held out under gap; leave it out")
    _among("headline: held_out", [named] if named else [], held_out)


def _among(key: str, names: Iterable[str], known: Sequence[str] | Mapping[str, Any]) -> None:
    for name in names:
        if name not in known:
            raise StudyError(f"config.yaml: {key}: {name!r} is not part of this study; write one of {', '.join(known)}")
