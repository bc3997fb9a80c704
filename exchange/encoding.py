"""Which encoding a text file is in: found by evidence, verified to the last byte, and stated."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from exchange.refusal import FileRefused, refuse_file

_CHUNK = 1 << 20
_SAMPLE_BYTES = 1 << 17
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_UTF8_RUN = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 (with BOM)"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)

_NAMES = {"cp1252": "Windows-1252", "cp932": "Shift_JIS (Windows-31J)", "euc_jp": "EUC-JP", "utf_8": "UTF-8"}

_REGIONAL = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "gb18030", "big5", "cp949"]
"""What is left to guess among when it is neither Unicode nor Japanese, by charset-normalizer."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec and how to name it to a person."""

    codec: str
    label: str


def detect_encoding(path: Path) -> Encoding:
    """The encoding of a text file: byte order mark, else UTF-8 if all of it is, else Japanese or regional by evidence.

    Raises FileRefused when no encoding reads all of it, or when UTF-8 and something else are mixed.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, codec, label in _BOMS:
        if head.startswith(mark):
            verify_encoding(path, codec, label)
            return Encoding(codec, label)
    if codec_of_nuls := _utf16_without_mark(head):
        verify_encoding(path, codec_of_nuls, "UTF-16 without a byte order mark")
        return Encoding(codec_of_nuls, "UTF-16 without a byte order mark")
    fault = _first_fault(path, "utf-8")
    if fault is None:
        return Encoding("utf-8", "UTF-8")
    return _guess_legacy(path, fault)


def declared_encoding(path: Path, name: str) -> Encoding:
    """The encoding that a mapping or option names. Raises FileRefused when Python doesn't know it or it doesn't fit."""
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise refuse_file(
            path.name,
            f"encoding {name!r} is not known; try UTF-8, cp1252, shift_jis, utf-16 or leave it to be detected",
        ) from None
    if codec in {"shift_jis", "shift-jis", "sjis"}:
        codec = "cp932"  # Windows writes its own superset (①, ㈱) under the standard's name
    if codec == "utf-8":
        codec = "utf-8-sig"
    verify_encoding(path, codec, name)
    return Encoding(codec, f"{name} (as declared)")


def verify_encoding(path: Path, codec: str, label: str) -> None:
    """Read the whole file strictly. Raises FileRefused naming line and byte where `codec` fails."""
    fault = _first_fault(path, codec)
    if fault is not None:
        raise _undecodable(path, fault, label)


def _undecodable(path: Path, fault: tuple[int, bytes], label: str) -> FileRefused:
    line, byte = fault
    return refuse_file(
        path.name,
        f"byte 0x{byte.hex()} is not {label}; save the file as UTF-8, or declare its encoding (--encoding cp1252)",
        line=line,
    )


def _first_fault(path: Path, codec: str) -> tuple[int, bytes] | None:
    """(line, byte) of the first byte that can't be decoded strictly, or None."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    lines = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                before = bytes(error.object[: error.start]).count(b"\n")
                return lines + before + 1, bytes(error.object[error.start : error.start + 1])
            except UnicodeError:  # a UTF-16 or UTF-32 stream that lost its mark
                return lines + 1, chunk[:1]
            lines += text.count("\n")
            if not chunk:
                return None


def _utf16_without_mark(head: bytes) -> str | None:
    """Latin text in UTF-16 has a NUL in every other byte: which half tells the byte order."""
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _guess_legacy(path: Path, fault: tuple[int, bytes]) -> Encoding:
    """The encoding of a file that isn't UTF-8, from the lines that aren't ASCII."""
    sample = b"".join(_lines_with_high_bytes(path))
    runs = _HIGH_RUN.findall(sample)
    in_utf8 = sum(1 for run in runs if _UTF8_RUN.fullmatch(run))
    if in_utf8 * 2 >= len(runs):
        line, byte = fault
        raise refuse_file(
            path.name,
            f"byte 0x{byte.hex()} is not UTF-8, while other lines are: encodings are mixed; save all of it as UTF-8",
            line=line,
        )
    codec = _japanese(sample) or _regional(sample)
    if codec is None or _first_fault(path, codec) is not None:
        raise _undecodable(path, fault, "UTF-8, nor does another encoding read the whole file")
    return Encoding(codec, f"{_NAMES.get(codec, codec)} (guessed; declare it if names look wrong)")


def _lines_with_high_bytes(path: Path) -> Iterator[bytes]:
    taken = 0
    with path.open("rb") as file:
        while taken < _SAMPLE_BYTES and (line := file.readline(_CHUNK)):
            if not line.isascii():
                taken += len(line)
                yield line


def _japanese(sample: bytes) -> str | None:
    """Shift_JIS or EUC-JP by their kana and lead bytes: accents of western text fall into neither."""
    try:
        text = sample.decode("euc_jp")
        if _KANA.search(text):
            return "euc_jp"
    except UnicodeDecodeError:
        pass
    try:
        text = sample.decode("cp932")
    except UnicodeDecodeError:
        return None
    wide = [char.encode("cp932") for char in text if ord(char) >= 0x80]
    double = [code[0] for code in wide if len(code) == 2]
    if not double:  # half-width katakana only: they come in words, the accents of western text singly
        runs = _HIGH_RUN.findall(sample)
        return "cp932" if len(wide) >= 2 * len(runs) else None
    # Kana, the commonest kanji and Japanese punctuation have leads 81-9F, where western text has almost nothing.
    common = sum(1 for lead in double if 0x81 <= lead <= 0x9F)
    return "cp932" if common * 2 >= len(double) else None


def _regional(sample: bytes) -> str | None:
    """Western where only its commonest accents occur, one or two together; else what charset-normalizer finds."""
    runs = _HIGH_RUN.findall(sample)
    if _looks_western(sample) and sum(map(len, runs)) < 2 * len(runs):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=_REGIONAL).best()
    return best.encoding if best is not None else None


_WESTERN = frozenset("äöüßÄÖÜéèêëàâçîïôûùœñáíóúÉÈÀÇÑåæøÅÆØ°§€£´«»¿¡ãõìò’“”–—\xa0")


def _looks_western(sample: bytes) -> bool:
    text = sample.decode("cp1252", "replace")
    return all(char in _WESTERN for char in text if ord(char) >= 0x80)
