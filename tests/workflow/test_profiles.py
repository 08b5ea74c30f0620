"""The profiles plan the study where no cluster and no Hub is in reach."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from copied_project import ROOT, Project
from mirage.encoders.places import PACK, PACKED

pytestmark = pytest.mark.workflow

SMALL = "tests/workflow/small.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.copied_to(tmp_path / "study")


def encoders() -> list[str]:
    agents = yaml.safe_load((ROOT / "config.yaml").read_text())["agents"]
    return [name for name, entry in agents.items() if entry["kind"] == "encoder"]


def test_on_a_cluster_every_encoder_is_planned_though_this_machine_could_not_run_it(project: Project) -> None:
    pytest.importorskip("snakemake_executor_plugin_slurm")
    profile = "workflow/profiles/slurm"
    planned = project.planned("--workflow-profile", profile, "--configfile", SMALL, f"{profile}/study.yaml")
    # On stratified and source-curated with two seeds; the small study has no split that an agent ran on.
    assert planned["fit_encoder"] == 2 * 2 * len(encoders())
    assert planned["fit_cells"] == 3


def test_the_profile_packs_fits_as_the_plan_counts_them() -> None:
    profile = yaml.safe_load((ROOT / "workflow/profiles/hf-jobs/config.yaml").read_text())
    assert profile["groups"] == [f"{rule}={PACKED}" for rule in ("fit_encoder", "fit_encoder_external")]
    assert profile["group-components"] == [f"{PACKED}={PACK}"]


def test_fits_meant_for_the_hub_do_not_run_here_unasked(project: Project) -> None:
    arguments = ("--dry-run", "--cores", "2", "--configfile", SMALL, "workflow/profiles/hf-jobs/study.yaml")
    printed = project.snakemake(*arguments, status=1)
    assert "encoders.where is hf-jobs: run snakemake --workflow-profile workflow/profiles/hf-jobs" in printed


def test_the_plan_prices_jobs_without_a_token(project: Project) -> None:
    arguments = ("--cores", "2", "--configfile", SMALL, "workflow/profiles/hf-jobs/study.yaml", "--", "plan")
    lines = project.snakemake(*arguments).splitlines()
    assert "encoders as Hugging Face Jobs, the cells of an encoder share one" in lines
    # Two seeds on two schemes, and for the supplementary rows.
    assert any(line.startswith("  pi: 6 cells, 0 done, 6 to send to l4x1, about ") for line in lines)
    assert any(line.startswith("  at most $") for line in lines)
    assert "    credit in the account that pays: https://huggingface.co/settings/billing" in lines


def test_a_bucket_that_is_not_named_is_one_line_with_what_to_type(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("snakemake_storage_plugin_hfbucket")
    monkeypatch.delenv("MIRAGE_BUCKET", raising=False)
    profile = "workflow/profiles/hf-jobs"
    printed = project.snakemake(
        "--dry-run", "--workflow-profile", profile, "--configfile", SMALL, f"{profile}/study.yaml", status=1
    )
    assert "write export MIRAGE_BUCKET=hf://buckets/NAMESPACE/BUCKET/PATH" in printed
    assert "File " not in printed
