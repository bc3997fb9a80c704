"""Finding words of another language, and pairs that don't close, in what a customer would read."""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MARKERS: dict[str, frozenset[str]] = {
    "en": _set("the and please your you with payment we our invoice invoices this dear reminder overdue"),
    "de": _set("und bitte ihre ihnen wir nicht rechnung rechnungen ist für mit zahlung der das sie"),
    "es": _set("los las por pago factura facturas para gracias su sus el una con estimados vencimiento"),
    "fr": _set("votre vos vous nous pour facture factures règlement merci avec et échéance montant"),
}
"""Words that occur in nearly every text of one language and in none of the others'."""

_WORD = re.compile(r"[^\W\d_]+")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")

PAIRS = (
    ("(", ")"),
    ("（", "）"),
    ("「", "」"),
    ("【", "】"),
    ("«", "»"),
    ("„", "“"),
    ("[", "]"),
    ("拝啓", "敬具"),
    ("前略", "草々"),
    ("¿", "?"),
    ("¡", "!"),
)
"""What opens must close as often. The Spanish marks are only looked at in Spanish, where a lone `?` is wrong too."""


def find_stray(text: str, language: str) -> list[str]:
    """Words in `text` that belong to another of our languages than `language`, once each, sorted."""
    words = {word.lower() for word in _WORD.findall(text)}
    found = {word for other, markers in MARKERS.items() if other != language for word in words & markers}
    if language != "ja":
        found |= set(_JAPANESE.findall(text))
    return sorted(found)


def find_unbalanced(text: str, language: str) -> list[str]:
    """Pairs of marks in `text` of which one lacks its partner, such as `¿ ?`."""
    found = []
    for opening, closing in PAIRS:
        if opening in "¿¡" and language != "es":
            continue
        # A German quotation closes with the mark that opens an English one; only pairs that open are counted there.
        if closing == "“" and opening not in text:
            continue
        if text.count(opening) != text.count(closing):
            found.append(f"{opening} {closing}")
    if language == "ja" and ("\n記\n" in text) != ("\n以上\n" in text):
        found.append("記 以上")
    return found
