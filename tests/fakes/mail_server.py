"""A real SMTP server on a free local port that keeps what it takes, and misbehaves as told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Behaviour:
    """What the server says instead of yes; None is yes. `drop_after_data`: takes the mail and hangs up unanswered."""

    rcpt: Callable[[str], str | None] = lambda _address: None
    data: str | None = None
    drop_after_data: bool = False
    drop_at_rcpt: bool = False


@dataclass
class MailServer:
    """Host, port, and the mails taken: envelopes with `mail_from`, `rcpt_tos` and `content`."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    taken: list[Envelope] = field(default_factory=list)
    connections: int = 0
    auth: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        self.host = "127.0.0.1"
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = int(probe.getsockname()[1])
        options: dict[str, Any] = {}
        if self.auth is not None:
            options = {"authenticator": self._check, "auth_required": True, "auth_require_tls": False}
        self._controller = Controller(
            self, hostname=self.host, port=self.port, server_hostname="mail.example", **options
        )

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()

    def _check(self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        assert self.auth is not None
        good = (data.login.decode(), data.password.decode()) == self.auth
        return AuthResult(success=good, handled=good)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behaviour.drop_at_rcpt:
            _hang_up(server)
        refusal = self.behaviour.rcpt(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.behaviour.data is not None:
            return self.behaviour.data
        self.taken.append(envelope)
        if self.behaviour.drop_after_data:
            _hang_up(server)
            await asyncio.sleep(0)
        return "250 2.0.0 taken"


def _hang_up(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
