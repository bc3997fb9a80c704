"""Raw mail or SMS → what was received, as values. Broken MIME is read as far as it goes and said to be broken."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

from domain.parties import Channel
from outreach.replies.bounces import DeliveryReport, read_report

_TOKEN = re.compile(r"\breply\+([0-9a-z]{8,40})@", re.IGNORECASE)
_RFC_ID = re.compile(r"<[^<>\s]+>")
_TO_HEADERS = ("to", "cc", "delivered-to", "x-original-to", "x-envelope-to", "envelope-to")
_KEPT_HEADERS = (
    "auto-submitted", "precedence", "x-autoreply", "x-autorespond", "list-id", "return-path", "in-reply-to",
    "references", "message-id", "date", "list-unsubscribe",
)  # fmt: skip
LATE_DAYS = 7
"""A mail may have been under way this long: within it, "tomorrow" counts from the day on which it was written."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message received. `sender` is a lower-case mail address or an E.164 number; `problem` says what is broken.

    `report` is set where the mail tells what became of one of ours.
    """

    channel: Channel
    sender: str
    text: str
    written_at: datetime
    subject: str = ""
    sender_name: str = ""
    token: str | None = None
    rfc_id: str | None = None
    thread: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    report: DeliveryReport | None = None


def read_inbound(kind: str, raw: bytes, received_at: datetime) -> Inbound:
    """A raw event of kind 'email' or 'sms' → what was received. Never raises for what a sender can send."""
    if kind == "sms":
        return _read_sms(raw, received_at)
    return _read_mail(raw, received_at)


def _read_sms(raw: bytes, received_at: datetime) -> Inbound:
    try:
        form = json.loads(raw)
        sender, body = str(form["From"]), str(form.get("Body") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Inbound(Channel.SMS, "", "", received_at, problem="the posted form has no sender or can't be read")
    # Twilio tells its own opt-outs by name, whatever word of which language it was.
    keyword = {"STOP": "STOP", "START": "START"}.get(str(form.get("OptOutType") or ""))
    return Inbound(Channel.SMS, sender.strip(), keyword or body, received_at, rfc_id=form.get("MessageSid"))


def _read_mail(raw: bytes, received_at: datetime) -> Inbound:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    problems: list[str] = []
    headers = {name: _header(mail, name) for name in _KEPT_HEADERS if mail.get(name) is not None}
    to = " ".join(_header(mail, name) for name in _TO_HEADERS)
    token = _TOKEN.search(to)
    name, address = _from(mail)
    if not address:
        problems.append("no sender address")
    text = _text(mail, problems)
    thread = [
        *_RFC_ID.findall(headers.get("in-reply-to", "")),
        *reversed(_RFC_ID.findall(headers.get("references", ""))),
    ]
    rfc_id = next(iter(_RFC_ID.findall(headers.get("message-id", ""))), None)
    return Inbound(
        channel=Channel.EMAIL,
        sender=address,
        text=text,
        written_at=_written_at(headers.get("date"), received_at),
        subject=_header(mail, "subject"),
        sender_name=name,
        token=token[1].lower() if token else None,
        rfc_id=rfc_id,
        thread=tuple(dict.fromkeys(thread)),
        headers=headers,
        problem="; ".join(problems) or None,
        report=read_report(raw),
    )


def _header(mail: EmailMessage, name: str) -> str:
    """A header's text on one line; what can't be decoded is replaced."""
    try:
        values = mail.get_all(name, [])
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        return ""  # a header that the parser itself stumbles over says nothing
    return " ".join(" ".join(str(value).split()) for value in values).encode("utf-8", "replace").decode()


def _from(mail: EmailMessage) -> tuple[str, str]:
    try:
        header = mail["from"]
        if isinstance(header, AddressHeader) and header.addresses:
            first = header.addresses[0]
            return first.display_name, first.addr_spec.lower()
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        return "", ""
    found = re.search(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", _header(mail, "from"))
    return "", found.group().lower() if found else ""


def _text(mail: EmailMessage, problems: list[str]) -> str:
    try:
        part = mail.get_body(preferencelist=("plain", "html"))
    except (ValueError, AttributeError, KeyError, TypeError):
        part = None
    if part is None:
        problems.append("no text part")
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, ValueError, AttributeError, KeyError, TypeError):
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload or "")
        problems.append("text in a character set that can't be read")
    if part.get_content_type() == "text/html":
        content = text_of_html(content)
    return content.replace("\r\n", "\n").replace("\x00", "")


def _written_at(header: str | None, received_at: datetime) -> datetime:
    """The mail's own date, where it is believable; else the instant at which it arrived."""
    try:
        written = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, IndexError):
        return received_at
    if written.tzinfo is None:
        written = written.replace(tzinfo=UTC)
    believable = timedelta(0) <= received_at - written <= timedelta(days=LATE_DAYS)
    return written if believable else received_at


class _TextOfHtml(HTMLParser):
    """Words and line breaks of a page; quotations get their `>`."""

    _BREAKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "hr"})
    _HIDDEN = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in self._HIDDEN:
            self._hidden += 1
        elif tag == "blockquote":
            self._quoted += 1
            self._break()
        elif tag in self._BREAKS:
            self._break()
        elif tag == "td":
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)
            self._break()
        elif tag in ("p", "div", "table"):
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        self.parts.append("\n" + "> " * self._quoted)


def text_of_html(page: str) -> str:
    """The readable text of an HTML mail, quotations marked by `>`."""
    parser = _TextOfHtml()
    parser.feed(page)
    parser.close()
    lines = [line.rstrip() for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
