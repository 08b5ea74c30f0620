"""Rules with run: or shadow: in a group: Snakemake starts a command of its own for them."""

import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.utils import format_cli_arg

from snakemake_executor_plugin_hf_jobs import groups


def _job(**kind: Any) -> SimpleNamespace:
    rule = SimpleNamespace(ruleinfo=SimpleNamespace(retries=kind.pop("retries", None)))
    return SimpleNamespace(
        **{"name": "fit", "group": "g", "is_local": False, "is_run": False, "is_shadow": False, "rule": rule, **kind}
    )


@pytest.mark.parametrize("value", ["who=O'Hara", "who=$(id)", 'who="x"', "who=é"])
def test_values_that_any_shell_reads_as_they_are_pass(value: str) -> None:
    arguments = format_cli_arg("--config", [value])
    groups.check([_job(is_run=True)], arguments)
    printed = subprocess.run(
        ["sh", "-c", f"printf %s {arguments.split(' ', 1)[1]}"], capture_output=True, text=True, check=True
    )
    assert printed.stdout == value


@pytest.mark.parametrize("value", ["who=O'Hara$(id)", "who=a\\d", "who=a\nb"])
def test_values_that_snakemake_quotes_wrongly_there_are_refused(value: str) -> None:
    arguments = format_cli_arg("--config", [value])
    for kind in ("is_run", "is_shadow"):
        with pytest.raises(WorkflowError, match=r"rule fit is in a group .* --configfile") as caught:
            groups.check([_job(), _job(**{kind: True})], arguments)
        assert "\n" not in str(caught.value)
    groups.check([_job(), _job(is_run=True, group=None), _job(is_run=True, is_local=True)], arguments)


def test_retries_that_would_be_tried_inside_the_job_are_refused() -> None:
    with pytest.raises(WorkflowError, match="write --retries 2 instead"):
        groups.check([_job(is_shadow=True, retries=2)], "")
    groups.check([_job(retries=2), _job(is_shadow=True), _job(is_shadow=True, retries=2, group=None)], "")
