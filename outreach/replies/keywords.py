"""STOP and START: a message whose whole text is the word: Twilio's words and their counterparts."""

from __future__ import annotations

import re

from outreach.replies.folding import fold
from outreach.replies.model import Intent

_STOP = frozenset(
    fold(word)
    for word in [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "OPT-OUT",
        "CANCEL",
        "REMOVE",
        "BAJA",
        "ALTO",
        "PARAR",
        "CANCELAR",
        "DETENER",
        "ARRET",
        "ARRETER",
        "ARRETE",
        "ARRETT",
        "DESABONNER",
        "DESABONNEMENT",
        "STOPP",
        "ABMELDEN",
        "ENDE",
        "ABBESTELLEN",
        "停止",
        "配信停止",
        "解除",
        "ストップ",
        "配信解除",
        "中止",
    ]
)
_START = frozenset(
    fold(word)
    for word in ["START", "UNSTOP", "YES", "ALTA", "REANUDAR", "REPRENDRE", "ANMELDEN", "再開", "配信再開", "スタート"]
)


def read_keyword(text: str) -> Intent | None:
    """OPT_OUT or OPT_IN where the whole message is such a word, whatever its case, accents, width or punctuation."""
    word = re.sub(r"[\s.,!?'\"。、！？・*()\[\]「」-]+", "", fold(text))
    if word in {re.sub(r"[\s-]", "", stop) for stop in _STOP}:
        return Intent.OPT_OUT
    return Intent.OPT_IN if word in _START else None
