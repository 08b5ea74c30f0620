"""Calling the commands in ``scripts/`` without a process of their own."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[1] / "scripts"
COVERAGE = Path(__file__).parents[1] / "workflow/resources/coverage.csv"


def script_main(name: str) -> Callable[[Sequence[str]], int]:
    """Return ``main`` of ``scripts/NAME.py``, which takes a command line and returns the exit status."""
    spec = importlib.util.spec_from_file_location(f"{name}_script", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    main: Callable[[Sequence[str]], int] = module.main
    return main


def make_table(module: str, results: Path, options: Mapping[str, Any], resources: Sequence[Path] = ()) -> int:
    """Run ``scripts/table.py`` on a folder of results, every file of which may be read; return the exit status."""
    return script_main("table")(_on(module, results, options, resources))


def make_figure(module: str, results: Path, options: Mapping[str, Any], stem: Path, resources: Sequence[Path] = ()) -> int:
    """Run ``scripts/figure.py`` likewise; ``stem`` is where the figure is written, without a suffix."""
    files = ["--svg", f"{stem}.svg", "--png", f"{stem}.png"]
    return script_main("figure")([*_on(module, results, options, resources), *files])


def _on(module: str, results: Path, options: Mapping[str, Any], resources: Sequence[Path]) -> list[str]:
    reads = [str(path) for path in sorted(results.rglob("*")) if path.is_file()]
    words = [module, "--results", str(results), "--options", json.dumps(options), "--reads", *reads]
    return [*words, "--resources", *map(str, resources)]
