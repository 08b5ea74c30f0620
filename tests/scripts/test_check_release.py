"""What stands in the way of publishing: an address that is not set, and versions that differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirage.version import VERSION
from script_loader import script_main

ROOT = Path(__file__).parents[2]
EXECUTOR, STORAGE = (f"workflow/plugins/snakemake-{name}" for name in ("executor-plugin-hf-jobs", "storage-plugin-hfbucket"))
READY = {
    "README.md": "git clone https://example.org/us/mirage mirage",
    "CITATION.cff": f"version: {VERSION}\nrepository-code: https://example.org/us/mirage\n",
    "pyproject.toml": '[project]\nname = "mirage"\n[project.urls]\nRepository = "https://example.org/us/mirage"\n',
    "CHANGELOG.md": f"# Changelog\n\n## {VERSION} (2026-11-30)\n\n## 0.0.1 (2026-01-01)\n",
    f"{EXECUTOR}/pyproject.toml": '[project]\nversion = "0.1"\n[project.urls]\nRepository = "https://example.org/us/jobs"\n',
    f"{EXECUTOR}/CHANGELOG.md": "## 0.1 (2026-12-01)\n",
    f"{STORAGE}/pyproject.toml": '[project]\nversion = "0.3"\n[project.urls]\nRepository = "https://example.org/us/bucket"\n',
    f"{STORAGE}/CHANGELOG.md": "## 0.3 (2026-12-01)\n",
}


@pytest.fixture
def check(tmp_path, capsys):
    """A function: write the files with some changed, and return exit status, lines and error."""

    def run(changes=None):
        for name, text in {**READY, **(changes or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        status = script_main("check_release")(["--root", str(tmp_path)])
        out, error = capsys.readouterr()
        return status, out.splitlines(), error.strip()

    return run


def test_with_every_address_and_day_it_can_be_published(check):
    assert check() == (0, [f"mirage {VERSION} can be published"], "")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "README.md",
            "git clone ADDRESS-OF-THIS-REPOSITORY mirage",
            "README.md: found ADDRESS-OF-THIS-REPOSITORY; write the address that people clone",
        ),
        ("CITATION.cff", f"version: {VERSION}\n", "CITATION.cff: no repository-code; write the repository's address"),
        (
            "pyproject.toml",
            "[project]\n",
            "pyproject.toml: no Repository under [project.urls]; write the repository's address",
        ),
        (
            f"{STORAGE}/pyproject.toml",
            '[project]\nversion = "0.3"\n[project.urls]\nRepository = "https://github.com/OWNER/bucket"\n',
            f"{STORAGE}/pyproject.toml: found OWNER under [project.urls]; write the account of the plugin's own repository",
        ),
        (
            "CITATION.cff",
            "version: 9.9\nrepository-code: https://example.org/us/mirage\n",
            f"CITATION.cff: found version 9.9; write {VERSION}",
        ),
        (
            "CHANGELOG.md",
            "## Unreleased\n",
            f"CHANGELOG.md: found 'Unreleased' at the top; write '## {VERSION} (YYYY-MM-DD)', the day of the release",
        ),
        (
            f"{EXECUTOR}/CHANGELOG.md",
            "## 0.1 (not yet published)\n",
            f"{EXECUTOR}/CHANGELOG.md: found '0.1 (not yet published)' at the top; write '## 0.1 (YYYY-MM-DD)', the day of the release",
        ),
        (
            f"{STORAGE}/CHANGELOG.md",
            "Nothing yet.\n",
            f"{STORAGE}/CHANGELOG.md: found 'no heading' at the top; write '## 0.3 (YYYY-MM-DD)', the day of the release",
        ),
    ],
)
def test_what_is_not_set_is_told_in_a_line(check, name, text, line):
    assert check({name: text}) == (1, [line], "error: not ready to publish: 1 thing above to mend")


def test_every_fault_is_told_at_once(check):
    status, lines, error = check({"README.md": "ADDRESS-OF-THIS-REPOSITORY", "CHANGELOG.md": "## 9.9\n"})
    assert (status, [line.partition(":")[0] for line in lines]) == (1, ["README.md", "CHANGELOG.md"])
    assert error == "error: not ready to publish: 2 things above to mend"


def test_this_checkout_has_one_version(capsys):
    script_main("check_release")(["--root", str(ROOT)])
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if line.startswith(("CITATION.cff: found", "CHANGELOG.md: found"))] == []
