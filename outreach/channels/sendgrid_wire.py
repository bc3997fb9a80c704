"""SendGrid's own client over kept connections. Imported with the vendor's client, at the first use only.

The official client builds a request well, but opens a new connection for each one: over TLS most of a short request's
time. Here it builds the request, and the bytes go over a connection that is kept. What a retry may assume is in the
two errors: `NotWritten` means that the provider can't have the request, `AnswerLost` that it may.
"""

from __future__ import annotations

import contextlib
import json
from base64 import b64encode
from email.message import Message
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, getproxies, proxy_bypass

from python_http_client.client import Client, Response
from python_http_client.exceptions import handle_error

from outreach.channels.kept import Kept, has_gone_quiet


class NotWritten(OSError):
    """No connection was made, or it broke before the whole request was on it."""


class AnswerLost(OSError):
    """The request was written, and the connection broke before the answer came."""


class Answer:
    """What the client reads an answer by."""

    def __init__(self, status: int, headers: Message, body: bytes) -> None:
        self.status, self._headers, self._body = status, headers, body

    def getcode(self) -> int:
        """The status."""
        return self.status

    def info(self) -> Message:
        """The headers."""
        return self._headers

    def read(self) -> bytes:
        """The body."""
        return self._body


class Wires:
    """Kept connections to one host. Safe to use from several threads: each request borrows one."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._kept: Kept[HTTPConnection] = Kept(lambda wire: wire.close())

    def ask(self, request: Request) -> Answer:
        """Send a request and read its answer, whatever its status. Raises NotWritten or AnswerLost."""
        while True:
            wire, used = self._borrow(request)
            try:
                _write(wire, request)
            except (OSError, HTTPException) as error:
                answer = _early(wire) if isinstance(error, BrokenPipeError | ConnectionResetError) else None
                wire.close()
                if answer is not None:
                    return answer
                if used:
                    continue  # closed by the other side while it was idle; the next is a younger or a new one
                raise NotWritten(f"{type(error).__name__} {error}") from error
            return self._read(wire)

    def close(self) -> None:
        """End the idle connections."""
        self._kept.close()

    def _borrow(self, request: Request) -> tuple[HTTPConnection, bool]:
        while (found := self._kept.borrow()) is not None:
            if has_gone_quiet(found[0].sock):
                return found[0], True
            found[0].close()
        wire = _connection(request, self._timeout)
        try:
            wire.connect()
        except (OSError, HTTPException) as error:
            wire.close()
            raise NotWritten(str(error) or type(error).__name__) from error
        return wire, False

    def _read(self, wire: HTTPConnection) -> Answer:
        try:
            answer = wire.getresponse()
        except (OSError, HTTPException) as error:
            wire.close()
            raise AnswerLost(f"{type(error).__name__} {error}") from error
        try:
            body = answer.read()
        except (OSError, HTTPException):  # the status has said what became of the request
            wire.close()
            return Answer(answer.status, answer.headers, b"")
        if answer.will_close:
            wire.close()
        else:
            self._kept.give_back(wire)
        return Answer(answer.status, answer.headers, body)


def _write(wire: HTTPConnection, request: Request) -> None:
    parts = urlsplit(request.full_url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    assert request.data is None or isinstance(request.data, bytes)
    wire.request(request.get_method(), target, body=request.data, headers=dict(request.header_items()))


def _early(wire: HTTPConnection) -> Answer | None:
    """An answer given before the request was read to its end, as 413 is; None when there is none."""
    with contextlib.suppress(OSError, HTTPException):
        answer: HTTPResponse = wire.getresponse()
        with contextlib.suppress(OSError, HTTPException):
            return Answer(answer.status, answer.headers, answer.read())
        return Answer(answer.status, answer.headers, b"")
    return None


def _connection(request: Request, timeout: float) -> HTTPConnection:
    """A connection to the request's host, through the environment's proxy (HTTPS_PROXY) where there is one."""
    parts = urlsplit(request.full_url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme != "https":
        return HTTPConnection(host, port, timeout=timeout)
    proxy = urlsplit(getproxies().get("https", ""))
    if not proxy.hostname or proxy_bypass(host):
        return HTTPSConnection(host, port, timeout=timeout)
    wire = HTTPSConnection(proxy.hostname, proxy.port, timeout=timeout)
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username else ""
    headers = {"Proxy-Authorization": f"Basic {b64encode(login.encode()).decode()}"} if login else {}
    wire.set_tunnel(host, port, headers)
    return wire


class KeptClient(Client):  # type: ignore[misc]  # the vendor ships no types
    """The official client, its requests sent over `wires`."""

    def __init__(self, wires: Wires, **options: Any) -> None:
        super().__init__(**options)
        self.wires = wires

    def _build_client(self, name: str | None = None) -> KeptClient:
        return KeptClient(
            self.wires,
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    def __getattr__(self, name: str) -> Any:
        if name in self.methods:
            return partial(self._ask, name.upper())
        return super().__getattr__(name)

    def _ask(self, method: str, request_body: object = None, query_params: dict[str, Any] | None = None) -> Response:
        """The same request as the vendor's, without the opener that it would make for each and that isn't used here."""
        headers = dict(self.request_headers)
        data = None
        if request_body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(request_body).encode()
        request = Request(self._build_url(query_params), data=data, headers=headers, method=method)
        answer = self.wires.ask(request)
        if answer.status < 400:
            return Response(answer)
        told = HTTPError(request.full_url, answer.status, "", answer.info(), BytesIO(answer.read()))
        raise handle_error(told) from None
