"""The rate limit and the time limit of requests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fakehub import FakeHub, Kind
from huggingface_hub import get_session
from snakemake_interface_common.exceptions import WorkflowError

from conftest import Make, file_at
from snakemake_storage_plugin_hfbucket.limits import Guard, TokenBucket


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_some_requests_pass_at_once_and_the_others_at_the_rate() -> None:
    clock = Clock()
    tokens = TokenBucket(3, clock, clock.sleep)
    for _ in range(90):
        tokens.take()
    assert clock.now == 0
    for _ in range(30):
        tokens.take()
    assert clock.now == pytest.approx(10)


def test_no_window_of_five_minutes_sees_more_than_the_free_tier_allows() -> None:
    clock = Clock()
    tokens = TokenBucket(3, clock, clock.sleep)
    moments = []
    while clock.now < 1000:
        tokens.take()
        moments.append(clock.now)
    assert max(sum(start <= m < start + 300 for m in moments) for start in (0.0, 150.0, 300.0, 600.0)) <= 1000


def test_every_request_of_huggingface_hub_gets_a_time_limit() -> None:
    request = SimpleNamespace(extensions={"timeout": {"connect": None, "read": 5.0, "write": None, "pool": None}})
    Guard(TokenBucket(1000), timeout=60)(request)
    assert request.extensions["timeout"] == {"connect": 60, "read": 5.0, "write": 60, "pool": 60}


def test_the_session_has_one_guard_however_often_it_is_installed() -> None:
    guards = [Guard(TokenBucket(1000)) for _ in range(3)]
    for guard in guards:
        guard.install()
    assert [hook for hook in get_session().event_hooks["request"] if isinstance(hook, Guard)] == [guards[-1]]


def test_a_silent_server_does_not_hold_the_workflow_for_ever(hub: FakeHub, make: Make, waits: list[float]) -> None:
    provider = make()
    provider.hub._guard.timeout = 0.2
    hub.buckets.put("acme/data", "a", b"x")
    silence = hub.fault("bucket.tree", Kind.SILENCE, times=1)
    assert [file.path for file in provider.hub.tree("acme/data", "")] == ["a"]
    assert silence.hits == 1


def test_requests_of_an_upload_are_counted(hub: FakeHub, make: Make) -> None:
    provider = make(max_requests_per_second=1000)
    taken: list[int] = []
    provider.hub._guard.tokens = SimpleNamespace(take=lambda: taken.append(1))  # type: ignore[assignment]
    hub.requests.clear()
    file_at(provider, "a", b"content").store_object()
    file_at(provider, "a").retrieve_object()
    assert len(taken) == hub.requests.api_count()


@pytest.mark.parametrize("name", ["max_requests_per_second", "metadata_ttl"])
def test_a_setting_may_be_text_as_the_command_line_gives_it(make: Make, name: str) -> None:
    assert make(**{name: "100"})
    with pytest.raises(WorkflowError, match=f"--storage-hfbucket-{name.replace('_', '-')} is 'fast'; give a number"):
        make(**{name: "fast"})


@pytest.mark.parametrize(("name", "value"), [("max_requests_per_second", -1), ("metadata_ttl", -1)])
def test_settings_that_make_no_sense(make: Make, name: str, value: float) -> None:
    with pytest.raises(WorkflowError, match=f"--storage-hfbucket-{name.replace('_', '-')} is -1; give"):
        make(**{name: value})
