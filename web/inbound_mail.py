"""SendGrid Inbound Parse → the mail as bytes, whether it was posted raw or taken apart."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from exchange.mail.charsets import decode_text

_KIND = re.compile(r"[a-z0-9.+\-]{1,60}/[a-z0-9.+\-]{1,100}")
_OF_THE_BODY = (b"content-type", b"content-transfer-encoding", b"mime-version", b"content-disposition")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail."""

    name: str
    content_type: str
    content: bytes


def mail_bytes(fields: Mapping[str, bytes], files: Iterable[Attached]) -> bytes:
    """The RFC 5322 bytes of a posted mail: the field `email` as it is, else built from headers, text, html and files.

    The original header lines are kept as they were written, save those that describe the body. Never raises: what
    can't be posted again tomorrow must not be refused today.
    """
    if fields.get("email"):
        return fields["email"]
    headers = list(_header_lines(fields.get("headers", b"")))
    named = {line.partition(b":")[0].strip().lower() for line in headers}
    for name in ("From", "To", "Subject"):
        if fields.get(name.lower()) and name.lower().encode() not in named:
            value = " ".join(_text(fields, name.lower()).split())
            headers.append(f"{name}: {value}\r\n".encode())
    return b"".join(headers) + b"MIME-Version: 1.0\r\n" + _body(fields, list(files))


def _body(fields: Mapping[str, bytes], files: list[Attached]) -> bytes:
    forms = [_coded(b"text/plain; charset=utf-8", _text(fields, "text").encode())]
    if fields.get("html"):
        forms.append(_coded(b"text/html; charset=utf-8", _text(fields, "html").encode()))
    text = forms[0] if len(forms) == 1 else _together(b"alternative", forms)
    return _together(b"mixed", [text, *map(_attached, files)]) if files else text


def _together(kind: bytes, parts: list[bytes]) -> bytes:
    boundary = b"=_" + sha256(b"".join(parts)).hexdigest().encode()  # of its own content: it can't stand in it
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind, boundary)
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary


def _coded(kind: bytes, content: bytes, more: bytes = b"") -> bytes:
    code = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return b"Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n%s\r\n%s" % (kind, more, code)


def _attached(file: Attached) -> bytes:
    told = file.content_type.strip().lower()
    kind = told.partition(";")[0].strip()
    if not _KIND.fullmatch(kind) or kind.startswith("multipart/"):
        kind = "application/octet-stream"
    if kind.startswith("message/"):
        # Mails and delivery statuses within a mail aren't encoded (RFC 2046, 5.2.1): they have parts of their own.
        return b"Content-Type: %s\r\n\r\n%s" % (kind.encode(), file.content)
    charset = re.search(r"charset=\"?([\w.:\-]{1,40})", told)
    parameter = f"; charset={charset[1]}" if charset else ""
    name = quote(file.name.encode("utf-8", "replace"), safe="")
    shown = f"Content-Disposition: attachment; filename*=utf-8''{name}\r\n"
    return _coded(f"{kind}{parameter}".encode(), file.content, shown.encode())


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
    """A field's text in the character set that the form's `charsets` gives it, else as its bytes tell."""
    try:
        charset = json.loads(fields.get("charsets") or "{}").get(name)
    except (ValueError, AttributeError, RecursionError):
        charset = None
    return decode_text(fields.get(name, b""), str(charset) if charset else "utf-8")[0]
