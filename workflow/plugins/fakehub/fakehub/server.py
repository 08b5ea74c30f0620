"""The fake Hub itself: one loopback HTTP server that routes requests to its stores."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import parse_qs, unquote, urlsplit

from fakehub.buckets import Buckets
from fakehub.cas import PIECE, Cas
from fakehub.faults import Fault, FaultBook, Kind
from fakehub.jobs import Jobs
from fakehub.messages import Answer, HubError, Identity, Request

NOBODY = Identity("", "", (), read=False, write=False, jobs=False)
WINDOW = 300  # seconds of a rate-limit window
LARGEST_IN_MEMORY = 1 << 20  # bytes of a request


@dataclass(frozen=True)
class Seen:
    """One request as the log keeps it: no header and no body, so no token. Status 0: no answer was given."""

    number: int
    method: str
    path: str
    route: str
    status: int
    seconds: float


class RequestLog:
    """Every request, in the order of their answers. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._start = time.monotonic()

    def add(self, method: str, path: str, route: str, status: int) -> None:
        with self._lock:
            self._seen.append(Seen(len(self._seen), method, path, route, status, time.monotonic() - self._start))

    def all(self) -> list[Seen]:
        with self._lock:
            return list(self._seen)

    def select(self, route: str | None = None, method: str | None = None, status: int | None = None) -> list[Seen]:
        """Requests of a route ("jobs" also stands for "jobs.run" and the like), a method, a status."""
        return [
            seen
            for seen in self.all()
            if (route is None or seen.route == route or seen.route.startswith(f"{route}."))
            and (method is None or seen.method == method)
            and (status is None or seen.status == status)
        ]

    def count(self, route: str | None = None, method: str | None = None, status: int | None = None) -> int:
        return len(self.select(route, method, status))

    def api_count(self) -> int:
        """Requests that the Hub's rate limits count: everything but the Xet store's own."""
        return sum(not seen.route.startswith("cas.") for seen in self.all())

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()


@dataclass(frozen=True)
class Route:
    """`name` is what faults and the log call it; the groups of `path` are handed to `handle`."""

    name: str
    method: str
    path: re.Pattern[str]
    handle: Callable[[Request], Answer]
    public: bool = False  # checks its own credentials


class FakeHub:
    """A fake Hub on 127.0.0.1. Use as a context manager; `endpoint` is its address.

    `token` belongs to the user `namespace`; `add_token` lets more users and weaker tokens in. Everything it keeps lies in
    a temporary folder that goes away at exit, together with every job that still runs.
    """

    def __init__(self, token: str = "hf_test", namespace: str = "acme", folder: Path | None = None) -> None:
        self.namespace = namespace
        self.token = token
        self.requests = RequestLog()
        self.faults = FaultBook()
        self.rate_limit = 1000  # requests in a window; only announced unless `enforce_rate_limit`
        self.enforce_rate_limit = False
        self._window = [time.monotonic(), 0.0]  # start, requests
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="fakehub-"))
        self._tokens: dict[str, Identity] = {}
        self._lock = threading.Lock()
        self.cas = Cas(self.folder / "cas")
        self.buckets = Buckets(self.cas)
        self.jobs = Jobs(self.folder / "jobs", self.buckets)
        self.add_token(token, namespace)
        self._routes = self._make_routes()
        self._server = _Server(self)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.cas.endpoint = self.buckets.endpoint = self.jobs.endpoint = self.endpoint
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> FakeHub:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.set()
        self.jobs.close()
        self._server.shutdown()
        self._server.server_close()
        if self._own_folder:
            for path in self.folder.rglob("*"):
                if path.is_dir() and not path.is_symlink():
                    path.chmod(0o755)
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- for tests

    def add_token(
        self,
        token: str,
        user: str,
        orgs: tuple[str, ...] = (),
        *,
        read: bool = True,
        write: bool = True,
        jobs: bool = True,
    ) -> Identity:
        """Accept `token` as one of `user`, with these permissions."""
        identity = Identity(user, f"id-{user}", orgs, read, write, jobs)
        self._tokens[token] = identity
        return identity

    def fault(
        self,
        route: str,
        kind: Kind | str = Kind.STATUS,
        *,
        times: int = 1,
        skip: int = 0,
        status: int = 503,
        retry_after: int | None = None,
        body: Any = None,
    ) -> Fault:
        """Let the next `times` requests of `route` go wrong, after `skip` good ones.

        `retry_after` (seconds) is sent as Retry-After and, with status 429, as the reset of the RateLimit header.
        ValueError for a route that does not exist.
        """
        names = sorted({r.name for r in self._routes})
        if route not in names:
            raise ValueError(f"no route {route!r}; there are {', '.join(names)}")
        headers = {}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        if status == 429:
            headers["RateLimit"] = f'"api";r=0;t={retry_after or 0}'
        return self.faults.add(Fault(route, Kind(kind), times, skip, status, headers, body))

    def environment(self) -> dict[str, str]:
        """Variables with which a client in another process talks to this hub (its token is not among them)."""
        return {
            "HF_ENDPOINT": self.endpoint,
            "HF_HOME": str(self.folder / "hf-home"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def records(self) -> str:
        """All the hub knows of jobs and requests, as text: what a test searches for a token."""
        jobs = [{**job.listed(), "log": job.log()} for job in self.jobs.all()]
        return json.dumps({"jobs": jobs, "requests": [asdict(seen) for seen in self.requests.all()]})

    # --- routing

    def _make_routes(self) -> list[Route]:
        name, digest = "([^/]+)", "([0-9a-f]{64})"
        bucket = f"/api/buckets/{name}/{name}"
        job = f"/api/jobs/{name}/{name}"
        jobs, buckets, cas = self.jobs, self.buckets, self.cas

        def route(title: str, method: str, path: str, handle: Callable[[Request], Answer], public: bool = False) -> Route:
            return Route(title, method, re.compile(path), handle, public)

        return [
            route("whoami", "GET", "/api/whoami-v2", self._whoami),
            route("jobs.hardware", "GET", "/api/jobs/hardware", jobs.get_hardware),
            route("jobs.run", "POST", f"/api/jobs/{name}", jobs.post_job),
            route("jobs.list", "GET", f"/api/jobs/{name}", jobs.get_jobs),
            route("jobs.inspect", "GET", job, jobs.get_job),
            route("jobs.cancel", "POST", f"{job}/cancel", jobs.post_cancel),
            route("jobs.labels", "PUT", f"{job}/labels", jobs.put_labels),
            route("jobs.logs", "GET", f"{job}/logs", jobs.get_logs),
            route("bucket.create", "POST", bucket, buckets.post_bucket),
            route("bucket.info", "GET", bucket, buckets.get_info),
            route("bucket.tree", "GET", f"{bucket}/tree", buckets.get_tree),
            route("bucket.tree", "GET", f"{bucket}/tree/(.+)", buckets.get_tree),
            route("bucket.paths", "POST", f"{bucket}/paths-info", buckets.post_paths_info),
            route("bucket.batch", "POST", f"{bucket}/batch", buckets.post_batch),
            route("bucket.token", "GET", f"{bucket}/xet-(read|write)-token", buckets.get_token),
            route("bucket.resolve", "HEAD", f"/buckets/{name}/{name}/resolve/(.+)", buckets.resolve),
            route("bucket.resolve", "GET", f"/buckets/{name}/{name}/resolve/(.+)", buckets.resolve),
            route("cas.xorb", "POST", f"/v1/xorbs/default/{digest}", cas.post_xorb, public=True),
            route("cas.shard", "POST", "/v1/shards", cas.post_shard, public=True),
            route("cas.reconstruction", "GET", f"/v1/reconstructions/{digest}", cas.get_reconstruction, public=True),
            route("cas.data", "GET", f"/cas-data/{digest}", cas.get_data, public=True),
            # What the client asks for first and does without: newer versions, dedup against other files, telemetry.
            route("cas.other", "POST", "/v[12]/.*", _unknown, public=True),
            route("cas.other", "GET", "/v[12]/.*", _unknown, public=True),
        ]

    def _whoami(self, request: Request) -> Answer:
        me = request.identity
        orgs = [{"type": "org", "id": f"id-{org}", "name": org, "roleInOrg": "write"} for org in me.orgs]
        role = "write" if me.write else "read"
        return Answer(
            {
                "type": "user",
                "id": me.id,
                "name": me.name,
                "fullname": me.name,
                "isPro": False,
                "canPay": True,
                "orgs": orgs,
                "auth": {"type": "access_token", "accessToken": {"displayName": "fake", "role": role}},
            }
        )

    def find_route(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        for route in self._routes:
            match = route.path.fullmatch(path)
            if match and route.method == method:
                return route, tuple(unquote(group) for group in match.groups())
        return None

    def identify(self, header: str | None) -> Identity:
        """Who sends the Authorization header; HubError 401 for a token that is not known."""
        if not header:
            return NOBODY
        given = header.removeprefix("Bearer ")
        for token, identity in self._tokens.items():
            if secrets.compare_digest(token.encode(), given.encode(errors="replace")):
                return identity
        raise HubError(401, "Invalid credentials in Authorization header")

    def count_request(self) -> dict[str, str]:
        """Count one request in the window; the RateLimit headers of its answer. HubError 429 when it is one too many."""
        with self._lock:
            elapsed = time.monotonic() - self._window[0]
            if elapsed >= WINDOW:
                self._window, elapsed = [time.monotonic(), 0.0], 0.0
            self._window[1] += 1
            left = int(self.rate_limit - self._window[1])
        headers = {
            "RateLimit": f'"api";r={max(left, 0)};t={int(WINDOW - elapsed)}',
            "RateLimit-Policy": f'"fixed window";"api";q={self.rate_limit};w={WINDOW}',
        }
        if left < 0 and self.enforce_rate_limit:
            raise HubError(429, "Too many requests")
        return headers


def _unknown(request: Request) -> Answer:
    raise HubError(404, "Not found")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, hub: FakeHub) -> None:
        self.hub = hub
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no event; the test sees what matters in the request log."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """The request log replaces the one on standard error."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_HEAD = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        with tempfile.SpooledTemporaryFile(max_size=LARGEST_IN_MEMORY, dir=str(self.server.hub.folder)) as body:
            self._read_body(body)
            self._respond(body)

    def _respond(self, body: IO[bytes]) -> None:
        hub = self.server.hub
        parts = urlsplit(self.path)
        found = hub.find_route(self.command, parts.path)
        if found is None:
            hub.requests.add(self.command, parts.path, "unknown", 404)
            self._send(Answer({"error": f"No route {self.command} {parts.path}"}, 404))
            return
        route, groups = found
        fault = hub.faults.take(route.name)
        if fault and fault.kind is Kind.SILENCE:
            hub.requests.add(self.command, parts.path, route.name, 0)
            hub.closing.wait()
            self._hang_up()
            return
        answer = self._answer(route, groups, body, fault)
        lost = fault is not None and fault.kind is Kind.DROP_ANSWER
        hub.requests.add(self.command, parts.path, route.name, 0 if lost else answer.status)
        if lost:
            self._hang_up()
            return
        self._send(answer, fault)

    def _answer(self, route: Route, groups: tuple[str, ...], body: IO[bytes], fault: Fault | None) -> Answer:
        hub = self.server.hub
        limits: Mapping[str, str] = {}
        try:
            if not route.name.startswith("cas."):
                limits = hub.count_request()
            if fault and fault.kind is Kind.STATUS:
                said = {"error": f"Fault {fault.status}"} if fault.body is None else fault.body
                answer = Answer(said, fault.status, dict(fault.headers))
            else:
                answer = self._handle(route, groups, body, fault)
        except HubError as error:
            answer = error.answer()
            if error.status == 429:
                answer.headers.update({"Retry-After": "1", "RateLimit": '"api";r=0;t=1'})
        answer.headers = {**limits, **answer.headers}
        return answer

    def _handle(self, route: Route, groups: tuple[str, ...], body: IO[bytes], fault: Fault | None) -> Answer:
        hub = self.server.hub
        parts = urlsplit(self.path)
        identity = NOBODY
        if not route.public:
            identity = hub.identify(self.headers.get("Authorization"))
            if identity is NOBODY:
                raise HubError(401, "Invalid username or password.")
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(self.command, parts.path, query, self.headers, body, groups, identity)  # type: ignore[arg-type]
        if fault and fault.kind is Kind.PARTIAL and route.name == "bucket.batch":
            return hub.buckets.post_half_batch(request)
        return route.handle(request)

    def _read_body(self, body: IO[bytes]) -> None:
        """Put the body of the request into an open file, piece by piece."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self._copy(size, body)
                self.rfile.readline()
            self.rfile.readline()
        else:
            self._copy(int(self.headers.get("Content-Length") or 0), body)
        body.seek(0)

    def _copy(self, size: int, body: IO[bytes]) -> None:
        while size > 0 and (piece := self.rfile.read(min(size, PIECE))):
            size -= len(piece)
            body.write(piece)

    def _send(self, answer: Answer, fault: Fault | None = None) -> None:
        """Send the answer, or the half of it that a fault leaves; of one whose length is not known, the first piece."""
        pieces, length = answer.stream()
        kind = fault.kind if fault else None
        halved = kind is Kind.TRUNCATE or (kind is Kind.PARTIAL and not self.path.endswith("/batch"))
        if halved:
            pieces = islice(pieces, 1) if length is None else _first_bytes(pieces, length // 2)
        if kind is Kind.TRUNCATE and length is not None:
            length //= 2
        framing = {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
        self.send_response(answer.status)
        for key, value in {"Content-Type": answer.content_type, **answer.headers, **framing}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":  # the body is not even read
            return
        for piece in pieces:
            self.wfile.write(piece if length is not None else f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if kind is Kind.PARTIAL and halved:
            self._hang_up()
        elif length is None:
            self.wfile.write(b"0\r\n\r\n")

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the client was faster
            return


def _first_bytes(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:size]
        size -= len(piece)
        if size <= 0:
            return
