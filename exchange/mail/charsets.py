"""Bytes of a text → characters: what is declared, where that is true; else what the bytes themselves tell."""

from __future__ import annotations

import codecs
import re

_ALLOWED = frozenset({
    "ascii", "utf-8", "utf-8-sig", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10",
    "iso8859-11", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "cp1250", "cp1251", "cp1252", "cp1253",
    "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp437", "cp850", "cp852", "cp866", "cp874", "koi8-r",
    "koi8-u", "mac-roman", "tis-620", "cp932", "euc_jp", "iso2022_jp", "iso2022_jp_ext", "cp949", "iso2022_kr",
    "gb18030", "hz", "big5hkscs", "euc_jis_2004", "shift_jis_2004", "iso2022_jp_2004", "johab",
})  # fmt: skip
"""Codecs of texts. Python knows others under such names (punycode, zlib, idna) whose time or memory has no bound."""

# What a name means in practice is its superset: mail programs write ① as Shift_JIS and € as ISO-8859-1.
_SUPERSETS = {
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "iso2022_jp_2": "iso2022_jp_ext",
}
_ALIASES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso8859-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_ESCAPED_JAPANESE = re.compile(rb"\x1b\$[@B(]")
# NUL can't be kept by PostgreSQL; marks of direction and of no width split numbers in two without being seen.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def decode_text(raw: bytes, declared: str | None) -> tuple[str, str | None]:
    """A text's bytes and its declared character set → the text, and what is wrong with it (None: nothing)."""
    for mark, codec in _BOMS:
        if raw.startswith(mark):
            return _clean(raw[len(mark) :].decode(codec, "replace")), None
    codec_name = codec_of(declared)
    if codec_name is not None and codec_name != "ascii":
        text = _strict(raw, codec_name)
        if text is not None:
            return _clean(text), None
    told = _by_evidence(raw)
    if told is not None and (codec_name in (None, "ascii", "cp1252", "utf-8") or _strict(raw, "utf-8") is not None):
        return _clean(told), None
    name = codec_name if codec_name not in (None, "ascii") else "utf-8"
    problem = f"some characters can't be read (declared as {_shown(declared)})"
    return _clean(raw.decode(name, "replace")), problem


def codec_of(declared: str | None) -> str | None:
    """The codec that a declared name stands for in practice, None where it is none of a text."""
    asked = (declared or "").strip().strip("\"'").lower()[:60]
    if not asked or asked == "unknown-8bit":
        return None
    try:
        name = codecs.lookup(_ALIASES.get(asked, asked)).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if name in _ALLOWED else None


def clean(text: str) -> str:
    """Text without what no database keeps and no eye sees: NUL, lone surrogates, marks of direction and of no width."""
    return _UNSEEN.sub("", text)


def _clean(text: str) -> str:
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _by_evidence(raw: bytes) -> str | None:
    """UTF-8 where all of it is; Japanese where kana come out; else Western, where every byte has a letter there."""
    if _ESCAPED_JAPANESE.search(raw):
        return _strict(raw, "iso2022_jp_ext")
    text = _strict(raw, "utf-8")
    if text is not None:
        return text
    for codec in ("cp932", "euc_jp"):
        text = _strict(raw, codec)
        if text is not None and len(_KANA.findall(text)) * 3 >= sum(1 for c in text if c > "\x7f"):
            return text
    return _strict(raw, "cp1252") if raw.count(b"\x00") == 0 else None


def _shown(declared: str | None) -> str:
    name = re.sub(r"[^\w.+:-]", "", declared or "")[:40]
    return name or "nothing"
