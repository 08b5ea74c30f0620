"""Loopback servers for tests: a web server with fixed answers, and one that serves a dataset repository like the Hub.

``HF_ENDPOINT`` is read when ``huggingface_hub`` is imported, so a client of :class:`HubServer` must run in a process of its
own, with the variables of :meth:`HubServer.environment`.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Answer:
    """A response: its status, headers and whole body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


class WebServer:
    """A server on a free port of 127.0.0.1, as a context manager; ``requests`` lists what was asked, as ``"GET /path"``."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self._pages: dict[str, Answer] = {}
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                owner.requests.append(f"{self.command} {self.path}")
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = owner.respond(self.command, self.path, dict(self.headers), sent)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, path: str, answer: Answer) -> str:
        """Answer requests for ``path`` with ``answer`` and return the address."""
        self._pages[path] = answer
        return self.url + path

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Answer a request, or hang up with None."""
        return self.answer(method, path, body)

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        return self._pages.get(path, Answer(404))

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class HubServer(WebServer):
    """The Hub's read routes for one public dataset repository with one commit on ``main``."""

    def __init__(self, repo: str, files: Mapping[str, bytes], commit: str = "c0ffee" * 6 + "c0de"):
        super().__init__()
        self.repo, self.files, self.commit = repo, dict(files), commit

    def environment(self, home: Path) -> dict[str, str]:
        """Return the variables that point a child process's Hub client here, with its caches under ``home``."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "NO_PROXY": "127.0.0.1",
        }

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        path = unquote(urlsplit(path).path)
        api, files = f"/api/datasets/{self.repo}", f"/datasets/{self.repo}/resolve/"
        if path == api or path.startswith(f"{api}/"):
            return self._api(path.removeprefix(api).strip("/"), body)
        if path.startswith(files):
            revision, _, name = path.removeprefix(files).partition("/")
            return self._file(revision, name)
        return json_answer({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})

    def _api(self, route: str, body: bytes) -> Answer:
        kind, _, rest = route.partition("/")
        revision, _, folder = rest.partition("/")
        if kind and revision not in ("main", self.commit):
            return json_answer({"error": "Invalid rev id"}, 404, {"X-Error-Code": "RevisionNotFound"})
        if kind in ("", "revision"):
            names = [{"rfilename": name} for name in self.files]
            return json_answer(
                {"id": self.repo, "sha": self.commit, "private": False, "gated": False, "tags": [], "siblings": names}
            )
        if kind == "tree":
            return json_answer([self._entry(name) for name in self._children(folder)])
        if kind == "paths-info":
            asked = parse_qs(body.decode()).get("paths") or json.loads(body)["paths"]
            return json_answer([self._entry(name) for name in asked if name in self.files or self._children(name)])
        return Answer(404)

    def _file(self, revision: str, name: str) -> Answer:
        headers = {"X-Repo-Commit": self.commit}
        if revision not in ("main", self.commit):
            return Answer(404, headers={"X-Error-Code": "RevisionNotFound"})
        if name not in self.files:
            return Answer(404, headers={**headers, "X-Error-Code": "EntryNotFound"})
        data = self.files[name]
        return Answer(200, data, {**headers, "ETag": f'"{hashlib.sha1(data).hexdigest()}"', "Accept-Ranges": "none"})

    def _children(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        inside = [name.removeprefix(prefix) for name in self.files if name.startswith(prefix)]
        return sorted({prefix + name.partition("/")[0] for name in inside})

    def _entry(self, name: str) -> dict[str, Any]:
        if name not in self.files:
            return {"type": "directory", "path": name, "oid": "0" * 40, "size": 0}
        data = self.files[name]
        return {"type": "file", "path": name, "oid": hashlib.sha1(data).hexdigest(), "size": len(data)}


def dataset_files(rows: Iterable[Mapping[str, str]]) -> dict[str, bytes]:
    """Return the files of a repository that holds ``rows`` of the csv as the Hub's copy does: parquet, with a class label."""
    rows = list(rows)
    numbers = ("jim_crow", "chapter_num", "section_num")
    table = pa.table({name: [int(row[name]) if name in numbers else row[name] for row in rows] for name in rows[0]})
    parquet = io.BytesIO()
    pq.write_table(table, parquet)
    texts = "".join(f"  - name: {name}\n    dtype: {'int64' if name in numbers else 'string'}\n" for name in rows[0])
    label = "    dtype:\n      class_label:\n        names:\n          '0': no_jim_crow\n          '1': jim_crow\n"
    features = re.sub(r"(  - name: jim_crow\n)    dtype: int64\n", rf"\g<1>{label}", texts)
    card = (
        f"---\ndataset_info:\n  features:\n{features}"
        f"  splits:\n  - name: train\n    num_bytes: 1\n    num_examples: {len(rows)}\n"
        "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n---\n"
    )
    return {"README.md": card.encode(), "data/train-00000-of-00001.parquet": parquet.getvalue()}
