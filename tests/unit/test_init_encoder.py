"""A fine-tune of any checkpoint of the Hub beside the agents that mirage init writes."""

from pathlib import Path

import pytest
import yaml

from mirage.__main__ import main
from mirage.study import Study, check_config, fill_defaults
from notes import notes_csv


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("notes.csv").write_bytes(notes_csv())


def test_a_checkpoint_is_an_agent_with_a_usual_recipe_and_few_schemes(notes):
    asked = ["--encoder", "distilbert/distilbert-base-uncased", "--encoder", "roberta-base"]
    assert main(["init", "notes.csv", "--positive", "cardiology", "--yes", *asked]) == 0
    config = yaml.safe_load(Path("notes-study/config.yaml").read_text(encoding="utf-8"))
    assert config["agents"]["distilbert-base-uncased"]["checkpoint"] == "distilbert/distilbert-base-uncased"
    assert config["encoders"] == {
        "run": ["distilbert-base-uncased", "roberta-base"],
        "schemes": ["stratified", "out-hilltop", "out-st-mary", "out-north-clinic"],
        "seeds": 1,
    }
    assert config["gap"]["fallback"] == "stratified"
    check_config(config)
    fill_defaults(config)
    assert set(Study.from_config(config).encoders_on("out-hilltop")) == {"distilbert-base-uncased", "roberta-base"}


def test_without_one_the_configuration_says_nothing_of_encoders(notes):
    assert main(["init", "notes.csv", "--positive", "cardiology", "--yes"]) == 0
    config = yaml.safe_load(Path("notes-study/config.yaml").read_text(encoding="utf-8"))
    assert not {"encoders"} & set(config)
    assert "fallback" not in config["gap"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            ["--positive", "cardiology", "--encoder", "a/bert", "--encoder", "b/bert"],
            "--encoder b/bert: another one is called bert too",
        ),
        (["--encoder", "bert"], "--encoder bert: fine-tunes tell one class from the rest; write --positive LABEL with it"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(notes, capsys, asked, told):
    assert main(["init", "notes.csv", "--yes", *asked]) == 1
    assert capsys.readouterr().err.startswith(f"error: {told}")
    assert not Path("notes-study").exists()
