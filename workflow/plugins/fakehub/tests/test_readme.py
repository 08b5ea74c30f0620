"""What the README shows works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fakehub import FakeHub, Kind

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(example.splitlines()) <= 11
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # before the client tries again
    exec(compile(example, "README.md", "exec"), {})


def test_every_route_and_every_kind_of_fault_is_described(hub: FakeHub) -> None:
    routes = README.partition("\nRoutes: ")[2].partition("\n\n")[0]
    family, named = "", set()
    for name in re.findall(r"`([a-z.]+)`", routes):
        family = family if name.startswith(".") else name.partition(".")[0]
        named.add(f"{family}{name}" if name.startswith(".") else name)
    with pytest.raises(ValueError, match="there are") as error:
        hub.fault("none")
    assert named == set(str(error.value).partition("there are ")[2].split(", "))
    assert set(re.findall(r"^\| `(\w+)`[^|]*\| (?:does|sends|`bucket)", README, re.MULTILINE)) == {kind.value for kind in Kind}


def test_every_switch_of_the_table_exists(hub: FakeHub) -> None:
    """The calls and settings that the table of faults names are taken as they stand there."""
    table = README.partition("| what happens to people |")[2].partition("\n\n")[0]
    hub.buckets.create("acme/data")
    names = {"hub": hub, "ROUTE": "bucket.tree"}
    calls = [text for text in re.findall(r"`(hub\.[^`]+)`", table) if "job.id" not in text]
    assert len(calls) > 15
    for text in calls:
        for setting in re.findall(r"hub((?:\.\w+)+) =", text):
            part = hub
            for name in setting.strip(".").split("."):
                part = getattr(part, name)  # a setting that is not there would be made up
        exec(text, names)
