"""Words of payments that come again: each week, each month, from when, until when; a table a language."""

from __future__ import annotations

from outreach.replies.folding import cue
from outreach.replies.grammar import english, french, german, spanish

WORDS = {"en": english.WORDS, "es": spanish.WORDS, "fr": french.WORDS, "de": german.WORDS}
WEEKLY, FORTNIGHTLY, HALF_MONTHLY, MONTHLY = "weekly", "fortnightly", "half-monthly", "monthly"

_RHYTHMS = {
    "en": {
        FORTNIGHTLY: ("fortnightly", "(?:every|each|per) (?:two weeks|2 weeks|other week|second week)",
                      "(?:every|each|per|a) fortnight",
                      "(?:bi-?weekly)", "every (?:other|second) (?:mon|tues|wednes|thurs|fri)day"),
        WEEKLY: ("weekly", "(?:every|each|per|a) (?:week|wk)", "(?:every|each) (?:mon|tues|wednes|thurs"
        "|fri|satur|sun)day",
                 "on (?:mon|tues|wednes|thurs|fri)days",
                 "(?:(?:each|every) of )?the (?:next|following|first|coming) \\w+ (?:mon|tues|wednes|thurs|fri)days"),
        MONTHLY: ("monthly", "(?:every|each|per|a|of the) (?:month|mth)", "of (?:each|every) month", "each month end",
                  "months thereafter", "(?:each|every) of the (?:next|following|coming) \\w+ months",
                  "same (?:day|date) (?:each|every) month"),
    },
    "es": {
        FORTNIGHTLY: ("cada (?:dos|2) semanas", "cada (?:catorce|14) dias"),
        HALF_MONTHLY: ("quincenal\\w*", "(?:cada|todas las) quincenas?", "cada (?:quince|15) dias", "por quincena",
                       "(?:\\d{1,2}|dos|tres|cuatro|cinco|seis|ocho|diez|doce) quincenas",
                       "\\d{1,2},? (?:y|e) (?:el )?(?:\\d{1,2}|ultimo|ultimo dia|fin(?: de mes)?) "
                       "de (?:cada|todos los) mes(?:es)?",
                       "cada (?:dia )?\\d{1,2} (?:y|e) (?:\\d{1,2}|ultimo|fin de mes)"),
        WEEKLY: ("semanal\\w*", "cada semana", "todas las semanas", "(?:a la|por) semana",
                 "(?:pag\\w+|abon\\w+|cuotas|€|euros|pesos|soles|mil|lucas|\\d) (?:\\w+ )?los "
                 "(?:lunes|martes|miercoles|jueves|viernes|sabados)(?! \\d)",
                 "(?:cada|todos los) (?:lunes|martes|miercoles|jueves|viernes|sabados?)",
                 "(?:los )?(?:proximos|siguientes) (?:dos|tres|cuatro|cinco|seis|ocho|diez|\\d{1,2}) "
                 "(?:lunes|martes|miercoles|jueves|viernes|sabados)",
                 "(?:\\d{1,2}|dos|tres|cuatro|cinco|seis) (?:lunes|martes|miercoles|jueves|viernes|sabados) "
                 "(?:seguidos|consecutivos)"),
        MONTHLY: ("mensual\\w*", "(?:de )?(?:cada|todos los) mes(?:es)?", "(?:al|por) mes", "mensualidad\\w*"),
    },
    "fr": {
        FORTNIGHTLY: ("(?:toutes les|chaque) (?:deux|2) semaines", "tous les (?:quinze|15|quatorze|14) jours",
                      "aux deux semaines"),
        WEEKLY: ("hebdomadaire\\w*", "(?:chaque|par) semaine", "toutes les semaines",
                 "(?:chaque|tous les) (?:lundi|mardi|mercredi|jeudi|vendredi|samedi)s?"),
        MONTHLY: ("mensuel\\w*", "mensualite\\w*", "(?:de )?chaque mois", "par mois", "tous les mois", "du mois",
                  "chaque fin de mois"),
    },
    "de": {
        FORTNIGHTLY: ("alle (?:zwei|2) wochen", "alle (?:vierzehn|14) tage", "(?:14|vierzehn)-?tägig\\w*"),
        WEEKLY: ("wöchentlich\\w*", "(?:pro|jede|die) woche", "(?:jeden|immer) (?:am )?"
                 "(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag)s?"),
        MONTHLY: ("monatlich\\w*", "(?:pro|im|jeden|je|jedes) monats?", "eines (?:jeden )?monats", "monatsraten?",
                  "(?:immer|jeweils|je) (?:zum|am|per)", "jeden ersten"),
    },
    "ja": {
        FORTNIGHTLY: ("隔週", "2週間ごと"),
        WEEKLY: ("毎週", "週に"),
        MONTHLY: ("毎月", "月々", "各月", "ひと月", "月ごと", "月末(?:ごと|毎)", "[1一]か月ごと",
                  "(?<![\\d今来先前翌毎各一二三四五六七八九十])月(?=\\d{1,3}(?:,\\d{3})*[円万千]|[一二三五]万)",
                  "(?:\\d{1,2}月?[、・,と]){1,11}\\d{1,2}月の(?:各|それぞれ|末|月末|\\d)"),
    },
}  # fmt: skip
_FREQUENCY = {
    "en": "(?:once|twice|\\w+ times) (?:a|per|every|each) (?:week|fortnight|month)",
    "es": "(?:una|\\w+) vez (?:al|por) (?:mes|semana)|\\w+ veces (?:al|por|a la) (?:mes|semana)",
    "fr": "\\w+ (?:fois|lots?|campagnes?|trains?|series?) (?:par|chaque) (?:mois|semaine)",
    "de": "\\w*mal (?:im|pro|die|in der|je|den) (?:monat|woche)|\\w*mal (?:monatlich|wöchentlich)",
    "ja": "(?:週|月)に?\\d回",
}
_FROM = {
    "en": "start(?:ing|s)?(?: from| on| with)?|begin(?:ning|s)?(?: on)?|from|as of|commencing"
    "|first (?:one|payment|instalment|"
    "installment)(?: on| is| being| to be made| due)?|the first(?: on)?",
    "es": "a partir del?|empezando|comenzando|iniciando|desde|arrancando|partiendo|(?:empiezo|empezamos"
    "|empezaria(?:mos)?|arranco|arrancamos|inicio|iniciamos|parto|partimos|comienzo|comenzamos)"
    "|(?:el|la) primer[oa]?(?: pago| cuota| abono)?",
    "fr": "a (?:partir|compter|dater) d[eu]|des|(?:en )?commenca(?:nt|is)|(?:en )?debutant|depuis"
    "|(?:le |la )?premi(?:er|ere)(?: versement| paiement| echeance)?",
    "de": "ab(?: dem)?|beginnend(?: (?:mit|am|ab))?(?: dem)?|erstmals|angefangen|startend|los geht es|start(?: ist)?"
    "|(?:die )?erste (?:rate|zahlung)|erstmalig",
    "ja": "初回は?|第1回は?|1回目は?|開始日?は?|まずは?|手始めに",
}
_FIRST_BEHIND = (
    "より|から|[をが](?:初回|第1回|1回目|皮切り|起点)|(?:に|を)?(?:開始|スタート)|始まり|始め|に(?:初回|1回目)"
)
_UNTIL = {
    "en": "(?:till?|until) (?:it|the|all|everything|we|i|that|paid|cleared|this)|until (?:cleared|paid)",
    "es": "hasta (?:que|terminar|liquidar|completar|saldar|cubrir|cancelar|acabar|pagar|matar|finiquitar|llegar"
    "|extinguir|rematar|juntar|cumplir)\\w*",
    "fr": "jusqu'?a? ?(?:ce que|apurement|extinction|solde|complet|epuisement)|jusqu'?au (?:solde|bout"
    "|paiement complet)",
    "de": "bis (?:alles|die|das|es|der|zur|sie) .{0,30}(?:weg|bezahlt|beglichen|getilgt|abbezahlt"
    "|erledigt|null|tilgung|begleich\\w+|fertig)",
    "ja": "完済|なくなるまで|終わるまで|支払い?終える",
}
_THEN = {
    "en": "then|thereafter|after that|followed by|afterwards|and",
    "es": "luego|despues|posteriormente|y",
    "fr": "puis|ensuite|apres|et|suivi",
    "de": "dann|danach|anschließend|und|folgend\\w*|weiter\\w*",
    "ja": "以降|その後|以後|次回|2回目|それから|あとは|残り",
}
FREQUENCY = {language: cue((source,), language) for language, source in _FREQUENCY.items()}
FROM = {language: cue((source,), language) for language, source in _FROM.items()}
FROM_BEHIND = cue((_FIRST_BEHIND,), "ja")
UNTIL = {language: cue((source,), language) for language, source in _UNTIL.items()}
THEN = {language: cue((source,), language) for language, source in _THEN.items()}
RHYTHMS = {
    language: {unit: cue(phrases, language) for unit, phrases in units.items()} for language, units in _RHYTHMS.items()
}

_DAY_OF_MONTH = {
    "en": "(?:the |each |every |on )(?P<d>‹DAY›) (?:of )?(?:each|every|the|a) month"
    "|(?:monthly |month |each month |every month )(?:on |by )?the (?P<d2>‹DAY›)",
    "es": "(?:el|los|el dia|los dias|dia|dias|cada dia|cada) (?P<d>‹DAY›) (?:de )?(?:cada|todos los) mes(?:es)?"
    "|(?:todos los dias|todos los|cada dia|cada|siempre el|siempre los) (?P<d3>\\d{1,2})(?![\\w:/%]"
    "| ?(?:dias|semanas|meses))"
    "|(?:cada mes|mensuales|al mes),? (?:el|los|los dias|el dia) (?P<d2>‹DAY›)",
    "fr": "(?:les?|tous les|chaque|au) (?P<d>‹DAY›) (?:de |du )?(?:chaque )?mois"
    "|(?:par mois|chaque mois|tous les mois|mensuels?),? (?:le|les|au) (?P<d2>‹DAY›)",
    "de": "(?:zum|am|jeden|per) (?P<d>‹DAY›) (?:eines jeden|eines|jedes|jeden|des|im) monate?s?"
    "|(?:immer|jeweils|je|monatlich|jeden monat|pro monat|im monat) (?:zum|am|per) (?P<d2>‹DAY›)(?! ?(?:‹MONTH›|\\d))"
    "|(?:immer|jeweils|je|monatlich) (?:zum|am|per) monats(?P<d3>ersten)",
}
_HALVES = {
    "es": "(?P<a>\\d{1,2}),? (?:y|e) (?:el )?(?:(?P<b>\\d{1,2})|ultimo(?: dia)?|fin(?: de mes)?)"
    "(?= de (?:cada|todos los) mes)|cada (?:dia )?(?P<a2>\\d{1,2}) (?:y|e) (?:(?P<b2>\\d{1,2})|ultimo|fin de mes)",
}
HALVES = {language: WORDS[language].pattern(source) for language, source in _HALVES.items()}
"""Two days of each month: "los días 10 y 25 de cada mes"."""
_MONTHS_LISTED = "(?:\\d{1,2}月?[、・,と]){1,11}\\d{1,2}月の(?:各月?|それぞれ)?"
_EACH_MONTH = "(?:毎月|各月|月々|月ごとに?)(?:の|、|必ず|決まって|きちんと){0,2}"
_JAPANESE_DAY = cue(
    (
        f"{_EACH_MONTH}(?P<d>\\d{{1,2}}) ?日|{_EACH_MONTH}(?P<end>月?末)日?|月末(?:ごと|毎)"
        "|(?P<d2>\\d{1,2})日に、?毎月"
        f"|{_MONTHS_LISTED}(?:(?P<d3>\\d{{1,2}})日|(?P<end2>月?末))",
    ),
    "ja",
)
_MONTH_END = {
    "en": "(?:at |by )?(?:the )?(?:end of (?:each|every|the) month|(?:each|every) month(?:'s)? end|month end)",
    "es": "(?:a )?(?:fin|final|finales|ultimo dia) de (?:cada )?mes",
    "fr": "(?:a la |en |a chaque )?fin de (?:chaque )?mois|fin du mois",
    "de": "(?:zum |am )?(?:monatsende|ende (?:des|jedes|jeden) monats|monatsletzten|ultimo)",
    "ja": "(?:毎月|各月|月々)、?の?月?末|月末(?:ごと|毎)|毎月、?最終日",
}
DAY_OF_MONTH = {
    **{language: WORDS[language].pattern(source) for language, source in _DAY_OF_MONTH.items()}, "ja": _JAPANESE_DAY,
}  # fmt: skip
MONTH_END = {language: cue((source,), language) for language, source in _MONTH_END.items()}
_MONTHS = {
    "en": "from (?P<a>‹MONTH›) (?:to|until|till|through) (?P<b>‹MONTH›)|(?P<a2>‹MONTH›) (?:to|through"
    "|-) (?P<b2>‹MONTH›)",
    "es": "(?:de|desde) (?P<a>‹MONTH›) (?:a|hasta) (?P<b>‹MONTH›)",
    "fr": "(?:de |d')(?P<a>‹MONTH›) (?:a|jusqu'?en) (?P<b>‹MONTH›)"
    "|premi(?:er|ere)(?: \\w+)? (?:en |debut |fin |de |d')?(?P<a2>‹MONTH›)(?:,| et|, et) (?:le |la )?derni(?:er|ere)"
    "(?: \\w+)? (?:en |debut |fin |de |d')?(?P<b2>‹MONTH›)",
    "de": "(?:von )?(?P<a>‹MONTH›) bis (?:einschließlich )?(?P<b>‹MONTH›)",
}
MONTH_RANGE = {
    **{language: WORDS[language].pattern(source + r"(?!\w)") for language, source in _MONTHS.items()},
    "ja": cue(
        (
            r"(?<!\d)(?P<a>\d{1,2})月(?:分)?(?:から|より|~|〜|-)、?(?P<b>\d{1,2})月(?:まで)?"
            r"|(?<!\d)(?P<a2>\d{1,2})月?[、・,と](?:\d{1,2}月?[、・,と]){0,10}(?P<b2>\d{1,2})月の(?=各|それぞれ|末|月末|\d)",
        ),
        "ja",
    ),
}
_FROM_MONTH = {
    "en": "(?:starting|from|beginning|as of|commencing)(?: in)? (?P<m>‹MONTH›)",
    "es": "(?:a partir de|empezando en|desde|comenzando en) (?P<m>‹MONTH›)",
    "fr": "(?:a (?:partir|compter) (?:de (?:la fin (?:de |d')?)?|d')|(?:des|debutant en|commencant en"
    "|(?:la |le )?premi(?:er|ere)(?: versement| paiement| echeance)? (?:en|debut|fin)) )(?P<m>‹MONTH›)",
    "de": "(?:ab|beginnend (?:im|mit)|beginnend) (?P<m>‹MONTH›)",
}
FROM_MONTH = {
    **{language: WORDS[language].pattern(source + r"(?!\w)") for language, source in _FROM_MONTH.items()},
    "ja": cue(
        (r"(?<!\d)(?P<m>\d{1,2})月分?(?:から|より)|(?P<rel>今月|当月|来月|翌月|再来月)分?(?:から|より|スタート|開始)",),
        "ja",
    ),
}


def month_number(text: str, language: str) -> int:
    """Number of a month as it stands in folded text."""
    return int(text) if language == "ja" else WORDS[language].month(text)


def day_number(text: str, language: str) -> int:
    """Number of a day of the month as it stands in folded text."""
    return int(text) if language == "ja" else WORDS[language].day(text)
