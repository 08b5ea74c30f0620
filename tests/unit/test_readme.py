"""The README: short, and its numbers those of the published run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mirage.encoders.plan import CPU_BUDGET, GPU_BUDGET
from mirage.errors import StudyError
from on_the_books import readme
from script_loader import script_main

ROOT = Path(__file__).parents[2]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Return what is read: without comments, and without where links lead."""
    return re.sub(r"<!--.*?-->|(?<=\])\([^)]*\)", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(("page", "most"), [("README.md", 600), ("docs/for-the-posts-author.md", 300)])
def test_a_page_for_a_first_reading_is_short(page, most):
    words = re.findall(r"[^\s|]*\w[^\s|]*", prose(text_of(ROOT / page)))
    assert len(words) <= most


def test_the_numbers_are_those_of_the_published_tables(capsys):
    assert script_main("publish_numbers")(["--check"]) == 0, capsys.readouterr().err


def test_a_number_that_drifts_is_seen_and_mended(tmp_path, capsys):
    (tmp_path / "docs").mkdir()
    for name in ("README.md", *(f"docs/{page}.md" for page in ("findings", "for-the-posts-author", "limits"))):
        (tmp_path / name).write_text(f"before\n{readme.OPENS}\n.999\n{readme.CLOSES}\nafter\n", encoding="utf-8")
    publish = script_main("publish_numbers")
    assert publish(["--root", str(tmp_path), "--check"]) == 1
    assert "error: README.md: its numbers are not those of " in capsys.readouterr().err
    assert publish(["--root", str(tmp_path)]) == 0
    assert publish(["--root", str(tmp_path), "--check"]) == 0
    written = text_of(tmp_path / "README.md")
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert ".999" not in written


@pytest.mark.parametrize("text", ["no marks", f"{readme.CLOSES}{readme.OPENS}", f"{readme.OPENS}{readme.CLOSES}" * 2])
def test_numbers_go_nowhere_but_between_their_marks(text):
    with pytest.raises(StudyError, match=r"^page.md: the numbers stand between two lines, once each; write <!--"):
        readme.with_numbers(text, ["1"], "page.md")


def test_the_readme_has_no_number_that_nothing_holds():
    head, _, rest = text_of(ROOT / "README.md").partition(readme.OPENS)
    outside = re.sub(r"```.*?```|`[^`]*`", "", prose(head + rest.partition(readme.CLOSES)[2]), flags=re.DOTALL)
    python = re.search(r'^requires-python = ">=([\d.]+)"', text_of(ROOT / "pyproject.toml"), re.MULTILINE)[1]
    known = {f"{CPU_BUDGET:g} minutes on a CPU", f"{GPU_BUDGET:g} on a GPU", f"Python {python} or newer"}
    known |= {
        "an F1 of .95 on a random part",
        "Apache-2.0",
        "CC BY 3.0",
    }  # no results of the study
    for said in known:
        assert said in " ".join(outside.split())
    left = re.sub("|".join(map(re.escape, known)), "", " ".join(outside.split()))
    assert re.findall(r"\d+", left.replace("F1", "")) == []
