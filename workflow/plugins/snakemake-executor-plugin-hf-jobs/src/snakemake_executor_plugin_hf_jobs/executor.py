"""The executor class: Snakemake's calls on one side, the modules of this package on the other."""

import asyncio
import atexit
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import get_token
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.settings import DeploymentMethod
from snakemake_interface_executor_plugins.utils import encode_target_jobs_cli_args
from snakemake_interface_storage_plugins.registry import StoragePluginRegistry

from snakemake_executor_plugin_hf_jobs import (
    archives,
    command,
    demand,
    environment,
    flavors,
    groups,
    labels,
    logs,
    packages,
    packed,
    payload,
    quoting,
    reattach,
    sources,
    travel,
    variables,
)
from snakemake_executor_plugin_hf_jobs.answers import COMPLETED, JobView
from snakemake_executor_plugin_hf_jobs.bring import Bringer, files_of
from snakemake_executor_plugin_hf_jobs.cancel import cancel_all
from snakemake_executor_plugin_hf_jobs.catalog import FALLBACK
from snakemake_executor_plugin_hf_jobs.costs import Ledger, Row, cost
from snakemake_executor_plugin_hf_jobs.errors import Certainty, HubError, StartError
from snakemake_executor_plugin_hf_jobs.files import write_text
from snakemake_executor_plugin_hf_jobs.hub import Hub, JobOrder
from snakemake_executor_plugin_hf_jobs.registry import Registry
from snakemake_executor_plugin_hf_jobs.settings import check
from snakemake_executor_plugin_hf_jobs.storage import check_prefix, payload_folder
from snakemake_executor_plugin_hf_jobs.units import Mount
from snakemake_executor_plugin_hf_jobs.watch import Ending, Watched, Watcher

STATE_FOLDER = "hf-jobs"
LOG_FOLDER = "hf-jobs-logs"
COST_TABLE = "hf-jobs-cost.tsv"
# Every rule counts as preemptible, and none is tried again for that: the only way to say so in the job.
ONE_RUN = "--preemptible-rules --preemptible-retries 0"
# Seconds between looks at the flag that ends a wait.
TICK = 0.1

T = TypeVar("T")


@dataclass(frozen=True)
class Draft:
    """What a job asks for and runs, and what tells it from other jobs."""

    request: demand.Request
    flavor: flavors.Flavor
    exec_job: str
    job_id: str
    spec_id: str


class Executor(RemoteExecutor):
    """Runs each job as one Hugging Face Job."""

    def __post_init__(self) -> None:
        try:
            self._start()
        except (HubError, WorkflowError) as error:
            self._end_before_start()
            raise StartError(" ".join(str(error).split())) from None
        except BaseException:
            self._end_before_start()
            raise

    def _end_before_start(self) -> None:
        """Undo what Snakemake has begun: its status thread, and the sources, which it deletes after a run only."""
        self.wait = False
        self.wait_thread.join(5)
        try:
            self.workflow.cleanup_source_archive()
        except Exception as error:  # the reason why the run cannot begin is what the user is to see
            self.logger.debug(f"hf-jobs: the sources stay in the storage ({type(error).__name__}).")
        self.workflow._source_archive = None

    # --- start

    def _start(self) -> None:
        settings = self.workflow.executor_settings
        self._options = check(settings)
        self._settings = settings
        needed = [*self.dag.needrun_jobs()]
        with_containers = DeploymentMethod.APPTAINER in self.workflow.deployment_settings.deployment_method
        travel.check(needed, {*self.dag.get_sources()}, with_containers)
        groups.check(needed, self.workflow.spawned_job_args_factory.general_args(self.common_settings))
        self._token = settings.token or get_token()
        self._hub = Hub(self._token, settings.namespace, timeout=settings.request_timeout)
        self._me = self._hub.whoami()
        self._image = settings.image or self.workflow.remote_execution_settings.container_image
        self._prefix = str(self.workflow.storage_settings.default_storage_prefix or "")
        check_prefix(self._prefix)
        self._run = labels.run_id(os.getcwd(), str(self.snakefile), self._prefix)
        self._prefix_label = labels.digest([self._hub.namespace, self._prefix.rstrip("/")])
        self._aux = Path(self.workflow.persistence.aux_path)
        self._registry = Registry()
        self._archives = archives.Archives()
        self._watcher = Watcher(self._hub, self._registry, self._run, settings.lost_after)
        self._flavors = self._known_flavors()
        earlier = self._earlier_jobs()
        self._ledger = Ledger(self._aux / COST_TABLE, settings.max_cost, self._spent(earlier))
        self._sources = sources.save(sources.manifest(self.dag.get_sources(), Path.cwd()), self._aux / STATE_FOLDER)
        write_text(self._aux / STATE_FOLDER / "namespace.json", json.dumps({"namespace": self._hub.namespace}))
        self._pins = self._pinned_packages()
        self._payload = payload.read(self._options.wheels, self._options.requirements)
        self._payload_mount: tuple[Mount, ...] | None = None
        self._keepers: set[str] = set()
        self._bringer = Bringer(self.logger)
        self._watched: dict[str, Watched] = {}
        self._said: set[str] = set()
        self._warn_of_other_version()
        self._install_exits()

    def _known_flavors(self) -> Sequence[flavors.Flavor]:
        try:
            found = self._hub.flavors()
        except HubError as error:
            if error.certainty is Certainty.REFUSED:
                raise
            found = []
        if not found:
            self.logger.warning("hf-jobs: the Hub lists no hardware; flavors and prices of August 2026 are used.")
        return found or FALLBACK

    def _earlier_jobs(self) -> list[JobView]:
        """Jobs on this storage prefix: active ones, and finished ones too where their cost counts.

        Raises WorkflowError where another workflow, or another folder, is at work there.
        """
        with_finished = self._settings.max_cost is not None
        look = self._hub.every if with_finished else self._hub.active
        found = look(labels.PREFIX, self._prefix_label)
        active = [job for job in found if job.active]
        others = [job for job in active if job.labels.get(labels.RUN) != self._run or job.initiator != self._me]
        if others:
            ids = " ".join(job.id for job in others[:3])
            raise WorkflowError(
                f"hf-jobs: {len(others)} job(s) of another run write to {self._prefix} ({ids}): choose another "
                f"--default-storage-prefix, or end them with `hf jobs cancel --namespace {self._hub.namespace} <id>`."
            )
        self._leftovers = reattach.Leftovers.of(active, self._run)
        return found

    def _spent(self, earlier: Sequence[JobView]) -> dict[str, float]:
        prices = {flavor.name: flavor.usd_per_minute for flavor in self._flavors}
        done = [job for job in earlier if not job.active and job.labels.get(labels.RUN) == self._run]
        return {job.id: cost(job.running_seconds, prices.get(job.flavor, 0.0)) for job in done}

    def _pinned_packages(self) -> dict[str, str]:
        if self._settings.bootstrap == "none":
            return {}
        return packages.pins(StoragePluginRegistry().get_registered_plugins(), self._options.wheels)

    def _warn_of_other_version(self) -> None:
        name, _, tag = self._image.rpartition(":")
        driver = version("snakemake")
        if name == "snakemake/snakemake" and tag.removeprefix("v") != driver and self._settings.bootstrap == "none":
            self.logger.warning(f"hf-jobs: image {self._image} does not have the driver's Snakemake {driver}.")

    def _install_exits(self) -> None:
        atexit.register(self._last_resort)
        # A closed terminal is treated as Ctrl-C.
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGHUP"):
            before = signal.getsignal(signal.SIGHUP)

            def hang_up(number: int, frame: Any) -> None:
                if callable(before):
                    before(number, frame)
                raise KeyboardInterrupt

            if before is not signal.SIG_IGN:
                signal.signal(signal.SIGHUP, hang_up)

    # --- the command

    def get_job_args(self, job: JobExecutorInterface, **kwargs: Any) -> str:
        """Snakemake's own arguments; a rule's retries are this driver's alone, of which ``--retries 0`` says nothing."""
        return f"{super().get_job_args(job, **kwargs)} {ONE_RUN}"

    def format_job_exec(self, job: JobExecutorInterface) -> str:
        """Snakemake's own command, with values that arrive as they are here; the user's precommand is a shell's already."""
        return self._quoted(super().format_job_exec(job))

    def _quoted(self, command: str) -> str:
        own = self.workflow.remote_execution_settings.precommand or ""
        if not command.startswith(own):
            own = ""
        return own + quoting.shell_words(command[len(own) :])

    # --- submission

    def run_job(self, job: JobExecutorInterface) -> None:
        """Submit one job, or adopt the one that an earlier driver left. A job that is refused fails alone."""
        try:
            if (left := self._left(job)) is not None:
                job = left
                self._submit(job)
        except WorkflowError as error:
            self._refuse(job, " ".join(str(error).split()))
        except HubError as error:
            self._refuse(job, str(error))

    def _refuse(self, job: JobExecutorInterface, reason: str) -> None:
        if reason not in self._said:  # without credit, every job is refused in the same words
            self._said.add(reason)
            self.logger.error(reason)
        self.report_job_error(SubmittedJobInfo(job), msg=reason + " ")

    def _submit(self, job: JobExecutorInterface) -> None:
        draft = self._draft(job)
        request, flavor, exec_job = draft.request, draft.flavor, draft.exec_job
        job_id, spec_id = draft.job_id, draft.spec_id
        worst = cost(request.timeout, flavor.usd_per_minute)
        if (found := self._adoptable(job, job_id, spec_id)) is not None:
            submit_id = found.labels.get(labels.SUBMIT, found.id)
            self._archives.taken(found)
            self._registry.open(submit_id, found.id)
            self._ledger.adopt(submit_id, worst)
            self.logger.info(f"hf-jobs: {job.name} goes on as job {found.id} of an earlier run: {found.url}")
            self._watch(job, found, submit_id, flavor, request.timeout)
            return
        mounts = self._payload_mounts()
        kept, keeps = self._kept_environment(request.image)
        if kept is not None and kept.there:
            mounts = (*mounts, Mount("bucket", kept.bucket, environment.MOUNT, path=kept.folder))
        line = command.build(
            exec_job,
            request.image,
            self._settings.bootstrap,
            self._pins,
            self._payload.wheels,
            self._payload.requirements,
            kept,
            keeps,
        )
        variables.refuse_leak(line, [self._token, self._settings.job_token])
        submit_id = uuid.uuid4().hex
        order = JobOrder(
            image=request.image,
            command=line,
            flavor=flavor.name,
            timeout=request.timeout,
            labels=self._labels(job, job_id, spec_id, submit_id),
            environment=variables.plain(os.environ),
            secrets=variables.secret(self.envvars(), self._token, self._settings.job_token),
            mounts=(*request.volumes, *mounts),
            resource_group=self._settings.resource_group,
        )
        self._ledger.promise(submit_id, worst)
        self._registry.pending(submit_id)
        try:
            view = self._hub.submit(order)
        except HubError as error:
            if error.certainty is Certainty.UNCLEAR:
                # It may run: the watcher cancels it should it appear, and the cap goes on counting it.
                self._registry.abandon(submit_id)
            else:
                self._registry.close(submit_id)
                self._ledger.release(submit_id)
            raise
        self._registry.open(submit_id, view.id)
        self.logger.info(
            f"hf-jobs: {job.name} is job {view.id} on {flavor.name}, time limit {request.timeout} s, "
            f"at most ${worst:.4f}: {view.url}"
        )
        self._watch(job, view, submit_id, flavor, request.timeout)

    def _draft(self, job: JobExecutorInterface) -> Draft:
        request = demand.read(job.resources, job.threads, self._defaults())
        flavor = flavors.choose(self._flavors, request.demand)
        if packed.one_by_one(job):
            before = self.workflow.spawned_job_args_factory.precommand(executor_common_settings=self.common_settings)
            parts = packed.members(job)
            own = [quoting.shell_words(self.get_job_args(part)) for part in parts]
            exec_job, how = packed.command(parts, own, self.format_job_exec(parts[0]), self._quoted(before))
        else:
            exec_job = how = self.format_job_exec(job)
        return Draft(
            request,
            flavor,
            exec_job,
            labels.job_id(encode_target_jobs_cli_args(job.get_target_spec()), _outputs(job)),
            labels.spec_id(how, self._sources, request.image, flavor.name, self._payload.digest),
        )

    def _defaults(self) -> demand.Defaults:
        return demand.Defaults(
            flavor=self._settings.flavor,
            image=self._image,
            timeout=self._options.timeout,
            setup_allowance=self._settings.setup_allowance,
            volumes=self._options.volumes,
        )

    def _labels(self, job: JobExecutorInterface, job_id: str, spec_id: str, submit_id: str) -> dict[str, str]:
        # The name of a group may have wildcards in it.
        rules = labels.label_text("-".join(sorted(set(job.rules))))
        return {
            **self._options.labels,
            "name": labels.label_text(f"smk-{rules}"),
            labels.RUN: self._run,
            labels.PREFIX: self._prefix_label,
            labels.JOB: job_id,
            labels.SPEC: spec_id,
            labels.SUBMIT: submit_id,
            labels.SOURCES: self._sources,
            labels.RULE: rules,
            labels.ATTEMPT: str(job.attempt),
        }

    def _payload_mounts(self) -> tuple[Mount, ...]:
        if self._payload_mount is None:
            mounted: tuple[Mount, ...] = ()
            if files := self._payload.files:
                bucket, folder = payload_folder(self._prefix, self._payload.digest)
                self._hub.upload(bucket, {f"{folder}/{name}": path for name, path in files.items()})
                mounted = (Mount("bucket", bucket, command.MOUNT, path=folder),)
            self._payload_mount = mounted
        return self._payload_mount

    def _kept_environment(self, image: str) -> tuple[environment.Kept | None, bool]:
        """Where the environment of such a job is kept, and whether this job is to store it: a run's first that finds none."""
        if not self._settings.keep_environment or self._settings.bootstrap == "none":
            return None, False
        what = labels.digest([image, self._payload.digest, *(part for pin in sorted(self._pins.items()) for part in pin)])
        bucket, folder = payload_folder(self._prefix, f"env-{what}")
        names = [f"{folder}/{name}" for name in (environment.ARCHIVE, environment.CHECKSUM)]
        kept = environment.Kept(bucket, folder, there=self._hub.has(bucket, names))
        first = folder not in self._keepers
        self._keepers.add(folder)
        return kept, first and not kept.there

    def _watch(self, job: JobExecutorInterface, view: JobView, submit_id: str, flavor: flavors.Flavor, timeout: int) -> None:
        watched = Watched(
            hub_id=view.id,
            submit_id=submit_id,
            rule=job.name,
            flavor=flavor.name,
            timeout=timeout,
            log=logs.log_path(self._aux / LOG_FOLDER, job.name, job.jobid, job.attempt, view.id),
            seen=time.monotonic(),
            created=view.created_at,
            usd_per_minute=flavor.usd_per_minute,
        )
        self._watched[view.id] = watched
        if self._settings.stream_logs:
            threading.Thread(target=self._follow, args=(watched,), daemon=True).start()
        self.report_job_submission(SubmittedJobInfo(job, external_jobid=view.id))

    def _follow(self, job: Watched) -> None:
        """Write the log as it comes; the whole one replaces it when the job has ended."""
        job.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with job.log.open("w", encoding="utf-8") as file:
                for line in self._hub.follow(job.hub_id):
                    print(line.rstrip("\n"), file=file, flush=True)
        except Exception as error:
            self.logger.warning(f"hf-jobs: the log of job {job.hub_id} is no longer followed ({type(error).__name__}).")

    # --- re-attachment

    def _adoptable(self, job: JobExecutorInterface, job_id: str, spec_id: str) -> JobView | None:
        """The job of an earlier driver that makes the same in the same way; those that make it in another way are cancelled."""
        adopted = None
        candidates = self._leftovers.take(job_id) or self._finished_unseen(job)
        if not candidates:
            return None
        newest = self.workflow.async_run(_newest_input(job))
        for candidate in candidates:
            verdict = reattach.judge(candidate, me=self._me, job_id=job_id, spec_id=spec_id, newest_input=newest)
            if verdict is reattach.Verdict.ADOPT and adopted is None and not (self._settings.no_reattach and candidate.active):
                adopted = candidate
            elif verdict is not reattach.Verdict.FOREIGN and candidate.active:
                self.logger.info(f"hf-jobs: job {candidate.id} of an earlier run no longer fits {job.name} and is cancelled.")
                self._hub.cancel(candidate.id)
                self._archives.taken(candidate)
        return adopted

    def _left(self, job: JobExecutorInterface) -> JobExecutorInterface | None:
        """What is to be sent of a job: of a packed one, the members that no earlier job stored; None where that is none."""
        if not packed.one_by_one(job) or not (earlier := self._earlier(job)):
            return job
        draft, newest = self._draft(job), self.workflow.async_run(_newest_input(job))
        made: list[Any] = []
        for view in earlier:
            if view.active and view.labels.get(labels.JOB) == draft.job_id:
                return job
            if view.initiator != self._me:
                continue
            if view.active:
                self.logger.info(f"hf-jobs: job {view.id} of an earlier run no longer fits {job.name} and is cancelled.")
                self._hub.cancel(view.id)
                self._leftovers.forget(view.id)
            self._archives.taken(view)
            # Whatever else that job was to make.
            its_id = view.labels.get(labels.JOB, "")
            verdict = reattach.judge(view, me=self._me, job_id=its_id, spec_id=draft.spec_id, newest_input=newest)
            if verdict is reattach.Verdict.ADOPT:
                rest = [one for one in packed.members(job) if one not in made]
                made += self.workflow.async_run(packed.made_since(rest, view.created_at))
        if not made:
            return job
        self.logger.info(f"hf-jobs: {len(made)} of {len(job)} of {job.name} were stored by an earlier run and are not sent.")
        if len(made) == len(job):
            self._succeed(SubmittedJobInfo(job))
            return None
        done, left = packed.split(self.workflow, job, made)
        self._succeed(SubmittedJobInfo(done))
        return left

    def _earlier(self, job: JobExecutorInterface) -> list[JobView]:
        """Jobs of earlier drivers that were to make something of it, as Snakemake's marks of incomplete outputs name them."""
        ids = {found for member in _members(job) for found in self.workflow.persistence.external_jobids(member)}
        views = []
        for hub_id in sorted(ids):
            if not self._registry.knows(hub_id):
                try:
                    views.append(self._hub.inspect(hub_id))
                except HubError:
                    continue
        return views

    def _finished_unseen(self, job: JobExecutorInterface) -> list[JobView]:
        """Jobs that ended well while no driver was there: Snakemake still marks their outputs as incomplete."""
        completed = [view for view in self._earlier(job) if view.stage == COMPLETED]
        return completed if completed and self.workflow.async_run(_is_stored(job)) else []

    # --- status

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncGenerator[SubmittedJobInfo, None]:
        """Report the jobs that have ended; give the others back."""
        if not active_jobs:
            return
        endings: dict[str, Ending] = {}
        try:
            jobs = [self._watched[info.external_jobid] for info in active_jobs if info.external_jobid in self._watched]
            found = await self._in_background(lambda: self._watcher.look(jobs))
            endings = {ending.job.hub_id: ending for ending in found or []}
        except Exception as error:  # anything that escapes would end the status thread and leave jobs running unseen
            self.logger.warning(f"hf-jobs: a status check failed ({type(error).__name__}: {error}); the next one follows.")
        for info in active_jobs:
            ending = endings.get(str(info.external_jobid))
            if ending is None:
                yield info
            else:
                await self._report(info, ending)

    async def _report(self, info: SubmittedJobInfo, ending: Ending) -> None:
        self._settle(ending)
        if ending.error is not None:
            info, ending = await self._without_made(info, ending)
        if ending.error is None:
            self._succeed(info)
            return
        saved = [path for path in (ending.job.log, *await self._bring_rule_logs(info.job, ending.job.log)) if path.is_file()]
        reason = f"hf-jobs: {ending.error}"
        self.logger.error(reason)
        self.report_job_error(info, msg=reason + " ", aux_logs=[str(path) for path in saved])
        # Snakemake looks for a rule's stored logs under their address, finds nothing, and then shows no other log either.
        if self.workflow.output_settings.show_failed_logs and any(member.log for member in _members(info.job)):
            for path in saved:
                self.logger.error(f"Logfile {path}:\n{path.read_text(encoding='utf-8', errors='replace')}")

    def _succeed(self, info: SubmittedJobInfo) -> None:
        self.report_job_success(info)
        if self._settings.fetch_outputs:
            for member in _members(info.job):
                files = [file for file in files_of(member) if file not in self._read_here(member)]
                self._bringer.bring(f"{member.name} (job {info.external_jobid or 'of an earlier run'})", files)

    async def _without_made(self, info: SubmittedJobInfo, ending: Ending) -> tuple[SubmittedJobInfo, Ending]:
        """Of a packed job that failed, report what it stored as made, and return what failed."""
        if not packed.one_by_one(info.job):
            return info, ending
        try:
            made = await packed.made_since(packed.members(info.job), ending.job.created)
        except Exception as error:  # then all of it counts as failed
            self.logger.warning(f"hf-jobs: what job {ending.job.hub_id} stored cannot be looked up ({error}).")
            return info, ending
        if len(made) == len(info.job):
            return info, replace(ending, error=None)
        if not made:
            return info, ending
        done, failed = packed.split(self.workflow, info.job, made)
        self._succeed(SubmittedJobInfo(done, info.external_jobid))
        missing = ", ".join(map(packed.label, packed.members(failed)))
        told = f"{ending.error} {len(made)} of {len(info.job)} are stored and kept; to be made again: {missing}."
        return SubmittedJobInfo(failed, info.external_jobid), replace(ending, error=told)

    def _read_here(self, job: Any) -> set[str]:
        """Outputs that jobs on this machine are still to read: Snakemake fetches those, and must not find them newer later."""
        readers = self.dag.depending[job].items()
        return {
            str(file)
            for reader, files in readers
            if reader.is_local and not reader.is_norun and self.dag.needrun(reader) and not self.dag.finished(reader)
            for file in files
        }

    def _settle(self, ending: Ending) -> None:
        job = ending.job
        if ending.stage == "LOST":
            self._registry.abandon(job.submit_id)
        else:
            self._registry.close(job.submit_id)
        price = cost(job.running_seconds, job.usd_per_minute)
        row = Row(job.hub_id, job.rule, job.flavor, ending.stage, job.running_seconds, price)
        try:
            self._ledger.settle(job.submit_id, row)
        except OSError as error:
            self.logger.warning(f"hf-jobs: the table of costs cannot be written ({error}).")

    async def _bring_rule_logs(self, job: JobExecutorInterface, beside: Path) -> list[Path]:
        """Copies of the logs that the rule itself wrote: Snakemake deletes what it retrieves when it ends."""
        copies = []
        for member in _members(job):
            for file in member.log:
                try:
                    if file.is_storage and await file.exists_in_storage():
                        await file.retrieve_from_storage()
                        copies.append(logs.copy_beside(beside, Path(str(file))))
                except Exception as error:  # a log that cannot be had must not hide the failure it belongs to
                    self.logger.debug(f"hf-jobs: {file} cannot be retrieved ({error}).")
        return copies

    async def _in_background(self, work: Callable[[], T]) -> T | None:
        """The result of ``work``, or None as soon as the executor stops: a silent Hub must not hold up a Ctrl-C."""
        outcome: list[T] = []
        failure: list[BaseException] = []

        def run() -> None:
            try:
                outcome.append(work())
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive() and not self._watcher.stopping.is_set():
            await asyncio.sleep(TICK)
        if failure:
            raise failure[0]
        return outcome[0] if outcome else None

    async def sleep(self) -> None:
        """Wait between status checks, but not past the end."""
        end = time.monotonic() + self.next_seconds_between_status_checks
        while (left := end - time.monotonic()) > 0 and self.wait:
            await asyncio.sleep(min(TICK, left))

    # --- end

    def cancel(self) -> None:
        """After Ctrl-C or an error of the scheduler: stop everything, or leave it where the user wants that."""
        self._watcher.stopping.set()
        for job in self._leftovers.rest():
            self._registry.open(job.labels.get(labels.SUBMIT, job.id), job.id)
        self._leftovers.jobs.clear()
        super().cancel()

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel what this driver's own record holds; ``active_jobs`` may lack jobs that are just being checked."""
        alive = self._registry.alive()
        if not alive:
            return
        if self._settings.on_exit == "detach":
            # Jobs that have not started yet still need the sources, which Snakemake would delete at its exit.
            self.workflow._source_archive = None
            self._archives.keep()
            self.logger.info(f"hf-jobs: {len(alive)} job(s) go on; start Snakemake again to pick them up.")
            for entry in alive:
                self._registry.close(entry.submit_id)
            return
        self.logger.info(f"hf-jobs: cancelling {len(alive)} job(s).")
        for hub_id in cancel_all(self._hub, self._registry, self._run):
            self.logger.error(
                f"hf-jobs: job {hub_id} could not be stopped: hf jobs cancel --namespace {self._hub.namespace} {hub_id}"
            )

    def shutdown(self) -> None:
        """The end of every run. Jobs that still run here were left by an error inside Snakemake."""
        if not self._watcher.stopping.is_set():
            self._bringer.finish()
        self._watcher.stopping.set()
        self.cancel_jobs([])
        super().shutdown()
        atexit.unregister(self._last_resort)
        rest = self._leftovers.rest()
        self._remove_archives([job.command for job in rest])
        if rest:
            ids = " ".join(job.id for job in rest)
            self.logger.warning(
                f"hf-jobs: {len(rest)} job(s) of an earlier run were not needed now and may still run ({ids}); "
                f"`hf jobs cancel --namespace {self._hub.namespace} <id>` ends one."
            )
        self.logger.info(f"hf-jobs: this run cost about ${self._ledger.spent:.4f} ({self._aux / COST_TABLE}).")

    def _remove_archives(self, still_used: Sequence[str]) -> None:
        """Delete the sources of earlier drivers whose jobs this one took over; Snakemake deletes its own alone."""
        if self._registry.alive():
            return
        own = self.workflow._source_archive
        for query in self._archives.unused([*still_used, own.query if own else ""]):
            try:
                item = self.workflow.storage_registry.default_storage_provider.object(query)
                self.workflow.async_run(item.managed_remove())
            except Exception as error:  # an old file in the storage must not make a failure of a run that is over
                self.logger.warning(f"hf-jobs: {query} stays in the storage ({type(error).__name__}); nothing needs it.")

    def _last_resort(self) -> None:
        if self._registry.alive():
            self.cancel_jobs([])


def _members(job: Any) -> list[Any]:
    return list(job.jobs) if job.is_group() else [job]


def _outputs(job: Any) -> list[str]:
    return [str(file) for member in _members(job) for file in member.output]


async def _is_stored(job: Any) -> bool:
    """Whether all outputs are in the storage."""
    return all([await file.exists_in_storage() for member in _members(job) for file in member.output if file.is_storage])


async def _newest_input(job: Any) -> float | None:
    """When the last of the stored inputs was stored, Unix time; inputs whose age does not matter are left out."""
    times = []
    for file in job.input:
        if file.is_storage and not file.is_ancient and await file.exists_in_storage():
            times.append((await file.mtime()).storage())
    return max(times, default=None)
