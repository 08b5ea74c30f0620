"""A loopback server for a model repository: the Hub's routes for models, on the server that the data set tests use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hub_server import Answer, HubServer, json_answer


class ModelHub(HubServer):
    """One model repository. Large files are redirected to a storage address, as the Hub does; ``gated`` closes it."""

    LARGE = (".safetensors", ".bin", ".onnx")

    def __init__(self, repo: str, files: Mapping[str, bytes]):
        super().__init__(repo, files)
        self.gated = False

    def environment(self, home: Path) -> dict[str, str]:
        return {**super().environment(home), "NO_PROXY": "127.0.0.1,localhost"}

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        path = unquote(urlsplit(path).path)
        api, files, storage = f"/api/models/{self.repo}", f"/{self.repo}/resolve/", "/storage/"
        if path.startswith(storage):
            return Answer(200, self.files[path.removeprefix(storage)])
        if path == api or path.startswith(f"{api}/"):
            return self._api(path.removeprefix(api).strip("/"), body)
        if path.startswith(files):
            revision, _, name = path.removeprefix(files).partition("/")
            if self.gated:
                return json_answer({"error": "Access to this model is restricted"}, 403, {"X-Error-Code": "GatedRepo"})
            found = self._file(revision, name)
            return self._redirected(name, found) if found.status == 200 and name.endswith(self.LARGE) else found
        return json_answer({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})

    def _redirected(self, name: str, found: Answer) -> Answer:
        linked = {"X-Linked-Etag": f'"{self._sha256(name)}"', "X-Linked-Size": str(len(self.files[name]))}
        # Under another host name, as the Hub's storage is: a client asks the Hub alone for the headers of a file.
        storage = self.url.replace("127.0.0.1", "localhost")
        return Answer(302, b"", {**found.headers, **linked, "Location": f"{storage}/storage/{name}"})

    def _entry(self, name: str) -> dict[str, Any]:
        entry = super()._entry(name)
        if name in self.files and name.endswith(self.LARGE):
            entry["lfs"] = {"oid": self._sha256(name), "size": entry["size"], "pointerSize": 134}
        return entry

    def _sha256(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()
