"""Comparing what somebody typed with the name of a company: folding, words, slips of the finger, legal forms. Pure."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import DamerauLevenshtein

_FORMS = (
    "ltd limited plc llc llp lp inc incorporated corp corporation co company gmbh ag kg kgaa ohg ug se mbh sa sas sarl "
    "eurl sl slu srl spa bv nv oy ab as aps pty pte kk gk cia cv sapi sab spol sro"
)
LEGAL_FORMS = frozenset(_FORMS.split())
"""Words that say what a company is in law: they count little in a comparison."""
_SAME_FORM = {"limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co"}

_WORDS = re.compile(r"\w+")
_DOTTED = re.compile(r"\b(\w)\.(?=\w\b)")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss", "’": "'", "ı": "i"})


def fold(text: str) -> str:
    """Case, accents and width taken away, blanks squeezed: what a typed name is compared by."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_NOT_DECOMPOSED)
    if not plain.isascii():
        kept = []
        for letter in unicodedata.normalize("NFD", plain):
            # Japanese voicing marks make another letter (は, ば): only accents of other scripts are dropped.
            if not unicodedata.combining(letter) or letter in "\u3099\u309a":
                kept.append(letter)
        plain = unicodedata.normalize("NFC", "".join(kept))
    return " ".join(plain.split())


def tokens_of(text: str) -> tuple[str, ...]:
    """The words of a name, folded; apostrophes and the dots of abbreviations join (`O'Neil` → oneil, `S.A.` → sa)."""
    folded = fold(text)
    if "'" in folded:
        folded = folded.replace("'", "")
    if "." in folded:
        folded = _DOTTED.sub(r"\1", folded)
    return tuple(_WORDS.findall(folded))


def slips_allowed(length: int) -> int:
    """How many slips (a letter wrong, missing, doubled, swapped) a word of this length may hold."""
    if length < 4:
        return 0
    return 1 if length < 7 else 2 if length < 12 else 3


def likeness(typed: str, word: str) -> float:
    """How alike two folded words are: 1 equal, 0.97 a beginning of three letters or more, less by slip, else 0."""
    if typed == word:
        return 1.0
    if len(typed) >= 3 and word.startswith(typed):
        return 0.97
    allowed = slips_allowed(len(typed))
    if allowed and (slips := DamerauLevenshtein.distance(typed, word, score_cutoff=allowed)) <= allowed:
        return 1 - slips / len(typed)
    # A beginning with one slip in it.
    if len(typed) >= 6 and len(word) > len(typed):
        slips = DamerauLevenshtein.distance(typed, word[: len(typed)], score_cutoff=1)
        return 0.97 - 1 / len(typed) if slips <= 1 else 0.0
    return 0.0


def score_name(typed: tuple[str, ...], name: tuple[str, ...]) -> float:
    """How well typed words name a company of these words, 0 to 1. Long words weigh more, legal forms hardly.

    A typed word that the name doesn't have, or another legal form, makes it another company: worth a suggestion only.
    """
    core = [w for w in name if w not in LEGAL_FORMS]
    words = [w for w in typed if w not in LEGAL_FORMS]
    if not words or not name:
        return 0.0
    found = [max((likeness(word, other) for other in name), default=0.0) for word in words]
    score = sum(len(w) * f for w, f in zip(words, found, strict=True)) / sum(len(w) for w in words)
    if not all(found):
        score *= 0.7
    # Words written together or apart: `north wind` for Northwind, `acmeiberia` for Acme Iberia.
    joined, whole = "".join(words), "".join(core)
    together = 0.98 * likeness(joined, whole) if len(joined) >= 5 else 0.0
    if CJK.search(joined) and len(joined) >= 2 and joined in whole:
        together = max(together, 0.97)
    score = max(score, together)
    mine, theirs = _legal_forms(typed), _legal_forms(name)
    if mine and theirs:
        return score if mine & theirs else 0.7 * score
    return score


def _legal_forms(words: tuple[str, ...]) -> set[str]:
    return {_SAME_FORM.get(word, word) for word in words if word in LEGAL_FORMS}
