"""A provider of mail in a process of its own, that counts what it accepted by our message's id and misbehaves as told.

It speaks SendGrid's `POST /v3/mail/send` and SMTP. It decides in the middle of its answering time, so that whoever
dies or hangs up may do so before the decision or after it; what it accepted is counted before it says so. A request
that came only in part is no request. Nothing that happens to Dunwell's processes touches this one's memory: it is the
truth that their database is compared with.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.fakes.processes import context
from tests.fakes.worker_process import end_with_the_test

HOST = "127.0.0.1"
ID_HEADER = re.compile(rb"^X-Dunwell-Message:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Behaviour:
    """How it answers. `seconds` is how long an answer takes: (at least, at most).

    `status` is what it says, 202 (over SMTP 250) for yes; `takes` whether it keeps the message whatever it says.
    `hang`: it never answers. `hang_up`: it closes 'before' it has read the message, or 'after' it, instead of an
    answer. `every`: only every so manieth message meets this behaviour, the others a plain yes.
    """

    status: int = 202
    takes: bool = True
    retry_after: int | None = None
    hang: bool = False
    hang_up: str = ""
    every: int = 1
    seconds: tuple[float, float] = (0.004, 0.02)


@dataclass
class Truth:
    """What the provider knows: message id → how often accepted, how often asked for.

    `met` counts whoever came to its door with a message, read or not; `cut` those who went before it was read whole.
    """

    accepted: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    met: int = 0
    cut: int = 0


class Provider:
    """The handle of the provider's process, held by the test."""

    def __init__(self, seed: int = 1) -> None:
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, seed), daemon=True)
        self._process.start()
        theirs.close()
        assert self._pipe.poll(60)
        self.http_port, self.smtp_port = self._pipe.recv()

    @property
    def url(self) -> str:
        """Where its HTTP interface is."""
        return f"http://{HOST}:{self.http_port}"

    def settings(self, channel: str) -> dict[str, Any]:
        """Settings that make Dunwell send its mail here by 'sendgrid' or by 'smtp'."""
        if channel == "smtp":
            return {"email_channel": "smtp", "smtp_host": HOST, "smtp_port": self.smtp_port}
        return {"email_channel": "sendgrid", "sendgrid_key": "SG.stand-in", "sendgrid_host": self.url}

    def behave(self, behaviour: Behaviour) -> None:
        """From now on, answer so."""
        self._ask("POST", "/stand-in/behaviour", asdict(behaviour))

    def truth(self) -> Truth:
        """What was accepted and asked for until now."""
        told = self._ask("GET", "/stand-in/truth")
        return Truth(Counter(told["accepted"]), Counter(told["asked"]), told["met"], told["cut"])

    def stop(self) -> None:
        """End its process."""
        self._process.kill()
        self._process.join(30)
        self._process.close()
        self._pipe.close()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = HTTPConnection(HOST, self.http_port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


class _House:
    """The provider's own side: one truth, two doors."""

    def __init__(self, seed: int) -> None:
        self.behaviour = Behaviour()
        self.truth = Truth()
        self.random = random.Random(seed)

    def next_behaviour(self) -> Behaviour:
        """How the next message fares."""
        self.truth.met += 1
        told = self.behaviour
        return told if self.truth.met % told.every == 0 else Behaviour(seconds=told.seconds)

    async def decide(self, public_id: str, how: Behaviour) -> None:
        """Think half of the time, keep the message or not, think the other half."""
        pause = self.random.uniform(*how.seconds) / 2
        self.truth.asked[public_id] += 1
        await asyncio.sleep(pause)
        if how.takes:
            self.truth.accepted[public_id] += 1
        await asyncio.sleep(pause)
        if how.hang:
            await asyncio.sleep(3600)

    async def talk_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open for as many requests as come."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._one_request(reader, writer):
                pass
        writer.close()

    async def _one_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        if path.startswith("/stand-in/"):
            return await self._about_itself(method, path, reader, writer, head)
        how = self.next_behaviour() if path.endswith("/mail/send") else Behaviour()
        if how.hang_up == "before":
            writer.transport.abort()
            return False
        try:
            body = await reader.readexactly(_length(head))
        except asyncio.IncompleteReadError:
            self.truth.cut += 1
            raise
        if not path.endswith("/mail/send"):
            await _answer(writer, 404, {"errors": [{"message": "the stand-in only takes mail"}]})
            return True
        public_id = json.loads(body)["personalizations"][0]["custom_args"]["dunwell_message"]
        await self.decide(public_id, how)
        if how.hang_up == "after":
            writer.transport.abort()
            return False
        headers = {"X-Message-Id": f"ref-{public_id}"}
        if how.retry_after is not None:
            headers["Retry-After"] = str(how.retry_after)
        told = None if how.status == 202 else {"errors": [{"message": f"the stand-in says {how.status}"}]}
        await _answer(writer, how.status, told, headers)
        return True

    async def _about_itself(
        self, method: str, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str
    ) -> bool:
        body = await reader.readexactly(_length(head))
        if method == "POST":
            told = json.loads(body)
            self.behaviour = Behaviour(**{**told, "seconds": tuple(told["seconds"])})
        await _answer(writer, 200, vars(self.truth))
        return True

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """SMTP's door; closing before the message is read is closing here."""
        if self.behaviour.hang_up == "before" and self.next_behaviour().hang_up == "before":
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """The whole message has come."""
        content = envelope.content
        assert isinstance(content, bytes)
        found = ID_HEADER.search(content)
        assert found is not None
        how = Behaviour() if self.behaviour.hang_up == "before" else self.next_behaviour()
        await self.decide(found.group(1).decode(), how)
        if how.hang_up == "after":
            _hang_up(server)
        return {202: "250 2.0.0 taken", 429: "451 4.7.1 slow down"}.get(how.status, "554 5.0.0 no")


def _hang_up(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()


def _length(head: str) -> int:
    found = re.search(r"^content-length:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
    return int(found.group(1)) if found else 0


async def _answer(writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + content)
    await writer.drain()


def _serve(pipe: Connection, seed: int) -> None:
    async def run() -> None:
        house = _House(seed)
        http = await asyncio.start_server(house.talk_http, HOST, 0, limit=1 << 20)
        smtp = await asyncio.get_running_loop().create_server(
            lambda: SMTP(house, hostname="mail.example", enable_SMTPUTF8=True), HOST, 0
        )
        pipe.send((http.sockets[0].getsockname()[1], smtp.sockets[0].getsockname()[1]))
        await http.serve_forever()

    threading.Thread(target=end_with_the_test, args=(pipe,), daemon=True).start()
    asyncio.run(run())
