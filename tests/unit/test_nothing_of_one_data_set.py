"""What is particular to the published study's data stands in its configuration, not in the code that any data go through."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The corpus that stands in for these laws, their declaration, the agents' own sessions about them, what was published on them, and
# the names that an encoder's saved weights give the two labels.
ABOUT_THESE_LAWS = {"synthetic.py", "on_the_books.py", "traces", "contradictions.smk", "models.py"}
CODE = [
    path
    for folder in ("workflow/src/mirage", "scripts", "workflow/rules")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".smk") and not ABOUT_THESE_LAWS & {path.name, *(parent.name for parent in path.parents)}
]


@pytest.mark.parametrize(
    "words",
    [
        r"murray|paschal|project experts",  # its groups
        r"law_type|jim_crow|chapter_num|section_text",  # its columns
        r"source-(curated|experts)|exact-(unc|post|datasets)|arm-(in|out|size)['\"]",  # its schemes
    ],
)
def test_no_code_that_any_data_go_through_names_them(words):
    assert len(CODE) > 150
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in CODE
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(words, line)
    ]
    assert found == []
