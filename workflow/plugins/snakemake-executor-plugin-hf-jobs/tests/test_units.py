import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_hf_jobs.units import Mount, duration_seconds, gigabytes, mounts


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("45m", 2700), ("4h", 14400), ("1d", 86400), ("1h30m", 5400), ("1.5h", 5400), (120, 120)]
)
def test_durations(text: object, seconds: int) -> None:
    assert duration_seconds(text, "it") == seconds


@pytest.mark.parametrize("text", ["", "soon", "4 hours", "-1", "0", "0m", "1h30", None])
def test_bad_durations_name_the_setting(text: object) -> None:
    with pytest.raises(WorkflowError, match="resource hf_timeout"):
        duration_seconds(text, "resource hf_timeout")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16 GB", 16.0),
        ("1.5 TB", 1500.0),
        ("512MB", 0.512),
        ("1,534 GB", 1534.0),
        ("1.2.3 GB", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_sizes(text: str, size: float | None) -> None:
    assert gigabytes(text) == size


def test_volumes() -> None:
    assert mounts("hf://datasets/org/ds@v1:/mnt/ds hf://org/model:/m hf://buckets/me/b/some/folder:/data", "it") == (
        Mount("dataset", "org/ds", "/mnt/ds", revision="v1"),
        Mount("model", "org/model", "/m"),
        Mount("bucket", "me/b", "/data", path="some/folder"),
    )


def test_volumes_have_the_clients_grammar() -> None:
    text = "hf://datasets/org/ds@refs/convert/parquet:/mnt/ds:ro hf://datasets/org/ds@refs/pr/1/train:/t hf://org/m/a:b:/m:ro"
    assert mounts(text, "it") == (
        Mount("dataset", "org/ds", "/mnt/ds", revision="refs/convert/parquet"),
        Mount("dataset", "org/ds", "/t", revision="refs/pr/1", path="train"),
        Mount("model", "org/m", "/m", path="a:b"),
    )


def test_a_volume_to_write_into_is_refused() -> None:
    with pytest.raises(WorkflowError, match="volumes are read-only"):
        mounts("hf://buckets/me/b:/data:rw", "resource hf_volumes")


@pytest.mark.parametrize(
    "text", ["org/ds:/mnt", "hf://datasets/org/ds", "hf://org/ds:mnt", "hf://datasets/ds@:/m", "hf://dataset/o/d:/m"]
)
def test_bad_volumes(text: str) -> None:
    with pytest.raises(WorkflowError, match="hf_volumes") as caught:
        mounts(text, "resource hf_volumes")
    assert "\n" not in str(caught.value)
