"""The table of how often each kind of interval covers."""

from __future__ import annotations

import pandas as pd

from mirage.tables import NOTHING, Panel, number

TELLING = 0.04  # A wider interval of the simulation cannot tell a coverage of 93 % from one of 97 %.
SIMULATED = "the simulation's own 95 % interval: Wilson over repetitions"
ABOUT = {
    "this model": "one fitted model on fresh rows",
    "this corpus": "further runs of the recipe on these training rows, fresh rows",
    "new corpus": "everything drawn afresh",
}


def coverage_panels(table: pd.DataFrame) -> list[Panel]:
    """Two panels a world: the kinds that tables print, and those that they do not."""
    panels = []
    for world, part in table.groupby("world", sort=False):
        first = part.iloc[0]
        size = (
            f"{world}: {first['repetitions']} repetitions of a study in small, some {part['rows'].max()} rows and "
            f"{part['rows'].min()} held-out positives, {first['runs']} runs, linear models"
        )
        for printed, said in (
            (True, "Intervals that the tables print"),
            (False, "Intervals that no table prints, to hold against"),
        ):
            rows = part[(part["printed"] != "") == printed]
            caption = (
                f"{said}. Share of repetitions in which the interval held the truth [{SIMULATED}], and its mean width. In {size}. "
                "The last column asks whether a coverage within two points of the nominal level is compatible with the simulation."
            )
            panels.append(Panel(caption, _cells(rows, printed)))
    return panels


def target_notes() -> list[str]:
    """Say what an interval can be about."""
    return ["\n".join(f"- {target}: {meaning}." for target, meaning in ABOUT.items())]


def _cells(rows: pd.DataFrame, printed: bool) -> pd.DataFrame:
    records = rows.to_dict("records")
    cells = {
        "interval": rows["kind"].tolist(),
        "of": rows["estimand"].tolist(),
        "about": rows["target"].tolist(),
        "units": rows["unit"].tolist(),
        "nominal": [number(row["level"], 2) for row in records],
        "covers": [_covers(row) for row in records],
        "width": [number(row["width"]) for row in records],
        f"compatible with {_range(rows)}": [_verdict(row) for row in records],
    }
    if printed:
        cells["printed in"] = rows["printed"].tolist()
    return pd.DataFrame(cells)


def _range(rows: pd.DataFrame) -> str:
    level = 100 * float(rows["level"].iloc[0]) if len(rows) else 95.0
    return f"{level - 2:.0f}-{level + 2:.0f} %"


def _covers(row: dict) -> str:
    if pd.isna(row["coverage"]):
        return NOTHING
    told = f"{number(row['coverage'])} [{number(row['low'])}, {number(row['high'])}]"
    return told if row["missing"] == 0 else f"{told}, none in {row['missing']:.1%}"


def _verdict(row: dict) -> str:
    if pd.isna(row["coverage"]):
        return "not in this world"
    if not row["held"]:
        return "no"
    return "yes" if row["high"] - row["low"] <= TELLING else f"too few repetitions ({row['repetitions']})"
