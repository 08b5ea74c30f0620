"""The installed environment, kept in the bucket by the digest of what is installed: a later job does not install it again."""

import shlex
from dataclasses import dataclass

MOUNT = "/opt/smk-env"
ARCHIVE, CHECKSUM = "env.tar", "env.sha256"
# Seconds after which a mount that hangs is given up; installing takes less.
PATIENCE = 300
# A stored file appears whole, but the two not at once: a job that finds one alone, or that of another archive, installs.
_UPLOAD = (
    "import sys; from huggingface_hub import HfApi; folder, bucket, place = sys.argv[1:]; "
    f"names = '{ARCHIVE}', '{CHECKSUM}'; "
    "HfApi().batch_bucket_files(bucket, add=[(f'{folder}/{name}', f'{place}/{name}') for name in names])"
)


@dataclass(frozen=True)
class Kept:
    """Where the environment is kept: bucket (``owner/name``) and folder, and whether it is there, so that it is mounted."""

    bucket: str
    folder: str
    there: bool


def place() -> str:
    """Shell words that set ``SMK_VENV``: the same in every job, since scripts of an environment name it."""
    return 'SMK_VENV="${TMPDIR:-/tmp}/smk-env"; rm -rf "$SMK_VENV"; SMK_STAMP="$SMK_VENV $(command -v $SMK_PY) $($SMK_PY -VV)"'


def restore() -> str:
    """A shell command that takes the kept environment; it fails where that is broken, for another Python, or does not run."""
    copy = '"$SMK_VENV.tar"'
    return (
        f'mkdir -p "$SMK_VENV" && timeout {PATIENCE} cp {MOUNT}/{ARCHIVE} {copy} '
        f'&& test "$(sha256sum < {copy})" = "$(cat {MOUNT}/{CHECKSUM})" && tar -xf {copy} -C "$SMK_VENV" && rm {copy} '
        '&& test "$(cat "$SMK_VENV/smk-stamp")" = "$SMK_STAMP" && "$SMK_VENV/bin/python" -c "import snakemake, huggingface_hub"'
    )


def keep(kept: Kept) -> str:
    """A shell command that stores the environment while the job goes on; where it cannot, a line of the log says so."""
    folder = '"$SMK_VENV.kept"'
    where = f"{shlex.quote(kept.bucket)} {shlex.quote(kept.folder)}"
    upload = f'timeout {2 * PATIENCE} "$SMK_VENV/bin/python" -c {shlex.quote(_UPLOAD)} {folder} {where}'
    lost = 'echo "smk: the environment is not kept."'
    return (
        f'{{ echo "$SMK_STAMP" > "$SMK_VENV/smk-stamp" && mkdir -p {folder} && tar -cf {folder}/{ARCHIVE} -C "$SMK_VENV" . '
        f"&& sha256sum < {folder}/{ARCHIVE} > {folder}/{CHECKSUM} && {{ {{ {upload} || {lost}; }} & }}; }} || {lost}"
    )
