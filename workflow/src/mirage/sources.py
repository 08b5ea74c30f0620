"""Where the sections come from: a local file, the Hub, UNC's repository or, where none can be had, a made-up corpus.

Whatever the source, the same rows are expected (``content_sha256``): a source that is reached and says something else is an
error, never a reason to try the next one.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from mirage import on_the_books, synthetic
from mirage.declaration import Declaration
from mirage.duplicates import add_groups
from mirage.errors import StudyError
from mirage.listing import first_of, listing
from mirage.readers import table_of
from mirage.sections import content_digest, from_dataset, lay_out, read_csv, unordered_digest

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

FILE_VARIABLE = "ON_THE_BOOKS_CSV"

_LICENCES = {
    "on_the_books": "CC BY 3.0; On the Books: Jim Crow and Algorithms of Resistance, "
    "University of North Carolina at Chapel Hill Libraries",
    "custom": "not stated by the source",
    "own": "not stated by the source",
    "synthetic": "Apache-2.0, made by this project",
}

# Two hosts that never answer must not hold up a study for longer than it takes to fall back to the synthetic corpus.
_ANSWER_SECONDS = 6.0
_UNC_SECONDS = 60.0
_HUB_SECONDS = 180.0
_MAX_BYTES = 64 * 2**20
_LISTED = 10


@dataclass(frozen=True)
class HubOptions:
    """A dataset repository on the Hugging Face Hub.

    ``revision`` is a branch, tag or commit, ``None`` the default branch; ``config`` one of several data sets in the repository.
    """

    repo: str = "biglam/on_the_books"
    revision: str | None = None
    config: str | None = None
    split: str = "train"


@dataclass(frozen=True)
class UncOptions:
    """Where UNC's csv lies."""

    url: str = (
        "https://raw.githubusercontent.com/UNC-Libraries-data/OnTheBooks/18f8ba7d6c0007c0c5a7388fef61790fdfa758a3"
        "/code/classification/training_set_v2.csv"
    )


@dataclass(frozen=True)
class SyntheticOptions:
    """Size and seed of the made-up corpus."""

    rows: int = synthetic.FULL_ROWS
    seed: int = 0


@dataclass(frozen=True)
class DataOptions:
    """The ``data`` section of the configuration.

    ``source`` is one of :data:`SOURCES` or ``auto``; ``content_sha256`` is the expected ``content_digest`` of a real source,
    ``None`` accepts any rows. Other data than On the Books come from a file or the Hub alone, and ``hub`` is ``None`` where the Hub is
    not to be asked.
    """

    source: str = "auto"
    columns: Declaration = on_the_books.DECLARATION
    path: str | None = None
    hub: HubOptions | None = field(default_factory=HubOptions)
    unc: UncOptions = field(default_factory=UncOptions)
    content_sha256: str | None = on_the_books.SHA256
    near_duplicate_threshold: float = 0.5
    synthetic: SyntheticOptions = field(default_factory=SyntheticOptions)

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> DataOptions:
        """Build the options from the configuration's ``data`` mapping; keys left out keep their defaults.

        Raises
        ------
        StudyError
            For an unknown key or source, an address that is not http(s), a digest that is none, or a bad declaration.
        """
        values = dict(_known(cls, options, "data"))
        if "columns" in values:
            values["columns"] = Declaration.from_mapping(values["columns"])
            if values["columns"] != on_the_books.DECLARATION:
                values = {"content_sha256": None, "hub": None, **values}
        for key, kind in (("hub", HubOptions), ("unc", UncOptions), ("synthetic", SyntheticOptions)):
            if values.get(key) is not None:
                values[key] = kind(**_known(kind, values[key], f"data.{key}"))
        built = cls(**values)
        if built.source not in ("auto", *SOURCES):
            raise StudyError(f"data.source is {built.source!r}; write one of auto, {', '.join(SOURCES)}")
        if not re.match(r"https?://", built.unc.url):
            raise StudyError(f"data.unc.url is {built.unc.url!r}; write an address that begins with https:// or http://")
        if built.content_sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", built.content_sha256):
            raise StudyError(
                f"data.content_sha256 is {built.content_sha256!r}; write 64 lower-case hex digits, or null to accept any rows"
            )
        if built.is_own and built.source not in OWN_SOURCES:
            raise StudyError(
                f"data.source is {built.source}, but data.columns are not those of On the Books; write one of "
                f"{listing(OWN_SOURCES, 'or')}"
            )
        return built

    @property
    def is_own(self) -> bool:
        """Whether the rows are somebody's own, and not those of On the Books or in their form."""
        return self.columns != on_the_books.DECLARATION


@dataclass(frozen=True)
class Found:
    """Sections that a source yielded; ``origin`` says in words where from, ``revision`` which version, where known."""

    sections: pd.DataFrame
    origin: str
    revision: str | None


class Unavailable(Exception):  # noqa: N818
    """A source that is not there to ask: not configured, or out of reach."""


def fetch(options: DataOptions, attempt: int = 1) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the sections, with their duplicate groups, and where they came from.

    With ``source: auto`` the sources of :data:`SOURCES` are tried in order. One that is out of reach is passed over with a log
    line, whereas one that yields bad rows or other rows than expected is an error. A local file that is configured is never
    passed over.

    Parameters
    ----------
    attempt:
        Which try this is; only recorded.

    Returns
    -------
    tuple
        The table of ``mirage.sections.SCHEMA``, and a mapping with the keys corpus, origin, source, revision, content_sha256,
        rows, positives, licence, near_duplicate_threshold and attempt. ``corpus`` is ``on_the_books``, ``synthetic``, ``own``
        where other columns are declared than those of On the Books or, for any other rows, ``custom``. With ``own``, ``columns``
        says what the data call the table's columns and ``positive`` which labels count as positive.

    Raises
    ------
    StudyError
        If the rows are bad or not the expected ones, or an explicitly named source cannot be reached.
    """
    name, found = _first_available(options)
    digest = content_digest(found.sections, options.columns)
    if name != "synthetic":
        _check_digest(found, digest, options)
    if options.is_own:
        _check_rows(found, options.columns)
    known = "own" if options.is_own else "on_the_books" if digest == on_the_books.SHA256 else "custom"
    corpus = "synthetic" if name == "synthetic" else known
    sections = add_groups(found.sections, options.near_duplicate_threshold)
    logger.info("data: %s: %d sections, content sha256 %s (%s)", found.origin, len(sections), digest, corpus)
    declared = {"columns": options.columns.names_of_columns, "positive": list(options.columns.positive)}
    return sections, {
        **(declared if options.is_own else {}),
        "corpus": corpus,
        "origin": found.origin,
        "source": name,
        "revision": found.revision,
        "content_sha256": digest,
        "rows": len(sections),
        "positives": int(sections["label"].sum()),
        "licence": _LICENCES[corpus],
        "near_duplicate_threshold": options.near_duplicate_threshold,
        "attempt": attempt,
    }


def from_file(options: DataOptions) -> Found:
    """Read the file named by ``data.path`` or else, for On the Books, by the environment variable ``ON_THE_BOOKS_CSV``."""
    setting, path = "data.path", options.path
    if not path and not options.is_own:
        setting, path = FILE_VARIABLE, os.environ.get(FILE_VARIABLE)
    if not path:
        neither = "data.path is not set" if options.is_own else f"neither data.path nor {FILE_VARIABLE} is set"
        raise Unavailable(f"no local file is configured ({neither})")
    logger.info("data: reading the local file %s (%s)", path, setting)
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        kinds = "a csv, jsonl or parquet file" if options.is_own else "a csv file"
        raise StudyError(f"{path}: {reason}; {setting} must name {kinds}, or be left empty to use another source") from None
    # The csv of On the Books may bear any name.
    rows = (
        lay_out(table_of(data, path, options.columns.columns), path, options.columns)
        if options.is_own
        else read_csv(data, path, options.columns)
    )
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


def from_unc(options: DataOptions) -> Found:
    """Download UNC's csv."""
    url = options.unc.url
    logger.info("data: downloading %s", url)
    try:
        data = download(url)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unavailable(f"{url} could not be downloaded ({reason_of(error)})") from error
    commit = re.search(r"/([0-9a-f]{40})/", url)
    return Found(read_csv(data, url, options.columns), f"UNC Libraries' repository, {url}", commit.group(1) if commit else None)


def from_generator(options: DataOptions) -> Found:
    """Make the synthetic corpus."""
    rows, seed = options.synthetic.rows, options.synthetic.seed
    if options.source == "auto":
        logger.warning(
            "data: WARNING: NO SOURCE COULD BE REACHED. USING THE SYNTHETIC CORPUS: no result is about the real laws."
        )
    data = synthetic.corpus_csv(rows, seed)
    return Found(read_csv(data, "synthetic corpus", options.columns), f"synthetic corpus of {rows} rows, seed {seed}", None)


SOURCES: Mapping[str, Callable[[DataOptions], Found]] = {
    "file": from_file,
    "hub": from_hub,
    "unc": from_unc,
    "synthetic": from_generator,
}
OWN_SOURCES = ("auto", "file", "hub")


def _known(kind: type, options: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if not isinstance(options, Mapping):
        raise StudyError(f"{where} is {options!r}; write a mapping of keys to values")
    keys = [item.name for item in fields(kind)]
    for key in options:
        if key not in keys:
            raise StudyError(f"{where} has the unknown key {key!r}; the keys are {', '.join(keys)}")
    return options


def _first_available(options: DataOptions) -> tuple[str, Found]:
    reasons: list[str] = []
    for name, read in SOURCES.items():
        if options.source not in ("auto", name) or (options.is_own and name not in OWN_SOURCES):
            continue
        try:
            return name, read(options)
        except Unavailable as reason:
            if options.source == name:
                others = ", ".join(other for other in (OWN_SOURCES if options.is_own else ("auto", *SOURCES)) if other != name)
                raise StudyError(
                    f"data.source is {name}, but {reason}; mend that, or set data.source to one of {others}"
                ) from None
            logger.info("data: %s", reason)
            reasons.append(str(reason))
    # The synthetic corpus is always there, but it stands in for On the Books alone.
    raise StudyError(f"there are no data: {'; '.join(reasons)}; name a file under data.path or a data set under data.hub")


def _check_rows(found: Found, declaration: Declaration) -> None:
    """Refuse rows of which nothing can be learned, or nothing held out."""
    labels = list(found.sections.attrs["labels"])
    shown = first_of([repr(label) for label in labels], _LISTED)
    unknown = [label for label in declaration.positive if label not in labels]
    if unknown:
        quoted = (
            "; YAML reads yes, no, on and off as truth values: put them in quotes" if unknown[0] in ("true", "false") else ""
        )
        raise StudyError(
            f"{found.origin}: no row has the label {unknown[0]!r} of data.columns.positive; found in {declaration.label}: {shown}"
            f"{quoted}"
        )
    if len(set(found.sections["label"])) < 2:
        raise StudyError(
            f"{found.origin}: every row is positive; found in {declaration.label}: {shown}; a study needs rows of two classes: write "
            "under data.columns.positive only the labels that count as positive"
        )
    groups = found.sections["source"].unique()
    if len(groups) < 2:
        raise StudyError(
            f"{found.origin}: every row has the group {groups[0]!r}; data.columns.group must name a column of two values or more, "
            "since one is held out"
        )


def _check_digest(found: Found, digest: str, options: DataOptions) -> None:
    expected = options.content_sha256
    if expected is None or digest == expected:
        return
    unordered = unordered_digest(found.sections, options.columns)
    same_rows = expected == on_the_books.SHA256 and unordered == on_the_books.UNORDERED_SHA256
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
        commit = answer_within(_ANSWER_SECONDS, lambda: api.dataset_info(repo, revision=revision, timeout=_ANSWER_SECONDS).sha)
    table = answer_within(_HUB_SECONDS, lambda: datasets.load_dataset(repo, hub.config, revision=commit, split=hub.split))
    # Offline, ``datasets`` serves the newest version in the cache, whatever the revision; its folder bears the commit.
    folders = [Path(entry["filename"]).parent.name for entry in table.cache_files]
    loaded = next((name for name in folders if _is_commit(name)), commit)
    if _is_commit(commit) and loaded != commit:
        raise FileNotFoundError(f"only commit {loaded} is in the local cache, not {commit}")
    return table, loaded if _is_commit(loaded) else None


def _is_commit(revision: str | None) -> bool:
    return revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision) is not None


def download(url: str) -> bytes:
    """Return the whole body behind ``url``, or raise OSError or ValueError: too slow, too large, or broken off."""
    request = urllib.request.Request(url, headers={"User-Agent": "mirage", "Accept": "text/csv, text/plain, */*"})
    stop = time.monotonic() + _UNC_SECONDS
    parts: list[bytes] = []
    with answer_within(_ANSWER_SECONDS, lambda: urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)) as response:
        while part := response.read1(2**16):
            parts.append(part)
            if sum(map(len, parts)) > _MAX_BYTES:
                raise ValueError(f"over {_MAX_BYTES:,} bytes")
            if time.monotonic() > stop:
                raise TimeoutError(f"not whole after {_UNC_SECONDS:.0f} s")
        expected = response.headers.get("Content-Length")
    data = b"".join(parts)
    if expected is not None and len(data) != int(expected):
        raise ValueError(f"broke off after {len(data):,} of {int(expected):,} bytes")
    return data


def answer_within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return ``call()``, or raise TimeoutError after ``seconds``: a name lookup has no time limit of its own."""
    outcome: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer in {seconds:.0f} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]


def reason_of(error: BaseException) -> str:
    """Return one line that says why a source was not in reach."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    text = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__}: {text if len(text) <= 200 else text[:200] + '...'}"
