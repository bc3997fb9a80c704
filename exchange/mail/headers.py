"""Header fields: unfolded, decoded, and never taken for more than a bounded part of a mail."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from email.message import Message

from exchange.mail.charsets import clean, codec_of, decode_text

FIELDS = 20_000
"""So many fields of a header are looked at; a mail program writes some dozens."""
HEADER_BYTES = 2_000_000
"""So much of a header is looked at: room for ten thousand recipients."""
VALUE_CHARACTERS = 10_000
"""A longer value is cut before it is decoded."""

_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_WORD = re.compile(r"=\?([\w.+:\-]{1,60})(?:\*[\w\-]{1,20})?\?([bBqQ])\?([^?\s]{0,4000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")
_COMMENT = re.compile(r"\([^()]{0,200}\)")
_APART = re.compile(r"[\s<>,;:\"()\[\]\\]+")


class Headers:
    """The fields of a mail or a part, in order; names in lower case, values unfolded and not decoded yet."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields
        self._first: dict[str, str] = {}
        for name, value in fields:
            self._first.setdefault(name, value)

    def raw(self, name: str) -> str:
        """The first value of a field as it was written, empty for none."""
        return self._first.get(name, "")

    def all(self, name: str) -> list[str]:
        """All values of a field as they were written."""
        return [value for key, value in self.fields if key == name] if name in self._first else []

    def text(self, name: str) -> str:
        """The first value of a field, decoded, on one line."""
        return " ".join(decode_words(self.raw(name)[:VALUE_CHARACTERS]).split())

    def __contains__(self, name: str) -> bool:
        return name in self._first


def split_header(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The header that begins at `start` → its fields, and where the body begins."""
    fields: list[tuple[str, str]] = []
    lines: list[bytes] = []
    kept = 0
    place = start
    while place < end:
        stop = raw.find(b"\n", place, end)
        after = end if stop < 0 else stop + 1
        line = raw[place : min(after, place + HEADER_BYTES)].rstrip(b"\r\n")
        if not line:
            place = after
            break
        if line[:1] in b" \t" and lines:
            if kept < HEADER_BYTES:
                lines.append(line)
        elif _FIELD.match(line):
            _add(fields, lines)
            lines = [line] if len(fields) < FIELDS and kept < HEADER_BYTES else []
        elif not (place == start and line.startswith((b"From ", b">From "))):
            break  # no header field: the body begins without a blank line
        kept += len(line)
        place = after
    _add(fields, lines)
    return Headers(fields), place


def _add(fields: list[tuple[str, str]], lines: list[bytes]) -> None:
    if lines:
        name, _, value = b" ".join(line.strip() for line in lines).partition(b":")
        fields.append((name.strip().lower().decode("ascii", "replace"), _characters(value.strip())))


def _characters(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def decode_words(value: str) -> str:
    """Encoded words (RFC 2047) → text. Words of one character set are joined first: some break within a character."""
    value = _BETWEEN.sub(r"\1\2", value)
    out: list[str] = []
    held, charset, place = b"", "", 0
    for found in _WORD.finditer(value):
        between = value[place : found.start()]
        if held and (between or found[1].lower() != charset):
            out.append(decode_text(held, charset)[0])
            held = b""
        out.append(between)
        charset, place = found[1].lower(), found.end()
        held += _word_bytes(found[2], found[3])
        if codec_of(charset) == "iso2022_jp_ext":  # each word of it starts anew in ASCII
            out.append(decode_text(held, charset)[0])
            held = b""
    if held:
        out.append(decode_text(held, charset)[0])
    out.append(value[place:])
    return clean("".join(out))


def _word_bytes(encoding: str, code: str) -> bytes:
    if encoding in "qQ":
        return binascii.a2b_qp(code.replace("_", " ").encode("ascii", "replace"), header=True)
    return decode_base64(code.encode("ascii", "replace"))


def decode_base64(code: bytes) -> bytes:
    """Base64 as far as it goes: what is no code is passed over, a last group that isn't whole is dropped."""
    code = re.sub(rb"[^A-Za-z0-9+/]", b"", code)
    rest = len(code) % 4
    code = code[: len(code) - 1] if rest == 1 else code + b"=" * (-len(code) % 4)
    try:
        return binascii.a2b_base64(code)
    except binascii.Error:
        return b""


def addresses_in(values: Iterator[str] | list[str]) -> tuple[str, ...]:
    """Every mail address in some values, lower case, each once; whatever stands around them."""
    found: dict[str, None] = {}
    for value in values:
        for piece in _APART.split(value[:HEADER_BYTES]):
            address = piece.strip("'`.,").lower()
            if is_address(address):
                found[address] = None
    return tuple(found)


def is_address(text: str) -> bool:
    """Whether it is one mail address and nothing else."""
    local, at, domain = text.rpartition("@")
    return bool(at and local and "." in domain and "@" not in domain and len(text) <= 320 and text.isprintable())


def senders_in(value: str) -> list[tuple[str, str]]:
    """(name, lower-case address) of everybody in a From field; those without an address are left out."""
    found = []
    for piece in _pieces(value[:VALUE_CHARACTERS])[:20]:
        before, angle, after = piece.rpartition("<")
        address = clean((after.partition(">")[0] if angle else _COMMENT.sub(" ", piece)).strip()).lower()
        name = before if angle else "".join(_COMMENT.findall(piece))
        if is_address(address) and not _APART.search(address):
            found.append((" ".join(decode_words(name.replace('"', "").strip("() ")).split())[:200], address))
    return found or [("", address) for address in addresses_in([decode_words(value[:VALUE_CHARACTERS])])]


def _pieces(value: str) -> list[str]:
    """What commas outside quotation marks keep apart."""
    pieces, quoted, begun = [], False, 0
    for place, character in enumerate(value):
        if character == '"' and value[place - 1 : place] != "\\":
            quoted = not quoted
        elif character == "," and not quoted:
            pieces.append(value[begun:place])
            begun = place + 1
    return [*pieces, value[begun:]]


class Content:
    """What a part's Content-Type and -Disposition say of it."""

    def __init__(self, headers: Headers, default: str = "text/plain") -> None:
        told = Message()
        for name in ("content-type", "content-disposition"):
            if name in headers:
                told[name] = headers.raw(name)[:4000].encode("ascii", "replace").decode()
        self._told = told
        self._headers = headers
        written = self._read(lambda: told.get_content_type()) if "content-type" in headers else ""
        self.kind = written or default

    @staticmethod
    def _read(asked: Callable[[], object]) -> str:
        try:
            found = asked()
        except (ValueError, TypeError, LookupError, AttributeError, IndexError):
            return ""
        return str(found) if found else ""

    def parameter(self, name: str) -> str:
        """A parameter of the type, empty for none."""
        found = self._read(lambda: self._told.get_param(name, ""))
        return found[:1000]

    @property
    def boundary(self) -> str:
        """What its parts are kept apart by; empty for none."""
        return self._read(self._told.get_boundary)[:1000]

    @property
    def charset(self) -> str | None:
        """The declared character set."""
        return self._read(self._told.get_content_charset) or None

    @property
    def attached(self) -> bool:
        """Whether it is a file, not something to be read in its place."""
        return self._read(self._told.get_content_disposition) == "attachment" or bool(self.file_name)

    @property
    def file_name(self) -> str:
        """The file's name, empty for none."""
        name = self._read(self._told.get_filename)
        return " ".join(decode_words(name).split())[:120]

    @property
    def encoding(self) -> str:
        """How the body is encoded for its way: base64, quoted-printable, or nothing of that sort."""
        return self._headers.raw("content-transfer-encoding").strip().lower()[:40]
