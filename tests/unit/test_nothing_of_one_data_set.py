"""What is particular to the published study's data stands in its configuration, not in the code that any data go through."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The agents' own sessions about these laws, what was published on them, and the names that an encoder's saved weights give the two
# labels.
ABOUT_THESE_LAWS = {"traces", "contradictions.smk", "models.py"}
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


def test_the_package_imports_nothing_of_the_published_study():
    found = []
    for path in sorted((ROOT / "workflow/src/mirage").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                named = [node.module or ""]
            else:
                # A module may also be named as text and imported by it.
                text = node.value if isinstance(node, ast.Constant) else None
                named = [text] if isinstance(text, str) and "." in text else []
            found += [f"{path.name}: {name}" for name in named if re.fullmatch(r"on_the_books(\.\w+)*", name)]
    assert found == []
