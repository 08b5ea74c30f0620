"""The benchmark of many small jobs, with few."""

import sys

import pytest

from conftest import TESTS

pytestmark = pytest.mark.hub
sys.path.insert(0, str(TESTS.parent / "benchmarks"))

from load import measure  # noqa: E402


def test_a_plan_asks_for_one_list_and_a_small_job_for_few_requests() -> None:
    plan = measure(30, dry=True)
    assert plan.status == 0, plan.printed
    assert plan.requests.total() <= 3
    sent = measure(4, rate=1000, pause=1)
    assert sent.status == 0, sent.printed
    assert (sent.jobs, sent.refused) == (4, 0)
    # Submission, state and log of each job, and a look at its output; the rest is said once.
    once = sent.requests.total() - 4 * 4 - sent.requests["jobs.list"]
    assert once <= 15, sent.lines()
