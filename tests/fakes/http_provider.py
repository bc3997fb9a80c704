"""A provider's HTTP API on a free local port: keeps what it was asked, answers as told."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """One answer. `hang_up`: take the request and close without a word; `delay`: seconds before the answer.

    `then_close`: answer, and close the connection without having said so, as servers do with idle ones.
    """

    status: int = 202
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hang_up: bool = False
    then_close: bool = False


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class HttpProvider:
    """Answers its script one by one; after it, the last answer again. Over TLS where it is given a `context`."""

    def __init__(self, *script: Answer, context: ssl.SSLContext | None = None) -> None:
        self.script = list(script) or [Answer()]
        self.asked: list[Asked] = []
        self.connections = 0
        self._closed = 0
        self._closing = threading.Condition()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                provider.connections += 1
                super().setup()

            def finish(self) -> None:
                super().finish()
                with contextlib.suppress(OSError):  # gone already
                    self.connection.shutdown(socket.SHUT_RDWR)
                with provider._closing:
                    provider._closed += 1
                    provider._closing.notify_all()

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                headers = dict(self.headers.items())
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                provider.asked.append(asked)
                answer = provider.reply_to(asked)
                time.sleep(answer.delay)
                if answer.hang_up:
                    self.close_connection = True
                    return
                body = b"" if answer.body is None else json.dumps(answer.body).encode()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked may be gone by now
                    self.send_response(answer.status)
                    for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                self.close_connection = self.close_connection or answer.then_close

            do_GET = do_POST

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self._server.server_port}"

    def reply_to(self, asked: Asked) -> Answer:
        """The next answer of the script. One that knows more than a script overrides this."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def wait_closed(self, connections: int) -> None:
        """Until so many connections have been closed from here."""
        with self._closing:
            assert self._closing.wait_for(lambda: self._closed >= connections, 5)

    def __enter__(self) -> HttpProvider:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
