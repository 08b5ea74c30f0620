"""What jobs cost at worst and in the end, the cap, and the table.

Figures are the price list times started minutes, in US dollars: an estimate, the bill is the Hub's.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError
from snakemake_executor_plugin_hf_jobs.files import write_text

COLUMNS = ("job", "rule", "flavor", "stage", "seconds", "usd")


def cost(seconds: float, usd_per_minute: float) -> float:
    """Price of so many seconds; every started minute counts."""
    return math.ceil(max(0.0, seconds) / 60) * usd_per_minute


@dataclass(frozen=True)
class Row:
    """One finished job."""

    job: str
    rule: str
    flavor: str
    stage: str
    seconds: int
    usd: float

    def cells(self) -> tuple[str, ...]:
        return (self.job, self.rule, self.flavor, self.stage, str(self.seconds), f"{self.usd:.6f}")


class Ledger:
    """Money of one run: spent on finished jobs, and promised to running ones. Threads may share it.

    ``spent_before`` is what jobs of earlier starts cost, by their id.
    """

    def __init__(self, table: Path, max_cost: float | None = None, spent_before: Mapping[str, float] | None = None) -> None:
        self._lock = threading.Lock()
        self._table = table
        self._max_cost = max_cost
        self._open: dict[str, float] = {}
        self._rows: dict[str, tuple[str, ...]] = _read(table)
        self._spent = dict(spent_before or {})

    @property
    def spent(self) -> float:
        """What the finished jobs cost together; each counts once."""
        with self._lock:
            return sum(self._spent.values())

    def promise(self, key: str, worst: float) -> None:
        """Set the worst case of a job aside under any key. Raises JobRefusedError where the cap does not allow it."""
        with self._lock:
            total = sum(self._spent.values()) + sum(self._open.values()) + worst
            if self._max_cost is not None and total > self._max_cost:
                raise JobRefusedError(
                    f"hf-jobs: the job may cost ${worst:.4f}, which would bring the run to ${total:.4f}, above "
                    f"--hf-jobs-max-cost {self._max_cost:g}: raise it, or lower the job's time limit or flavor."
                )
            self._open[key] = worst

    def adopt(self, key: str, worst: float) -> None:
        """Set the worst case of a job that runs already aside, whatever the cap says."""
        with self._lock:
            self._open[key] = worst

    def release(self, key: str) -> None:
        """Take a promise back: the job was never created."""
        with self._lock:
            self._open.pop(key, None)

    def settle(self, key: str, row: Row) -> None:
        """Replace a promise by what the job cost, and write the table."""
        with self._lock:
            if self._open.pop(key, None) is None:
                return
            self._spent[row.job] = row.usd
            self._rows[row.job] = row.cells()
            lines = ["\t".join(COLUMNS), *("\t".join(cells) for cells in self._rows.values())]
            write_text(self._table, "\n".join(lines) + "\n")


def _read(table: Path) -> dict[str, tuple[str, ...]]:
    if not table.is_file():
        return {}
    lines = [tuple(line.split("\t")) for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return {cells[0]: cells for cells in lines if len(cells) == len(COLUMNS)}
