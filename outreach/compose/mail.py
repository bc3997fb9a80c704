"""A message → the bytes of a mail (RFC 5322, 2045–2047, 2231, 3834), written directly.

The standard library's `EmailMessage` costs more than rendering; this writes the same structure in a few joins. A line
break can't get into a header: names lose theirs, addresses and ids that hold one are refused.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from domain.errors import BadInput, NotAllowed
from outreach.compose.render import Message
from outreach.compose.view import one_line

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_TOKEN = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_MAILTO = re.compile(r"mailto:[!-;=?-~]{3,400}")
_CONTENT_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
_BLANKS = re.compile(r" {2,}")
_ENCODED_BYTES = 39
"""Bytes of UTF-8 in one encoded word: 52 characters of base64 and 12 of `=?utf-8?b?…?=`. With the longest header name
before it the line stays under the 76 that RFC 2047 allows."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address and the name shown with it. Raises BadInput for an address that no mail server takes."""

    email: str
    name: str | None = None

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(ascii_address(self.email)):
            raise BadInput(f"mail address {self.email!r} is not valid; correct it on the contact or the sender")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class MailHeaders:
    """What a mail says outside its body. `sent_at` must be aware; ids are `<…@…>`; `dunwell_id` names our message.

    `answers`: this mail replies to one just received, rather than being written of our own accord. `unsubscribe` is a
    `mailto:` link.
    """

    sender: MailAddress
    to: tuple[MailAddress, ...]
    sent_at: datetime
    message_id: str
    dunwell_id: str
    reply_to: MailAddress | None = None
    cc: tuple[MailAddress, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    answers: bool = False
    unsubscribe: str | None = None

    def __post_init__(self) -> None:
        if self.sent_at.tzinfo is None:
            raise ValueError("sent_at must be aware")
        if not self.to:
            raise BadInput("a mail needs a recipient")
        for value in (self.message_id, *self.references, *([self.in_reply_to] if self.in_reply_to else [])):
            if not _MESSAGE_ID.fullmatch(value):
                raise BadInput(f"message id {value!r} is not of the form <left@right>")
        if not _TOKEN.fullmatch(self.dunwell_id):
            raise BadInput(f"message reference {self.dunwell_id!r} may hold letters, digits and . _ : - only")
        if self.unsubscribe is not None and not _MAILTO.fullmatch(self.unsubscribe):
            raise BadInput(f"{self.unsubscribe!r} is no mailto: link")


@dataclass(frozen=True, slots=True)
class MailParts:
    """What a mail says, part by part: for an API that builds the bytes itself. `headers` are those beyond the usual."""

    subject: str
    sender_name: str
    to_name: str
    reply_to: MailAddress | None
    text: str
    html: str
    headers: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()


def ascii_address(email: str) -> str:
    """The address with an international domain in its ASCII form (IDNA), as mail servers without SMTPUTF8 need it."""
    local, at, domain = email.rpartition("@")
    if domain.isascii():
        return email
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return email


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 words, each of whole characters."""
    words, chunk = [], b""
    for character in text:
        raw = character.encode("utf-8", "replace")
        if len(chunk) + len(raw) > _ENCODED_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += raw
    words.append(chunk)
    return [f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in words]


def _fold(name: str, words: list[str]) -> str:
    """A header of these words, continued on a new line before a line would pass 78 characters."""
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > 78 and line.strip() not in ("", f"{name}:"):
            lines.append(line)
            line = ""
        line = f"{line} {word}"
    lines.append(line)
    return "\r\n".join(lines)


def _squeezed(text: str) -> str:
    """Without control characters, and with single spaces; hard and full-width spaces are kept."""
    return _BLANKS.sub(" ", one_line(text)).strip(" ")


def _text_header(name: str, value: str) -> str:
    value = _squeezed(value)
    if value.isascii() and "=?" not in value and len(value) < 900:
        return _fold(name, value.split(" "))
    return _fold(name, _encoded_words(value))


def _mailbox(address: MailAddress) -> list[str]:
    """`Name <address>` as words that a header may be folded between."""
    email = ascii_address(address.email)
    name = _squeezed(address.name or "")
    if not name:
        return [email]
    if not name.isascii() or "=?" in name:
        return [*_encoded_words(name), f"<{email}>"]
    if not _ATOMS.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return [*name.split(" "), f"<{email}>"]


def _address_header(name: str, addresses: tuple[MailAddress, ...]) -> str:
    words: list[str] = []
    for number, address in enumerate(addresses):
        mailbox = _mailbox(address)
        if number < len(addresses) - 1:
            mailbox[-1] += ","
        words += mailbox
    return _fold(name, words)


def robot_headers(message: Message, headers: MailHeaders) -> dict[str, str]:
    """Headers beyond the usual that every way of sending must set: for an API that builds the mail itself.

    `Auto-Submitted` keeps two robots from answering each other (RFC 3834, 5).
    """
    found = {
        "Auto-Submitted": "auto-replied" if headers.answers else "auto-generated",
        "Content-Language": message.lang,
        "X-Dunwell-Message": headers.dunwell_id,
    }
    if headers.in_reply_to:
        found["In-Reply-To"] = headers.in_reply_to
    if headers.references:
        found["References"] = " ".join(headers.references)
    if headers.unsubscribe:
        found["List-Unsubscribe"] = f"<{headers.unsubscribe}>"
    return found


def _header_lines(message: Message, headers: MailHeaders) -> Iterator[str]:
    yield _address_header("From", (headers.sender,))
    yield _address_header("To", headers.to)
    if headers.cc:
        yield _address_header("Cc", headers.cc)
    if headers.reply_to:
        yield _address_header("Reply-To", (headers.reply_to,))
    yield _text_header("Subject", message.subject)
    yield f"Date: {format_datetime(headers.sent_at)}"
    yield f"Message-ID: {headers.message_id}"
    for name, value in robot_headers(message, headers).items():
        yield _fold(name, value.split(" "))
    yield "MIME-Version: 1.0"


def _text_part(content: str, subtype: str) -> bytes:
    """A UTF-8 part: quoted-printable where most of it stays readable so, else base64."""
    raw = content.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    # A character outside ASCII costs three bytes of UTF-8 in Japanese, two in Spanish: more than a fifth is base64's.
    if len(raw) - len(content) > len(content) // 5:
        body = _base64(raw)
        encoding = b"base64"
    else:
        body = binascii.b2a_qp(raw, istext=True)
        encoding = b"quoted-printable"
    return (
        b"Content-Type: text/" + subtype.encode("ascii") + b"; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body + b"\r\n"
    )


def _base64(raw: bytes) -> bytes:
    encoded = b64encode(raw)
    return b"\r\n".join(encoded[start : start + 76] for start in range(0, len(encoded), 76))


def _file_name(attachment: Attachment) -> str:
    return one_line(attachment.filename).replace("/", "-").replace("\\", "-") or "attachment"


def _attachment_part(attachment: Attachment) -> bytes:
    if not _CONTENT_TYPE.fullmatch(attachment.content_type):
        raise BadInput(f"attachment {attachment.filename!r}: {attachment.content_type!r} is no content type")
    name = _file_name(attachment)
    if name.isascii():
        shown = 'filename="' + name.replace('"', "'") + '"'
    else:
        shown = "filename*=utf-8''" + quote(name, safe="")
    head = (
        f"Content-Type: {attachment.content_type}\r\n"
        f"Content-Disposition: attachment;\r\n {shown}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + _base64(attachment.data) + b"\r\n"


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    """Parts between boundaries. `=_` is in neither quoted-printable nor base64, so no part holds a boundary."""
    mark = f"--{boundary}\r\n".encode("ascii")
    body = b"".join(mark + part for part in parts)
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    return head + body + f"--{boundary}--\r\n".encode("ascii")


def build_mail(message: Message, headers: MailHeaders, attachments: tuple[Attachment, ...] = ()) -> bytes:
    """The finished mail: text and HTML as alternatives, attachments beside them, CRLF line ends.

    The same arguments give the same bytes. Raises NotAllowed for a preview, BadInput for an attachment without a type.
    """
    if message.preview:
        raise NotAllowed(f"the mail {message.subject!r} is a preview that waits for approval; it can't be sent")
    mark = hashlib.sha256(headers.message_id.encode("ascii")).hexdigest()[:24]
    parts = [_text_part(message.text, "plain"), _text_part(message.html, "html")]
    body = _multipart("alternative", f"=_alt_{mark}", parts)
    if attachments:
        body = _multipart("mixed", f"=_mix_{mark}", [body, *(_attachment_part(a) for a in attachments)])
    return "\r\n".join(_header_lines(message, headers)).encode("ascii") + b"\r\n" + body


def mail_parts(message: Message, headers: MailHeaders, attachments: tuple[Attachment, ...] = ()) -> MailParts:
    """The same mail in parts, cleaned as `build_mail` cleans what goes into its headers."""
    reply_to = headers.reply_to
    return MailParts(
        subject=_squeezed(message.subject),
        sender_name=_squeezed(headers.sender.name or ""),
        to_name=_squeezed(headers.to[0].name or ""),
        reply_to=MailAddress(ascii_address(reply_to.email), _squeezed(reply_to.name or "")) if reply_to else None,
        text=message.text,
        html=message.html,
        headers={"Message-ID": headers.message_id, **robot_headers(message, headers)},
        attachments=tuple(Attachment(_file_name(a), a.content_type, a.data) for a in attachments),
    )
