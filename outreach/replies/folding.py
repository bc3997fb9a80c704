"""Text made comparable without moving a character: every offset in folded text is an offset in the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

_LOOKALIKES = {
    "’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u3000": " ",
    "\t": " ",     "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d",
}  # fmt: skip

_CIRCLED = frozenset(map(chr, (*range(0x2460, 0x2474), *range(0x2776, 0x2780))))
"""Numbers of a list's entries, ① to ⑳: no digits of what stands behind them."""


def _fold_character(character: str) -> str:
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    if character in _CIRCLED:
        return "●"
    compatible = unicodedata.normalize("NFKC", character)
    if len(compatible) != 1:
        return character
    base = unicodedata.normalize("NFD", compatible)[0]
    # Only Latin letters lose their marks: kana without its voicing marks is another word.
    if base.isascii():
        compatible = base
    lowered = compatible.lower()
    return lowered if len(lowered) == 1 else compatible


class _Folding(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """`text` in lower case, without accents, full-width letters and digits as ASCII; always of the same length."""
    return text.translate(_FOLDING)


def pattern_source(phrase: str, german: bool) -> str:
    """A phrase of a lexicon → the source of a pattern over folded text (see `cue`)."""
    if german:
        for umlaut, spelled in (("ä", "(?:a|ae)"), ("ö", "(?:o|oe)"), ("ü", "(?:u|ue)"), ("ß", "(?:ß|ss)")):
            phrase = phrase.replace(umlaut, spelled)
    folded = "".join(_fold_character(c) if c.isalpha() and not c.isascii() else c for c in phrase)
    folded = folded.replace("'", r"['\s]?")
    return re.sub(r" [?*]?", lambda m: r"\s+" if m.group() == " " else r"\s*", folded)


@cache
def _compile(phrases: tuple[str, ...], german: bool, words: bool) -> re.Pattern[str]:
    body = "|".join(pattern_source(p, german) for p in phrases)
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)" if words else f"(?:{body})")


def cue(phrases: Iterable[str], language: str = "en") -> re.Pattern[str]:
    """Phrases of a language → one pattern for folded text.

    A space stands for any white space, an apostrophe may be missing, German umlauts may be spelled out, and a
    phrase is matched as whole words (end it in `\\w*` for a stem); Japanese has no word boundaries.
    """
    return _compile(tuple(phrases), language == "de", language != "ja")


def word_list(words: str) -> list[str]:
    """Words apart by spaces → the list of them, so that a lexicon reads as a line."""
    return words.split()
