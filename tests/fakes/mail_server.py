"""A real SMTP server on a free local port that keeps what it takes, and misbehaves as told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Behaviour:
    """What the server says instead of yes; None is yes. `drop_after_data`: takes the mail and hangs up unanswered.

    `mail` is said once to MAIL, and with a 421 the connection is closed.
    """

    rcpt: Callable[[str], str | None] = lambda _address: None
    data: str | None = None
    drop_after_data: bool = False
    drop_at_rcpt: bool = False
    mail: str | None = None


@dataclass
class MailServer:
    """Host, port, and the mails taken: envelopes with `mail_from`, `rcpt_tos` and `content`.

    `tls` is 'none', 'starttls' (which is then demanded) or 'tls', with `context`. With `dsn` it offers delivery reports
    and `parameters` holds what was asked of them, of each MAIL and RCPT in turn.
    """

    behaviour: Behaviour = field(default_factory=Behaviour)
    taken: list[Envelope] = field(default_factory=list)
    connections: int = 0
    auth: tuple[str, str] | None = None
    tls: str = "none"
    context: ssl.SSLContext | None = None
    dsn: bool = False
    parameters: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    taken_at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host = "127.0.0.1"
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = int(probe.getsockname()[1])
        options: dict[str, Any] = {}
        if self.auth is not None:
            options = {
                "authenticator": self._check,
                "auth_required": True,
                "auth_require_tls": self.tls == "starttls",
            }
        if self.tls == "starttls":
            options |= {"tls_context": self.context, "require_starttls": True}
        self._controller = _Controller(
            self,
            hostname=self.host,
            port=self.port,
            server_hostname="mail.example",
            ssl_context=self.context if self.tls == "tls" else None,
            **options,
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
        return [*responses[:-1], "250-DSN", responses[-1]] if self.dsn else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal, self.behaviour.mail = self.behaviour.mail, None
        if refusal is not None:
            if refusal.startswith("421"):
                await server.push(refusal)
                _hang_up(server)
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

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
        self.taken_at.append(time.monotonic())
        self.encrypted.append(session.ssl is not None or self.tls == "tls")
        if self.behaviour.drop_after_data:
            _hang_up(server)
            await asyncio.sleep(0)
        return "250 2.0.0 taken"


class _ReportingSmtp(SMTP):
    """Keeps the parameters of delivery reports, which aiosmtpd doesn't know, apart from its own."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        await super().smtp_MAIL(self._without_reports(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:
        await super().smtp_RCPT(self._without_reports(arg))

    def _without_reports(self, arg: str | None) -> str | None:
        server = self.event_handler
        if arg is None or not server.dsn:
            return arg
        words = arg.split(" ")
        ours = [word for word in words if word.partition("=")[0] in ("RET", "ENVID", "NOTIFY", "ORCPT")]
        server.parameters.append(" ".join(ours))
        return " ".join(word for word in words if word not in ours)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _ReportingSmtp(self.handler, **self.SMTP_kwargs)


def _hang_up(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
