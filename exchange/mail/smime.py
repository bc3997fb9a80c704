"""Signed mail whose text lies within the signature (RFC 8551, opaque signing): the text taken out, not verified."""

from __future__ import annotations

_SIGNED = bytes.fromhex("2a864886f70d010702")
_DEPTH = 20


def signed_content(raw: bytes) -> bytes | None:
    """The mail within a PKCS #7 signature; None where it is something else (encrypted, compressed) or broken."""
    try:
        _, place, _ = _head(raw, 0)
        _, kind, kind_end = _head(raw, place)
        if kind_end is None or raw[kind:kind_end] != _SIGNED:
            return None
        _, place, _ = _head(raw, kind_end)  # [0]
        _, place, _ = _head(raw, place)  # SignedData
        place = _after(raw, _after(raw, place))  # version, digest algorithms
        _, place, _ = _head(raw, place)  # what is signed
        tag, content, _ = _head(raw, _after(raw, place))
        return _octets(raw, content, 0) if tag == 0xA0 else None
    except (IndexError, ValueError):
        return None


def _head(raw: bytes, place: int) -> tuple[int, int, int | None]:
    """A field of BER at `place` → its tag, where its content begins, and where it ends (None: at a mark)."""
    tag, length = raw[place], raw[place + 1]
    place += 2
    if length == 0x80:
        return tag, place, None
    if length > 0x80:
        size = length & 0x7F
        if size > 5:
            raise ValueError("too long")
        length = int.from_bytes(raw[place : place + size], "big")
        place += size
    if place + length > len(raw):
        raise ValueError("cut off")
    return tag, place, place + length


def _after(raw: bytes, place: int, depth: int = 0) -> int:
    """Where the field at `place` ends."""
    _, content, end = _head(raw, place)
    if end is not None:
        return end
    if depth > _DEPTH:
        raise ValueError("nested too deep")
    while raw[content : content + 2] != b"\0\0":
        content = _after(raw, content, depth + 1)
    return content + 2


def _octets(raw: bytes, place: int, depth: int) -> bytes:
    """An octet string, whole or in pieces."""
    tag, content, end = _head(raw, place)
    if depth > _DEPTH or tag not in (0x04, 0x24):
        raise ValueError("no octets")
    if tag == 0x04:
        return raw[content:end]
    pieces = []
    while (content < end) if end is not None else (raw[content : content + 2] != b"\0\0"):
        pieces.append(_octets(raw, content, depth + 1))
        content = _after(raw, content)
    return b"".join(pieces)
