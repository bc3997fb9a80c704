"""Which mail of ours a report is about: the ids in what it returns, or that it names."""

from __future__ import annotations

import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message

_RFC_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")
_FIELDS = re.compile(
    r"^[ \t>]*(?P<name>x-dunwell-message|message-id|reply-to|original-message-id|original-envelope-id"
    r"|x-original-message-id):[ \t]*(?P<value>.*(?:\r?\n[ \t>]+\S.*)?)",
    re.IGNORECASE | re.MULTILINE,
)
_TOKEN = re.compile(r"\breply\+([0-9a-z]{8,40})@", re.IGNORECASE)
_PUBLIC_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Returned:
    """Names of the mail that a report is about, each empty where none was found; the surest first.

    `public_ids` from our own header or the envelope id, `rfc_ids` Message-IDs, `tokens` of our reply addresses.
    """

    public_ids: tuple[str, ...] = ()
    rfc_ids: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


def find_returned(mail: Message) -> Returned:
    """Everything in a report that may name a mail of ours. The report's own Message-ID isn't among it."""
    named: dict[str, list[str]] = {}
    for text in _returned_texts(mail):
        for found in _FIELDS.finditer(text):
            named.setdefault(found["name"].lower(), []).append(found["value"])
    threads = [str(value) for name in ("in-reply-to", "references") for value in mail.get_all(name, [])]
    ids = [*named.get("original-message-id", []), *named.get("message-id", []),
           *named.get("x-original-message-id", []), *threads]  # fmt: skip
    ours = [*named.get("x-dunwell-message", []), *named.get("original-envelope-id", [])]
    return Returned(
        _all(_PUBLIC_ID, ours, lower=True), _all(_RFC_ID, ids), _all(_TOKEN, named.get("reply-to", []), lower=True)
    )


def _all(pattern: re.Pattern[str], values: list[str], *, lower: bool = False) -> tuple[str, ...]:
    found = [match for value in values for match in pattern.findall(value)]
    return tuple(dict.fromkeys(text.lower() if lower else text for text in found))


def _returned_texts(mail: Message) -> list[str]:
    """The texts of all parts, mails within included; their headers too, but not the report's own."""
    texts = []
    for part in mail.walk():
        if part is not mail:
            texts.append("".join(f"{name}: {value}\n" for name, value in part.items()))
        encoded = encoded_text(part)
        if encoded is not None:
            texts.append(encoded)
        elif not part.is_multipart() and part.get_content_maintype() in ("text", "message"):
            raw = part.get_payload(decode=True)
            texts.append(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else "")
    return texts


def encoded_text(part: Message) -> str | None:
    """The text of a `message/…` part that was encoded, against the rules (RFC 2046, 5.2.1): the parser takes the code
    for the message. None for any other part.
    """
    encoding = (part.get("content-transfer-encoding") or "").strip().lower()
    if part.get_content_maintype() != "message" or encoding not in ("base64", "quoted-printable"):
        return None
    payload = part.get_payload()
    inner = [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []
    code = "\n".join(block.as_string() for block in inner) if inner else str(payload)
    try:
        raw = binascii.a2b_base64(code) if encoding == "base64" else quopri.decodestring(code.encode())
    except ValueError:
        return ""
    return raw.decode("utf-8", "replace")
