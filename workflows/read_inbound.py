"""Raw mail or SMS → what was received, as values. Broken MIME is read as far as it goes and said to be broken."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from domain.parties import Channel
from exchange.mail.charsets import clean
from exchange.mail.headers import Headers, addresses_in
from exchange.mail.reading import Mail, read_mail
from outreach.replies.bounces import DeliveryReport, read_report

_TOKEN = re.compile(r"\breply\+([0-9a-z]{8,40})@", re.IGNORECASE)
_KEPT_HEADERS = (
    "auto-submitted", "precedence", "return-path", "in-reply-to", "references", "message-id", "date", "sender",
)  # fmt: skip
_KEPT_FAMILIES = re.compile(r"list-[a-z]+|x-auto[a-z\-]*|x-mail-autoreply|x-fc-machinegenerated|x-ms-exchange-[a-z\-]+")
"""Headers by which machines say what they are."""
_MOST_KEPT = 60
LATE_DAYS = 7
"""A mail may have been under way this long: within it, "tomorrow" counts from the day on which it was written."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message received. `sender` is a lower-case mail address or an E.164 number; `problem` says what is broken.

    `tokens` are those of our reply addresses that it was sent to, `token` the first; `thread` the mails it hangs on,
    the nearest first, `answers` those it answers at once. `report` is set where the mail tells what became of one of
    ours. `key` is the same for the same mail, whichever way it came; empty for what is no mail.
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
    tokens: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    key: str = ""


def read_inbound(kind: str, raw: bytes, received_at: datetime, meta: Mapping[str, Any] | None = None) -> Inbound:
    """A raw event of kind 'email' or 'sms' → what was received. Never raises for what a sender can send.

    `meta` is what whoever brought it told beside it: an `envelope`, or that it is `cut` off.
    """
    if kind == "sms":
        return _read_sms(raw, received_at)
    return _read_mail(raw, received_at, meta or {})


def _read_sms(raw: bytes, received_at: datetime) -> Inbound:
    try:
        form = json.loads(raw)
        sender, body = str(form["From"]), str(form.get("Body") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Inbound(Channel.SMS, "", "", received_at, problem="the posted form has no sender or can't be read")
    # Twilio tells its own opt-outs by name, whatever word of which language it was.
    keyword = {"STOP": "STOP", "START": "START"}.get(str(form.get("OptOutType") or ""))
    named = form.get("MessageSid")
    rfc_id = clean(str(named)) if named else None
    return Inbound(Channel.SMS, clean(sender).strip(), keyword or clean(body), received_at, rfc_id=rfc_id)


def _read_mail(raw: bytes, received_at: datetime, meta: Mapping[str, Any]) -> Inbound:
    mail = read_mail(raw)
    recipients = tuple(dict.fromkeys((*mail.recipients, *_envelope(meta))))
    tokens = tuple(dict.fromkeys(found[1].lower() for address in recipients if (found := _TOKEN.search(address))))
    name, address = mail.senders[0] if mail.senders else ("", "")
    return Inbound(
        channel=Channel.EMAIL,
        sender=address,
        text=mail.text,
        written_at=_written_at(mail.headers.raw("date"), received_at),
        subject=mail.subject,
        sender_name=name,
        token=tokens[0] if tokens else None,
        rfc_id=mail.rfc_id,
        thread=mail.thread,
        headers=_kept(mail.headers),
        problem="; ".join(_problems(mail, meta)) or None,
        # What is nested beyond measure is no server's report, and nobody else needs to look into it.
        report=None if mail.deep else read_report(raw),
        tokens=tokens,
        answers=mail.answers,
        recipients=recipients,
        attachments=mail.attachments,
        authentication=tuple(clean(value)[:4000] for value in mail.headers.all("authentication-results")[:20]),
        key=mail.key,
    )


def _problems(mail: Mail, meta: Mapping[str, Any]) -> list[str]:
    problems = list(mail.problems)
    if not mail.senders:
        problems.insert(0, "no sender address")
    elif len({address for _, address in mail.senders}) > 1:
        problems.insert(0, "it names more than one sender")
    if meta.get("cut"):
        problems.append(f"it is too large: only its beginning was fetched ({meta['cut']})")
    return problems


def _envelope(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom a mail was handed over for, where it is told: a blind copy's address stands nowhere else."""
    told = meta.get("envelope")
    try:
        given = json.loads(told) if isinstance(told, str) and told else told
    except (ValueError, RecursionError):
        return ()
    to = given.get("to") if isinstance(given, dict) else None
    return addresses_in([str(address) for address in to[:100]]) if isinstance(to, list) else ()


def _kept(headers: Headers) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, _ in headers.fields:
        if name not in kept and (name in _KEPT_HEADERS or _KEPT_FAMILIES.fullmatch(name)) and len(kept) < _MOST_KEPT:
            kept[name] = headers.text(name)[:2000]
    return kept


def _written_at(header: str, received_at: datetime) -> datetime:
    """The mail's own date, where it is believable; else the instant at which it arrived."""
    try:
        written = parsedate_to_datetime(header[:200])
        if written.tzinfo is None:
            written = written.replace(tzinfo=UTC)
        believable = timedelta(0) <= received_at - written <= timedelta(days=LATE_DAYS)
    except (ValueError, TypeError, IndexError, OverflowError):
        return received_at
    return written if believable else received_at
