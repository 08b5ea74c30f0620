"""Every hostile input and machine gets its one line, and the page that lists them says the same."""

from __future__ import annotations

import re

import pytest

import refusals

CASES = [(title, name) for title, cases in refusals.CASES.items() for name in cases]
PAGE = refusals.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("title", "name"), CASES, ids=[name for _, name in CASES])
def test_a_case_is_told_in_the_one_line_of_the_page(title: str, name: str) -> None:
    said = refusals.line_of(refusals.CASES[title][name])
    assert said.startswith(("error: ", "stopped", "runs; ", "Markdown "))
    assert "Traceback" not in said
    part = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    assert said.replace("|", "\\|") in part, "python tests/refusals.py"


def test_the_page_lists_every_case_and_no_other() -> None:
    assert len(CASES) >= 60
    assert len(re.findall(r"^\| (?!---|what \||name \|)", PAGE, re.MULTILINE)) == len(CASES)
