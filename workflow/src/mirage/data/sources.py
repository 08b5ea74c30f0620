"""Where the rows come from: a local file, the Hub or, for a published data set, the further places that have it.

Whatever the source, the same rows are expected (``content_sha256``): a source that is reached and says something else is an
error, never a reason to try the next one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirage.data.declaration import ALL, Declaration
from mirage.data.duplicates import add_groups
from mirage.data.labels import LABEL, has_classes, labels_of
from mirage.data.network import ANSWER_SECONDS, answer_within, reason_of
from mirage.data.options import DataOptions, HubOptions, Published
from mirage.data.pairs import lay_out_pair
from mirage.data.readers import KINDS, open_csv, open_table, read_bytes
from mirage.data.sections import content_digest, from_dataset, lay_out, unordered_digest
from mirage.errors import StudyError
from mirage.listing import first_of

logger = logging.getLogger(__name__)

_HUB_SECONDS = 180.0
_LISTED = 10


@dataclass(frozen=True)
class Found:
    """Rows that a source yielded; ``origin`` says in words where from, ``revision`` which version, where known."""

    sections: pd.DataFrame
    origin: str
    revision: str | None


class Unavailable(Exception):  # noqa: N818
    """A source that is not there to ask: not configured, or out of reach."""


def fetch(options: DataOptions, attempt: int = 1) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows, with their duplicate groups, and where they came from.

    With ``source: auto`` the sources of :func:`sources_of` are tried in order. One that is out of reach is passed over with a log
    line, whereas one that yields bad rows or other rows than expected is an error. A local file that is configured is never
    passed over.

    Parameters
    ----------
    attempt:
        Which try this is; only recorded.

    Returns
    -------
    tuple
        The table of ``mirage.data.sections.SCHEMA``, and a mapping with the keys corpus, origin, source, revision, content_sha256,
        rows, positives, licence, near_duplicate_threshold, near_duplicate_unit and attempt; ``left_out``, reasons and numbers of rows,
        where the rules of the declaration leave some out. ``corpus`` is ``own`` for somebody's own rows; with the
        columns of a published data set it is its name for its very rows, the name of the source for made-up ones, and else
        ``custom``. With ``own``, ``columns`` says what the data call the table's columns and ``positive`` which labels count as
        positive. Where one of several classes is chosen, ``classes`` names them in the order of their numbers, in place of
        ``positive`` and ``positives``, and ``left_out`` counts the rows of others by label.

    Raises
    ------
    StudyError
        If the rows are bad or not the expected ones, or an explicitly named source cannot be reached.
    """
    name, found = _first_available(options)
    known = options.published
    digest = content_digest(found.sections, options.columns)
    if known is None or name != known.made_up:
        _check_digest(found, digest, options)
    if known is None:
        _check_rows(found, options.columns)
    corpus = _corpus(known, name, digest)
    sections = add_groups(found.sections, options.near_duplicate_threshold, options.near_duplicate_unit)
    logger.info("data: %s: %d sections, content sha256 %s (%s)", found.origin, len(sections), digest, corpus)
    left_out = dict(found.sections.attrs.get("left_out", {}))
    declared = {"columns": options.columns.names_of_columns, **_label_facts(found.sections, options.columns)}
    positives = {} if has_classes(sections) else {"positives": int(sections[LABEL].sum())}
    return sections, {
        **(declared if known is None else {}),
        "corpus": corpus,
        "origin": found.origin,
        "source": name,
        "revision": found.revision,
        "content_sha256": digest,
        "rows": len(sections),
        **positives,
        **({"left_out": left_out} if left_out else {}),
        "licence": (known.licences if known else {}).get(corpus, "not stated by the source"),
        "near_duplicate_threshold": options.near_duplicate_threshold,
        "near_duplicate_unit": options.near_duplicate_unit,
        "attempt": attempt,
    }


def _label_facts(rows: pd.DataFrame, declaration: Declaration) -> dict[str, Any]:
    if not declaration.classes:
        return {"positive": list(declaration.positive)}
    classes = rows.attrs["classes"]
    left_out = {label: count for label, count in rows.attrs["labels"].items() if label not in classes}
    return {"classes": classes, "left_out": left_out}


def from_file(options: DataOptions) -> Found:
    """Read the file named by ``data.path`` or else, for a published data set, by its environment variable."""
    known = options.published
    setting, path = "data.path", options.path
    if not path and known:
        setting, path = known.variable, os.environ.get(known.variable)
    if not path:
        neither = f"neither data.path nor {known.variable} is set" if known else "data.path is not set"
        raise Unavailable(f"no local file is configured ({neither})")
    logger.info("data: reading the local file %s (%s)", path, setting)
    kinds = "a csv file" if known else KINDS
    data = read_bytes(Path(path).expanduser(), f"{setting} must name {kinds}, or be left empty to use another source")
    if options.test_path:
        tested = read_bytes(Path(options.test_path).expanduser(), f"data.test_path must name {KINDS}, or be left out")
        rows = lay_out_pair([(data, path), (tested, options.test_path)], options.columns, options.reading)
        names = f"local files {Path(path).name} and {Path(options.test_path).name}, to train and to test"
        return Found(rows, names, f"sha256:{hashlib.sha256(data + tested).hexdigest()}")
    # The csv of a published data set may bear any name.
    file = (open_csv if known else open_table)(data, path, options.reading)
    rows = lay_out(file.table(options.columns.columns), path, options.columns)
    return Found(rows, f"local file {Path(path).name}", f"sha256:{hashlib.sha256(data).hexdigest()}")


def from_hub(options: DataOptions) -> Found:
    """Load a split of the Hub's repository with ``datasets``, pinned to the commit that the revision stands for.

    With ``HF_HUB_OFFLINE=1`` only the local cache is asked.
    """
    if options.hub is None:
        raise Unavailable("no data set of the Hub is configured (data.hub is not set)")
    repo, revision = options.hub.repo, options.hub.revision
    logger.info("data: asking the Hub for %s, revision %s", repo, revision or "main")
    try:
        table, commit = _hub_table(options.hub)
    except Exception as error:
        # The loader raises whatever its transport, file system and parser raise; none of it is about the rows.
        raise Unavailable(f"{repo} could not be loaded from the Hub ({reason_of(error)})") from error
    logger.info("data: %s is at commit %s", repo, commit or "unknown")
    version = f"{repo}@{commit}" if commit else repo
    return Found(from_dataset(table, f"Hub dataset {version}", options.columns), f"Hugging Face Hub dataset {repo}", commit)


SOURCES: Mapping[str, Callable[[DataOptions], Found]] = {"file": from_file, "hub": from_hub}


def sources_of(options: DataOptions) -> dict[str, Callable[[DataOptions], Found]]:
    """Return the sources of these rows by name, in the order in which ``auto`` tries them."""
    further = options.published.further if options.published else {}
    return {**SOURCES, **{name: source.read for name, source in further.items()}}


def _corpus(known: Published | None, source: str, digest: str) -> str:
    if known is None:
        return "own"
    if source == known.made_up:
        return source
    return known.name if digest == known.sha256 else "custom"


def _first_available(options: DataOptions) -> tuple[str, Found]:
    reasons: list[str] = []
    sources = sources_of(options)
    for name, read in sources.items():
        if options.source not in ("auto", name):
            continue
        try:
            return name, read(options)
        except Unavailable as reason:
            if options.source == name:
                others = ", ".join(other for other in ("auto", *sources) if other != name)
                raise StudyError(
                    f"data.source is {name}, but {reason}; mend that, or set data.source to one of {others}"
                ) from None
            logger.info("data: %s", reason)
            reasons.append(str(reason))
    raise StudyError(f"there are no data: {'; '.join(reasons)}; name a file under data.path or a data set under data.hub")


def _check_rows(found: Found, declaration: Declaration) -> None:
    """Refuse rows of which nothing can be learned, or nothing held out."""
    labels = list(found.sections.attrs["labels"])
    shown = first_of([repr(label) for label in labels], _LISTED)
    key = "classes" if declaration.classes else "positive"
    wanted = () if declaration.classes == (ALL,) else getattr(declaration, key)
    unknown = [label for label in wanted if label not in labels]
    if unknown:
        quoted = (
            "; YAML reads yes, no, on and off as truth values: put them in quotes" if unknown[0] in ("true", "false") else ""
        )
        raise StudyError(
            f"{found.origin}: no row has the label {unknown[0]!r} of data.columns.{key}; found in {declaration.label}: {shown}"
            f"{quoted}"
        )
    if len(np.unique(labels_of(found.sections))) < 2:
        if declaration.classes:
            raise StudyError(
                f"{found.origin}: every row has the label {shown} in {declaration.label}; a study needs two classes"
            )
        raise StudyError(
            f"{found.origin}: every row is positive; found in {declaration.label}: {shown}; a study needs rows of two classes: write "
            "under data.columns.positive only the labels that count as positive"
        )
    groups = found.sections["source"].unique()
    if declaration.group and len(groups) < 2:
        raise StudyError(
            f"{found.origin}: every row has the group {groups[0]!r}; data.columns.group must name a column of two values or more, "
            "since one is held out; leave the key out where there is none"
        )


def _check_digest(found: Found, digest: str, options: DataOptions) -> None:
    expected = options.content_sha256
    if expected is None or digest == expected:
        return
    unordered = unordered_digest(found.sections, options.columns)
    known = options.published
    same_rows = known is not None and (expected, unordered) == (known.sha256, known.unordered_sha256)
    hint = "the rows are the same, but in another order" if same_rows else "the rows differ"
    raise StudyError(
        f"{found.origin}: content sha256 {digest}, but data.content_sha256 expects {expected} ({hint}); "
        "use another source, or set data.content_sha256 to null to study these rows"
    )


def _hub_table(hub: HubOptions) -> tuple[Any, str | None]:
    import datasets
    import huggingface_hub

    datasets.disable_progress_bars()
    for chatty in ("httpx", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    repo, revision = hub.repo, hub.revision
    commit = revision
    if not huggingface_hub.constants.HF_HUB_OFFLINE:
        # ``load_dataset`` retries for most of a minute when there is no network; one question first tells within seconds.
        api = huggingface_hub.HfApi()
        commit = answer_within(ANSWER_SECONDS, lambda: api.dataset_info(repo, revision=revision, timeout=ANSWER_SECONDS).sha)
    table = answer_within(_HUB_SECONDS, lambda: datasets.load_dataset(repo, hub.config, revision=commit, split=hub.split))
    # Offline, ``datasets`` serves the newest version in the cache, whatever the revision; its folder bears the commit.
    folders = [Path(entry["filename"]).parent.name for entry in table.cache_files]
    loaded = next((name for name in folders if _is_commit(name)), commit)
    if _is_commit(commit) and loaded != commit:
        raise FileNotFoundError(f"only commit {loaded} is in the local cache, not {commit}")
    return table, loaded if _is_commit(loaded) else None


def _is_commit(revision: str | None) -> bool:
    return revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision) is not None
