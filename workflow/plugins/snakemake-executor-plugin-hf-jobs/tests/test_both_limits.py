"""The executor and the storage plugin limit the client's sessions in one process, each in its own way."""

import itertools
from collections.abc import Iterator

import pytest
from fakehub import FakeHub
from huggingface_hub import close_session, get_session, set_client_factory
from huggingface_hub.utils import _http
from snakemake_storage_plugin_hfbucket.limits import Guard, TokenBucket

from snakemake_executor_plugin_hf_jobs import sessions


@pytest.fixture(autouse=True)
def _sessions_of_other_tests() -> Iterator[None]:
    """Let other tests have the sessions that they had."""
    made = _http._GLOBAL_CLIENT_FACTORY
    yield
    set_client_factory(made)


@pytest.mark.parametrize("order", list(itertools.permutations(["executor", "storage"])))
def test_both_limits_hold_and_neither_wraps_the_other_again_and_again(hub: FakeHub, order: tuple[str, str]) -> None:
    taken: list[int] = []

    class Counting(TokenBucket):
        def take(self) -> None:
            taken.append(1)

    install = {"executor": lambda: sessions.limit(0.2), "storage": Guard(Counting(1000), timeout=0.2).install}
    kinds = []
    for _ in range(3):
        for plugin in order:
            install[plugin]()
        close_session()
        kinds.append(type(get_session()))
    assert kinds == [kinds[0]] * 3
    assert get_session().timeout.read == 0.2
    hub.fault("whoami", "silence", times=1)
    with pytest.raises(Exception, match="timed out"):
        get_session().get(f"{hub.endpoint}/api/whoami-v2")
    assert taken == [1]
    sessions.limit(60)
