"""Code that weights the loss or the rows by class."""

from __future__ import annotations

import ast
import functools
import re

from mirage.traces.acts import PYTHON, SETTINGS
from mirage.traces.program import called, dotted, program, span, without_comments
from mirage.traces.trees import walk
from mirage.traces.workspace import Code

_MAYBE = re.compile(r"(?i)weight|focal|balance|Sampler|SMOTE")
_KEYWORDS = frozenset((
    "class_weight", "class_weights", "pos_weight", "scale_pos_weight", "is_unbalance", "auto_class_weights",
    "label_weights", "loss_weights", "alpha_t",
))  # fmt: skip
_LOSSES = re.compile(
    r"(?:CrossEntropy|BCE|NLL|cross_entropy|nll_loss|binary_cross_entropy|hinge|Hinge|Margin)\w*(?:Loss|loss|logits)?$|Loss$"
)
_FOCAL = re.compile(r"(?i)focal_?loss|^focal$")
_SHOWS = frozenset({"print", "display", "info", "debug"})
_MADE = frozenset({"compute_class_weight", "compute_sample_weight"})
_BY_CLASS = re.compile(r"(?i)(?:^|[._])(?:w|weights?|(?:class|cls|label|pos)_?w(?:eights?)?)$")
_SAMPLERS = re.compile(r"\b(?:WeightedRandomSampler|RandomOverSampler|RandomUnderSampler|SMOTE\w*|ADASYN)$")
_MAY_DRAW = re.compile(r"Sampler|SMOTE|ADASYN")
_IN_TEXT = re.compile(
    r"\b(?:class_weights?|pos_weight|scale_pos_weight|is_unbalance)['\"]?\s*[=:]\s*(?!None|null|NULL|False)[\w\[{'\"]|\bclass\.weights?\s*="
    r"|\bcompute_class_weight\s*\(|FocalLoss\s*\("
)
_FLAG = re.compile(
    r"--(?:class|pos|loss|scale-pos|label)[-_]weights?(?:=|$)|--(?:balanced|focal|use[-_]class[-_]weights?|weighted)\b"
)


def weighted(code: Code) -> tuple[int, int] | None:
    """Return where code weights by class, or None."""
    if any(_FLAG.match(word) for word in code.arguments):
        return 0, min(len(code.text), 80)
    return _weighted(code.text, code.language, code.arguments, code.given) if _MAYBE.search(code.text) else None


# Code is looked at when it is written, when it is run and when its result is there.
@functools.lru_cache(maxsize=32)
def _weighted(
    code: str, language: str | None, arguments: tuple[str, ...], given: tuple[str, ...] | None
) -> tuple[int, int] | None:
    tree = program(code, given) if language == PYTHON else None
    if tree is None:
        found = _IN_TEXT.search(without_comments(code)) if language in (PYTHON, SETTINGS, "R") else None
        return found.span() if found else None
    unsaid, unused = _unsaid(tree, arguments), _unused(tree)
    node = next((node for node in walk(tree) if _weights(node, unsaid) and node not in unused), None) or _by_row(tree)
    return span(code, node) if node else None


def _unsaid(tree: ast.AST, arguments: tuple[str, ...]) -> frozenset[str]:
    """Return the options of a program that are none unless they are given, and are not."""
    options = (node for node in walk(tree) if called(node) == "add_argument")
    names = set()
    for option in options:
        words = [part.value for part in option.args if isinstance(part, ast.Constant)] if isinstance(option, ast.Call) else []
        flag = next((word for word in words if isinstance(word, str) and word.startswith("--")), None)
        default = next((part.value for part in option.keywords if part.arg == "default"), None) if flag else None  # type: ignore[attr-defined]
        if flag and (default is None or not _says(default)) and not any(word.partition("=")[0] == flag for word in arguments):
            names.add(flag.removeprefix("--").replace("-", "_"))
    return frozenset(names)


def _unused(tree: ast.AST) -> set[ast.AST]:
    """Return the calls that make weights which are only printed, or named and never used."""
    shown = {part for node in walk(tree) if called(node) in _SHOWS for part in walk(node)}
    used = {
        node.id for node in walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in shown
    }
    named = [
        node for node in walk(tree) if isinstance(node, ast.Assign) and all(isinstance(part, ast.Name) for part in node.targets)
    ]
    idle = {
        part
        for node in named
        if not {part.id for part in node.targets if isinstance(part, ast.Name)} & used
        for part in walk(node)
    }
    return {node for node in shown | idle if called(node) in _MADE}


def resampled(code: Code) -> tuple[int, int] | None:
    """Return where code draws rows by class, or None."""
    tree = program(code.text, code.given) if code.language == PYTHON and _MAY_DRAW.search(code.text) else None
    nodes = walk(tree) if tree else ()
    return next((span(code.text, node) for node in nodes if _SAMPLERS.search(called(node))), None)


def _weights(node: ast.AST, unsaid: frozenset[str]) -> bool:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return any(isinstance(key, ast.Constant) and _is_weight(key.value) and _says(value) for key, value in pairs)
    if isinstance(node, ast.Assign):
        items = [target.slice for target in node.targets if isinstance(target, ast.Subscript)]
        return any(isinstance(item, ast.Constant) and _is_weight(item.value) for item in items) and _says(node.value)
    if not isinstance(node, ast.Call):
        return False
    name = called(node)
    if _FOCAL.search(name) or name in _MADE:
        return True
    loss = _LOSSES.search(name) is not None
    if loss and name.startswith(("CrossEntropy", "NLL")) and node.args and _says(node.args[0]):
        return True
    return any(
        (_is_weight(keyword.arg) or (keyword.arg == "weight" and loss) or (keyword.arg == "sample_weight" and name == "fit"))
        and _says(keyword.value)
        and not (isinstance(keyword.value, ast.Attribute) and keyword.value.attr in unsaid)
        for keyword in node.keywords
    )


def _is_weight(name: object) -> bool:
    """Tell whether a name is that of a weight, of a part of a pipeline too."""
    return isinstance(name, str) and name.rpartition("__")[2] in _KEYWORDS


def _by_row(tree: ast.AST) -> ast.AST | None:
    """Return where the loss of each row is multiplied by the weight of its class, or None."""
    if not any(
        isinstance(node, ast.keyword)
        and node.arg == "reduction"
        and isinstance(node.value, ast.Constant)
        and node.value.value == "none"
        for node in walk(tree)
    ):
        return None
    for node in walk(tree):
        sides = (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else ()
        if any(isinstance(side, ast.Subscript) and _BY_CLASS.search(dotted(side.value)) for side in sides):
            return node
    return None


def _says(value: ast.expr) -> bool:
    """Tell whether a weight is one: neither none, nor one and the same for every class."""
    if isinstance(value, ast.Constant):
        return value.value is True or value.value not in (None, False, 1, 1.0, "none", "None", "uniform")
    if isinstance(value, ast.Dict | ast.List | ast.Tuple):
        items = value.values if isinstance(value, ast.Dict) else value.elts
        return len({ast.dump(item) for item in items}) > 1
    if called(value) in ("ones", "ones_like"):
        return False
    if isinstance(value, ast.Call) and value.args and called(value) in ("tensor", "FloatTensor", "array", "asarray"):
        return _says(value.args[0])
    return True
