"""Mail through any SMTP server, over connections that are kept open.

What can be known at each moment decides the outcome. Until the server has said 354 to DATA it has nothing: every
trouble before that is TRY_AGAIN or REFUSED. From the first byte of the message on, only its answer tells: a connection
lost there is UNKNOWN (RFC 5321, 4.5.3.2.6 and 6.1: the server may have taken the mail before its answer got lost).

Where the server offers it (RFC 3461), it is asked to tell what becomes of a mail: delivered, late or failed, naming our
message by `ENVID`.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.kept import Kept

TIMEOUT_SECONDS = 30.0
ASK_AFTER_SECONDS = 1.0
"""A connection idle for longer is asked whether the server still listens: a round trip that a burst needn't pay."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how. `tls` is 'none', 'starttls' or 'tls'; without `user` there is no login.

    Its certificate is checked against the system's authorities, or those of the file that SSL_CERT_FILE names.
    `bounces_to`: the envelope's sender, whom delivery reports go to; empty: whom the mail is from.
    """

    host: str
    port: int = 25
    tls: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT_SECONDS
    bounces_to: str = ""


class SmtpChannel:
    """Hands mails to one server. Safe to use from several threads: each borrows a connection."""

    name = "smtp"

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._kept: Kept[smtplib.SMTP] = Kept(lambda wire: wire.close())

    def send(self, outgoing: Outgoing) -> Delivery:
        """One mail to its recipient and copies. All are accepted, or nobody gets it."""
        while True:
            try:
                wire, used = self._borrow()
            except (OSError, smtplib.SMTPException) as error:
                return Delivery(Outcome.TRY_AGAIN, error=self._at(error), channel_down=True)
            delivery, alive = _hand_over(wire, outgoing, self.server.bounces_to or outgoing.sender)
            if alive:
                self._kept.give_back(wire)
            else:
                wire.close()
            if used and not alive and delivery.outcome is Outcome.TRY_AGAIN:
                # The server was done with this connection (421, or closed), and took nothing over it.
                continue
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
        self._kept.close(_say_goodbye)

    def _borrow(self) -> tuple[smtplib.SMTP, bool]:
        while (found := self._kept.borrow()) is not None:
            wire, idle = found
            if idle <= ASK_AFTER_SECONDS or _answers(wire):
                return wire, True
            wire.close()
        return self._open(), False

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


def _reset(wire: smtplib.SMTP) -> bool:
    """Forget the transaction begun. Whether the connection is fit for another."""
    try:
        return wire.rset()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _say_goodbye(wire: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        wire.quit()
    wire.close()


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


def _hand_over(wire: smtplib.SMTP, outgoing: Outgoing, sender: str) -> tuple[Delivery, bool]:
    """One transaction → its outcome, and whether the connection may be used again."""
    recipients = (outgoing.to, *outgoing.copy_to)
    try:
        refused = _envelope(wire, outgoing, sender, recipients)
        if refused is None:
            code, text = wire.docmd("data")
            refused = None if code == 354 else _answered(code, text, "DATA")
        if refused is not None:
            # 421: the server is about to close (RFC 5321, 3.8).
            return refused, not refused.channel_down and _reset(wire)
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


def _envelope(wire: smtplib.SMTP, outgoing: Outgoing, sender: str, recipients: Sequence[str]) -> Delivery | None:
    """Name sender and recipients. A refusal of any of them is the whole mail's: half a delivery can't be told."""
    for address in (sender, *recipients):
        # smtplib would quietly write to whatever address it finds first in the text.
        if parseaddr(address)[1] != address:
            return Delivery(Outcome.REFUSED, error=f"{address!r} is not one mail address")
    options, missing = _mail_options(wire, outgoing, (sender, *recipients))
    if missing:
        return Delivery(Outcome.REFUSED, error=missing)
    code, text = wire.mail(sender, options)
    if code != 250:
        return _answered(code, text, f"the sender {sender}")
    for recipient in recipients:
        code, text = wire.rcpt(recipient, _rcpt_options(wire, recipient, asked=recipient == outgoing.to))
        if code not in (250, 251):
            return _answered(code, text, f"the recipient {recipient}")
    return None


def _mail_options(wire: smtplib.SMTP, outgoing: Outgoing, addresses: Sequence[str]) -> tuple[list[str], str]:
    """What MAIL is told of the message, and what the server lacks for it."""
    options = []
    if not "".join(addresses).isascii():
        if not wire.has_extn("smtputf8"):
            return [], "an address has letters beyond ASCII, and the server has no SMTPUTF8"
        options.append("SMTPUTF8")
        wire.command_encoding = "utf-8"
    if wire.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    elif not outgoing.content.isascii():
        return [], "the message has 8-bit lines, and the server has no 8BITMIME"
    if wire.has_extn("size"):
        options.append(f"SIZE={len(outgoing.content)}")
    if wire.has_extn("dsn"):
        options += ["RET=HDRS", f"ENVID={_xtext(outgoing.public_id)}"]
    return options, ""


def _rcpt_options(wire: smtplib.SMTP, recipient: str, *, asked: bool) -> list[str]:
    """Reports are asked for the recipient; whoever only gets a copy keeps the server's usual ones."""
    if not wire.has_extn("dsn") or not recipient.isascii():
        return []
    notify = ["NOTIFY=SUCCESS,FAILURE,DELAY"] if asked else []
    return [*notify, f"ORCPT=rfc822;{_xtext(recipient)}"]


def _xtext(text: str) -> str:
    """As RFC 3461, 4 wants values: `+`, `=` and what isn't a printable ASCII letter as `+` and two hex digits."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)


def _answered(code: int, text: bytes, what: str) -> Delivery:
    """A refusal before or instead of 250: 5xx is for good, everything else for now (RFC 5321, 4.2.1)."""
    outcome = Outcome.REFUSED if 500 <= code <= 599 else Outcome.TRY_AGAIN
    return Delivery(outcome, error=f"{what}: {_said(code, text)}", channel_down=code == 421)


def _dotted(content: bytes) -> bytes:
    """Lines ended by CRLF, leading dots doubled, the end marked (RFC 5321, 4.5.2)."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"
