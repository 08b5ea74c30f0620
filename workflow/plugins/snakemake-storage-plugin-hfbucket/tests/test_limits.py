"""The rate limit and the time limit of requests."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from fakehub import FakeHub, Kind
from huggingface_hub import close_session, get_session, set_client_factory
from snakemake_interface_common.exceptions import WorkflowError

from conftest import Make, file_at
from snakemake_storage_plugin_hfbucket import StorageProvider
from snakemake_storage_plugin_hfbucket.limits import CONNECT_TIMEOUT, PATIENCE, Guard, TokenBucket, UnreachableError


class ConnectError(Exception):
    """Named as in the HTTP libraries of huggingface_hub, httpx and httpx2."""


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
    Guard(TokenBucket(1000), timeout=60).send(lambda request: None, request, {})
    assert request.extensions["timeout"] == {"connect": CONNECT_TIMEOUT, "read": 5.0, "write": 60, "pool": 60}


def test_the_guard_that_was_installed_last_acts_on_every_session(hub: FakeHub) -> None:
    counts = [0, 0]

    def counting(number: int) -> SimpleNamespace:
        def take() -> None:
            counts[number] += 1

        return SimpleNamespace(take=take)

    for number in (0, 1):
        guard = Guard(TokenBucket(1000))
        guard.tokens = counting(number)  # type: ignore[assignment]
        guard.install()
        guard.install()
    first = get_session()
    first.get(f"{hub.endpoint}/api/whoami-v2")
    close_session()  # as huggingface_hub does by itself when a connection is refused
    assert get_session() is not first
    get_session().get(f"{hub.endpoint}/api/whoami-v2")
    assert counts == [0, 2]


def test_a_session_that_follows_a_refused_connection_still_has_a_time_limit(hub: FakeHub) -> None:
    Guard(TokenBucket(1000), timeout=0.2).install()
    hub.fault("whoami", Kind.SILENCE)
    close_session()
    with pytest.raises(Exception, match="timed out"):
        get_session().get(f"{hub.endpoint}/api/whoami-v2")


def test_another_plugin_may_limit_the_sessions_too(hub: FakeHub) -> None:
    """Each makes a kind of session of the one that is there, so none undoes what the other does."""
    Guard(TokenBucket(1000), timeout=0.2).install()
    seen: list[str] = []

    def send(self: Any, request: Any, **options: Any) -> Any:
        seen.append(request.method)
        return super(other, self).send(request, **options)

    kind, hooks = type(get_session()), get_session().event_hooks
    other = type("Other", (kind,), {"send": send})
    set_client_factory(lambda: other(event_hooks=hooks, timeout=None))
    try:
        Guard(TokenBucket(1000), timeout=0.2).install()
        hub.fault("whoami", Kind.SILENCE)
        with pytest.raises(Exception, match="timed out"):
            get_session().get(f"{hub.endpoint}/api/whoami-v2")
        assert seen == ["GET"]
    finally:
        set_client_factory(lambda: kind(event_hooks=hooks, follow_redirects=True, timeout=None))


@pytest.mark.parametrize("ask", ["exists", "size", "retrieve_object"])
def test_without_network_one_line_comes_soon(make: Make, monkeypatch: pytest.MonkeyPatch, waits: list[float], ask: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    provider = make()
    provider.hub._guard._clock = lambda: sum(waits)  # each refusal takes no time
    item = file_at(provider, "a", b"x")
    with pytest.raises(WorkflowError, match="the Hub does not answer") as error:
        getattr(item, ask)()
    assert "\n" not in str(error.value)
    assert "check the network" in str(error.value)
    assert sum(waits) < 20
    with pytest.raises(WorkflowError, match="the Hub does not answer"):
        item.exists()
    assert sum(waits) < 20, "a second question does not wait as long again"


def test_an_outage_in_the_middle_is_waited_for(hub: FakeHub, make: Make, waits: list[float]) -> None:
    provider = make()
    guard = provider.hub._guard
    guard._clock = lambda: sum(waits)
    assert not file_at(provider, "a").exists()

    def refuse(request: Any) -> Any:
        raise ConnectError("refused")

    def at(moment: float) -> None:
        waits[:] = [moment]
        guard.send(refuse, SimpleNamespace(extensions={}), {})

    for moment in range(1000, 1000 + int(PATIENCE), 30):
        with pytest.raises(ConnectError):
            at(moment)
    with pytest.raises(UnreachableError, match="ConnectError: refused"):
        at(1000 + PATIENCE)
    with pytest.raises(ConnectError):  # long after, it counts anew
        at(9000)


def test_offline_mode_is_said_at_once(make: Make, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(WorkflowError, match="HF_HUB_OFFLINE is set; unset it"):
        file_at(make(), "a").exists()
    assert waits == []


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


@pytest.mark.parametrize("own", [None, "1gb"])
def test_transfers_take_little_memory_and_rules_are_not_told(
    hub: FakeHub, provider: StorageProvider, monkeypatch: pytest.MonkeyPatch, own: str | None
) -> None:
    name = "HF_XET_RECONSTRUCTION_DOWNLOAD_BUFFER_SIZE"
    monkeypatch.delenv(name, raising=False)
    if own:
        monkeypatch.setenv(name, own)
    told: list[str | None] = []
    for method in ("batch_bucket_files", "download_bucket_files"):
        real = getattr(provider.hub._api, method)

        def noting(*args: Any, real: Any = real, **options: Any) -> None:
            told.append(os.environ.get(name))
            real(*args, **options)

        monkeypatch.setattr(provider.hub._api, method, noting)
    item = file_at(provider, "a", b"x")
    item.store_object()
    item.retrieve_object()
    assert told == [own or "64mb"] * 2
    assert os.environ.get(name) == own


@pytest.mark.parametrize("name", ["max_requests_per_second", "metadata_ttl"])
def test_a_setting_may_be_text_as_the_command_line_gives_it(make: Make, name: str) -> None:
    assert make(**{name: "100"})
    with pytest.raises(WorkflowError, match=f"--storage-hfbucket-{name.replace('_', '-')} is 'fast'; give a number"):
        make(**{name: "fast"})


@pytest.mark.parametrize(("name", "value"), [("max_requests_per_second", -1), ("metadata_ttl", -1)])
def test_settings_that_make_no_sense(make: Make, name: str, value: float) -> None:
    with pytest.raises(WorkflowError, match=f"--storage-hfbucket-{name.replace('_', '-')} is -1; give"):
        make(**{name: value})
