import json
import logging
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard, ModelCard

from hub_repos import RepoHub
from mirage.cards.bundle import repositories, size_in_words
from mirage.cards.push import push
from mirage.errors import StudyError
from script_loader import SCRIPTS, script_main

TOKEN = "hf_DoNotTellAnyoneThisOne"
SOURCE = Path(__file__).parents[2] / "workflow/src"


@pytest.fixture
def hub(monkeypatch):
    with RepoHub(TOKEN) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_PROGRESS_BARS", True)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


@pytest.fixture
def run(results, capsys):
    def command(*arguments):
        status = script_main("push_to_hub")(["--results", str(results), *arguments])
        told = capsys.readouterr()
        assert TOKEN not in told.out + told.err
        return status, told.out, told.err.strip()

    return command


def error_of(err):
    return [line for line in err.splitlines() if line.startswith("error: ")]


def test_a_dry_run_says_what_would_go_where_and_asks_nobody(cards, run, hub):
    status, out, _ = run("words")
    assert status == 0
    assert hub.received == []
    lines = out.splitlines()
    assert lines[0].startswith("model someone/mirage-words: 2 files, ")
    assert re.fullmatch(r"  README\.md  \d+\.\d kB", lines[1])
    assert lines[2].startswith("  predictions.parquet  ")
    assert any(line.startswith("dataset someone/mirage-results: ") for line in lines)
    assert any(line.startswith("  predictions/tiny.parquet  ") for line in lines)
    assert "Nothing was sent." in lines[-1]
    assert "(private)" in lines[-1]


def test_a_push_creates_private_repositories_with_every_file(cards, run, hub, results):
    status, out, err = run("words", "--push")
    assert (status, error_of(err)) == (0, [])
    assert out.splitlines()[-1] == "Uploaded: model someone/mirage-words, dataset someone/mirage-results."
    model = hub.repositories["model", "someone/mirage-words"]
    assert model.private
    assert model.files["README.md"] == (results / "cards/words/README.md").read_bytes()
    assert model.files["predictions.parquet"] == (results / "cards/words/predictions.parquet").read_bytes()
    data = hub.repositories["dataset", "someone/mirage-results"]
    assert data.private
    assert {"README.md", "tables/f1.csv", "tables/f1.md", "predictions/words.parquet"} <= set(data.files)
    assert [commit["files"] for commit in data.commits] == [len(data.files)]
    paths = [path for _, path, _, _ in hub.received]
    assert paths.index("/api/repos/create") > max(at for at, path in enumerate(paths[:3]) if path == "/api/validate-yaml")


def test_what_has_not_changed_is_not_sent_again(cards, run, hub):
    run("words", "--push", "--without-results")
    status, _, err = run("words", "--push", "--without-results")
    assert (status, error_of(err)) == (0, [])
    assert len(hub.repositories["model", "someone/mirage-words"].commits) == 1
    assert ("dataset", "someone/mirage-results") not in hub.repositories


def test_large_files_go_by_lfs(cards, run, hub, results):
    hub.large = (".parquet",)
    status, _, err = run("words", "--push")
    assert (status, error_of(err)) == (0, [])
    sent = hub.repositories["model", "someone/mirage-words"].files["predictions.parquet"]
    assert sent == (results / "cards/words/predictions.parquet").read_bytes()
    assert any(method == "PUT" and path.startswith("/lfs/") for method, path, _, _ in hub.received)


def test_weights_for_somebody_s_own_data_name_their_labels(write, run, hub, results):
    folder = results / "runs/stratified/tiny/seed0/model/fold0"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text('{"id2label": {"0": "no", "1": "yes"}, "hidden_size": 8}')
    record = results / "data/sections.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "corpus": "own", "positive": ["toxic", "rude"]}))
    write()
    assert run("tiny", "--push", "--without-results")[0] == 0
    assert json.loads(hub.repositories["model", "someone/mirage-tiny"].files["config.json"]) == {
        "id2label": {"0": "not toxic or rude", "1": "toxic or rude"},
        "label2id": {"not toxic or rude": 0, "toxic or rude": 1},
        "hidden_size": 8,
    }
    assert json.loads((folder / "config.json").read_text())["id2label"] == {"0": "no", "1": "yes"}


def test_kept_weights_go_along(write, run, hub, results):
    folder = results / "runs/stratified/tiny/seed0/model/fold0"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    write()
    status, _, _ = run("tiny", "--push", "--without-results")
    assert status == 0
    files = hub.repositories["model", "someone/mirage-tiny"].files
    assert files["model.safetensors"] == b"weights"
    assert set(files) == {"README.md", "predictions.parquet", "config.json", "model.safetensors"}
    (folder / "model.safetensors").unlink()
    (folder / "config.json").unlink()
    status, _, err = run("tiny")
    assert status == 1
    assert "the weights that the card of tiny speaks of are gone; write the cards again" in err


def test_public_is_asked_for(cards, run, hub):
    run("words", "--push", "--public", "--without-results")
    assert not hub.repositories["model", "someone/mirage-words"].private
    status, _, err = run("words", "--push", "--without-results")
    assert status == 1
    assert error_of(err) == [
        "error: model someone/mirage-words is public already; give --public to push to it, or make it private; nothing was uploaded"
    ]


def test_a_private_repository_stays_private(cards, run, hub):
    run("words", "--push", "--without-results")
    status, _, err = run("words", "--push", "--public", "--without-results")
    assert status == 0
    assert "stays private" in err
    assert hub.repositories["model", "someone/mirage-words"].private


def test_without_a_namespace_the_token_s_account_owns_the_repositories(write, run, hub):
    write(namespace=None)
    status, out, _ = run("words", "--push", "--without-results")
    assert status == 0
    assert out.startswith("model mirage-words of the token's account: 2 files, ")
    assert ("model", "someone/mirage-words") in hub.repositories


@pytest.mark.parametrize("given", [None, "", "  "])
def test_no_token_is_one_line(cards, run, hub, monkeypatch, given):
    monkeypatch.delenv("HF_TOKEN") if given is None else monkeypatch.setenv("HF_TOKEN", given)
    status, _, err = run("words", "--push")
    assert status == 1
    assert error_of(err) == ["error: no token: set the environment variable HF_TOKEN to one with write access, and push again"]
    assert hub.received == []


def test_a_token_that_the_hub_does_not_know_is_one_line_without_it(cards, run, hub, monkeypatch):
    monkeypatch.setattr(hub, "token", "another")
    status, _, err = run("words", "--push")
    assert status == 1
    [line] = error_of(err)
    assert line.startswith(
        "error: model someone/mirage-words: could not create it: the Hub does not know the token in HF_TOKEN; make a new one with write"
    )
    assert line.endswith("nothing was uploaded")


def test_no_permission_is_one_line_that_says_what_is_uploaded(cards, run, hub):
    hub.refuse.add("someone/mirage-results")
    status, _, err = run("words", "--push")
    assert status == 1
    [line] = error_of(err)
    assert (
        "dataset someone/mirage-results: could not create it: no permission: the token in HF_TOKEN may not write to someone"
        in line
    )
    assert line.endswith("already uploaded: model someone/mirage-words")


@pytest.mark.parametrize("name", ["mirage--results", "-results", "a/b/c", "results.git", "x" * 97])
def test_a_name_that_the_hub_does_not_take_is_one_line_before_anything_is_sent(write, run, hub, name):
    write(namespace=None, results=name)
    status, _, err = run("words", "--push")
    assert status == 1
    [line] = error_of(err)
    assert line.startswith(f"error: repository name {name!r} is none the Hub takes")
    assert hub.received == []


def test_a_card_that_the_hub_refuses_is_one_line_and_creates_nothing(write, run, hub):
    write(license="my-own")
    status, _, err = run("words", "--push")
    assert status == 1
    [line] = error_of(err)
    assert "could not validate its card: the Hub does not take it" in line
    assert '"license" must be one of' in line
    assert hub.repositories == {}


def test_cards_pass_the_hub_s_own_validation(cards, hub):
    if version("huggingface_hub").startswith("1."):
        pytest.skip("this version of the client asks one Hub only")
    for path in sorted(cards.glob("*/README.md")):
        (DatasetCard if path.parent.name == "_results" else ModelCard).load(path).validate()
    assert len(hub.received) == 5
    with pytest.raises(ValueError, match="must be one of"):
        ModelCard("---\nlicense: my-own\n---\n").validate()


def test_a_network_failure_says_what_is_uploaded(cards, run, hub):
    hub.hang_up = "/api/datasets/someone/mirage-results"
    status, _, err = run("words", "--push")
    assert status == 1
    [line] = error_of(err)
    assert line.startswith("error: dataset someone/mirage-results: could not look at it: network failure: ")
    assert line.endswith("already uploaded: model someone/mirage-words")


def test_a_hub_out_of_reach_is_one_line(cards, results, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(StudyError, match=r"could not validate its card: network failure: .*; nothing was uploaded"):
        push(repositories(results, ["words"], with_results=False), TOKEN, public=False)


def test_nothing_to_push_is_one_line(run, hub):
    status, _, err = run()
    assert status == 1
    assert "cards.json: no such file, so there is nothing to push; run: snakemake --cores all cards" in error_of(err)[0]


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("large", "agent large: nothing to push, it did not run: 149 million parameters need a GPU"),
        ("other", "agent other: has no card; write one of regex, tiny, tiny-as-run, words"),
    ],
)
def test_an_agent_without_a_card_is_one_line(cards, run, agent, told):
    status, _, err = run(agent)
    assert status == 1
    assert error_of(err) == [f"error: {told}"]


def test_predictions_that_are_gone_are_one_line(cards, run, results):
    gone = results / "runs/stratified/words/predictions.parquet"
    gone.unlink()
    status, _, err = run("words")
    assert status == 1
    assert error_of(err) == [
        f"error: {gone.parent}/seed0/predictions.parquet: no such file, though the cards count its run; run snakemake, then write "
        "the cards again"
    ]


def test_the_token_is_in_no_file_no_output_and_no_request_but_its_header(cards, results, tmp_path, hub):
    hub.large = (".parquet",)
    names = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, SCRIPTS / "push_to_hub.py", "words", "--push", "--results", results],
        env={**os.environ, **names, "HF_TOKEN": TOKEN, "PYTHONPATH": str(SOURCE), "HF_DEBUG": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout
    assert len(hub.repositories) == 2
    assert hub.authorized > 0
    for method, path, headers, body in hub.received:
        assert TOKEN not in f"{method} {path} {headers}"
        assert TOKEN.encode() not in body
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_the_log_never_has_the_token(cards, run, hub, caplog):
    with caplog.at_level(logging.DEBUG):
        run("words", "--push", "--without-results")
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3e9, "3.0 GB")]
)
def test_sizes_in_words(size, words):
    assert size_in_words(size) == words
