"""The module that talks to the Hub, and what is built on it, with the real client against the fake Hub."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakehub import FakeHub
from huggingface_hub import HfApi, close_session, get_session, set_client_factory
from huggingface_hub.utils import _http

from conftest import TOKEN
from snakemake_executor_plugin_hf_jobs import labels, sources
from snakemake_executor_plugin_hf_jobs.cancel import cancel_all
from snakemake_executor_plugin_hf_jobs.catalog import FALLBACK
from snakemake_executor_plugin_hf_jobs.errors import Certainty, HubError
from snakemake_executor_plugin_hf_jobs.hub import Hub, JobOrder
from snakemake_executor_plugin_hf_jobs.reattach import Leftovers, Verdict, judge
from snakemake_executor_plugin_hf_jobs.reconcile import reconcile
from snakemake_executor_plugin_hf_jobs.registry import Registry
from snakemake_executor_plugin_hf_jobs.variables import Secrets
from snakemake_executor_plugin_hf_jobs.watch import Watched, Watcher

RUN = "run-1"


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    with FakeHub(token=TOKEN, namespace="acme") as hub:
        yield hub


@pytest.fixture
def pauses() -> list[float]:
    """The waits between tries that a test's client wanted."""
    return []


@pytest.fixture
def hub(fake: FakeHub, pauses: list[float]) -> Hub:
    return Hub(TOKEN, "acme", endpoint=fake.endpoint, timeout=1, sleep=pauses.append)


def _order(script: str = "echo hello", **extra_labels: str) -> JobOrder:
    return JobOrder(
        image="img:1",
        command=["bash", "-c", script],
        flavor="cpu-basic",
        timeout=600,
        labels={labels.RUN: RUN, labels.SUBMIT: uuid.uuid4().hex, **extra_labels},
        environment={"A": "b"},
        secrets=Secrets(HF_TOKEN=TOKEN),
    )


def _watched(hub_id: str, order: JobOrder, tmp_path: Path, seen: float = 0) -> Watched:
    return Watched(hub_id, order.labels[labels.SUBMIT], "fit", "cpu-basic", order.timeout, tmp_path / f"{hub_id}.log", seen)


# --- who and what


def test_namespace_is_the_owner_of_the_token(fake: FakeHub) -> None:
    hub = Hub(TOKEN, endpoint=fake.endpoint)
    assert hub.whoami() == "id-acme"
    assert hub.namespace == "acme"


def test_hardware_is_read_and_the_fallback_table_agrees_with_it(hub: Hub) -> None:
    offered = {flavor.name: flavor for flavor in hub.flavors()}
    known = {flavor.name: flavor for flavor in FALLBACK}
    assert len(offered) > 5
    for name in offered.keys() & known.keys():
        assert (offered[name].vcpu, offered[name].gpus) == (known[name].vcpu, known[name].gpus)
        assert offered[name].usd_per_minute == pytest.approx(known[name].usd_per_minute, rel=0.01, abs=1e-5)


@pytest.mark.parametrize(
    ("status", "certainty", "text"),
    [
        (401, Certainty.REFUSED, "hf auth login"),
        (402, Certainty.REFUSED, r"no credit in namespace acme \(pay first\): .*settings/billing"),
        (403, Certainty.REFUSED, r"may not use Jobs in namespace acme .*settings/tokens"),
        (404, Certainty.GONE, "--hf-jobs-namespace"),
        (400, Certainty.REFUSED, "pay first"),
    ],
)
def test_refusals_are_one_line_and_sent_once(fake: FakeHub, hub: Hub, status: int, certainty: Certainty, text: str) -> None:
    fake.fault("jobs.run", status=status, body={"error": "pay first"}, times=9)
    with pytest.raises(HubError, match=text) as caught:
        hub.submit(_order())
    assert caught.value.certainty is certainty
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert fake.requests.count("jobs.run") == 1


def test_no_token_is_one_line(fake: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.hf_api.get_token", lambda: None)
    with pytest.raises(HubError, match="no token: run `hf auth login`"):
        Hub(None, endpoint=fake.endpoint).whoami()


def test_hardware_of_which_little_is_said_breaks_nothing(fake: FakeHub, hub: Hub) -> None:
    offers = [
        {"name": "cpu-basic", "accelerator": None},
        {"name": "t4-small", "accelerator": {"type": "gpu", "quantity": None}},
        {"name": None},
        None,
    ]
    fake.fault("jobs.hardware", status=200, body=offers)
    assert [(flavor.name, flavor.vcpu, flavor.gpus) for flavor in hub.flavors()] == [("cpu-basic", 2, 0), ("t4-small", 4, 1)]


def test_the_time_limit_outlives_the_clients_session(fake: FakeHub, hub: Hub) -> None:
    hub.whoami()
    close_session()  # as the client does where a connection was refused
    assert get_session().timeout.read == 1
    fake.fault("whoami", "silence")
    with pytest.raises(Exception, match="timed out"):
        HfApi(endpoint=fake.endpoint, token=TOKEN).whoami()


def test_the_time_limit_is_added_to_the_users_own_sessions(fake: FakeHub, hub: Hub) -> None:
    made = _http._GLOBAL_CLIENT_FACTORY

    def with_header() -> Any:
        session = made()
        session.timeout = None
        session.headers["x-mine"] = "1"
        return session

    set_client_factory(with_header)
    try:
        hub.whoami()
        close_session()
        assert get_session().timeout.read == 1
        assert get_session().headers["x-mine"] == "1"
        hub.whoami()
        assert get_session().timeout.read == 1
    finally:
        set_client_factory(made)


def test_a_hub_out_of_reach_is_one_line_soon(pauses: list[float]) -> None:
    with pytest.raises(HubError, match=r"no answer from http://127.0.0.1:9 .*: check the network") as caught:
        Hub(TOKEN, "acme", endpoint="http://127.0.0.1:9", sleep=pauses.append).whoami()
    assert "\n" not in str(caught.value)
    # Two tries, each with four seconds to connect.
    assert pauses == [1.0]
    assert get_session().timeout.connect == 4


# --- submission


def test_a_job_is_what_was_ordered(fake: FakeHub, hub: Hub) -> None:
    order = _order(name="smk-fit")
    view = hub.submit(order)
    job = fake.jobs.get(view.id)
    assert job.spec["timeoutSeconds"] == 600
    assert job.spec["labels"] == order.labels
    assert job.spec["environment"] == {"A": "b"}
    assert job.secret_names == ["HF_TOKEN"]
    assert job.wait(30)
    assert hub.inspect(view.id).stage == "COMPLETED"
    assert hub.logs(view.id) == ["hello"]


@pytest.mark.parametrize("kind", ["status", "drop_answer", "silence"])
@pytest.mark.parametrize("times", [1, 3])
def test_unclear_submissions_make_one_job(fake: FakeHub, hub: Hub, kind: str, times: int) -> None:
    fake.fault("jobs.run", kind, times=times)
    view = hub.submit(_order())
    assert [job.id for job in fake.jobs.all()] == [view.id]


def test_a_submission_is_not_repeated_while_the_look_up_fails(fake: FakeHub, hub: Hub) -> None:
    fake.fault("jobs.run", "drop_answer")
    fake.fault("jobs.list", status=503, times=6)
    hub.submit(_order())
    assert fake.requests.count("jobs.run") == 1
    assert len(fake.jobs.all()) == 1


def test_a_submission_that_stays_unclear_says_so(fake: FakeHub, hub: Hub) -> None:
    fake.fault("jobs.run", status=503, times=99)
    with pytest.raises(HubError, match="503") as caught:
        hub.submit(_order())
    assert caught.value.certainty is Certainty.UNCLEAR


def test_rate_limit_is_waited_for(fake: FakeHub, hub: Hub, pauses: list[float]) -> None:
    fake.fault("jobs.run", status=429, retry_after=41)
    hub.submit(_order())
    assert pauses == [42.0]
    assert len(fake.jobs.all()) == 1


# --- lists


def test_lists_have_all_pages_and_only_the_label(fake: FakeHub, hub: Hub) -> None:
    fake.jobs.page_size = 2
    fake.jobs.label_match = "any"
    wanted = {hub.submit(_order("sleep 60")).id for _ in range(5)}
    hub.submit(JobOrder("i", ["sleep", "60"], "cpu-basic", 60, {labels.RUN: "other", labels.SUBMIT: "x"}, {}, Secrets()))
    assert {job.id for job in hub.active(labels.RUN, RUN)} == wanted


@pytest.mark.parametrize("kind", ["status", "drop_answer", "silence"])
def test_lists_are_asked_again(fake: FakeHub, hub: Hub, kind: str) -> None:
    fake.fault("jobs.list", kind, times=2)
    assert hub.active(labels.RUN, RUN) == []
    assert fake.requests.count("jobs.list") == 3


# --- cancelling


def test_everything_that_may_run_is_cancelled(fake: FakeHub, hub: Hub) -> None:
    registry = Registry()
    orders = [_order("sleep 60") for _ in range(3)]
    for order in orders[:2]:
        registry.open(order.labels[labels.SUBMIT], hub.submit(order).id)
    # The third was sent when Ctrl-C came, so that its answer was never read.
    registry.pending(orders[2].labels[labels.SUBMIT])
    hub.submit(orders[2])
    other = hub.submit(_order("sleep 60"))
    fake.fault("jobs.cancel", status=503, times=2)
    assert cancel_all(hub, registry, RUN, pauses=(0, 0, 0)) == []
    assert [job.id for job in fake.jobs.active()] == [other.id]
    assert registry.alive() == []


def test_jobs_that_cannot_be_cancelled_are_named(fake: FakeHub, hub: Hub) -> None:
    registry = Registry()
    order = _order("sleep 60")
    view = hub.submit(order)
    registry.open(order.labels[labels.SUBMIT], view.id)
    fake.fault("jobs.cancel", status=503, times=99)
    assert cancel_all(hub, registry, RUN, pauses=(0, 0)) == [view.id]
    assert registry.alive()


def test_cancelling_a_job_that_is_gone_is_fine(fake: FakeHub, hub: Hub) -> None:
    view = hub.submit(_order("sleep 60"))
    fake.jobs.vanish(view.id)
    hub.cancel(view.id)
    assert fake.requests.count("jobs.cancel") == 1


# --- watching


def test_one_list_request_while_jobs_run(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    orders = [_order("sleep 60") for _ in range(3)]
    jobs = [_watched(hub.submit(order).id, order, tmp_path) for order in orders]
    fake.requests.clear()
    assert Watcher(hub, Registry(), RUN, 600).look(jobs) == []
    assert [seen.route for seen in fake.requests.all()] == ["jobs.list"]


def test_endings_have_reasons_and_logs(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    scripts = ["echo fine", "echo 'hf-jobs: image x has Python 3.9.'; exit 86", "exit 7", "sleep 60", "sleep 60", "sleep 60"]
    orders = [_order(script) for script in scripts]
    jobs = [_watched(hub.submit(order).id, order, tmp_path) for order in orders]
    short = JobOrder(**{**orders[3].__dict__, "timeout": 1, "labels": {**orders[3].labels, labels.SUBMIT: "short"}})
    jobs.append(_watched(hub.submit(short).id, short, tmp_path))
    fake.jobs.get(jobs[4].hub_id).wait_running(30)
    hub.cancel(jobs[4].hub_id)
    fake.jobs.vanish(jobs[5].hub_id)
    for number in (0, 1, 2, 4, 6):
        assert fake.jobs.get(jobs[number].hub_id).wait(30)
    endings = {ending.job.hub_id: ending for ending in Watcher(hub, Registry(), RUN, 600).look(jobs)}
    texts = [endings[job.hub_id].error if job.hub_id in endings else "running" for job in jobs]
    assert texts[0] is None
    assert jobs[0].log.read_text() == "fine\n"
    assert texts[1] == "image x has Python 3.9."
    assert "ended with stage ERROR" in str(texts[2])
    assert texts[3] == "running"
    assert "cancelled outside" in str(texts[4])
    assert "no longer knows" in str(texts[5])
    assert "time limit of 1 s" in str(texts[6])
    assert "hf_timeout" in str(texts[6])


def test_a_job_that_the_list_does_not_know_yet_is_running(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    fake.jobs.list_lag = 60
    order = _order("sleep 60")
    assert Watcher(hub, Registry(), RUN, 600).look([_watched(hub.submit(order).id, order, tmp_path)]) == []


def test_failing_requests_end_a_job_only_after_lost_after(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    order = _order("sleep 60")
    view = hub.submit(order)
    now = [0.0]
    watcher = Watcher(hub, Registry(), RUN, 600, clock=lambda: now[0])
    job = _watched(view.id, order, tmp_path)
    fake.fault("jobs.list", status=503, times=99)
    now[0] = 599
    assert watcher.look([job]) == []
    now[0] = 601
    (ending,) = watcher.look([job])
    assert ending.stage == "LOST"
    assert "no news of job" in str(ending.error)
    assert fake.jobs.active() == []


def test_a_second_copy_and_an_abandoned_job_are_cancelled(fake: FakeHub, hub: Hub) -> None:
    registry = Registry()
    kept, lost, waited = (_order("sleep 60") for _ in range(3))
    first = hub.submit(kept)
    hub.submit(kept)
    registry.open(kept.labels[labels.SUBMIT], first.id)
    registry.pending(lost.labels[labels.SUBMIT])
    registry.abandon(lost.labels[labels.SUBMIT])
    hub.submit(lost)
    registry.pending(waited.labels[labels.SUBMIT])
    pending = hub.submit(waited)
    Watcher(hub, registry, RUN, 600).look([])
    assert {job.id for job in fake.jobs.active()} == {first.id, pending.id}


# --- jobs of an earlier driver


def test_only_ones_own_job_of_the_same_kind_is_adopted(fake: FakeHub, hub: Hub) -> None:
    view = hub.submit(_order("sleep 60", **{labels.JOB: "j", labels.SPEC: "s"}))
    created = view.created_at.timestamp() if view.created_at else 0.0

    def verdict(me: str = "id-acme", job: str = "j", spec: str = "s", newest: float | None = None) -> Verdict:
        return judge(view, me=me, job_id=job, spec_id=spec, newest_input=newest)

    assert verdict() is Verdict.ADOPT
    assert verdict(newest=created - 1) is Verdict.ADOPT
    assert verdict(me="id-eve") is Verdict.FOREIGN
    assert verdict(job="other") is Verdict.FOREIGN
    assert verdict(spec="changed code") is Verdict.STALE
    assert verdict(newest=created + 1) is Verdict.STALE


def test_leftovers_are_of_this_run_and_taken_once(fake: FakeHub, hub: Hub) -> None:
    view = hub.submit(_order("sleep 60", **{labels.JOB: "j"}))
    left = Leftovers.of([view], RUN)
    assert Leftovers.of([view], "another").rest() == []
    assert [job.id for job in left.rest()] == [view.id]
    assert [job.id for job in left.take("j")] == [view.id]
    assert (left.take("j"), left.rest()) == ([], [])


def test_reconcile_clears_only_what_completed_with_these_sources(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text("rule a")
    aux = tmp_path / ".snakemake" / "auxiliary" / "hf-jobs"
    current = sources.save(sources.manifest(["Snakefile"], tmp_path), aux)
    old = sources.save({"Snakefile": "another content"}, aux)
    ids = [
        hub.submit(_order(script, **{labels.SOURCES: made_with})).id
        for script, made_with in (("true", current), ("true", old), ("exit 1", current), ("sleep 60", current))
    ]
    for job_id in ids[:3]:
        assert fake.jobs.get(job_id).wait(30)
    marks = tmp_path / ".snakemake" / "incomplete"
    (marks / "@long").mkdir(parents=True)
    places = [marks / "one", marks / "@long" / "two", marks / "three", marks / "four", marks / "five"]
    for place, job_id in zip(places, [*ids, "0" * 24], strict=True):
        place.write_text(json.dumps({"external_jobid": job_id}))
    (marks / "local").write_text(json.dumps({"external_jobid": None}))
    findings = {finding.hub_id: finding for finding in reconcile(tmp_path / ".snakemake", hub.inspect, aux)}
    assert [findings[job_id].cleared for job_id in [*ids, "0" * 24]] == [1, 0, 0, 0, 0]
    assert not places[0].exists()
    assert all(place.exists() for place in [*places[1:], marks / "local"])
    assert "other sources" in findings[ids[1]].text
    assert "still runs" in findings[ids[3]].text


def test_reconcile_stops_where_the_hub_cannot_be_asked(fake: FakeHub, hub: Hub, tmp_path: Path) -> None:
    marks = tmp_path / ".snakemake" / "incomplete"
    marks.mkdir(parents=True)
    (marks / "one").write_text(json.dumps({"external_jobid": "x"}))
    fake.fault("jobs.inspect", status=503, times=99)
    with pytest.raises(HubError):
        reconcile(tmp_path / ".snakemake", hub.inspect, tmp_path)
    assert (marks / "one").exists()


def test_cancelling_works_when_no_thread_can_be_started(fake: FakeHub, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    registry = Registry()
    order = _order("sleep 60")
    registry.open(order.labels[labels.SUBMIT], hub.submit(order).id)
    monkeypatch.setattr("snakemake_executor_plugin_hf_jobs.cancel.ThreadPoolExecutor", refuse)
    assert cancel_all(hub, registry, RUN, pauses=(0, 0)) == []
    assert fake.jobs.active() == []
