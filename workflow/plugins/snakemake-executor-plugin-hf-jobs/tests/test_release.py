"""What PyPI and the plugin catalog of Snakemake show of this package."""

import json
import re
import tomllib
from dataclasses import Field, fields
from pathlib import Path

import pytest
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from snakemake_executor_plugin_hf_jobs import ExecutorSettings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("setting", fields(ExecutorSettings), ids=lambda setting: setting.name)
def test_the_help_of_every_setting_states_its_default(setting: "Field[object]") -> None:
    assert "default" in setting.metadata["help"]


def test_the_catalog_can_read_the_settings() -> None:
    """It prints them as JSON."""
    registry = ExecutorPluginRegistry()
    registry.collect_plugins()
    plugin = registry.get_plugin("hf-jobs")
    settings = [{**entry, "type": entry["type"] and entry["type"].__name__} for entry in plugin.get_settings_info()]
    assert {entry["name"] for entry in json.loads(json.dumps(settings))} == {field.name for field in fields(ExecutorSettings)}


def test_the_package_says_who_made_it_and_where_it_is() -> None:
    assert PROJECT["urls"]["Repository"].endswith(f"/{PROJECT['name']}")
    assert PROJECT["authors"]
    assert {"license-files", "classifiers", "keywords"} <= set(PROJECT)
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()
    assert "Apache License" in (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("section", ["intro", "further"])
def test_the_pages_of_the_catalog_name_only_settings_that_exist(section: str) -> None:
    """And have no title: the catalog has one of its own above each."""
    text = (ROOT / "docs" / f"{section}.md").read_text()
    named = set(re.findall(r"--hf-jobs-([a-z-]+)", text))
    assert named <= {field.name.replace("_", "-") for field in fields(ExecutorSettings)}
    assert not re.search(r"^# ", text, re.MULTILINE)
