import json
import os
import subprocess
import sys

import pytest

from hub_server import HubServer
from mirage.files import read_json
from mirage.provenance import file_digest
from script_loader import SCRIPTS, script_main
from trace_lines import ClaudeStream, write_lines

REPO = "someone/sessions"
FILES = {"claude-code": "one.jsonl", "pi": "more/two.jsonl"}
DATA = {name: json.dumps(ClaudeStream().prompt(f"A made-up session, {name}.")).encode() for name in FILES.values()}
TERMS = json.dumps({"columns": None, "rulings": None, "excerpts": False})


def arguments(folder, **options):
    text = json.dumps({"path": None, "hub": None, "files": FILES, **options})
    return ["--options", text, "--manifest", f"{folder}/traces.json"]


def fetched(folder, **options):
    status = script_main("fetch_traces")(arguments(folder, **options))
    return status, read_json(folder / "traces.json") if status == 0 else None


def states(manifest):
    return {agent: (trace["status"], trace["reason"]) for agent, trace in manifest["traces"].items()}


def test_a_local_directory_is_read_in_place_and_a_file_it_lacks_is_unavailable(tmp_path):
    local = tmp_path / "local"
    local.mkdir()
    path = write_lines(local / "one.jsonl", [ClaudeStream().prompt("A made-up session.")])
    status, manifest = fetched(tmp_path, path=str(local), hub={"repo": REPO, "revision": "main"})
    assert status == 0
    assert states(manifest) == {
        "claude-code": ("available", None),
        "pi": ("unavailable", "more/two.jsonl is not in the local directory"),
    }
    assert manifest["traces"]["claude-code"]["sha256"] == file_digest(path)
    assert manifest["traces"]["claude-code"]["bytes"] == path.stat().st_size
    assert manifest["origin"] == "local directory local"
    assert "not checked" in manifest["stamp"]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["local", "traces.json"]


def test_with_nothing_configured_the_study_goes_on(tmp_path, capsys):
    status, manifest = fetched(tmp_path)
    assert status == 0
    reason = "neither traces.path nor traces.hub is set"
    assert states(manifest) == dict.fromkeys(FILES, ("unavailable", reason))
    assert (manifest["origin"], manifest["revision"], manifest["stamp"]) == (None, None, None)
    assert capsys.readouterr().err.count(f"traces: unavailable: {reason}") == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--options", "{"], "--options is not JSON"),
        (["--options", '{"path": null, "files": {}}'], "traces: 'hub'; write path"),
        (["--options", '{"path": null, "hub": {"name": "x"}, "files": {}}'], "write path (a directory or null), hub"),
        (
            ["--options", '{"path": "/no/such/place", "hub": null, "files": {}}'],
            "traces.path: /no/such/place is no directory; write",
        ),
    ],
)
def test_bad_options_are_told_in_one_line(tmp_path, capsys, options, expected):
    assert script_main("fetch_traces")([*options, "--manifest", f"{tmp_path}/traces.json"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert expected in line
    assert list(tmp_path.iterdir()) == []


def run_process(folder, environment, **options):
    said = run_script("fetch_traces", environment, arguments(folder, **options))
    return read_json(folder / "traces.json"), said


def run_script(name, environment, command):
    """Run a script in a process of its own, because the Hub's address is read at import, and return what it says."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("HF_TOKEN", "HF_HUB_OFFLINE")}
    command = [sys.executable, SCRIPTS / f"{name}.py", *command]
    done = subprocess.run(command, env={**inherited, **environment}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_hub_gives_the_files_at_a_commit_and_the_cache_gives_them_without_it(tmp_path):
    hub_options = {"repo": REPO, "revision": "main"}
    with HubServer(REPO, DATA) as hub:
        environment = hub.environment(tmp_path / "hf")
        online, _ = run_process(tmp_path / "online", environment, hub=hub_options)
        hub.requests.clear()
        offline, _ = run_process(tmp_path / "offline", {**environment, "HF_HUB_OFFLINE": "1"}, hub=hub_options)
        assert hub.requests == []
    assert states(online) == dict.fromkeys(FILES, ("available", None))
    assert (online["origin"], online["revision"], online["stamp"]) == (f"Hugging Face Hub dataset {REPO}", hub.commit, None)
    assert online["traces"]["pi"]["bytes"] == len(DATA["more/two.jsonl"])
    assert offline == online
    # The server is gone: the sessions are read from the cache, at the commit on record.
    observed = tmp_path / "observed.json"
    named = ["--agents", json.dumps(list(FILES)), "--groups", "[]", "--terms", TERMS, "--output", str(observed)]
    run_script("measure_traces", environment, [*arguments(tmp_path / "online", hub=hub_options), *named])
    found = read_json(observed)
    assert {own["format"] for own in found["sessions"].values()} == {"claude-stream"}
    assert found["stamp"] is None


def test_what_the_hub_does_not_have_is_unavailable_and_says_why(tmp_path):
    with HubServer(REPO, {"one.jsonl": DATA["one.jsonl"]}) as hub:
        environment = hub.environment(tmp_path / "hf")
        part, _ = run_process(tmp_path / "part", environment, hub={"repo": REPO, "revision": "main"})
        none, said = run_process(tmp_path / "none", environment, hub={"repo": "nobody/sessions", "revision": "main"})
    assert part["traces"]["claude-code"]["status"] == "available"
    status, reason = states(part)["pi"]
    assert status == "unavailable"
    assert reason.startswith(f"more/two.jsonl could not be had from {REPO} (")
    assert "EntryNotFound" in reason
    assert {status for status, _ in states(none).values()} == {"unavailable"}
    assert "nobody/sessions could not be reached on the Hub (RepositoryNotFoundError: " in said
