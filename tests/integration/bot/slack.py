"""A stand-in for Slack's Web API on this machine that records what it is told, and requests signed as Slack signs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
from fastapi import FastAPI
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from bot.app import create_bolt_app, http_endpoint
from dunwell import clock
from workflows.services import Services

SECRET = "a signing secret"
WAIT = 8.0


@dataclass
class Recorder:
    """What was sent to the stand-in: (method, arguments), in order of arrival."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def add(self, method: str, arguments: dict[str, Any]) -> None:
        with self._arrived:
            self.calls.append((method, arguments))
            self._arrived.notify_all()

    def of(self, method: str) -> list[dict[str, Any]]:
        return [arguments for called, arguments in self.calls if called == method]

    def wait_for(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """The calls of a method, once there are so many."""
        with self._arrived:
            reached = self._arrived.wait_for(lambda: len(self.of(method)) >= count, WAIT)
        assert reached, f"{method} was called {len(self.of(method))} times, not {count}; calls: {self.calls}"
        return self.of(method)


def _arguments(body: bytes, kind: str) -> dict[str, Any]:
    if "json" in kind:
        return dict(json.loads(body or b"{}"))
    found: dict[str, Any] = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    for key in ("blocks", "view"):
        if key in found:
            found[key] = json.loads(found[key])
    return found


@contextmanager
def slack_stand_in() -> Iterator[Recorder]:
    """A server that answers every method with ok and records it."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            method = self.path.rsplit("/", 1)[-1]
            arguments = _arguments(body, self.headers.get("Content-Type", ""))
            answer = recorder.answers.get(method, {"ok": True, "channel": arguments.get("channel"), "ts": "17.000"})
            recorder.add(method, arguments)
            said = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder.url = f"http://127.0.0.1:{server.server_port}/api/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Workspace:
    """The real Bolt app behind its HTTP endpoint, and the stand-in that it talks to."""

    slack: Recorder
    web: FastAPI
    client: WebClient
    count: int = 0

    def post(self, body: str, kind: str, *, secret: str = SECRET, age: int = 0, after: str = "") -> Any:
        """A request signed now (or `age` seconds ago); `after` is added once it is signed."""
        stamp = str(int(clock.utc_now().timestamp()) - age)
        signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": str(signature),
        }
        return self.send((body + after).encode(), headers)

    def send(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """A request as it is."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.web)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.post("/slack/events", content=body, headers=headers)

        return asyncio.run(ask())

    def command(self, user: str, text: str, **more: Any) -> Any:
        form = {
            "command": "/dunwell", "text": text, "user_id": user, "channel_id": "C1", "team_id": "T1",
            "response_url": f"{self.slack.url}respond", "trigger_id": "t.1",
        }  # fmt: skip
        return self.post(urlencode(form), "application/x-www-form-urlencoded", **more)

    def event(self, event: dict[str, Any], event_id: str | None = None) -> Any:
        self.count += 1
        body = {
            "type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event,
            "event_id": event_id or f"Ev{self.count}", "event_time": 1,
        }  # fmt: skip
        return self.post(json.dumps(body), "application/json")

    def interaction(self, payload: dict[str, Any]) -> Any:
        body = urlencode({"payload": json.dumps({"team": {"id": "T1"}, "api_app_id": "A1", **payload})})
        return self.post(body, "application/x-www-form-urlencoded")

    def click(self, user: str, action_id: str, value: str, blocks: list[dict[str, Any]] | None = None) -> Any:
        return self.interaction(
            {
                "type": "block_actions", "user": {"id": user}, "trigger_id": "t.1",
                "response_url": f"{self.slack.url}respond", "channel": {"id": "D1"},
                "container": {"type": "message", "message_ts": "17.000", "channel_id": "D1"},
                "message": {"ts": "17.000", "blocks": blocks or []},
                "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
            }
        )  # fmt: skip


@contextmanager
def workspace(services: Services, wrap: Callable[[Services], Services] = lambda s: s) -> Iterator[Workspace]:
    """A workspace over services."""
    with slack_stand_in() as recorder:
        client = WebClient(token="xoxb-test", base_url=recorder.url)
        app = create_bolt_app(wrap(services), token="xoxb-test", signing_secret=SECRET, client=client)
        web = FastAPI()
        web.add_api_route("/slack/events", http_endpoint(app), methods=["POST"])
        yield Workspace(recorder, web, client)
