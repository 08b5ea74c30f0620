"""What PyPI and the plugin catalog of Snakemake show of this package."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from snakemake_interface_storage_plugins.registry import StoragePluginRegistry

from snakemake_storage_plugin_hfbucket import StorageProviderSettings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("setting", fields(StorageProviderSettings), ids=lambda setting: setting.name)
def test_the_help_of_every_setting_states_its_default(setting: object) -> None:
    assert "default: " in setting.metadata["help"]  # type: ignore[attr-defined]


def test_the_catalog_can_read_settings_and_queries() -> None:
    """It prints both as JSON."""
    registry = StoragePluginRegistry()
    registry.collect_plugins()
    plugin = registry.get_plugin("hfbucket")
    settings = [{**entry, "type": entry["type"] and entry["type"].__name__} for entry in plugin.get_settings_info()]
    assert {entry["name"] for entry in json.loads(json.dumps(settings))} == {f.name for f in fields(StorageProviderSettings)}
    assert all(query.query.startswith("hf://buckets/") for query in plugin.storage_provider.example_queries())


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
    named = set(re.findall(r"--storage-hfbucket-([a-z-]+)", text))
    assert named <= {field.name.replace("_", "-") for field in fields(StorageProviderSettings)}
    assert not re.search(r"^# ", text, re.MULTILINE)


def test_the_errors_that_the_readme_explains_are_those_of_the_plugin() -> None:
    source = " ".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    source = re.sub(r'"\s+f?"', "", source)  # texts over several lines
    table = (ROOT / "README.md").read_text().partition("## Troubleshooting")[2].partition("\n## ")[0]
    messages = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert len(messages) >= 15
    # What differs from time to time stands as capitals or dots.
    parts = [
        part.strip(" .")
        for message in messages
        for part in re.split(r"\.\.\.|\b[A-Z]+\b|hf://\S+", message.replace("HF_", "hf_"))
    ]
    assert [part for part in parts if part and part not in source.replace("HF_", "hf_")] == []
