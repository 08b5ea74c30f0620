"""Where the sessions come from: a local directory, or the Hub; with neither, the study goes on and says so."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mirage.data.network import answer_within, reason_of
from mirage.data.options import HubOptions
from mirage.errors import StudyError
from mirage.provenance import file_digest
from mirage.traces.redact import redact

logger = logging.getLogger(__name__)

AVAILABLE = "available"
UNAVAILABLE = "unavailable"
LOCAL_STAMP = "sessions from a local directory: not checked against the published ones"

_ANSWER_SECONDS = 6.0
_FILE_SECONDS = 900.0


@dataclass(frozen=True)
class TraceOptions:
    """Of the ``traces`` section of the configuration, what says where sessions are; ``files`` names each agent's."""

    path: str | None
    hub: HubOptions | None
    files: Mapping[str, str]

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> TraceOptions:
        """Build the options from their JSON.

        Raises
        ------
        StudyError
            For a missing or unknown key.
        """
        try:
            hub = options["hub"]
            return cls(options["path"], HubOptions(**hub) if hub else None, dict(options["files"]))
        except (KeyError, TypeError, ValueError) as error:
            raise StudyError(
                f"traces: {error}; write path (a directory or null), hub (repo and revision, or null) and files (agent: file)"
            ) from None


def fetch(options: TraceOptions) -> dict[str, Any]:
    """Look for every agent's session and return what was found where.

    Nothing is copied: a session may hold secrets, and stays in the user's directory or in the Hub's cache.

    Returns
    -------
    dict
        ``origin`` in words, ``revision`` (the Hub's commit), ``stamp`` (what outputs must carry, or None), and ``traces``: for
        each agent its ``file``, ``status``, ``reason`` (why it is unavailable), ``bytes`` and ``sha256``.

    Raises
    ------
    StudyError
        When a directory is configured and is none.
    """
    if options.path:
        manifest = _from_directory(options, options.path)
    elif options.hub:
        manifest = _from_hub(options, options.hub)
    else:
        manifest = _nowhere(options, "neither traces.path nor traces.hub is set")
    found = [agent for agent, trace in manifest["traces"].items() if trace["status"] == AVAILABLE]
    if found:
        logger.info("traces: %s: sessions of %s", manifest["origin"], ", ".join(found))
    for reason in dict.fromkeys(trace["reason"] for trace in manifest["traces"].values() if trace["reason"]):
        logger.warning("traces: unavailable: %s", reason)
    return manifest


def locate(options: TraceOptions, manifest: Mapping[str, Any], agent: str) -> Path:
    """Return where the session that :func:`fetch` found lies, without asking the network.

    Raises
    ------
    StudyError
        When it is no longer there, or not the same.
    """
    name = options.files[agent]
    try:
        if options.path:
            path = Path(options.path).expanduser() / name
        else:
            path = _hub_file(_hub(options), name, manifest["revision"], local_files_only=True)
        same = file_digest(path) == manifest["traces"][agent]["sha256"]
    except (OSError, KeyError, ValueError):
        same = False
    if not same:
        raise StudyError(f"the session {name} is not there any more or has changed; run: snakemake --forcerun fetch_traces")
    return path


def _hub(options: TraceOptions) -> HubOptions:
    if options.hub is None:
        raise FileNotFoundError
    return options.hub


def _from_directory(options: TraceOptions, path: str) -> dict[str, Any]:
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise StudyError(
            f"traces.path: {path} is no directory; write the directory of the session files, or null to ask the Hub"
        )
    traces = {}
    for agent, name in options.files.items():
        file = folder / name
        traces[agent] = (
            _available(name, file) if file.is_file() else _unavailable(name, f"{name} is not in the local directory")
        )
    return {"origin": f"local directory {folder.name}", "revision": None, "stamp": LOCAL_STAMP, "traces": traces}


def _from_hub(options: TraceOptions, hub: HubOptions) -> dict[str, Any]:
    logger.info("traces: asking the Hub for %s, revision %s", hub.repo, hub.revision or "main")
    for chatty in ("httpx", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        _ask(hub)
    except Exception as error:
        # The client raises whatever its transport and file system raise.
        return _nowhere(options, f"{hub.repo} could not be reached on the Hub ({redact(reason_of(error))})")
    traces, commit = {}, None
    for agent, name in options.files.items():
        try:
            file = answer_within(_FILE_SECONDS, partial(_hub_file, hub, name, commit or hub.revision))
        except Exception as error:
            traces[agent] = _unavailable(name, f"{name} could not be had from {hub.repo} ({redact(reason_of(error))})")
        else:
            # A snapshot's folder in the cache bears the commit; the other files are taken from the same one.
            commit = file.parents[len(Path(name).parts) - 1].name
            traces[agent] = _available(name, file)
    return {"origin": f"Hugging Face Hub dataset {hub.repo}", "revision": commit, "stamp": None, "traces": traces}


def _ask(hub: HubOptions) -> None:
    """Raise within seconds what a download would raise after minutes: no network, no such repository or revision."""
    from huggingface_hub import HfApi, constants

    if not constants.HF_HUB_OFFLINE:
        api = HfApi()
        answer_within(_ANSWER_SECONDS, lambda: api.dataset_info(hub.repo, revision=hub.revision, timeout=_ANSWER_SECONDS))


def _hub_file(hub: HubOptions, name: str, revision: str | None, local_files_only: bool = False) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    path = hf_hub_download(hub.repo, name, repo_type="dataset", revision=revision, local_files_only=local_files_only)
    return Path(str(path))


def _nowhere(options: TraceOptions, reason: str) -> dict[str, Any]:
    traces = {agent: _unavailable(name, reason) for agent, name in options.files.items()}
    return {"origin": None, "revision": None, "stamp": None, "traces": traces}


def _available(name: str, file: Path) -> dict[str, Any]:
    size = file.stat().st_size
    return {"file": name, "status": AVAILABLE, "reason": None, "bytes": size, "sha256": file_digest(file)}


def _unavailable(name: str, reason: str) -> dict[str, Any]:
    return {"file": name, "status": UNAVAILABLE, "reason": reason, "bytes": None, "sha256": None}
