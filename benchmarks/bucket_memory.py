"""Memory that a large file takes on its way into a bucket and back: of the storage plugin's process, and of the fake Hub.

Each transfer has a process of its own, and each size a Hub of its own, so that a peak is of them alone. The file is random bytes:
nothing is packed, and nothing is found to be known already. Run it with both packages in reach:

    PYTHONPATH=workflow/plugins/fakehub:workflow/plugins/snakemake-storage-plugin-hfbucket/src \
        python benchmarks/bucket_memory.py --megabytes 16 1024
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOKEN, BUCKET, MEGABYTE = "hf_benchmark", "acme/data", 1 << 20


def main() -> None:
    """Print a table of peaks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[16, 1024], help="sizes of the file (default: 16 1024)")
    parser.add_argument("--folder", type=Path, help="where the files lie (default: a folder for temporary files)")
    parser.add_argument("--part", choices=["hub", "up", "down"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part == "hub":
        serve(arguments.folder)
    elif arguments.part:
        transfer(arguments.part, arguments.folder)
    else:
        compare(arguments.megabytes, arguments.folder)


def compare(sizes: list[int], parent: Path | None) -> None:
    """Send and fetch a file of each size."""
    print(
        "| MB | up: client, peak MB | seconds | down: client, peak MB | seconds | fake Hub, peak MB |\n|--:|--:|--:|--:|--:|--:|"
    )
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bucket-memory-", dir=parent) as name:
            folder = Path(name)
            write(folder / "file", size)
            hub = start("hub", folder)
            assert hub.stdout is not None
            endpoint = hub.stdout.readline().strip()
            cells = [str(size)]
            for direction in ("up", "down"):
                begun = time.monotonic()
                client = start(direction, folder, HF_ENDPOINT=endpoint, HF_HOME=str(folder / "hf"))
                cells += [client.communicate()[0].strip(), f"{time.monotonic() - begun:.1f}"]
                if client.returncode:
                    sys.exit(f"error: the {direction}load of {size} MB failed")
            cells.append(hub.communicate("stop\n")[0].strip())
            if digest(folder / "file") != digest(folder / "back"):
                sys.exit(f"error: {size} MB came back changed")
            print(f"| {' | '.join(cells)} |", flush=True)


def start(part: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--part", part, "--folder", str(folder)]
    quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1"}
    environment = {**os.environ, **quiet, **variables}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def serve(folder: Path) -> None:
    """A fake Hub, until a line comes."""
    from fakehub import FakeHub

    with FakeHub(token=TOKEN, namespace="acme", folder=folder / "hub") as hub:
        hub.buckets.create(BUCKET)
        print(hub.endpoint, flush=True)
        sys.stdin.readline()
    print(peak_megabytes())


def transfer(direction: str, folder: Path) -> None:
    """Store the file, or fetch it, with the plugin."""
    from snakemake_storage_plugin_hfbucket import StorageProvider, StorageProviderSettings

    settings = StorageProviderSettings(token=TOKEN)
    provider = StorageProvider(local_prefix=folder / "local", logger=logging.getLogger(), settings=settings)
    item = provider.object(f"hf://buckets/{BUCKET}/file")
    item.local_path().parent.mkdir(parents=True, exist_ok=True)
    if direction == "up":
        item.local_path().symlink_to(folder / "file")
        item.store_object()
    else:
        item.local_path().unlink()
        item.retrieve_object()
        shutil.move(item.local_path(), folder / "back")
    print(peak_megabytes())


def write(path: Path, megabytes: int) -> None:
    source = random.Random(megabytes)
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(source.randbytes(MEGABYTE))


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def peak_megabytes() -> str:
    """Largest resident memory of this process so far (Linux counts in kB)."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"


if __name__ == "__main__":
    main()
