"""Variables of a job: those that everyone in the namespace may read, and the secret ones."""

from collections.abc import Iterable, Mapping, Sequence

from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError

TOKEN_VARIABLE = "HF_TOKEN"


class Secrets(dict[str, str]):
    """Secret variables of a job; printing them gives only their names."""

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self))})"

    __str__ = __repr__


def plain(driver: Mapping[str, str]) -> dict[str, str]:
    """Variables that anyone may see, given the driver's environment."""
    fixed = {"PYTHONUNBUFFERED": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    endpoint = driver.get("HF_ENDPOINT")
    return {**fixed, "HF_ENDPOINT": endpoint} if endpoint else fixed


def secret(declared: Mapping[str, object], token: str | None, job_token: str | None) -> Secrets:
    """What the workflow and the storage plugins declare, and the token.

    A token of the jobs' own replaces the driver's wherever a declared variable holds that one.
    """
    values = {name: str(value) for name, value in declared.items()}
    if job_token:
        values = {name: job_token if value == token else value for name, value in values.items()}
    given = job_token or token
    return Secrets({**values, TOKEN_VARIABLE: given} if given else values)


def refuse_leak(command: Sequence[str], tokens: Iterable[str | None]) -> None:
    """Raise JobRefusedError where a token stands in the command, for example because it is a ``--config`` value."""
    if any(token and token in part for token in tokens for part in command):
        raise JobRefusedError(
            "hf-jobs: the job's command has the token in it, where the whole namespace can read it: take it out of --config "
            f"and other options; jobs find it in {TOKEN_VARIABLE}."
        )
