"""No digit hangs on the order in which a sort leaves equals, which differs between processors."""

import ast
from pathlib import Path

import numpy as np
import pytest
import yaml

from frames import toy_sections
from mirage.agents.interface import build
from mirage.agents.text import NgramCounts

ROOT = Path(__file__).parents[2]
CODE = sorted([*(ROOT / "workflow/src").rglob("*.py"), *(ROOT / "scripts").glob("*.py")])
# Of arrays and frames; the sort of lists is stable and has no kind.
SORTS = {"argsort", "sort", "sort_values", "sort_index", "argpartition", "partition", "nlargest", "nsmallest"}
NEVER_STABLE = {"argpartition", "nlargest", "nsmallest"}


def unstable(tree):
    """Yield the line and name of every sort that may leave equals in any order."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SORTS):
            continue
        name, given = node.func.attr, {word.arg: word.value for word in node.keywords}
        if name == "partition" and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "np"):
            continue  # of a string
        kind = given.get("kind")
        if isinstance(kind, ast.Constant) and kind.value == "stable" and name not in NEVER_STABLE:
            continue
        by = node.args[0] if node.args else given.get("by")
        if name == "sort_values" and isinstance(by, ast.List | ast.Tuple) and len(by.elts) > 1:
            continue  # pandas sorts by several keys stably
        if name == "sort" and "key" in given:
            continue  # of a list
        yield f"{node.lineno}: {name}"


def test_every_sort_of_the_package_is_stable():
    found = [f"{path.relative_to(ROOT)}:{place}" for path in CODE for place in unstable(ast.parse(path.read_text("utf-8")))]
    assert not found, 'write kind="stable", and say in what order equals come: ' + ", ".join(found)
    assert len(CODE) > 100


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("(-totals).argsort()[:3]", ["1: argsort"]),
        ("np.argsort(x, kind='quicksort')", ["1: argsort"]),
        ("np.argsort(x, kind='stable')", []),
        ("frame.sort_values('f1')", ["1: sort_values"]),
        ("frame.sort_values(by=['f1'])", ["1: sort_values"]),
        ("frame.sort_values(['f1', 'agent'])", []),
        ("np.argpartition(x, 3, kind='stable')", ["1: argpartition"]),
        ("np.partition(x, 3)", ["1: partition"]),
        ("'a=b'.partition('=')", []),
        ("names.sort(key=len)", []),
        ("values.sort()", ["1: sort"]),
        ("frame.nlargest(3, 'f1')", ["1: nlargest"]),
    ],
)
def test_the_guard_itself(code, found):
    assert list(unstable(ast.parse(code))) == found


class Shuffled(NgramCounts):
    """The same counts with their columns in another order, put back in what is handed out."""

    def __init__(self, texts, ngrams, analyzer="word"):
        super().__init__(texts, ngrams, analyzer)
        self._place = np.random.default_rng(5).permutation(self.matrix.shape[1])
        self.matrix = self.matrix[:, self._place]

    def vocabulary(self, train, **options):
        kept = super().vocabulary(train, **{**options, "tie_order": self._place})
        return kept[np.argsort(self._place[kept], kind="stable")]


CHEAP = {
    name: {key: value for key, value in recipe.items() if key not in ("title", "source", "note")}
    for name, recipe in yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))["agents"].items()
    if recipe["kind"] not in ("encoder", "predictions")
}


@pytest.mark.parametrize("agent", CHEAP)
def test_predictions_do_not_hang_on_the_order_of_the_columns(agent, monkeypatch):
    recipe = CHEAP[agent] | ({"max_features": 150} if "max_features" in CHEAP[agent] else {})
    scores = []
    for counts in (NgramCounts, Shuffled):
        monkeypatch.setattr("mirage.agents.text.NgramCounts", counts)
        sections = toy_sections(160, seed=4)
        train = np.arange(0, 160, 2)
        scores.append(build(recipe, sections).fit(train, np.arange(160), 3).scores)
    np.testing.assert_array_equal(*scores)
