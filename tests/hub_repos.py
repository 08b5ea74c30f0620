"""A loopback Hub that takes repositories: creating, validating cards, committing, and large files by LFS.

The rules of :func:`metadata_faults` are those the Hub documents for cards; what it does not document, this does not check.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from hub_server import Answer, WebServer, json_answer

BLOCK = re.compile(r"^(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))")
REPO = re.compile(r"^[\w.-]{1,96}(/[\w.-]{1,96})?$")
LANGUAGES = ("code", "multilingual")
# Of the Hub's list of licences, a few.
LICENSES = ("apache-2.0", "mit", "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "unknown", "other")
TASKS = ("text-classification", "token-classification", "text-generation", "feature-extraction")
LARGE = (".parquet", ".safetensors", ".bin")


def metadata_faults(content: str, kind: str) -> list[str]:
    """Say what the Hub would not take in the metadata of a card."""
    found = BLOCK.match(content)
    if not found:
        return ["empty or missing yaml metadata in repo card"]
    try:
        data = yaml.safe_load(found.group(2))
    except yaml.YAMLError as error:
        return [f"bad yaml: {error}"]
    if not isinstance(data, dict):
        return ["metadata must be an object"]
    faults = []
    licence = data.get("license")
    for one in licence if isinstance(licence, list) else [licence]:
        if one is not None and one not in LICENSES:
            faults.append(f'"license" must be one of [{", ".join(LICENSES)}]')
    if licence == "other" and not data.get("license_name"):
        faults.append('"license_name" is required with license other')
    if "license_name" in data and not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", str(data["license_name"])):
        faults.append('"license_name" must be a lowercase identifier')
    for language in _listed(data.get("language")):
        if not isinstance(language, str) or not (re.fullmatch(r"[a-z]{2,3}", language) or language in LANGUAGES):
            faults.append(f'"language" {language!r} must be an ISO 639 code')
    for key in ("datasets", "base_model"):
        faults += [f'"{key}" with value {one!r} is not valid' for one in _listed(data.get(key)) if not REPO.match(str(one))]
    if not all(isinstance(tag, str) for tag in _listed(data.get("tags"))):
        faults.append('"tags" must be strings')
    if kind == "model":
        if data.get("pipeline_tag") not in (None, *TASKS):
            faults.append('"pipeline_tag" is unknown')
        faults += _index_faults(data.get("model-index"))
    else:
        faults += [
            f'"task_categories" {task!r} is unknown' for task in _listed(data.get("task_categories")) if task not in TASKS
        ]
        faults += _config_faults(data.get("configs"))
    return faults


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _index_faults(index: Any) -> list[str]:
    if index is None:
        return []
    if not isinstance(index, list):
        return ['"model-index" must be an array']
    faults = []
    for number, model in enumerate(index):
        if not isinstance(model.get("name"), str):
            faults.append(f'"model-index[{number}].name" is required')
        if not isinstance(model.get("results"), list):
            faults.append(f'"model-index[{number}].results" must be an array')
            continue
        for place, result in enumerate(model["results"]):
            where = f"model-index[{number}].results[{place}]"
            needed = {"task.type": ("task", "type"), "dataset.type": ("dataset", "type"), "dataset.name": ("dataset", "name")}
            for name, (part, key) in needed.items():
                if not isinstance(result.get(part, {}).get(key), str):
                    faults.append(f'"{where}.{name}" is required and must be a string')
            for key in ("config", "split", "revision"):
                if not isinstance(result.get("dataset", {}).get(key, ""), str):
                    faults.append(f'"{where}.dataset.{key}" must be a string')
            metrics = result.get("metrics")
            if not isinstance(metrics, list) or not metrics:
                faults.append(f'"{where}.metrics" must be an array')
                continue
            for at, metric in enumerate(metrics):
                if not isinstance(metric.get("type"), str) or "value" not in metric:
                    faults.append(f'"{where}.metrics[{at}]" needs type and value')
    return faults


def _config_faults(configs: Any) -> list[str]:
    faults, names = [], [config.get("config_name") for config in configs or []]
    if len(set(names)) != len(names) or not all(isinstance(name, str) for name in names):
        faults.append('"configs" need a config_name each, and each another')
    if sum(bool(config.get("default")) for config in configs or []) > 1:
        faults.append('"configs" have more than one default')
    return faults + [f'"configs" {config}: data_files missing' for config in configs or [] if not config.get("data_files")]


@dataclass
class Stored:
    """A repository on the loopback Hub."""

    kind: str
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[dict[str, Any]] = field(default_factory=list)


class RepoHub(WebServer):
    """A Hub with one account.

    Attributes
    ----------
    repositories:
        By kind and identifier.
    received:
        Every request without its header ``Authorization``: method, path, headers, body.
    large:
        Endings of files that go by LFS.
    refuse:
        Identifiers that the token may not write to.
    hang_up:
        Part of a path on which the connection is dropped.
    """

    def __init__(self, token: str, account: str = "someone"):
        super().__init__()
        self.token, self.account = token, account
        self.repositories: dict[tuple[str, str], Stored] = {}
        self.received: list[tuple[str, str, dict[str, str], bytes]] = []
        self.authorized = 0
        self.large: tuple[str, ...] = ()
        self.objects: dict[str, bytes] = {}
        self.refuse: set[str] = set()
        self.hang_up: str | None = None

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        rest = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        self.received.append((method, path, rest, body))
        if self.hang_up and self.hang_up in path:
            return None
        path = unquote(urlsplit(path).path)
        if path == "/api/validate-yaml":
            return self._validate(json.loads(body))
        if path.startswith("/lfs/"):
            self.objects[path.removeprefix("/lfs/")] = body
            return Answer(200)
        given = {name.lower(): value for name, value in headers.items()}.get("authorization")
        if given != f"Bearer {self.token}":
            words = "Invalid username or password."
            return json_answer({"error": words}, 401, {"X-Error-Message": words})
        self.authorized += 1
        return self._routed(path, body)

    def _routed(self, path: str, body: bytes) -> Answer:
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path.endswith(".git/info/lfs/objects/batch"):
            return self._batch(json.loads(body))
        match = re.match(r"^/api/(model|dataset)s/([^/]+/[^/]+)(?:/(preupload|commit|revision)/main)?$", path)
        stored = self.repositories.get((match[1], match[2])) if match else None
        if match is None or stored is None:
            return json_answer({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        if match[3] == "preupload":
            return json_answer({"files": [self._mode(stored, one) for one in json.loads(body)["files"]]})
        if match[3] == "commit":
            return self._commit(stored, match[2], body)
        about = {"id": match[2], "sha": _oid(stored), "private": stored.private, "gated": False, "tags": [], "siblings": []}
        return json_answer(about)

    def _validate(self, asked: Mapping[str, str]) -> Answer:
        faults = metadata_faults(asked["content"], asked["repoType"])
        answer = {"errors": [{"message": fault} for fault in faults], "warnings": []}
        return json_answer(answer, 400 if faults else 200)

    def _create(self, asked: Mapping[str, Any]) -> Answer:
        kind = asked.get("type") or "model"
        name = f"{asked.get('organization') or self.account}/{asked['name']}"
        if name in self.refuse or name.partition("/")[0] != self.account:
            words = f'You don\'t have the rights to create a {kind} under the namespace "{name.partition("/")[0]}"'
            return json_answer({"error": words}, 403, {"X-Error-Message": words})
        address = f"{self.url}/{'datasets/' if kind == 'dataset' else ''}{name}"
        if (kind, name) in self.repositories:
            return json_answer({"error": f"You already created this {kind} repo", "url": address}, 409)
        # One version of the client says private, another visibility.
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        self.repositories[kind, name] = Stored(kind, private)
        return json_answer({"url": address, "name": name})

    def _mode(self, stored: Stored, file: Mapping[str, Any]) -> dict[str, Any]:
        name, large = file["path"], file["path"].endswith(self.large)
        there = stored.files.get(name)
        oid = None
        if there is not None:
            git = hashlib.sha1(f"blob {len(there)}\0".encode() + there)
            oid = hashlib.sha256(there).hexdigest() if large else git.hexdigest()
        return {"path": name, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}

    def _batch(self, asked: Mapping[str, Any]) -> Answer:
        def action(one: Mapping[str, Any]) -> dict[str, Any]:
            upload = {"upload": {"href": f"{self.url}/lfs/{one['oid']}"}}
            return {**one, **({} if one["oid"] in self.objects else {"actions": upload})}

        return json_answer({"transfer": "basic", "objects": [action(one) for one in asked["objects"]]})

    def _commit(self, stored: Stored, name: str, body: bytes) -> Answer:
        lines = [json.loads(line) for line in body.splitlines()]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                stored.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.objects:
                    return json_answer(
                        {"error": "Your push was rejected because an LFS pointer pointed to a missing file."}, 400
                    )
                stored.files[value["path"]] = self.objects[value["oid"]]
        stored.commits.append({"summary": lines[0]["value"]["summary"], "files": len(lines) - 1})
        address = f"{self.url}/{name}/commit/{_oid(stored)}"
        return json_answer({"commitUrl": address, "commitOid": _oid(stored), "success": True})


def _oid(stored: Stored) -> str:
    return hashlib.sha1(f"{stored.kind}{len(stored.commits)}".encode()).hexdigest()
