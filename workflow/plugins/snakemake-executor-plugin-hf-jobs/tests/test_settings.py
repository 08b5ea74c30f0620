from pathlib import Path
from typing import Any

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_hf_jobs import packages, payload, storage
from snakemake_executor_plugin_hf_jobs.errors import JobRefusedError
from snakemake_executor_plugin_hf_jobs.settings import ExecutorSettings, check
from snakemake_executor_plugin_hf_jobs.units import Mount
from snakemake_executor_plugin_hf_jobs.variables import Secrets, plain, refuse_leak, secret


@pytest.fixture(autouse=True)
def _no_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_DEBUG", raising=False)


def test_settings_are_read() -> None:
    options = check(ExecutorSettings(timeout="1h30m", labels="team=nlp study=f-1", volumes="hf://o/m:/m"))
    assert options.timeout == 5400
    assert options.labels == {"team": "nlp", "study": "f-1"}
    assert options.volumes == (Mount("model", "o/m", "/m"),)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"timeout": "soon"}, "--hf-jobs-timeout"),
        ({"bootstrap": "conda"}, "--hf-jobs-bootstrap"),
        ({"on_exit": "stay"}, "--hf-jobs-on-exit"),
        ({"max_cost": 0.0}, "--hf-jobs-max-cost"),
        ({"max_cost": float("nan")}, "--hf-jobs-max-cost"),
        ({"lost_after": 0}, "--hf-jobs-lost-after"),
        ({"request_timeout": -1}, "--hf-jobs-request-timeout"),
        ({"setup_allowance": -1}, "--hf-jobs-setup-allowance"),
        ({"labels": "a.b=c"}, "--hf-jobs-labels"),
        ({"labels": "smk-run=x"}, "--hf-jobs-labels"),
        ({"labels": "team"}, "--hf-jobs-labels"),
        ({"volumes": "data"}, "--hf-jobs-volumes"),
        ({"bootstrap": "wheels"}, "--hf-jobs-wheels"),
        ({"bootstrap": "wheels", "wheels": Path("/nonexistent")}, "--hf-jobs-wheels"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(WorkflowError, match=named) as caught:
        check(ExecutorSettings(**settings))
    assert "\n" not in str(caught.value)


def test_debug_output_of_the_client_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DEBUG", "1")
    with pytest.raises(WorkflowError, match="unset HF_DEBUG"):
        check(ExecutorSettings())


def test_tokens_and_secrets_are_not_printed() -> None:
    settings = ExecutorSettings(token="hf_secret", job_token="hf_other")
    assert "hf_" not in repr(settings)
    secrets = Secrets(HF_TOKEN="hf_secret")
    assert "hf_" not in f"{secrets} {secrets!r}"
    assert "HF_TOKEN" in repr(secrets)


def test_pins_are_the_installed_versions() -> None:
    from importlib.metadata import version

    assert packages.pins([], []) == {name: version(name) for name in ("snakemake", "huggingface_hub")}


def test_a_plugin_without_package_needs_a_wheel() -> None:
    with pytest.raises(WorkflowError, match="snakemake-storage-plugin-nowhere is not installed as a package"):
        packages.pins(["nowhere"], [])
    wheel = Path("snakemake_storage_plugin_nowhere-1-py3-none-any.whl")
    assert "snakemake-storage-plugin-nowhere" not in packages.pins(["nowhere"], [wheel])


def test_place_of_wheels_and_requirements_files() -> None:
    assert storage.payload_folder("hf://buckets/me/b/run/1/", "0a") == ("me/b", "run/1/.smk-hf/0a")
    assert storage.payload_folder("hf://buckets/me/b", "0a") == ("me/b", ".smk-hf/0a")
    with pytest.raises(WorkflowError, match="s3://x"):
        storage.payload_folder("s3://x", "0a")


def test_a_prefix_that_a_shell_would_change_is_refused() -> None:
    storage.check_prefix("hf://buckets/me/b/run-1/é_2.x")
    storage.check_prefix("s3://bucket/run=1")
    with pytest.raises(WorkflowError, match=r"without ' ' '\$'"):
        storage.check_prefix("hf://buckets/me/b/my run$1")


def test_the_digest_of_the_payload_follows_names_order_and_contents(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    one, two, wheel = tmp_path / "req.txt", tmp_path / "more/req.txt", tmp_path / "x-1-py3-none-any.whl"
    for path in (one, two, wheel):
        path.write_text(str(path))
    both = payload.read([wheel], [one, two])
    assert both.files == {"0-req.txt": one, "1-req.txt": two, wheel.name: wheel}
    assert payload.read([], []).digest == ""
    digests = {both.digest, payload.read([wheel], [two, one]).digest, payload.read([wheel], [one]).digest}
    one.write_text("other")
    digests.add(payload.read([wheel], [one, two]).digest)
    wheel.write_text("other")
    digests.add(payload.read([wheel], [one, two]).digest)
    assert len(digests) == 5
    assert payload.read([wheel], [one, two]) == payload.read([wheel], [one, two])


def test_requirements_are_read(tmp_path: Path) -> None:
    for name in ("a.txt", "b.lock"):
        (tmp_path / name).write_text("numpy==2.0 --hash=sha256:00\n# -r is fine in a comment\n")
    a, b = tmp_path / "a.txt", tmp_path / "b.lock"
    given: list[Any] = [f"{a} {b}", f"{a}, {b}", [str(a), str(b)]]
    for text in given:
        assert check(ExecutorSettings(requirements=text)).requirements == (a, b)


@pytest.mark.parametrize(
    ("line", "bootstrap", "message"),
    [
        ("numpy", "none", "--hf-jobs-requirements needs --hf-jobs-bootstrap pip or wheels"),
        (None, "pip", "req.txt: no such file"),
        ("-r other.txt", "pip", "req.txt, line 2 is '-r other.txt': only the file itself comes to the jobs"),
        ("--constraint=c.txt", "pip", "line 2 is '--constraint=c.txt'"),
        ("./package", "pip", "line 2 is './package'"),
    ],
)
def test_wrong_requirements_are_said_in_one_line(tmp_path: Path, line: str | None, bootstrap: str, message: str) -> None:
    path = tmp_path / "req.txt"
    if line:
        path.write_text(f"# needed\n{line}\n")
    with pytest.raises(WorkflowError) as caught:
        check(ExecutorSettings(requirements=str(path), bootstrap=bootstrap))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_token_on_the_command_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["snakemake", "--hf-jobs-job-token=hf_secret"])
    with pytest.raises(WorkflowError, match="set SNAKEMAKE_HF_JOBS_JOB_TOKEN instead") as caught:
        check(ExecutorSettings(job_token="hf_secret"))
    assert "hf_secret" not in str(caught.value)


def test_the_jobs_own_token_takes_the_place_of_the_drivers() -> None:
    declared = {"API_KEY": "k", "SNAKEMAKE_STORAGE_HFBUCKET_TOKEN": "hf_driver"}
    assert secret(declared, "hf_driver", "hf_job") == {
        "API_KEY": "k",
        "SNAKEMAKE_STORAGE_HFBUCKET_TOKEN": "hf_job",
        "HF_TOKEN": "hf_job",
    }
    assert secret(declared, "hf_driver", None) == {**declared, "HF_TOKEN": "hf_driver"}


def test_plain_variables_hold_nothing_of_the_drivers_environment_but_the_endpoint() -> None:
    assert set(plain({"HF_TOKEN": "hf_x", "HOME": "/h"})) == {"PYTHONUNBUFFERED", "HF_HUB_DISABLE_PROGRESS_BARS"}
    assert plain({"HF_ENDPOINT": "https://hub.example"})["HF_ENDPOINT"] == "https://hub.example"


def test_a_token_in_the_command_is_refused() -> None:
    refuse_leak(["bash", "-c", "snakemake --config a=b"], ["hf_secret", None])
    with pytest.raises(JobRefusedError, match="take it out") as caught:
        refuse_leak(["bash", "-c", "snakemake --config token=hf_secret"], [None, "hf_secret"])
    assert "hf_secret" not in str(caught.value)
