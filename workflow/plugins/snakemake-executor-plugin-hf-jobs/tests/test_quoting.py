"""Values on their way from the driver's command line to the job's: through Snakemake's own quoting, and a real shell."""

import subprocess

from hypothesis import example, given, settings
from hypothesis import strategies as st
from snakemake_interface_executor_plugins.utils import format_cli_arg

from snakemake_executor_plugin_hf_jobs import quoting
from snakemake_executor_plugin_hf_jobs.labels import spec_id

# What a command line can hold: everything but NUL. A value that is in quotes as a whole is one that Snakemake does not
# quote again, and no value of --config is: it begins with its name.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
HARD = [
    "O'Hara",
    "$(touch x)",
    "`id`",
    "a\\d",
    "\\",
    "\\n",
    "line\nnext",
    "\t",
    '"',
    "'\"'",
    "é漢😀\u2028\x7f\x01f",
    " ",
    "",
    "!!",
    "$HOME",
]


def _arrive(command: str) -> list[str]:
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True)
    return done.stdout.decode("utf-8").split("\0")[:-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=20))
@example(HARD)
def test_values_of_config_arrive_as_they_are(texts: list[str]) -> None:
    given_here = [f"key{number}={text}" for number, text in enumerate(texts)]
    command = f"{format_cli_arg('--config', given_here)} {format_cli_arg('--mode', 'remote')}"
    line = quoting.shell_words(command)
    assert _arrive(line) == ["--config", *given_here, "--mode", "remote"]
    assert len(line.splitlines()) == 1
    assert spec_id(line, "s", "i", "f") != spec_id(f"{line} more", "s", "i", "f")


def test_bytes_that_are_no_text_arrive_as_they_are() -> None:
    name = b"who=\xff\xfe".decode("utf-8", errors="surrogateescape")
    done = subprocess.run(["bash", "-c", f"printf %s {quoting.quote(name)}"], capture_output=True, check=True)
    assert done.stdout == b"who=\xff\xfe"


def test_what_is_quoted_for_a_shell_stays_as_it_is() -> None:
    command = """python -m snakemake --conda-prefix '/a b'"'"'c' --apptainer-prefix '/a\\b' --cores all"""
    assert quoting.shell_words(command) == command
