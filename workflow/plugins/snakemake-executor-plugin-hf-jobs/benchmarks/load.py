"""What a driver with many small jobs costs: requests to the Hub, memory and processor time, against the fake Hub.

    python benchmarks/load.py --jobs 500 --planned 2000

The driver is a real Snakemake with both plugins, the requests are real. The jobs are not: instead of a process, the fake
Hub puts the output of each into the bucket and ends it. So nothing here says how long a job takes.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGIN = Path(__file__).parents[1]
sys.path[:0] = [str(PLUGIN.parent / "fakehub")]

from fakehub import FakeHub  # noqa: E402

TOKEN = "hf_of_the_load_benchmark"
BUCKET = "acme/load"
WINDOW = 300  # seconds; the Hub counts requests in windows of five minutes
SNAKEFILE = """
rule all:
    input: expand("out/{number}.txt", number=range(COUNT))
rule small:
    output: "out/{number}.txt"
    shell: "echo {wildcards.number} > {output}"
"""


@dataclass(frozen=True)
class Load:
    """One run of the driver: seconds, processor seconds, peak memory in megabytes, requests of the driver."""

    status: int
    printed: str
    seconds: float
    cpu: float
    peak_mb: float
    requests: Counter[str]
    busiest_window: int
    refused: int
    jobs: int

    def lines(self) -> list[str]:
        """For people."""
        parts = ", ".join(f"{route} {count}" for route, count in self.requests.most_common())
        return [
            f"  {self.jobs} jobs in {self.seconds:.0f} s; processor {self.cpu:.1f} s, peak memory {self.peak_mb:.0f} MB",
            f"  {self.requests.total()} requests ({parts})",
            f"  at most {self.busiest_window} requests in five minutes, {self.refused} refused (429)",
        ]


def measure(
    count: int, *, dry: bool = False, at_once: int = 100, rate: float = 7.5, limit: int = 2500, pause: float = 10
) -> Load:
    """Run a workflow of ``count`` small jobs.

    ``rate`` is --storage-hfbucket-max-requests-per-second, of which 330 pass in five minutes, ``limit`` the Hub's, which is
    enforced, and ``pause`` the seconds between looks at the jobs.
    """
    with tempfile.TemporaryDirectory() as name, FakeHub(token=TOKEN, namespace="acme") as hub:
        folder = Path(name)
        (folder / "Snakefile").write_text(SNAKEFILE.replace("COUNT", str(count)))
        hub.buckets.create(BUCKET, private=True)
        hub.rate_limit, hub.enforce_rate_limit = limit, True
        hub.jobs._execute = lambda job, places, values: _pretend(hub, job)  # type: ignore[method-assign]
        command = [
            *(sys.executable, "-m", "snakemake", "--executor", "hf-jobs", "--jobs", str(at_once)),
            *("--default-storage-provider", "hfbucket", "--default-storage-prefix", f"hf://buckets/{BUCKET}/run"),
            *("--storage-hfbucket-max-requests-per-second", str(rate), "--seconds-between-status-checks", str(pause)),
            *("--hf-jobs-bootstrap", "none", "--hf-jobs-image", "none:1", "--max-jobs-per-timespan", "1000/1s"),
            *(["--dry-run"] if dry else []),
        ]
        started = time.monotonic()
        with (folder / "log").open("w") as log:
            driver = subprocess.Popen(command, cwd=folder, env=_variables(hub), stdout=log, stderr=log)
            _, status, usage = os.wait4(driver.pid, 0)
        seconds = time.monotonic() - started
        seen = [one for one in hub.requests.all() if not one.route.startswith("cas.")]
        times = [one.seconds for one in seen]
        return Load(
            status=os.waitstatus_to_exitcode(status),
            printed=(folder / "log").read_text(),
            seconds=seconds,
            cpu=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss / 1024,
            requests=Counter(one.route for one in seen),
            busiest_window=max(
                (sum(start <= other < start + WINDOW for other in times) for start in times[:: max(1, len(times) // 200)]),
                default=0,
            ),
            refused=hub.requests.count(status=429),
            jobs=count if dry else len(hub.jobs.all()),
        )


def _pretend(hub: FakeHub, job: Any) -> tuple[str, str | None]:
    """Do what the job would do, without it."""
    number = re.search(r"small:number=(\d+)", job.spec["command"][-1])
    if number is None:
        return "ERROR", "not a job of this workflow"
    hub.buckets.put(BUCKET, f"run/out/{number[1]}.txt", number[1].encode())
    return "COMPLETED", None


def _variables(hub: FakeHub) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "SNAKEMAKE_"))}
    sources = [PLUGIN / "src", PLUGIN.parent / "snakemake-storage-plugin-hfbucket" / "src"]
    return {**kept, **hub.environment(), "HF_TOKEN": TOKEN, "PYTHONPATH": os.pathsep.join(map(str, sources))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=500, help="jobs that are sent")
    parser.add_argument("--planned", type=int, default=2000, help="jobs of a dry run")
    parser.add_argument("--at-once", type=int, default=100, help="--jobs of Snakemake")
    parser.add_argument("--rate", type=float, default=7.5, help="requests per second that the driver allows itself")
    parser.add_argument("--limit", type=int, default=2500, help="requests in five minutes that the Hub allows (PRO: 2,500)")
    given = parser.parse_args()
    bad = 0
    for title, count, dry in (
        (f"{given.planned} jobs planned", given.planned, True),
        (f"{given.jobs} jobs sent", given.jobs, False),
    ):
        load = measure(count, dry=dry, at_once=given.at_once, rate=given.rate, limit=given.limit)
        print(title, *load.lines(), sep="\n", flush=True)
        if load.status or load.refused:
            bad = 1
            print(*load.printed.splitlines()[-10:], sep="\n")
    return bad


if __name__ == "__main__":
    sys.exit(main())
