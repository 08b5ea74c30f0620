"""The rows of On the Books: where they are, how they are recognised, and the corpus that stands in for them."""

from __future__ import annotations

import http.client
import logging
import re
from dataclasses import dataclass

from mirage.data.network import download, reason_of
from mirage.data.options import DataOptions, Further, HubOptions, Published
from mirage.data.sections import read_csv
from mirage.data.sources import Found, Unavailable
from mirage.errors import StudyError
from on_the_books.declaration import DECLARATION, SHA256, UNORDERED_SHA256
from on_the_books.synthetic import FULL_ROWS, corpus_csv

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class UncOptions:
    """Where UNC's csv lies.

    Raises
    ------
    StudyError
        For an address that is not http(s).
    """

    url: str = (
        "https://raw.githubusercontent.com/UNC-Libraries-data/OnTheBooks/18f8ba7d6c0007c0c5a7388fef61790fdfa758a3"
        "/code/classification/training_set_v2.csv"
    )

    def __post_init__(self) -> None:
        if not re.match(r"https?://", self.url):
            raise StudyError(f"data.unc.url is {self.url!r}; write an address that begins with https:// or http://")


@dataclass(frozen=True)
class SyntheticOptions:
    """Size and seed of the made-up corpus."""

    rows: int = FULL_ROWS
    seed: int = 0


def from_unc(options: DataOptions) -> Found:
    """Download UNC's csv.

    Raises
    ------
    Unavailable
        When it is out of reach.
    StudyError
        When its rows are bad.
    """
    url = options.further["unc"].url
    logger.info("data: downloading %s", url)
    try:
        data = download(url)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unavailable(f"{url} could not be downloaded ({reason_of(error)})") from error
    commit = re.search(r"/([0-9a-f]{40})/", url)
    rows = read_csv(data, url, options.columns)
    return Found(rows, f"UNC Libraries' repository, {url}", commit.group(1) if commit else None)


def from_generator(options: DataOptions) -> Found:
    """Make the synthetic corpus.

    Raises
    ------
    StudyError
        When fewer rows are asked for than the study's schemes need.
    """
    rows, seed = options.further["synthetic"].rows, options.further["synthetic"].seed
    if options.source == "auto":
        logger.warning(
            "data: WARNING: NO SOURCE COULD BE REACHED. USING THE SYNTHETIC CORPUS: no result is about the real laws."
        )
    data = corpus_csv(rows, seed)
    origin = f"synthetic corpus of {rows} rows, seed {seed}"
    return Found(read_csv(data, "synthetic corpus", options.columns), origin, None)


ON_THE_BOOKS = Published(
    name="on_the_books",
    title="On the Books",
    columns=DECLARATION,
    sha256=SHA256,
    unordered_sha256=UNORDERED_SHA256,
    licences={
        "on_the_books": "CC BY 3.0; On the Books: Jim Crow and Algorithms of Resistance, "
        "University of North Carolina at Chapel Hill Libraries",
        "synthetic": "Apache-2.0, made by this project",
    },
    variable="ON_THE_BOOKS_CSV",
    hub=HubOptions("biglam/on_the_books"),
    further={"unc": Further(UncOptions, from_unc), "synthetic": Further(SyntheticOptions, from_generator)},
    made_up="synthetic",
)
