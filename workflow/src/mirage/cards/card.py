"""The model card of an agent: what it scores on random and on held-out rows, and what to know before its F1 is quoted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from huggingface_hub import ModelCard, ModelCardData

from mirage.agents.kinds import facts_of
from mirage.cards import given, measured
from mirage.cards.evaluations import METRICS, TASK, evaluations
from mirage.cards.material import Material
from mirage.cards.recipe import provenance_of, recipe_of
from mirage.cards.words import listed
from mirage.data.declaration import ALL_ROWS
from mirage.data.given import is_given
from mirage.encoders.recipe import KIND as ENCODER
from mirage.metrics import THRESHOLD
from mirage.stamps import stamp_of
from mirage.states import COMPLETE
from mirage.version import VERSION

MOST_NAMED = 20  # groups that a card names

UNTRAINED = "Nothing is trained."
TRAINED = (
    "It is trained anew for every split and every seed, so each figure is a mean over fits and belongs to the recipe, not to one set "
    "of weights."
)
WHOLE = "---\n{{ card_data }}\n---\n\n{{ body }}"


def render_body(template: Path, **values: Any) -> str:
    """Fill a card's template; a value it needs and does not get is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template.name).render(**values)


def model_card(material: Material, agent: str, template: Path, citation: str, min_rows: int) -> ModelCard:
    """Write the card of an agent that ran.

    Parameters
    ----------
    template:
        Jinja template of the body.
    citation:
        Text of CITATION.cff.
    min_rows:
        Positive rows of a source below which no rate is printed.
    """
    body = render_body(template, **_values(material, agent, citation, min_rows))
    return ModelCard.from_template(card_data(material, agent), template_str=WHOLE, body=body)


def card_data(material: Material, agent: str) -> ModelCardData:
    """Return the metadata of an agent's card: what it claims of data, checkpoint and licence holds for this run."""
    options, data, entry = material.options, material.data, material.agents[agent]
    encoder = entry["kind"] == ENCODER
    weights = material.weights(agent) is not None
    rows = material.table("f1", agent=agent, status=COMPLETE).to_dict("records")
    invalid = [row["split"] for row in rows if material.not_valid(row["split"])]
    results = evaluations(rows, data, material.design.facts, material.design.level, given.caveat(entry), invalid)
    reported = [kind for kind, _ in METRICS.values() if any(result.metric_type == kind for result in results)]
    stand_in = any(record.get("stand_in") for record in material.records(agent))
    tags = [TASK, "mirage", "held-out-evaluation", entry["kind"]]
    licence = _licence(material, agent, weights)
    return ModelCardData(
        language=options.language,
        tags=[*tags, f"{material.provenance['corpus']}-corpus"] if stamp_of(material.provenance) else tags,
        # The Hub reads it as what a model was trained on.
        datasets=[data.id] if data.on_hub and not is_given(entry) else None,
        metrics=reported or None,
        base_model=entry["checkpoint"] if encoder and not stand_in else None,
        pipeline_tag=TASK,
        library_name="transformers" if weights else None,
        model_name=options.of_agent(agent).rpartition("/")[2],
        eval_results=results or None,
        license=licence.get("license"),
        license_name=licence.get("license_name"),
        license_link=licence.get("license_link"),
    )


def _licence(material: Material, agent: str, weights: bool) -> dict[str, str]:
    """State the licence; weights also stand under that of their checkpoint, which is not ours to restate."""
    chosen = material.options.license
    if chosen is None or stamp_of(material.provenance):
        return {}
    if not weights:
        return {"license": chosen}
    link = f"https://huggingface.co/{material.agents[agent]['checkpoint']}"
    return {"license": "other", "license_name": f"{chosen}-and-checkpoint", "license_link": link}


def _values(material: Material, agent: str, citation: str, min_rows: int) -> dict[str, Any]:
    entry, design = material.agents[agent], material.design
    recipe = recipe_of(entry, material.records(agent))
    kept = material.weights(agent)
    planned = set(material.table("f1", agent=agent)["split"])
    incomplete = material.table("f1", agent=agent)
    incomplete = incomplete[incomplete["status"] != COMPLETE]
    others = {name: reason for name, reason in material.left_out().items() if name != agent}
    held_out = material.held_out_of(agent)
    expected = measured.expectation(material, agent)
    return {
        "stamp": material.stamp(agent),
        "title": material.titles[agent],
        "agent": agent,
        "kind": entry["kind"],
        "threshold": f"{entry.get('threshold', THRESHOLD):g}",
        "how": given.made_elsewhere(entry) if is_given(entry) else TRAINED if facts_of(entry["kind"]).learns else UNTRAINED,
        "given": is_given(entry),
        "may_have_seen": given.seen(entry),
        "data": material.data,
        "chosen_on_test": measured.chosen_on_test(material, agent),
        "note": entry.get("note"),
        "source": entry.get("source"),
        "weights": {"split": kept[1], "seed": kept[2]} if kept else None,
        "results": _results(material),
        "expectation": expected,
        "matched_description": material.design.facts[expected.matched].description if expected.matched else None,
        "schemes": measured.schemes_table(material, agent),
        "intervals": measured.intervals_of(material, agent),
        "by_source": measured.by_source(material, agent, min_rows),
        "leakage": measured.leakage_grid(material, agent),
        "selection": measured.selection_in_words(material, agent),
        "optimism": measured.optimism_grid(material, agent),
        "level": f"{design.level:.0%}",
        "held_out_row": material.f1(agent, held_out),
        "reference_row": material.f1(agent, design.reference_of(agent)),
        "held_out_description": material.design.facts[held_out].description,
        "power": measured.power_in_words(material, agent),
        "sources": _sources(material),
        "missing_schemes": [f"`{row['split']}` ({row['status']})" for row in incomplete.to_dict("records")],
        "other_schemes": [f"`{split}`" for split in design.schemes if split not in planned],
        "left_out": _by_reason(material, others),
        "recipe": recipe,
        "provenance": provenance_of(material, agent),
        "sections": material.provenance,
        "license": material.options.license,
        "checkpoint": entry.get("checkpoint"),
        "citation": citation.rstrip(),
        "version": VERSION,
    }


def _results(material: Material) -> str:
    name = material.options.of_results
    return f"[`{name}`](https://huggingface.co/datasets/{name})" if material.options.namespace else f"`{name}`"


def _sources(material: Material) -> str | None:
    groups = material.scores[material.scores["group_kind"] == "source"]["group"].unique()
    named = sorted(str(group) for group in groups if group != ALL_ROWS)
    if len(named) > MOST_NAMED:
        return f"{len(named):,} «groups»"
    return listed(named) if named else None


def _by_reason(material: Material, left_out: Mapping[str, str]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for agent, reason in left_out.items():
        reasons.setdefault(reason, []).append(material.titles[agent])
    return [f"{reason}: {'; '.join(titles)}" for reason, titles in reasons.items()]
