"""What sentences are made from: the tables of a run, and how its agents and schemes are called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from mirage.held_out.validity import NOT_VALID
from mirage.lazy import pandas as pd
from mirage.measure import POSITIVE, Measure
from mirage.splits.called import called, called_groups
from mirage.splits.names import Schemes
from mirage.states import COMPLETE, NOT_RUN
from mirage.tables.answer import Answer, answer_of
from mirage.tables.cells import signed

if TYPE_CHECKING:
    Tables: TypeAlias = Mapping[str, pd.DataFrame]
    Row: TypeAlias = Mapping[Any, Any]
    Fact: TypeAlias = Callable[["Evidence"], str | None]


class Estimate(NamedTuple):
    """A value with its interval; nan where it has none."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, row: Row, value: str, low: str = "low", high: str = "high") -> Estimate:
        """Take three cells of a row."""
        return cls(float(row[value]), float(row[low]), float(row[high]))

    @property
    def sign(self) -> int:
        """Return on which side of zero the whole interval lies, 1 or -1; 0 where it holds zero or is not there."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def turned(self) -> Estimate:
        """Return the same of the opposite: of a difference, that of the second less the first."""
        return Estimate(-self.value, -self.high, -self.low)

    def __str__(self) -> str:
        return signed(*self)


@dataclass(frozen=True)
class Evidence:
    """The tables of a run and what is needed to speak of them.

    Attributes
    ----------
    tables:
        By name, as their csv has them; those that a run did not make are left out.
    titles:
        What agents are called, in the order of the configuration.
    headline:
        ``agent`` and ``held_out``, whose gap is told first; ``taken_apart``, the source of the decomposition that is about it, or None.
    facts:
        The split schemes.
    baselines:
        Agents that read no text: sentences on the agents leave them out.
    notes:
        What has to be known of an agent, by title.
    measure:
        What the study measures, in words.
    """

    tables: Tables
    titles: Mapping[str, str]
    headline: Mapping[str, Any]
    facts: Schemes
    baselines: Collection[str] = ()
    notes: Mapping[str, str] | None = None
    measure: Measure = POSITIVE

    def rows(self, table: str, **where: Any) -> pd.DataFrame:
        """Return the rows of the agents that have all their runs and these values; empty where the table or a row is not there."""
        found = self.tables.get(table)
        if found is None or found.empty:
            return pd.DataFrame()
        chosen = complete(found, **where)
        return chosen[chosen["agent"].isin(self.told)]

    @property
    def told(self) -> list[str]:
        """Return the agents that sentences speak of."""
        return [agent for agent in self.titles if agent not in self.baselines]

    @property
    def run(self) -> list[str]:
        """Return those of them that are not left out on this machine."""
        tables = [table for name in ("f1", "choosing") if (table := self.tables.get(name)) is not None and len(table)]
        left_out = {agent for table in tables for agent in table.loc[table["status"] == NOT_RUN, "agent"]}
        return [agent for agent in self.told if agent not in left_out]

    def called(self, agent: str) -> str:
        """Return an agent's title in quotation marks: titles have commas of their own."""
        return f"“{self.titles[agent]}”"

    def plain(self, name: str) -> str:
        """Return what a scheme is called, in a few plain words."""
        return called(self.facts[name])

    @property
    def not_valid(self) -> list[str]:
        """Return the schemes that leave too few negatives to train on."""
        verdict = self.tables.get("verdict")
        if verdict is None or verdict.empty:
            return []
        return list(verdict.loc[verdict["status"].str.startswith(NOT_VALID), "held_out"].unique())

    def groups(self, row: Row) -> str:
        """Return what the groups are called that a row with ``held_out, sources`` is about."""
        scheme = self.facts.get(row["held_out"])
        return called_groups(scheme.title if scheme else "", row["sources"])

    @property
    def answer(self) -> Answer:
        """Return the drops that the study's answer is about."""
        verdict, new_group = (self.tables.get(name) for name in ("verdict", "new_group"))
        return answer_of(verdict, new_group, self.headline.get("held_out"), self.run)

    def note(self, agent: str) -> str | None:
        """Return what has to be known of an agent, without its full stop."""
        found = (self.notes or {}).get(self.titles[agent])
        return found.rstrip(".") if found else None

    def introduced(self, agent: str) -> str:
        """Return an agent's title in quotation marks, and behind it what has to be known of the agent."""
        note = self.note(agent)
        return f"{self.called(agent)} ({note})" if note else self.called(agent)

    @property
    def reference(self) -> str | None:
        """Return the scheme that the headline's gap is taken from; None where no gap is told."""
        gap = self.tables.get("gap")
        if gap is None:
            return None
        own = gap[(gap["agent"] == self.headline["agent"]) & (gap["held_out"] == self.headline["held_out"])]
        return str(own["reference"].iloc[0]) if len(own) else None

    def source(self, table: str) -> str | None:
        """Return the held-out source that a table is about: the headline's, or its first."""
        found = self.tables.get(table)
        if found is None or found.empty:
            return None
        return str(self.headline.get("taken_apart") or found["source"].iloc[0])

    def spoken(self, source: str | None) -> str:
        """Return a held-out source as it is said in a sentence: the tables name it as files are named. Nothing for none."""
        of_headline = source is not None and source == self.headline.get("taken_apart")
        title = self.facts[self.headline["held_out"]].title if of_headline else ""
        return title or (source or "").replace("-", " ")


def gap_of(tables: Tables, headline: Mapping[str, Any]) -> Estimate | None:
    """Return the headline's gap with the interval of the table of gaps, or None.

    People read one interval of one gap: that of the terms which sum to it is of other draws of the same.
    """
    table = tables.get("gap")
    if table is None:
        return None
    rows = complete(table, agent=headline["agent"], held_out=headline["held_out"])
    return None if rows.empty else Estimate.of(rows.iloc[0], "gap")


def complete(table: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """Return the rows of a table that have all their runs and these values."""
    chosen = table[table["status"] == COMPLETE]
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    return chosen
