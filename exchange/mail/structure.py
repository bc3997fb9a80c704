"""The parts of a mail as places in its bytes: nothing is copied or decoded, each level is gone through once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from exchange.mail.headers import Content, Headers, split_header

DEPTH = 12
"""Parts nested deeper aren't looked into: mail programs nest four or five."""
PARTS = 500
"""No more parts of a mail are looked at."""


@dataclass(slots=True)
class Part:
    """A part: its header, and where its body stands. `parts` are those within it; `broken` says what is wrong."""

    headers: Headers
    content: Content
    start: int
    end: int
    parts: list[Part] = field(default_factory=list)
    broken: str | None = None


@dataclass(slots=True)
class _Count:
    left: int = PARTS


def split_mail(raw: bytes) -> Part:
    """The bytes of a mail → its parts. Depth and number of parts are limited; what is beyond is said to be broken."""
    return _split(raw, 0, len(raw), 0, _Count(), "text/plain")


def _split(raw: bytes, start: int, end: int, depth: int, count: _Count, default: str) -> Part:
    headers, body = split_header(raw, start, end)
    content = Content(headers, default)
    part = Part(headers, content, body, end)
    if not content.kind.startswith("multipart/"):
        return part
    boundary = content.boundary.encode("utf-8", "replace")
    if not boundary:
        part.broken = "its parts can't be told apart"
    elif depth >= DEPTH:
        part.broken = f"parts are nested more than {DEPTH} deep"
    else:
        _split_parts(raw, part, boundary, depth, count)
    return part


def _split_parts(raw: bytes, part: Part, boundary: bytes, depth: int, count: _Count) -> None:
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]{0,100}\r?$", re.MULTILINE)
    default = "message/rfc822" if part.content.kind == "multipart/digest" else "text/plain"
    begun: int | None = None
    for found in line.finditer(raw, part.start, part.end):
        if begun is not None:
            _add(raw, part, begun, found.start(), depth, count, default)
        begun = None if found[1] else min(found.end() + 1, part.end)
        if found[1]:
            break
        if count.left <= 0:
            part.broken = f"it has more than {PARTS} parts"
            return
    if begun is not None:  # the last line is missing: cut off on its way
        _add(raw, part, begun, part.end, depth, count, default)
    if not part.parts:
        part.broken = part.broken or "its parts can't be told apart"


def _add(raw: bytes, part: Part, begun: int, until: int, depth: int, count: _Count, default: str) -> None:
    count.left -= 1
    # The line break before a boundary belongs to it.
    until -= 2 if raw[until - 2 : until] == b"\r\n" else 1 if raw[until - 1 : until] == b"\n" else 0
    part.parts.append(_split(raw, begun, max(begun, until), depth + 1, count, default))
