"""The published study's rows, read by their declaration."""

import pandas as pd

from mirage.data import sections
from on_the_books.declaration import DECLARATION


def read_csv(data: bytes, name: str) -> pd.DataFrame:
    """Read rows with the columns of On the Books from the bytes of a csv."""
    return sections.read_csv(data, name, DECLARATION)


def content_digest(rows: pd.DataFrame) -> str:
    """Return the digest of what the rows say."""
    return sections.content_digest(rows, DECLARATION)
