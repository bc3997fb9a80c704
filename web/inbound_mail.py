"""SendGrid Inbound Parse → the mail as bytes, whether it was posted raw or taken apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

_OF_THE_BODY = (b"content-type", b"content-transfer-encoding", b"mime-version", b"content-disposition")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail."""

    name: str
    content_type: str
    content: bytes


def mail_bytes(fields: Mapping[str, bytes], files: Iterable[Attached]) -> bytes:
    """The RFC 5322 bytes of a posted mail: the field `email` as it is, else built from headers, text, html and files.

    The original header lines are kept as they were written, save those that describe the body.
    """
    if fields.get("email"):
        return fields["email"]
    mail = EmailMessage(policy=SMTP)
    mail.set_content(_text(fields, "text"), charset="utf-8")
    if fields.get("html"):
        mail.add_alternative(_text(fields, "html"), subtype="html", charset="utf-8")
    for file in files:
        _attach(mail, file)
    headers = list(_header_lines(fields.get("headers", b"")))
    named = {line.partition(b":")[0].strip().lower() for line in headers}
    for name in ("From", "To", "Subject"):
        if fields.get(name.lower()) and name.lower().encode() not in named:
            mail[name] = " ".join(_text(fields, name.lower()).split())
    return b"".join(headers) + mail.as_bytes()


def _attach(mail: EmailMessage, file: Attached) -> None:
    main, _, sub = (file.content_type or "application/octet-stream").partition("/")
    if main.lower() != "message":
        mail.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=file.name)
        return
    # Mails and delivery statuses within a mail aren't encoded (RFC 2046, 5.2.1): they have parts of their own.
    head = f"Content-Type: message/{sub}\r\n\r\n".encode("ascii", "replace")
    part = message_from_bytes(head + file.content, policy=SMTP)
    try:
        part.as_bytes()
    except (ValueError, TypeError, AttributeError, LookupError):  # broken: kept as bytes
        mail.add_attachment(file.content, maintype="application", subtype="octet-stream", filename=file.name)
        return
    if mail.get_content_type() != "multipart/mixed":
        mail.make_mixed()
    mail.attach(part)


def _header_lines(raw: bytes) -> Iterator[bytes]:
    """Header fields, folded lines together, each ending in CRLF; what isn't a header field is left out."""
    kept: list[bytes] = []
    for line in [*raw.splitlines(), b""]:
        if line[:1] in (b" ", b"\t") and kept:
            kept.append(line)
            continue
        if kept:
            name = kept[0].partition(b":")[0].strip().lower()
            if b":" in kept[0] and b" " not in name and name not in _OF_THE_BODY:
                yield b"\r\n".join(kept) + b"\r\n"
        kept = [line] if line else []


def _text(fields: Mapping[str, bytes], name: str) -> str:
    """A field's text in the character set that the form's `charsets` gives it, else UTF-8."""
    try:
        charset = str(json.loads(fields.get("charsets") or "{}").get(name) or "utf-8")
    except (ValueError, AttributeError):
        charset = "utf-8"
    raw = fields.get(name, b"")
    try:
        return raw.decode(charset)
    except (UnicodeError, LookupError):
        return raw.decode("utf-8", "replace")
