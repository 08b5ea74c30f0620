"""What passes between the HTTP server and the stores: requests, answers, errors, identities."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any


@dataclass(frozen=True)
class Identity:
    """Who a token belongs to and what it may do.

    `orgs` are the organisations of the user; `read`, `write` and `jobs` are the token's permissions on every namespace
    of the user (its own name and its organisations).
    """

    name: str
    id: str
    orgs: tuple[str, ...] = ()
    read: bool = True
    write: bool = True
    jobs: bool = True

    def belongs_to(self, namespace: str) -> bool:
        return namespace == self.name or namespace in self.orgs


@dataclass(frozen=True)
class Request:
    """One HTTP request. `groups` are the parts of the path that the route names; they are already unquoted.

    `content` is the body as an open file, which lies on disk where it is large.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    content: IO[bytes]
    groups: tuple[str, ...]
    identity: Identity

    @property
    def body(self) -> bytes:
        """The whole body."""
        self.content.seek(0)
        return self.content.read()

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; HubError 400 if it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            raise HubError(400, "Invalid JSON in the body") from None
        if not isinstance(value, dict):
            raise HubError(400, "The body must be a JSON object")
        return value


@dataclass
class Answer:
    """One HTTP answer. `body` is sent as it is (bytes), as JSON (anything else) or piece by piece as it comes (iterator).

    `length` is the number of bytes that an iterator gives, where that is known.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    length: int | None = None

    def stream(self) -> tuple[Iterable[bytes], int | None]:
        """The pieces to send and how many bytes they are; None where that is not known. Nothing is read before it is sent."""
        if isinstance(self.body, Iterator):
            return self.body, self.length
        whole = b"" if self.body is None else self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return [whole], len(whole)


class HubError(Exception):
    """An error answer: HTTP status, message, and the Hub's X-Error-Code where it has one."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    def answer(self) -> Answer:
        headers = {"X-Error-Message": self.message}
        if self.code:
            headers["X-Error-Code"] = self.code
        return Answer({"error": self.message}, self.status, headers)


def iso(moment: datetime) -> str:
    """UTC with milliseconds, as the Hub writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def now() -> datetime:
    return datetime.now(UTC)
