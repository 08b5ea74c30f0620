"""UNC's supplementary set: more sections labelled Jim Crow, joined to the corpus and held against it for overlap.

The rows were judged Jim Crow although their text alone hardly says so; ``extrinsic`` marks those judged so almost wholly from
knowledge outside the text. They are a held-out set of positives and nothing else: no agent is trained on them.
"""

from __future__ import annotations

import csv
import hashlib
import http.client
import io
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mirage.data.declaration import Declaration
from mirage.data.duplicates import add_groups
from mirage.data.network import download, reason_of
from mirage.data.options import DataOptions
from mirage.data.sections import content_digest, read_csv, schema_of
from mirage.data.sources import Unavailable
from mirage.errors import StudyError
from mirage.files import atomic_path
from on_the_books.corpus import ON_THE_BOOKS
from on_the_books.supplement_place import address, how_to_get, local_file

logger = logging.getLogger(__name__)

SUPPLEMENT_SHA256 = "01c1d82848f6e151a6850d2d21baaddcae40df7606e08361cc0fbfe0331a2842"
FLAGS = ("external", "extrinsic", "overlapping")


@dataclass(frozen=True)
class Supplement:
    """The rows of the supplementary set with a column ``extrinsic``; ``origin`` and ``revision`` say where from."""

    rows: pd.DataFrame
    origin: str
    revision: str | None


def read_supplement(data: bytes, name: str, declaration: Declaration) -> pd.DataFrame:
    """Read the sections, with the columns of the corpus, and the column ``extrinsic`` (bool) from the bytes of a csv file.

    Raises
    ------
    StudyError
        As :func:`mirage.data.sections.read_csv`, and where ``extrinsic`` is missing or neither 0 nor 1.
    """
    sections = read_csv(data, name, declaration)
    rows = (row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) if row)
    header = [column.strip() for column in next(rows)]
    if header.count("extrinsic") != 1:
        raise StudyError(
            f"{name}: the header has the column extrinsic {header.count('extrinsic')} times; expected it once, as the supplementary "
            "set has it"
        )
    place = header.index("extrinsic")
    flags = [row[place].strip() for row in rows]
    for number, (row_id, flag) in enumerate(zip(sections["row_id"], flags, strict=True), start=1):
        if flag not in ("0", "1"):
            raise StudyError(f"{name}: row {number} (id {row_id}): extrinsic is {flag!r}; expected 0 or 1")
    return sections.assign(extrinsic=[flag == "1" for flag in flags])


def supplement_digest(rows: pd.DataFrame, declaration: Declaration) -> str:
    """Return the digest of what the rows say (:func:`mirage.data.sections.content_digest`) and of their ``extrinsic``."""
    flags = "".join(str(int(flag)) for flag in rows["extrinsic"])
    return hashlib.sha256(f"{content_digest(rows, declaration)}\n{flags}".encode()).hexdigest()


def find_supplement(data: Mapping[str, Any], corpus: str) -> Supplement:
    """Read the supplementary set from a local file, or download it where the corpus is On the Books.

    Parameters
    ----------
    data:
        The configuration's ``data``, with its ``supplement``.
    corpus:
        What the training rows are: ``on_the_books``, ``synthetic`` or ``custom``.

    Raises
    ------
    Unavailable
        When it is not in reach, or the corpus is made up.
    StudyError
        When a local file cannot be read or is bad.
    """
    if corpus == "synthetic":
        raise Unavailable("the corpus is synthetic, and real rows say nothing about what is trained on it")
    found = local_file(data, os.environ)
    if found is not None:
        return _from_file(*found, options_of(data).columns)
    if corpus != "on_the_books":
        raise Unavailable("no local file is given, and it is not downloaded for a corpus that is not On the Books")
    return _from_unc(address(options_of(data).further["unc"].url), options_of(data).columns)


def options_of(data: Mapping[str, Any]) -> DataOptions:
    """Return the options of the corpus itself."""
    return DataOptions.from_mapping({key: value for key, value in data.items() if key != "supplement"}, ON_THE_BOOKS)


def join(corpus: pd.DataFrame, supplement: pd.DataFrame, threshold: float) -> tuple[pd.DataFrame, dict[str, int]]:
    """Put the supplement's rows below the corpus's and mark those that overlap it.

    Parameters
    ----------
    corpus:
        The sections of the study.
    supplement:
        The rows of :func:`read_supplement`; may be empty.
    threshold:
        Word 3-gram Jaccard similarity from which two sections are near-duplicates, as for the corpus itself.

    Returns
    -------
    sections, overlap
        All rows with :data:`FLAGS`, groups taken over both, and the number of overlapping rows of the supplement by the first
        reason that holds: ``same_id``, ``same_text`` (whitespace and case aside), ``near_duplicate`` (in one group of chained
        near-duplicates with a row of the corpus).
    """
    groups = ["exact_group", "near_group", "unit"]
    flags = {"external": False, "extrinsic": False, "overlapping": False}
    own = corpus.drop(columns=groups).assign(**flags)
    known = supplement["row_id"].isin(corpus["row_id"]).to_numpy()
    others = supplement.assign(**flags | {"external": True, "extrinsic": supplement["extrinsic"].astype(bool)})
    # A row_id names one row of the file; the clashing row is not tested.
    others["row_id"] = others["row_id"].mask(known, [f"{row_id} (supplement)" for row_id in others["row_id"]])
    joined = add_groups(pd.concat([own, others], ignore_index=True), threshold)

    external = joined["external"].to_numpy(dtype=bool)
    same_text, near = (
        np.isin(joined.loc[external, group], joined.loc[~external, group]) for group in ("exact_group", "near_group")
    )
    joined.loc[external, "overlapping"] = known | same_text | near
    overlap = {"same_id": known, "same_text": same_text & ~known, "near_duplicate": near & ~same_text & ~known}
    return joined, {reason: int(rows.sum()) for reason, rows in overlap.items()}


def fetch_supplement(
    data: Mapping[str, Any], corpus: pd.DataFrame, provenance: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the corpus with the supplement's rows below it, and a record of the supplement.

    Parameters
    ----------
    data:
        The configuration's ``data``, with its ``supplement``.
    corpus, provenance:
        The sections of the study, and the record of where they came from.

    Returns
    -------
    sections, record
        Where the supplement is not in reach the sections are the corpus's alone, and the record has ``available`` false, the
        ``reason`` and, where a user can mend it, ``how``. Otherwise ``origin, revision, content_sha256, known`` (whether it is UNC's set),
        ``rows, positives, extrinsic, overlap, tested`` and ``sharing_chapter``: tested rows that have a chapter in common with
        the corpus.

    Raises
    ------
    StudyError
        When a file that is given cannot be read or is bad.
    """
    threshold = provenance["near_duplicate_threshold"]
    try:
        found = find_supplement(data, provenance["corpus"])
    except Unavailable as reason:
        logger.info("supplement: not in reach: %s", reason)
        nothing = corpus.iloc[:0].drop(columns=["exact_group", "near_group", "unit"]).assign(extrinsic=False)
        sections, _ = join(corpus, nothing, threshold)
        # No file would change that for a made-up corpus.
        how = None if provenance["corpus"] == "synthetic" else how_to_get(address(options_of(data).further["unc"].url))
        return sections, {"available": False, "reason": str(reason), "how": how, "rows": 0, "tested": 0}
    sections, overlap = join(corpus, found.rows, threshold)
    digest = supplement_digest(found.rows, options_of(data).columns)
    tested = sections["external"] & ~sections["overlapping"]
    logger.info(
        "supplement: %s: %d rows, %d of them tested, content sha256 %s", found.origin, len(found.rows), tested.sum(), digest
    )
    return sections, {
        "available": True,
        "origin": found.origin,
        "revision": found.revision,
        "content_sha256": digest,
        "known": digest == SUPPLEMENT_SHA256,
        "rows": len(found.rows),
        "positives": int(found.rows["label"].sum()),
        "extrinsic": int(found.rows["extrinsic"].sum()),
        "near_duplicate_threshold": threshold,
        "overlap": overlap,
        "tested": int(tested.sum()),
        "sharing_chapter": int(sections.loc[tested, "chapter"].isin(corpus["chapter"]).sum()),
    }


def write_joined(sections: pd.DataFrame, target: str | Path) -> None:
    """Write the joined sections as parquet, the flags last: the same table gives the same bytes."""
    schema = pa.schema([*schema_of(sections.drop(columns=list(FLAGS))), *((flag, pa.bool_()) for flag in FLAGS)])
    table = pa.Table.from_pandas(sections, schema=schema, preserve_index=False).replace_schema_metadata(None)
    with atomic_path(target) as path:
        pq.write_table(table, path, compression="zstd")


def _from_file(path: str, named_by: str, declaration: Declaration) -> Supplement:
    logger.info("supplement: reading %s (%s)", path, named_by)
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(f"{path}: {reason}; {named_by} must name the supplementary csv, or be left empty") from None
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Supplement(read_supplement(data, path, declaration), f"local file {Path(path).name}", digest)


def _from_unc(url: str, declaration: Declaration) -> Supplement:
    logger.info("supplement: downloading %s", url)
    try:
        data = download(url)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unavailable(f"no local file is given, and {url} could not be downloaded ({reason_of(error)})") from error
    try:
        rows = read_supplement(data, url, declaration)
    except StudyError as error:
        # Nobody asked for this file by name, and the study does without it; a proxy may answer in its place.
        raise Unavailable(f"no local file is given, and what was downloaded is bad: {error}") from None
    commit = re.search(r"/([0-9a-f]{40})/", url)
    return Supplement(rows, f"UNC Libraries' repository, {url}", commit.group(1) if commit else None)
