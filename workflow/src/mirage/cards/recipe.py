"""What an agent is made with, and what its figures came from: tables of a card from the configuration and the run records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mirage.cards.material import Material
from mirage.cards.words import flat, grid, literal
from mirage.data.given import COVERS, is_given
from mirage.encoders.recipe import AS_RUN, CONTROLLED, DESCRIPTIVE, KIND as ENCODER, TRAINS
from mirage.provenance import file_digest
from mirage.states import MISSING
from mirage.version import VERSION

Record = Mapping[str, Any]
UNSTATED = ("as_run", "mode", COVERS)
LEFT = ":--"


def recipe_of(entry: Mapping[str, Any], records: Sequence[Record]) -> str:
    """Return an agent's parameters, and for an encoder what stood behind them in the runs: weights, precision, device."""
    mode = entry.get("mode", CONTROLLED)
    if mode == AS_RUN:
        entry = {**entry, **entry["as_run"]}
    if "path" in entry:
        # Where the file lies here is nobody's business.
        entry = {**entry, "path": Path(entry["path"]).name}
    rows = [[f"`{key}`", literal(value)] for key, value in flat(entry, (*DESCRIPTIVE, *UNSTATED))]
    if entry["kind"] == ENCODER:
        rows.append(["how it trains", TRAINS[mode]])
        rows += [[name, _all(values)] for name, values in _behind(records).items()]
    return grid(["parameter", "value"], rows, LEFT)


def _behind(records: Sequence[Record]) -> dict[str, list[str]]:
    def each(*path: str) -> list[str]:
        return [str(value) for record in records if (value := _at(record, path)) is not None]

    return {
        "commit of the checkpoint": each("checkpoint", "commit"),
        "checkpoint loaded from": each("checkpoint", "origin"),
        "sha256 of its weights": each("checkpoint", "sha256", "model.safetensors"),
        "precision that ran": each("precision", "used"),
        "device that ran": each("device", "name"),
        "share of the texts' tokens kept": [
            f"{value:.1%}" for record in records if (value := _at(record, ("tokens", "share_of_tokens_kept"))) is not None
        ],
    }


def _at(record: Record, path: Iterable[str]) -> Any:
    value: Any = record
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _all(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in dict.fromkeys(values)) or "not recorded"


def _code_of(entry: Mapping[str, Any], records: Sequence[Record]) -> list[list[str]]:
    """Return the digest of the code that made the predictions, or of the file and the code that took them from it."""
    code, file = ([str(_at(record, ("inputs", name))) for record in records] for name in ("code", "file"))
    if not is_given(entry):
        return [["digest of the code of the fits", _all(code)]]
    return [["sha256 of its file of predictions", _all(file)], ["digest of the code that took them from it", _all(code)]]


def provenance_of(material: Material, agent: str) -> str:
    """Return what the figures of a card came from, each with its digest or version; runs of several versions name them all."""
    data, records = material.provenance, material.records(agent)
    versions: dict[str, list[str]] = {}
    for record in records:
        for name, version in record.get("versions", {}).items():
            versions.setdefault(name, []).append(str(version))
    rows = [
        ["data", f"{data['corpus']}, {data['rows']:,} rows, {data['positives']:,} positive"],
        ["data from", data["origin"]],
        ["revision", f"`{data['revision']}`" if data["revision"] else "not recorded"],
        ["sha256 of the normalised rows", f"`{data['content_sha256']}`"],
        ["runs", f"{len(material.cells(agent)):,} scored, {len(records):,} with a record"],
        *_code_of(material.agents[agent], records),
        *([name, _all(found)] for name, found in versions.items()),
        ["workflow", f"mirage {VERSION}"],
    ]
    for name in ("f1", "gap"):
        path = material.results / f"tables/{name}.csv"
        rows.append([f"sha256 of the table {name}", f"`{file_digest(path)}`" if path.is_file() else MISSING])
    return grid(["what", "value"], rows, LEFT)
