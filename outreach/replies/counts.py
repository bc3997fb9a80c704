"""Numbers that count something else than money: days, pieces, percentages, goods of all kinds."""

from __future__ import annotations

import re

from outreach.replies.currency_words import AFTER

_UNITS = re.compile(
    r"\s?(?:%|‰|°|per ?cent|prozent|por ciento|pour cent|パーセント|年|月|日|時|割|件|枚|回|個|名|台|週|営業|ヶ|か月"
    r"|つ目|本(?!円)|箱|袋|缶|冊)|\s?(?:h\d{0,2}|uhr)(?!\w)|:\d|\s?[x×*]\s?\d"
    r"|\s?(?:(?:business |working |calendar )?days?|weeks?|months?|years?|hours?|hrs?|units?|pieces|pcs|pallets?"
    r"|boxes|cases|items|bags?|rolls?|licen[cs]es?|seats?|users?|tons?|tonnes?|bottles?|kegs?|sheets?|panels?|times"
    r"|people|kids|children|guests|rooms?|nights?|tyres?|tires?|loads?|trips?|drums?|crates?|copies|meters?|metres?|lit(?:er|re)s?"
    r"|tagen?|wochen?|monaten?|jahren?|stunden|std\.?|stuck|stk\.?|paletten?|kartons?|dias?|semanas?|mes(?:es)?|anos?|horas?"
    r"|unidades|piezas|pzas|cajas|litros?|sacos?|rollos?|licencias|usuarios|botellas|toneladas|viajes|juegos|personas"
    r"|trajes|mesas|puertas|ventanas|camisas|uniformes|invitados|comensales|clientes|alumnos|empleados|obreros|reses"
    r"|yeguas|caballos|cabezas|platos|tambos|bidones|garrafas|barriles|costales|quintales|cajones|postes|tablas"
    r"|tubos|laminas|llantas|neumaticos|motores|equipos|maquinas|pedidos|frascos|latas|tarros|pollos|habitaciones"
    r"|cuotas?|veces|grados|palets?|bultos|kilos?|metros?|copias"
    r"|jours?|semaines?|mois|ans|heures?|unites|pieces|cartons?|palettes?|sacs?|rouleaux|bouteilles|personnes|colis|fois"
    r"|mensualites|exemplaires|k?g|kms?|m[23²³]|qm|cbm|to|t"
    r"|invoices?|rechnungen|facturas|factures)(?![\w€$£¥])"
)
_GERMAN_NOUN = re.compile(r" (?P<noun>[A-ZÄÖÜ][a-zäöüß]{2,}(?:-[A-ZÄÖÜ]?\w+)?)(?!\w)")
_GERMAN_COMPOUND = re.compile(
    r"-?(?!(?:k|tsd|mio|mrd|e|er|euro?s?|eus|am|an|bis|in|und|sofort|heute|morgen|ende|mitte|anzahlung|rest)(?!\w))"
    r"[a-z]{3,}"
)
"""German writes "40tonner" and "7,5-Tonner" in one word."""
_NOT_COUNTED = re.compile(
    r"(?:mon|diens|mitt|donners|frei|sams|sonn)\w*|januar|janner|feber|februar|marz|april|mai|juni|juli|august"
    r"|september|oktober|november|dezember|euros?|franken|dollar|pfund|cent|rappen|rest\w*|raten?|an\w+|ende|mitte"
    r"|brutto|netto|tacken|kroten|mause|piepen|steine|uberweis\w+|dauer\w+|abschlag\w*|heute|morgen|uber\w*"
    r"|teil\w*|zahl\w+|gut\w*|skonto|ein\w+|million\w*|milliarde\w*|billion\w*|mio|mrd|tsd|tausend|hundert|dutzend"
    r"|schweizer|us|wie|sobald|danke|gru(?:ss|ß)\w*|bar|per|mfg|und"
)


def counts_things(text: str, folded: str, end: int, language: str) -> bool:
    """Whether what follows a number at `end` says that it counts no money."""
    if _UNITS.match(folded, end):
        return True
    if language != "de":
        return False
    if _GERMAN_COMPOUND.match(folded, end) and not AFTER.match(folded, end):
        return True
    # German writes nouns with a capital: "12 Kisten" are twelve of something.
    noun = None if AFTER.match(folded, end) else _GERMAN_NOUN.match(text, end)
    return bool(noun) and not _NOT_COUNTED.fullmatch(folded, *noun.span("noun"))  # type: ignore[union-attr]
