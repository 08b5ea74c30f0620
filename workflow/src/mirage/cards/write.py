"""All cards of a run as files, with a list of them for those who put them on the Hub."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import RepoCard

from mirage.cards.card import model_card
from mirage.cards.material import Material
from mirage.cards.results_card import results_card
from mirage.words import Words
from mirage.files import atomic_path, write_json

CARD = "README.md"
LIST = "cards.json"
# No agent can have this name.
RESULTS = "_results"

log = logging.getLogger(__name__)


def write_cards(
    material: Material,
    agents: Sequence[str],
    tables: Sequence[Path],
    templates: Path,
    citation: str,
    min_rows: int,
    folder: Path,
    words: Words,
) -> None:
    """Write ``AGENT/README.md`` for every agent that has a score, ``_results/README.md`` and ``cards.json``.

    Parameters
    ----------
    agents:
        The agents that were meant to run here.
    tables:
        The csv files of the tables.
    templates:
        Folder of ``model_card.md.j2`` and ``results_card.md.j2``.
    words:
        What people call a row, a unit and a group.
    """
    left_out = material.left_out()
    for agent, reason in left_out.items():
        log.info("no card for %s: %s", agent, reason)
    written = {}
    for agent in agents:
        if agent in left_out:
            continue
        _save(model_card(material, agent, templates / "model_card.md.j2", citation, min_rows), folder / agent / CARD, words)
        kept = material.weights(agent)
        written[agent] = {
            "repository": material.options.of_agent(agent),
            "weights": str(kept[0].relative_to(material.results)) if kept else None,
            "cells": [[split, seed] for split, _, seed in material.cells(agent)],
        }
        log.info("card of %s: %d results", agent, len(material.table("f1", agent=agent, status="complete")))
    _save(results_card(material, tables, templates / "results_card.md.j2", citation), folder / RESULTS / CARD, words)
    names = sorted(path.stem for path in tables if path.is_file())
    write_json(
        folder / LIST,
        {"agents": written, "left_out": left_out, "results": material.options.of_results, "tables": names},
    )


def _save(card: RepoCard, target: Path, words: Words) -> None:
    card.content = words.say(card.content)
    with atomic_path(target) as path:
        card.save(path)
