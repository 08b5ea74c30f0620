"""``python -m snakemake_executor_plugin_hf_jobs reconcile``: after a crash, accept what finished in the meantime."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import get_token

from snakemake_executor_plugin_hf_jobs.errors import HubError
from snakemake_executor_plugin_hf_jobs.executor import STATE_FOLDER
from snakemake_executor_plugin_hf_jobs.hub import Hub
from snakemake_executor_plugin_hf_jobs.reconcile import markers, reconcile


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 1 where the folder or the Hub cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m snakemake_executor_plugin_hf_jobs", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("reconcile", help="clear the marks of outputs whose jobs completed while no driver was there")
    one.add_argument("--directory", type=Path, default=Path(), help="working directory of the workflow")
    one.add_argument("--namespace", help="namespace of the jobs (default: that of the last run)")
    one.add_argument("--unlock", action="store_true", help="also remove the lock that the dead driver left")
    given = parser.parse_args(arguments)
    state = given.directory.resolve() / ".snakemake"
    if not state.is_dir():
        print(f"hf-jobs: {state} does not exist: run this where Snakemake ran, or set --directory.", file=sys.stderr)
        return 1
    try:
        _reconcile(state, given.namespace)
    except HubError as error:
        print(error, file=sys.stderr)
        return 1
    if given.unlock:
        shutil.rmtree(state / "locks", ignore_errors=True)
        print("The lock is removed.")
    return 0


def _reconcile(state: Path, namespace: str | None) -> None:
    aux = state / "auxiliary" / STATE_FOLDER
    if not markers(state):
        print("No output is marked as incomplete.")
        return
    hub = Hub(os.environ.get("SNAKEMAKE_HF_JOBS_TOKEN") or get_token(), namespace or _last_namespace(aux))
    if not hub.namespace:
        hub.whoami()
    for finding in reconcile(state, hub.inspect, aux):
        print(f"{finding.hub_id} {finding.text} ({finding.cleared} mark(s) cleared).")


def _last_namespace(aux: Path) -> str | None:
    path = aux / "namespace.json"
    return json.loads(path.read_text())["namespace"] if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
