"""`read_mail`: the bytes of a mail → sender, recipients, header, text, files, and what can't be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from exchange.mail.body import read_body
from exchange.mail.headers import Headers, addresses_in, senders_in
from exchange.mail.structure import DEPTH, Part, split_mail

RECIPIENT_FIELDS = (
    "to", "cc", "bcc", "delivered-to", "x-original-to", "x-envelope-to", "envelope-to", "x-forwarded-to", "resent-to",
    "apparently-to",
)  # fmt: skip
"""Where addresses stand that a mail was sent to, or came through."""

_RFC_ID = re.compile(r"<[^<>\s]{1,990}>")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as read. `senders` are (name, address) of From; `recipients` all addresses it went to, lower case.

    `answers` are the Message-IDs of In-Reply-To, `thread` these and those of References, the nearest first.
    `key` is the same for the same mail, whichever way it came. `deep`: nested beyond what is looked into.
    """

    headers: Headers
    senders: tuple[tuple[str, str], ...]
    recipients: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[str, ...]
    problems: tuple[str, ...]
    rfc_id: str | None
    answers: tuple[str, ...]
    thread: tuple[str, ...]
    key: str
    deep: bool


def read_mail(raw: bytes) -> Mail:
    """The bytes of a mail → what it says. Never raises for what can be sent; time and memory grow with its length."""
    mail = split_mail(raw)
    headers = mail.headers
    body = read_body(raw, mail)
    answers = _ids(headers.raw("in-reply-to"))
    thread = [*answers, *reversed(_ids(" ".join(headers.all("references"))))]
    rfc_id = next(iter(_ids(headers.raw("message-id"))), None)
    senders = tuple(senders_in(", ".join(headers.all("from")[:5])))
    return Mail(
        headers=headers,
        senders=senders,
        recipients=addresses_in([value for name in RECIPIENT_FIELDS for value in headers.all(name)]),
        subject=headers.text("subject")[:1000],
        text=body.text,
        attachments=tuple(body.attachments),
        problems=tuple(body.problems),
        rfc_id=rfc_id,
        answers=tuple(dict.fromkeys(answers)),
        thread=tuple(dict.fromkeys(thread)),
        key=_key(raw, rfc_id or headers.text("date"), senders, body.text),
        deep=_is_deep(mail),
    )


def _ids(value: str) -> list[str]:
    return _RFC_ID.findall(value[:100_000])[:200]


def _key(raw: bytes, named: str, senders: tuple[tuple[str, str], ...], text: str) -> str:
    """What a mail is by its name, sender and words: a forged name alone doesn't make it another's double."""
    if not named:
        return sha256(raw).hexdigest()
    told = "\0".join((named, senders[0][1] if senders else "", " ".join(text.split())))
    return sha256(told.encode("utf-8", "replace")).hexdigest()


def _is_deep(part: Part) -> bool:
    return bool(part.broken and f"{DEPTH} deep" in part.broken) or any(_is_deep(one) for one in part.parts)
