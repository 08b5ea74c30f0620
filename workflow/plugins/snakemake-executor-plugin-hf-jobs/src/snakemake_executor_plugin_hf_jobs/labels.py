"""Labels of a job: the database by which a later driver finds it again.

Everyone in the namespace can read labels, so wildcards and paths appear in them only as hashes.
"""

import hashlib
import re
import shlex
from collections.abc import Iterable, Sequence

RUN, JOB, SPEC, SUBMIT, PREFIX = "smk-run", "smk-job", "smk-spec", "smk-submit", "smk-prefix"
SOURCES, RULE, ATTEMPT = "smk-sources", "smk-rule", "smk-attempt"

# Options of the job's command whose values change between two drivers that run the same job, with their number of values.
_VOLATILE = {"--attempt": 1, "--local-groupid": 1, "--deploy-sources": 2}


def digest(parts: Iterable[str]) -> str:
    """Short hash of the parts in their order."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def label_text(text: str) -> str:
    """``text`` with every character that a label may not have replaced, at most 100 characters."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)[:100] or "-"


def run_id(workdir: str, snakefile: str, prefix: str) -> str:
    """Identifies one workflow in one folder with one storage prefix: what a restarted driver has in common with the last."""
    return digest([workdir, snakefile, prefix])


def job_id(targets: Iterable[str], outputs: Iterable[str]) -> str:
    """Identifies what a job makes, independent of how."""
    return digest([*sorted(targets), "", *sorted(outputs)])


def spec_id(exec_job: str, sources: str, image: str, flavor: str, payload: str = "") -> str:
    """Identifies how a job makes it: command, sources, image, flavor, and what is installed before.

    The same in every process: Snakemake writes some options from sets, whose order changes with PYTHONHASHSEED.
    """
    return digest([*sorted(stable_tokens(_tokens(exec_job))), "", sources, image, flavor, payload])


def _tokens(exec_job: str) -> list[str]:
    try:
        return shlex.split(exec_job)
    except ValueError:  # a --precommand that only a shell can read
        return exec_job.split()


def stable_tokens(tokens: Sequence[str]) -> list[str]:
    """The tokens without those options (and their values) that differ between two drivers of the same job."""
    kept: list[str] = []
    skip = 0
    for token in tokens:
        if skip:
            skip -= 1
        elif token in _VOLATILE:
            skip = _VOLATILE[token]
        else:
            kept.append(token)
    return kept
