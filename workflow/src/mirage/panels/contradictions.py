"""The table of contradictions as a reader sees it."""

from __future__ import annotations

import pandas as pd

from mirage.tables import NOTHING, Panel


def contradictions_panels(table: pd.DataFrame) -> list[Panel]:
    """One panel: topic, what each source says with its name in brackets, what we find."""
    cells = pd.DataFrame(
        {
            "topic": table["topic"],
            "one source (quoted)": [f"{row.first} ({row.first_source})" for row in table.itertuples()],
            "another (quoted)": [
                f"{row.second} ({row.second_source})" if row.second else f"{NOTHING} (the data)" for row in table.itertuples()
            ],
            "what we find": table["finding"],
        }
    )
    caption = (
        "What the sources say is theirs, in our words and with their numbers; “derived” marks what follows from their numbers alone. "
        "Every number in the last column comes from the tables of this run; those of published models rest on quoted figures. Where no "
        "source in reach decides, both stand."
    )
    return [Panel(caption, cells)]
