"""Which of the five languages a reply is in: script first, then words, the customer's own language as prior."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from outreach.replies.folding import fold, word_list
from outreach.replies.locales import LANGUAGES, language_of

_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_LETTERS = re.compile(r"[^\W\d_]")
_COMMON = {
    "en": word_list(
        "the and you your will is are we our please for have this that with not of to be can it i paid "
        "on invoice payment was when "
    ),
    "es": word_list(
        "el la los las que de del por para con una un su sus le les no se es esta estan ya pago factura "
        "gracias buenos dias en mi lo al y pero "
    ),
    "fr": word_list(
        "le la les des que de du par pour avec une un vos votre nous vous je est sont pas ne et sur au "
        "aux facture merci bonjour ce cette en mais ca "
    ),
    "de": word_list(
        "der die das und ist nicht sie wir ihr ihre bitte mit fur ich haben wird werden zu den dem ein "
        "eine auf im von rechnung danke noch bei am es "
    ),
}
_PRIOR = 1.5
"""How many common words of another language it takes to outweigh the customer's own, on the scale below."""


def detect_language(text: str, locale: str) -> str:
    """`text` → en, es, fr, de or ja; the language of `locale` where the text doesn't tell."""
    letters = len(_LETTERS.findall(text))
    japanese = len(_JAPANESE.findall(text))
    if japanese and japanese * 5 >= letters:
        return "ja"
    prior = language_of(locale)
    words = re.findall(r"[^\W\d_]+", fold(text))
    scores = {language: float(sum(word in _words(language) for word in words)) for language in _COMMON}
    if prior in scores:
        scores[prior] += _PRIOR
    first, second, *_ = sorted(scores.values(), reverse=True)
    best = max(scores, key=lambda language: scores[language])
    if first - second >= 2 + 0.1 * len(words) or len(words) < 3:
        return best if len(words) >= 3 or prior == "ja" else prior
    return _by_model(text, prior)


@lru_cache(maxsize=8)
def _words(language: str) -> frozenset[str]:
    return frozenset(_COMMON[language])


@lru_cache(maxsize=1)
def _model() -> Any:
    # Imported late: its model takes a tenth of a second that most commands never need.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def _by_model(text: str, prior: str) -> str:
    ranked = {language: float(score) for language, score in _model().rank(text)}
    # Log probabilities: the customer's own language is taken to be e³ times as likely to begin with.
    ranked[prior] = ranked.get(prior, -math.inf) + 3.0
    return str(max(ranked, key=lambda language: ranked[language]))
