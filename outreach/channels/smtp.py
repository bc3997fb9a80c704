"""Mail through any SMTP server, over connections that are kept open.

What can be known at each moment decides the outcome. Until the server has said 354 to DATA it has nothing: every
trouble before that is TRY_AGAIN or REFUSED. From the first byte of the message on, only its answer tells: a connection
lost there is UNKNOWN (RFC 5321, 4.5.3.2.6 and 6.1: the server may have taken the mail before its answer got lost).
"""

from __future__ import annotations

import contextlib
import queue
import smtplib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from outreach.channels.base import Delivery, Outcome, Outgoing

TIMEOUT_SECONDS = 30.0
KEEP_SECONDS = 20.0
"""A connection idle for longer is not used again: servers close them without a word."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how. `tls` is 'none', 'starttls' or 'tls'; without `user` there is no login."""

    host: str
    port: int = 25
    tls: str = "none"
    user: str = ""
    password: str = ""
    timeout: float = TIMEOUT_SECONDS


class SmtpChannel:
    """Hands mails to one server. Safe to use from several threads: each borrows a connection."""

    name = "smtp"

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._idle: queue.LifoQueue[tuple[smtplib.SMTP, float]] = queue.LifoQueue()

    def send(self, outgoing: Outgoing) -> Delivery:
        """One mail to its recipient and copies. All are accepted, or nobody gets it."""
        try:
            wire = self._borrow()
        except (OSError, smtplib.SMTPException) as error:
            return Delivery(Outcome.TRY_AGAIN, error=self._at(error), channel_down=True)
        delivery, alive = _hand_over(wire, outgoing)
        if alive:
            self._idle.put((wire, time.monotonic()))
        else:
            wire.close()
        return delivery

    def check(self) -> str | None:
        """Connect, log in, and ask the server whether it is there."""
        try:
            wire = self._open()
            wire.quit()
        except (OSError, smtplib.SMTPException) as error:
            return self._at(error)
        return None

    def close(self) -> None:
        """Say goodbye on the connections that are idle."""
        while True:
            try:
                wire, _ = self._idle.get_nowait()
            except queue.Empty:
                return
            with contextlib.suppress(OSError, smtplib.SMTPException):
                wire.quit()
            wire.close()

    def _borrow(self) -> smtplib.SMTP:
        while True:
            try:
                wire, since = self._idle.get_nowait()
            except queue.Empty:
                return self._open()
            if time.monotonic() - since <= KEEP_SECONDS and _answers(wire):
                return wire
            wire.close()

    def _open(self) -> smtplib.SMTP:
        server = self.server
        wire: smtplib.SMTP
        if server.tls == "tls":
            context = ssl.create_default_context()
            wire = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            wire = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            if server.tls == "starttls":
                wire.starttls(context=ssl.create_default_context())
            if server.user:
                wire.login(server.user, server.password)
            else:
                wire.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException):
            wire.close()
            raise
        return wire

    def _at(self, error: Exception) -> str:
        return f"SMTP server {self.server.host}:{self.server.port}: {_reason(error)}; check DUNWELL_SMTP_… settings"


def _answers(wire: smtplib.SMTP) -> bool:
    try:
        return wire.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:300]


def _hand_over(wire: smtplib.SMTP, outgoing: Outgoing) -> tuple[Delivery, bool]:
    """One transaction → its outcome, and whether the connection may be used again."""
    recipients = (outgoing.to, *outgoing.copy_to)
    try:
        refused = _envelope(wire, outgoing, recipients)
        if refused is not None:
            wire.rset()
            return refused, True
        code, text = wire.docmd("data")
        if code != 354:
            wire.rset()
            return _answered(code, text, "DATA"), True
    except (OSError, smtplib.SMTPException) as error:
        return Delivery(Outcome.TRY_AGAIN, error=_reason(error)), False
    try:
        wire.send(_dotted(outgoing.content))
        code, text = wire.getreply()
    except (OSError, smtplib.SMTPException) as error:
        lost = f"the connection was lost after the message was handed over: {_reason(error)}"
        return Delivery(Outcome.UNKNOWN, error=lost), False
    if 200 <= code <= 299:
        return Delivery(Outcome.ACCEPTED, provider_ref=_said(code, text)), True
    if 400 <= code <= 599:
        return _answered(code, text, "the message"), code != 421
    return Delivery(Outcome.UNKNOWN, error=f"the server's answer can't be read: {_said(code, text)}"), False


def _envelope(wire: smtplib.SMTP, outgoing: Outgoing, recipients: Sequence[str]) -> Delivery | None:
    """Name sender and recipients. A refusal of any of them is the whole mail's: half a delivery can't be told."""
    for address in (outgoing.sender, *recipients):
        # smtplib would quietly write to whatever address it finds first in the text.
        if parseaddr(address)[1] != address:
            return Delivery(Outcome.REFUSED, error=f"{address!r} is not one mail address")
    options = []
    if any(ord(c) > 127 for c in "".join((outgoing.sender, *recipients))):
        if not wire.has_extn("smtputf8"):
            return Delivery(
                Outcome.REFUSED, error="an address has letters beyond ASCII, and the server has no SMTPUTF8"
            )
        options.append("SMTPUTF8")
        wire.command_encoding = "utf-8"
    if wire.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    elif not outgoing.content.isascii():
        return Delivery(Outcome.REFUSED, error="the message has 8-bit lines, and the server has no 8BITMIME")
    if wire.has_extn("size"):
        options.append(f"SIZE={len(outgoing.content)}")
    code, text = wire.mail(outgoing.sender, options)
    if code != 250:
        return _answered(code, text, f"the sender {outgoing.sender}")
    for recipient in recipients:
        code, text = wire.rcpt(recipient)
        if code not in (250, 251):
            return _answered(code, text, f"the recipient {recipient}")
    return None


def _answered(code: int, text: bytes, what: str) -> Delivery:
    """A refusal before or instead of 250: 5xx is for good, everything else for now (RFC 5321, 4.2.1)."""
    outcome = Outcome.REFUSED if 500 <= code <= 599 else Outcome.TRY_AGAIN
    return Delivery(outcome, error=f"{what}: {_said(code, text)}", channel_down=code == 421)


def _dotted(content: bytes) -> bytes:
    """Lines ended by CRLF, leading dots doubled, the end marked (RFC 5321, 4.5.2)."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"
