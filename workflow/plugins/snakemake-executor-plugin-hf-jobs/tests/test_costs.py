from pathlib import Path

import pytest

from snakemake_executor_plugin_hf_jobs.costs import Ledger, Row, cost
from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2), (7200, 120)])
def test_every_started_minute_counts(seconds: int, minutes: int) -> None:
    assert cost(seconds, 0.5) == minutes * 0.5


def _row(job: str, usd: float) -> Row:
    return Row(job, "fit", "cpu-basic", "COMPLETED", 60, usd)


def test_cap_counts_what_was_spent_and_what_may_still_be(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "cost.tsv", max_cost=10, spent_before={"earlier": 1})
    ledger.promise("a", 6)
    with pytest.raises(JobRefusedError, match=r"max-cost 10"):
        ledger.promise("b", 4)
    ledger.settle("a", _row("job-a", 2))
    ledger.promise("b", 4)
    assert ledger.spent == 3
    with pytest.raises(JobRefusedError, match=r"max-cost 10"):
        ledger.promise("c", 7)
    ledger.release("b")
    ledger.promise("c", 7)


def test_table_keeps_the_rows_of_earlier_runs_and_no_job_twice(tmp_path: Path) -> None:
    table = tmp_path / "cost.tsv"
    for job, usd in (("job-a", 1.0), ("job-b", 2.0), ("job-a", 3.0)):
        ledger = Ledger(table)
        ledger.promise("key", 5)
        ledger.settle("key", _row(job, usd))
        ledger.settle("key", _row(job, 99.0))  # settled already
    assert table.read_text() == (
        "job\trule\tflavor\tstage\tseconds\tusd\n"
        "job-a\tfit\tcpu-basic\tCOMPLETED\t60\t3.000000\n"
        "job-b\tfit\tcpu-basic\tCOMPLETED\t60\t2.000000\n"
    )


def test_a_job_that_an_earlier_start_has_seen_counts_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "cost.tsv", spent_before={"job-a": 2})
    ledger.adopt("a", 6)
    ledger.settle("a", _row("job-a", 2))
    assert ledger.spent == 2
