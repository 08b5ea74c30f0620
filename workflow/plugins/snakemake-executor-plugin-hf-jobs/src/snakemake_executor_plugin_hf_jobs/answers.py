"""The Hub's answers about jobs and hardware, read so that a field that is missing or new breaks nothing.

The documents of the Hub do not say which fields are always there; the client's own classes fail where one is not.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from huggingface_hub.utils import parse_datetime  # type: ignore[attr-defined]  # re-exported without saying so

from snakemake_executor_plugin_hf_jobs.catalog import FALLBACK
from snakemake_executor_plugin_hf_jobs.flavors import GPU, Flavor
from snakemake_executor_plugin_hf_jobs.units import gigabytes

COMPLETED = "COMPLETED"
ENDED_STAGES = (COMPLETED, "ERROR", "CANCELED", "DELETED")
_MINUTES = {"minute": 1, "hour": 60}
_GPU_MAKERS = ("nvidia", "amd")


@dataclass(frozen=True)
class JobView:
    """What the plugin looks at in a job of the Hub; ``running_seconds`` is 0 before it runs.

    ``stage`` is empty where the Hub does not say it, ``command`` is the command's last argument.
    """

    id: str
    stage: str
    message: str
    flavor: str
    labels: Mapping[str, str]
    running_seconds: int
    created_at: datetime | None
    initiator: str
    url: str
    command: str = ""

    @property
    def active(self) -> bool:
        """Whether it may still run: stages that are not known here are taken for that."""
        return self.stage not in ENDED_STAGES


def is_job(answer: Any) -> bool:
    """Whether an entry of a list is a job that can be told from others."""
    return bool(_mapping(answer).get("id"))


def job(answer: Any, endpoint: str, namespace: str) -> JobView:
    """A job as the Hub describes it. ValueError where not even its id is there."""
    if not is_job(answer):
        raise ValueError("a job without an id")
    record = _mapping(answer)
    status, owner, initiator = (_mapping(record.get(key)) for key in ("status", "owner", "initiator"))
    by_owner = owner.get("id") if owner.get("type") == "user" else None
    command = record.get("command")
    return JobView(
        id=str(record["id"]),
        stage=_text(status.get("stage")),
        message=_text(status.get("message")),
        flavor=_text(record.get("flavor")),
        labels={str(key): _text(value) for key, value in _mapping(record.get("labels")).items()},
        running_seconds=_running_seconds(record),
        created_at=_moment(record.get("createdAt")),
        initiator=_text(initiator.get("id") or by_owner),
        url=f"{endpoint}/jobs/{_text(owner.get('name')) or namespace}/{record['id']}",
        command=_text(command[-1]) if isinstance(command, list) and command else "",
    )


def _running_seconds(record: Mapping[str, Any]) -> int:
    said = _mapping(record.get("durations")).get("runningSecs")
    if isinstance(said, int | float):
        return int(said)
    start = _moment(record.get("startedAt"))
    end = _moment(record.get("finishedAt")) or datetime.now(UTC)
    return max(0, int((end - start).total_seconds())) if start else 0


def flavor(answer: Any) -> Flavor | None:
    """A flavor as the Hub describes it; what is missing is that of the shipped list.

    None for one without a name or a price. One whose size is not said at all is chosen by its name alone.
    """
    offer = _mapping(answer)
    name = _text(offer.get("name"))
    known = next((one for one in FALLBACK if one.name == name), None) or Flavor(name, 0, 0.0, 0.0, 0, "", 0.0)
    price = _price(offer)
    if not name or (price is None and not known.usd_per_minute):
        return None
    cores = re.match(r"\s*(\d+)", _text(offer.get("cpu")))
    device = _mapping(offer.get("accelerator"))
    kind = _kind(device, known) if device else ""
    count = re.match(r"\s*(\d+)", _text(device.get("quantity")))
    return Flavor(
        name=name,
        vcpu=int(cores[1]) if cores else known.vcpu,
        ram_gb=gigabytes(_text(offer.get("ram"))) or known.ram_gb,
        disk_gb=gigabytes(_text(offer.get("ephemeralStorage"))) or known.disk_gb,
        gpus=(int(count[1]) if count else known.gpus or 1) if kind == GPU else 0,
        gpu_model=(_text(device.get("model")) or known.gpu_model) if kind == GPU else "",
        usd_per_minute=known.usd_per_minute if price is None else price,
        accelerator=kind,
    )


def _kind(device: Mapping[str, Any], known: Flavor) -> str:
    """The kind of an accelerator, as one word; a device whose kind is not said is a GPU where its maker makes only those."""
    said = _text(device.get("type")).strip().lower()
    if not said and _text(device.get("manufacturer")).strip().lower() in _GPU_MAKERS:
        return GPU
    return said or known.accelerator or "unknown"


def _price(offer: Mapping[str, Any]) -> float | None:
    minutes = _MINUTES.get(_text(offer.get("unitLabel")).strip().lower())
    if minutes is None:
        return None
    for key, unit in (("unitCostUSD", 1.0), ("unitCostMicroUSD", 1e-6)):
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return float(offer[key]) * unit / minutes
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _moment(value: Any) -> datetime | None:
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
