"""What the plan says of a paid run before there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirage.encoders.needs import paid_run_needs

BUCKET = "hf://buckets/acme/mirage/run1"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "SNAKEMAKE_HF_JOBS_TOKEN", "MIRAGE_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))


def test_what_is_missing_stands_with_its_command() -> None:
    text = "\n".join(paid_run_needs())
    assert "settings/billing" in text
    assert "none; type `hf auth login`" in text
    assert "none; type `export MIRAGE_BUCKET=hf://buckets/YOUR-NAME/mirage/run1`" in text


@pytest.mark.parametrize("variable", ["HF_TOKEN", "SNAKEMAKE_HF_JOBS_TOKEN"])
def test_what_is_there_is_named_but_no_token(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "hf_secret")
    monkeypatch.setenv("MIRAGE_BUCKET", BUCKET)
    text = "\n".join(paid_run_needs())
    assert f"a bucket of yours: {BUCKET}" in text
    assert "write to the bucket: found" in text
    assert "hf_secret" not in text
    assert "none" not in text
