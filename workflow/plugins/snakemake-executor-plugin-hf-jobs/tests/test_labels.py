import os
import re
import subprocess
import sys
from pathlib import Path

from snakemake_executor_plugin_hf_jobs import labels, sources

COMMAND = (
    "python -m snakemake --deploy-sources hf://buckets/a/b/x.{sha}.tar.xz {sha} && python -m snakemake --attempt {attempt} "
    "--rerun-triggers {triggers} --target-jobs 'a:i=0' --shared-fs-usage none --local-groupid {group}"
)


def _spec(**changes: object) -> str:
    values = {"sha": "1", "attempt": 1, "triggers": "code input", "group": "g", **changes}
    return labels.spec_id(COMMAND.format(**values), "sources", "image", "flavor")


def test_spec_ignores_what_two_drivers_differ_in() -> None:
    assert _spec() == _spec(sha="2", attempt=3, triggers="input code", group="h")


def test_spec_knows_command_sources_image_and_flavor() -> None:
    base = labels.spec_id("run a", "s", "i", "f")
    others = [("run b", "s", "i", "f"), ("run a", "t", "i", "f"), ("run a", "s", "j", "f"), ("run a", "s", "i", "g")]
    assert len({base, *(labels.spec_id(*other) for other in others)}) == 5
    assert labels.spec_id("run a", "s", "i", "f", "payload") != base


def test_spec_is_the_same_in_every_process() -> None:
    code = (
        "from snakemake_executor_plugin_hf_jobs.labels import spec_id;"
        "triggers = {'input', 'code', 'mtime', 'params', 'software-env'};"
        "print(spec_id('x --rerun-triggers ' + ' '.join(triggers), 's', 'i', 'f'))"
    )
    package = Path(labels.__file__).parents[1]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


def test_job_id_does_not_depend_on_order() -> None:
    assert labels.job_id(["a:i=0", "b:i=0"], ["x", "y"]) == labels.job_id(["b:i=0", "a:i=0"], ["y", "x"])
    assert labels.job_id(["a:i=0"], ["x"]) != labels.job_id(["a:i=1"], ["x"])


def test_label_texts_are_what_the_hub_allows() -> None:
    for text in ("rule.with/odd chars é", "x" * 300, ""):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", labels.label_text(text))


def test_fingerprint_follows_content(tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text("rule a")
    name = sources.save(sources.manifest(["Snakefile", "gone.py"], tmp_path), tmp_path / "aux")
    assert sources.unchanged(name, tmp_path / "aux", tmp_path)
    (tmp_path / "Snakefile").write_text("rule b")
    assert not sources.unchanged(name, tmp_path / "aux", tmp_path)
    assert not sources.unchanged("unheard-of", tmp_path / "aux", tmp_path)
