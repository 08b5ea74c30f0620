"""The only module that talks to the Hub: time limits, retries, submission without duplicates, paging.

Every error leaves it as HubError, one line that never carries a token.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import HfApi, Volume, constants, get_session, hf_raise_for_status
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # re-exported without saying so

from snakemake_executor_plugin_hf_jobs import answers, sessions
from snakemake_executor_plugin_hf_jobs.answers import JobView
from snakemake_executor_plugin_hf_jobs.errors import Certainty, HubError
from snakemake_executor_plugin_hf_jobs.flavors import Flavor
from snakemake_executor_plugin_hf_jobs.labels import SUBMIT
from snakemake_executor_plugin_hf_jobs.units import Mount
from snakemake_executor_plugin_hf_jobs.variables import Secrets

ACTIVE_STAGES = ("SCHEDULING", "RUNNING")
SUBMIT_TRIES = 6
READ_TRIES = 4
FIRST_TRIES = 2  # while no connection was made at all: there may be no network
NOT_CONNECTED = frozenset({"ConnectError", "ConnectTimeout"})  # of httpx or httpx2, by the version of the client
MAX_WAIT = 330.0  # seconds; rate limits of the Hub count in windows of five minutes
_RESET = re.compile(r"\bt\s*=\s*(\d+)")

T = TypeVar("T")


@dataclass(frozen=True)
class JobOrder:
    """A job to be submitted; ``timeout`` in seconds. ``secrets`` stays out of every text made from it."""

    image: str
    command: Sequence[str]
    flavor: str
    timeout: int
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    secrets: Secrets
    mounts: Sequence[Mount] = ()
    resource_group: str | None = None


class Hub:
    """Jobs of one namespace, seen with one token.

    ``timeout`` is the number of seconds to wait for an answer; ``sleep`` waits between tries.
    """

    def __init__(
        self,
        token: str | None,
        namespace: str | None = None,
        *,
        endpoint: str | None = None,
        timeout: float = 60,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._token = token
        self._api = HfApi(endpoint=endpoint or constants.ENDPOINT, token=token)
        self._timeout = timeout
        self._sleep = sleep
        self._reached = False
        self.namespace = namespace or ""

    # --- who and what

    def whoami(self) -> str:
        """Id of the token's owner; the namespace becomes the owner's where none was given."""
        user: dict[str, Any] = self._read(self._api.whoami)
        self.namespace = self.namespace or str(user.get("name") or "")
        if not self.namespace:
            raise HubError("hf-jobs: the Hub does not say whose token this is: set --hf-jobs-namespace.", Certainty.REFUSED)
        return str(user.get("id") or "")

    def flavors(self) -> list[Flavor]:
        """The hardware that the Hub offers for a price by the minute or hour."""
        offers, _ = self._read(lambda: self._get("/api/jobs/hardware"))
        found = map(answers.flavor, offers) if isinstance(offers, list) else ()
        return [flavor for flavor in found if flavor is not None]

    # --- jobs

    def active(self, label: str, value: str) -> list[JobView]:
        """Jobs with this label that are scheduled or running."""
        return [job for job in self._listed(label, value, ACTIVE_STAGES) if job.active]

    def every(self, label: str, value: str) -> list[JobView]:
        """Jobs with this label, in whatever stage."""
        return self._listed(label, value, ())

    def inspect(self, job_id: str) -> JobView:
        """One job. HubError with certainty GONE where the Hub does not know it."""
        return self._read(lambda: self._view(self._get(f"/api/jobs/{self.namespace}/{job_id}")[0]))

    def cancel(self, job_id: str) -> None:
        """Cancel a job; one that is over or unknown is fine."""
        try:
            self._read(lambda: self._api.cancel_job(job_id=job_id, namespace=self.namespace, token=self._token))
        except HubError as error:
            if error.certainty is not Certainty.GONE:
                raise

    def logs(self, job_id: str) -> list[str]:
        """The log as far as the Hub has it."""
        return self._read(
            lambda: list(self._api.fetch_job_logs(job_id=job_id, namespace=self.namespace, follow=False, token=self._token))
        )

    def follow(self, job_id: str) -> Iterator[str]:
        """The log line by line until the job ends."""
        yield from self._api.fetch_job_logs(job_id=job_id, namespace=self.namespace, follow=True, token=self._token)

    def submit(self, order: JobOrder) -> JobView:
        """Create the job that carries this ``smk-submit`` label, once.

        Where an answer is missing or broken the job may exist all the same, so it is looked up by its label before it
        is sent again. Raises HubError; its certainty says whether the job may exist.
        """
        problem: HubError | None = None
        may_exist = False
        for attempt in range(SUBMIT_TRIES):
            if problem is not None:
                self._sleep(_pause(problem, attempt - 1))
            try:
                if may_exist and (found := self.every(SUBMIT, order.labels[SUBMIT])):
                    return found[0]
                may_exist = False
                return self._call(lambda: self._post(order))
            except HubError as error:
                problem = error
                if error.certainty is Certainty.UNCLEAR:
                    may_exist = True
                elif error.certainty is not Certainty.BUSY:
                    break
        if not may_exist:
            raise problem or HubError("hf-jobs: nothing was submitted.", Certainty.REFUSED)
        self._sleep(_pause(problem, 1) if problem else 1)
        if found := self.every(SUBMIT, order.labels[SUBMIT]):
            return found[0]
        raise HubError(str(problem), Certainty.UNCLEAR)

    def _post(self, order: JobOrder) -> JobView:
        volumes = [
            Volume(
                type=mount.type,
                source=mount.source,
                mount_path=mount.mount_path,
                revision=mount.revision,
                path=mount.path,
                read_only=True,
            )
            for mount in order.mounts
        ]
        made = self._api.run_job(
            image=order.image,
            command=list(order.command),
            env=dict(order.environment),
            secrets=dict(order.secrets),
            flavor=order.flavor,
            timeout=order.timeout,
            labels=dict(order.labels),
            volumes=volumes or None,
            resource_group_id=order.resource_group,
            namespace=self.namespace,
            token=self._token,
        )
        return JobView(
            id=made.id,
            stage=ACTIVE_STAGES[0],
            message="",
            flavor=order.flavor,
            labels=order.labels,
            running_seconds=0,
            created_at=made.created_at,
            initiator=made.initiator.id if made.initiator else "",
            url=f"{self._api.endpoint}/jobs/{self.namespace}/{made.id}",
            command=order.command[-1],
        )

    def _listed(self, label: str, value: str, stages: Sequence[str]) -> list[JobView]:
        # One label only: the documentation and the Hub's own changes disagree on whether several mean "and" or "or".
        # Not list_jobs(), which waits for minutes inside a call in one version and does not try again in another.
        params: list[tuple[str, str]] = [("stage", stage) for stage in stages] + [("label", f"{label}={value}")]
        url: str | None = f"/api/jobs/{self.namespace}"
        jobs: dict[str, JobView] = {}
        while url is not None:
            page, url = self._read(lambda page=url, query=params: self._page(page, query))  # type: ignore[misc]
            params = []  # the link to the next page has them
            jobs.update({job.id: job for job in page if job.labels.get(label) == value})
        return list(jobs.values())

    def _page(self, url: str, params: Sequence[tuple[str, str]]) -> tuple[list[JobView], str | None]:
        records, following = self._get(url, params)
        if not isinstance(records, list):
            raise ValueError("a list of jobs is no list")
        return [self._view(record) for record in records if answers.is_job(record)], following

    def _get(self, url: str, params: Sequence[tuple[str, str]] = ()) -> tuple[Any, str | None]:
        """The answer, from JSON, and the address of its next page."""
        address = url if url.startswith("http") else f"{self._api.endpoint}{url}"
        response = get_session().get(address, params=list(params) or None, headers=build_hf_headers(token=self._token))
        hf_raise_for_status(response)
        return response.json(), response.links.get("next", {}).get("url")

    def _view(self, record: Any) -> JobView:
        return answers.job(record, self._api.endpoint, self.namespace)

    # --- files

    def upload(self, bucket: str, files: Mapping[str, Path]) -> None:
        """Put files into a bucket under these paths."""
        self._read(lambda: self._api.batch_bucket_files(bucket, add=[(path, name) for name, path in files.items()]))

    def has(self, bucket: str, names: Sequence[str]) -> bool:
        """Whether a bucket has all these files."""
        found = self._read(lambda: list(self._api.get_bucket_paths_info(bucket, list(names))))
        return {file.path for file in found} == set(names)

    # --- requests

    def _read(self, request: Callable[[], T]) -> T:
        """The answer of a request that may be sent twice."""
        attempt = 0
        while True:
            try:
                return self._call(request)
            except HubError as error:
                attempt += 1
                tries = READ_TRIES if self._reached else FIRST_TRIES
                if error.certainty in (Certainty.REFUSED, Certainty.GONE) or attempt >= tries:
                    raise
                self._sleep(_pause(error, attempt - 1))

    def _call(self, request: Callable[[], T]) -> T:
        sessions.limit(self._timeout)
        try:
            answer = request()
        except HfHubHTTPError as error:
            self._reached = True
            raise self._explain(error) from error
        except LocalTokenNotFoundError as error:
            raise HubError(
                "hf-jobs: no token: run `hf auth login`, or set HF_TOKEN to one that may start Jobs.", Certainty.REFUSED
            ) from error
        except Exception as error:
            # The types differ between versions of the client, and a broken answer can raise anything; all mean the same.
            self._reached = self._reached or not any(kind.__name__ in NOT_CONNECTED for kind in type(error).__mro__)
            detail = str(error).splitlines()[0] if str(error) else "no details"
            raise HubError(
                f"hf-jobs: no answer from {self._api.endpoint} ({type(error).__name__}: {detail}): check the network, or "
                "https://status.huggingface.co.",
                Certainty.UNCLEAR,
            ) from error
        self._reached = True
        return answer

    def _explain(self, error: HfHubHTTPError) -> HubError:
        status = error.response.status_code
        said = " ".join((error.server_message or f"HTTP {status}").split())
        where = f"namespace {self.namespace}" if self.namespace else "your account"
        if status == 401:
            text = f"the Hub does not accept the token ({said}): run `hf auth login` or set a valid HF_TOKEN."
        elif status == 402:
            text = f"no credit in {where} ({said}): add some at https://huggingface.co/settings/billing."
        elif status == 403:
            text = (
                f"the token may not use Jobs in {where} ({said}): give it the permission to start and manage Jobs there at "
                "https://huggingface.co/settings/tokens, or set --hf-jobs-namespace."
            )
        elif status == 404:
            return HubError(f"hf-jobs: not found in {where} ({said}): check --hf-jobs-namespace and volumes.", Certainty.GONE)
        elif status == 429:
            return HubError("hf-jobs: the Hub's rate limit is reached.", Certainty.BUSY, _reset(error.response.headers))
        elif status >= 500 or status == 408:
            return HubError(f"hf-jobs: the Hub answered {status} ({said}).", Certainty.UNCLEAR)
        else:
            text = f"the Hub refused the request ({status}: {said})."
        return HubError(f"hf-jobs: {text}", Certainty.REFUSED)


def _pause(error: HubError, attempt: int) -> float:
    """Seconds before the next try: what the Hub asked for and one more, else 1, 2, 4, 8, 16."""
    if error.retry_after is not None:
        return min(error.retry_after + 1, MAX_WAIT)
    return float(2**attempt)


def _reset(headers: Mapping[str, str]) -> float | None:
    match = _RESET.search(headers.get("RateLimit", ""))
    if match:
        return float(match[1])
    after = headers.get("Retry-After", "")
    return float(after) if after.isdigit() else None
