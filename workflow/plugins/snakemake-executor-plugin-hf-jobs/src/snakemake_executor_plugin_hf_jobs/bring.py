"""Files of finished jobs brought to their local paths, beside the watch over the jobs that still run."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from logging import Logger
from typing import Any

TRIES = 3
PAUSE = 5.0  # seconds between tries
TICK = 0.1


@dataclass(frozen=True)
class Delivery:
    """Files of one finished job; `name` is for messages."""

    name: str
    files: Sequence[Any]


class Bringer:
    """Fetches files from the storage, one job after the other, in a thread of its own.

    A file that cannot be had is said in one line and fails nothing: it is in the storage.
    """

    def __init__(self, logger: Logger, sleep: Callable[[float], None] = time.sleep) -> None:
        self._logger = logger
        self._sleep = sleep
        self._deliveries: queue.Queue[Delivery] = queue.Queue()
        self._thread: threading.Thread | None = None

    def bring(self, name: str, files: Sequence[Any]) -> None:
        """Have these files brought home soon."""
        self._deliveries.put(Delivery(name, files))
        if self._thread is None:
            # A daemon: a silent Hub must not hold up the end after a Ctrl-C.
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Return when everything is home, or was given up."""
        while self._deliveries.unfinished_tasks:
            time.sleep(TICK)

    def _work(self) -> None:
        while True:
            delivery = self._deliveries.get()
            try:
                self._deliver(delivery)
            except Exception as error:  # the thread must go on to the files of other jobs
                self._logger.warning(f"hf-jobs: files of {delivery.name} stay in the storage ({type(error).__name__}).")
            finally:
                self._deliveries.task_done()

    def _deliver(self, delivery: Delivery) -> None:
        missing, reason = [], ""
        for file in delivery.files:
            problem = self._fetch(file)
            if problem is not None:
                missing.append(file.storage_object.print_query)
                reason = reason or " ".join(str(problem).split())
        if missing:
            self._logger.warning(
                f"hf-jobs: {len(missing)} of {len(delivery.files)} files of {delivery.name} stay in the storage, such as "
                f"{missing[0]} ({reason}); `hf buckets cp <address> <path>` fetches one."
            )

    def _fetch(self, file: Any) -> Exception | None:
        for attempt in range(TRIES):
            if attempt:
                self._sleep(PAUSE)
            try:
                asyncio.run(_retrieve(file))
            except Exception as error:
                problem = error
            else:
                return None
        return problem


async def _retrieve(file: Any) -> None:
    # Whatever lies there is older: the job has just ended.
    if await file.exists_in_storage():
        await file.storage_object.managed_retrieve()


def files_of(job: Any) -> list[Any]:
    """Outputs, logs and benchmark of a job that are in the storage."""
    files = [*job.output, *job.log, *([job.benchmark] if job.benchmark else [])]
    return [file for file in files if file.is_storage and not file.should_not_be_retrieved_from_storage]
