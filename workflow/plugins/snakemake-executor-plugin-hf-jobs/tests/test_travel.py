"""What cannot run on the Hub is told from what can, before anything is paid."""

from types import SimpleNamespace
from typing import Any

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_hf_jobs import travel


class File(str):
    """A file of a rule, in the storage unless said otherwise."""

    def __new__(cls, name: str, *marks: str, stored: bool = True) -> "File":
        file = super().__new__(cls, name)
        file.flags = dict.fromkeys(marks, True)  # type: ignore[attr-defined]
        file.is_storage = stored  # type: ignore[attr-defined]
        file.storage_object = SimpleNamespace(local_only=False)  # type: ignore[attr-defined]
        return file


def _job(*outputs: File, **kind: Any) -> SimpleNamespace:
    rule = SimpleNamespace(wrapper=kind.pop("wrapper", None))
    plain = {"is_local": False, "is_norun": False, "input": [], "log": [], "benchmark": None, "container_img_url": None}
    return SimpleNamespace(**{"name": "fit", "output": [*outputs], "rule": rule, **plain, **kind})


@pytest.mark.parametrize(
    "job",
    [
        _job(File("a"), File("b", "temp"), File("c", "protected")),
        _job(File("socket", "service")),
        _job(File("a", stored=False), is_local=True),
        _job(File("a", "ensure"), is_norun=True),
        _job(wrapper="v5.0.0/bio/samtools/view"),
        _job(wrapper="file:wrappers/mine"),
        _job(container_img_url="docker://busybox"),
    ],
)
def test_what_works_passes(job: SimpleNamespace) -> None:
    travel.check([job], {"Snakefile", "wrappers/mine/wrapper.py"})


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (_job(File("a", stored=False)), "its output a stays on this machine: add it to --storage-hfbucket-shared"),
        (_job(File("a", "update")), r"output a is marked with update\(\)"),
        (_job(File("a", "ensure")), r"output a is marked with ensure\(\)"),
        (_job(File("a", "pipe")), r"output a is marked with pipe\(\)"),
        (_job(wrapper="file:wrappers/mine"), "has the wrapper file:wrappers/mine, .* add wrappers/mine to git"),
        (_job(container_img_url="docker://busybox"), "has container:, .* hf_image"),
    ],
)
def test_what_does_not_work_is_one_line(job: SimpleNamespace, message: str) -> None:
    with pytest.raises(WorkflowError, match=message) as caught:
        travel.check([_job(), job], {"Snakefile"}, with_containers=True)
    assert "\n" not in str(caught.value)
