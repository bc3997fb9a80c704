"""The words of questions: phrases and synonyms → one concept each, and the words that carry nothing.

English is complete; the commonest Spanish, French, German and Japanese words for balance, overdue, why, promises and
disputes are read into the same concepts. Everything here is folded: small letters, no accents.
"""

from __future__ import annotations

import re

GAP = " | "
"""What a slot leaves behind, so that the words around it don't join into one name."""

_NUMBER_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "fifteen": 15,
    "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip
COUNT = rf"(?:\d{{1,3}}|{'|'.join(_NUMBER_WORDS)})"
"""Pattern of a small number, in digits or a word."""


def read_count(word: str) -> int:
    """`7`, `seven` → 7."""
    return _NUMBER_WORDS.get(word) or int(word)


PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"), f" {concept} ")
    for pattern, concept in (
        # Spanish, French, German: what needs more than one word.
        (r"por que", "why"),
        (r"en retard|en souffrance|en mora|zu spat", "overdue"),
        (r"esta semana|cette semaine|diese woche|dieser woche", "this week"),
        (r"este mes|ce mois(?:-ci)?|diesen monat|diesem monat", "this month"),
        (r"a-t-il|est-ce que|qu'est-ce que|y a-t-il", "what"),
        (r"wie ?viel|combien|cuanto|cuanta", "howmuch"),
        (r"wie ?viele|cuantos|cuantas", "howmany"),
        # English.
        (r"how much credit(?=.* left )", "headroom"),
        (r"(?:credit )?limits? (?:is |are |was |were |has been )?(?:exceeded|breached|broken)", "overlimit"),
        (
            r"(?:over|above|beyond|exceed|exceeds|exceeded|exceeding|breach|breaches|past) "
            r"(?:their |its |the |his |her )?(?:credit )?(?:limits?|lines?)",
            "overlimit",
        ),
        (r"credit (?:limit|line|ceiling)s?", "limit"),
        (r"credit[ -](?:memo|note)s?", "creditmemo"),
        (
            r"(?:unapplied|unallocated|unmatched|unassigned) ?(?:cash|payments?|money|receipts?|amounts?|funds)?"
            r"|cash on account|on[ -]account (?:cash|payments?)|payments? on account",
            "unapplied",
        ),
        (r"days[ -]sales[ -]outstanding", "dso"),
        (
            r"available credit|credit (?:available|left|remaining|headroom)|room (?:left )?(?:under|on|in|within) "
            r"(?:the |its |their )?limit|how much more can",
            "headroom",
        ),
        (
            r"un-?disputed|(?:not|without|excluding|except|less|minus|net of) (?:the |any )?disput(?:ed|es?)",
            "beyond",
        ),
        (
            r"written off|write[ -]offs?|wrote off|(?:paid|pays?) late|nothing|nobody|the least|net balances?"
            r"|(?:after|net of|less) (?:the |any |all )?(?:open )?(?:unapplied|credits?)",
            "beyond",
        ),
        (r"not (?:yet )?(?:over)?due(?: yet)?|(?<=(?: what| much) is )current(?= (?:for|at|with|of|from) )", "notdue"),
        (r"past[ -]dues?|in arrears|behind with payments?|behind on payments?|not paid on time", "overdue"),
        (
            r"(?:opt|opted|opting|opts)[ -]?outs?|opted-out|unsubscribe[ds]?|said stop|do[ -]not[ -]contact|stop list",
            "optout",
        ),
        (r"sales ?(?:reps?|representatives?|people|person)|account (?:manager|owner|executive)s?", "salesrep"),
        (r"to[ -]?dos?(?: list)?|work ?list|task ?list", "task"),
        (
            r"get in touch with|got in touch with|in touch with|(?:reach|reached|reaching) out to"
            r"|(?:talk|talked) (?:to|with)|(?:speak|spoke|spoken) (?:to|with)",
            "contact",
        ),
        (r"(?:hear|heard) (?:back )?from", "reply"),
        (r"(?:fall|falls|falling|come|comes|coming|becom|become|becomes|becoming) due|up for payment", "due"),
        (r"promised? to pay|promises to pay|(?:ptp|ptps)", "promise"),
        (r"most recent|latest", "last"),
        (r"how much(?: money)?|what amount", "howmuch"),
        (r"how many|number of|count of", "howmany"),
        (r"(?:kept|keeping|keep)[ -]rate|rate of kept", "keptrate"),
        (r"what (?:should|must|do|shall) i (?:do|have to do|need to do)", "my task"),
        (r"(?:look|looks|looking) after|in charge of|responsible for|taking care of", "collector"),
        (r"(?:phone|telephone|mobile)(?: numbers?)?|e-?mail address(?:es)?", "people"),
        (r"en cours", "open"),
        (r"purchase[ -]orders?|p\.?o\.?", "purchaseorder"),
        (r"for me|on my (?:plate|desk)|assigned to me|i have|must i|do i have|should i", "my"),
        (r"on (?:credit )?hold|held up|stopped", "blocked"),
        (r"not (?:yet )?paid|still open|un-?paid|unsettled", "open"),
        (
            r"contact (?:details|persons?|people|info|information|data|address|addresses)|contacts (?:of|for|at|from)"
            r"|(?:who (?:is|are) )?(?:the|our|my) contacts? (?:at|for|of)|who (?:do|should|can) (?:i|we) contact at",
            "people",
        ),
        (r"what can you do|what can i ask|what do you (?:know|understand)", "help"),
        (r"went out|gone out|go out|goes out", "sent"),
        (r"got paid|been paid|is paid|was paid|were paid|are paid", "paid"),
        (r"group of companies|and subsidiaries|with subsidiaries|incl(?:\.|uding)? subsidiaries", "group"),
    )
)
"""Applied in order to the folded text, blanks around."""

_CONCEPTS = """
owe: owe ow ows owes owed owing owns indebted debe deben deuda adeuda adeudan doit doivent schuldet schulden dette
balance: balance balances saldo saldos solde soldes kontostand outstanding receivable receivables debt debts ar
  exposed
overdue: overdue late delinquent delinquency arrears vencido vencidos vencida vencidas atrasado atrasada atrasados
  atrasadas retard echu echue echus echues impaye impayes impayee impayees uberfallig uberfallige uberfalligen mora
aging: aging ageing aged buckets bucket age ages antiguedad balance-age altersstruktur
invoice: invoice invoices inv bill bills item items document documents factura facturas facture factures rechnung
  rechnungen
purchaseorder: purchaseorder purchaseorders
order: order orders pedido pedidos commande commandes auftrag auftrage auftrags bestellung bestellungen
block: block blocks blocked blocking hold holds held holding stop stopping stuck bloqueado bloqueados bloquea
  bloquean bloque bloques bloquee bloquees gesperrt blockiert blockieren
why: why warum wieso weshalb pourquoi reason reasons
contact: contact contacted contacting contacts contactado contactada contacto contactamos contacte contactee
  contactes kontaktiert angeschrieben gemahnt relance relances relancee remind reminded reminder reminders reminding
  chase chased chasing dun dunned dunning write wrote written writing email emailed emails emailing mail mailed
  mails message messages messaged sms letter letters call called calls calling phoned touch touched touches outreach
  reach reached nudge nudged
sent: sent send sending
skip: skip skipped skipping silent silence excluded left-out
not: not no never nicht pas keine ne nie
last: last latest ultima ultimo dernier derniere letzte letzter letzten
reply: reply replies replied replying respond responded response responses answer answered answers answering said
  say respuesta respuestas reponse antwort antworten
promise: promise promises promised promising pledge pledged pledges commitment commitments commit committed promesa
  promesas promesse promesses zahlungsversprechen versprechen versprochen prometio promis
broken: broke broken break breaks breaking breach missed unkept incumplida incumplidas rota rotas gebrochen rompue
  rompues
kept: kept keep keeps keeping fulfilled honoured honored
open: open offen offene offenen abierta abiertas abierto abiertos ouverte ouvertes ouvert ouverts unpaid pending
  current active unresolved ongoing
dispute: dispute disputes disputed disputing contested contest contests deduction deductions claim claims disputa
  disputas litige litiges reklamation reklamationen streitfall complaint complaints
closed: closed resolved settled rejected upheld withdrawn
status: status state stand standing situation
due: due vence vencen vencimiento echeance fallig falligen expected
top: top
most: most biggest largest highest greatest worst
big: big large
oldest: oldest earliest longest
customer: customer customers client clients account accounts debtor debtors company companies payer payers buyer
  buyers cliente clientes kunde kunden konto konten compte comptes cuenta cuentas
exposure: exposure exposures
headroom: headroom
limit: limit limits
overlimit: overlimit
unapplied: unapplied
creditmemo: creditmemo creditmemos memo memos
credit: credit credits
paid: paid collect collected pay pays paying payment payments pagado pago pagos paye paiement paiements bezahlt
  zahlung zahlungen remitted received receipts
optout: optout optouts
task: task tasks
dso: dso
people: people
collector: collector collectors
salesrep: salesrep
terms: terms
summary: summary summarise summarize overview details info information profile statement
howmuch: howmuch
howmany: howmany
keptrate: keptrate
total: total sum totals value amount amounts worth altogether
who: who whom quien quienes qui wer
which: which welche quelles quels cuales
list: list show give display name
when: when cuando quand wann
my: my mine our mis meine mes
all: all everything everybody everyone entire whole portfolio ledger alles todo todos todas tout toutes tous
group: group
help: help ayuda aide hilfe
percent: percent percentage share rate ratio
by: by per
territory: territory territories region regions
country: country countries
segment: segment segments
entity: entity entities
currency: currency currencies
notdue: notdue
beyond: beyond average averages avg mean median forecast forecasts predict predicted prediction likely probability
  trend trends compare compared comparison versus vs smallest lowest fewest newest youngest convert converted half
  double excluding except exclude without besides minus issued invoiced created
"""


def _parse_concepts() -> dict[str, str]:
    found: dict[str, str] = {}
    concept = ""
    for line in _CONCEPTS.strip().splitlines():
        head, colon, rest = line.partition(":")
        if colon and not line.startswith(" "):
            concept, words = head, rest
        else:
            words = line
        for word in words.split():
            found.setdefault(word, concept)
    return found


CONCEPTS = _parse_concepts()
"""Folded word → concept. `beyond` is what no answer of ours tells: it must not be passed over."""

_FILLERS = """
across belong belongs left throughout within inside outside who've how's sorted descending ascending a an the is are
was were be been being am do does did done has have had having can could would should will shall may might must let
lets of for from to in on at as into onto with within about against between among over under after before
during since until till up down out off than then and or but so if that this these those there here it its it's i me
we us you your yours he she they them their his her him what whats what's where how hows tell please pls kindly
thanks thank thx cheers hi hello hey dear morning good evening afternoon now right currently today's just still yet
already again ever also too very really quite quickly quick exactly really actually approximately roughly about only
even each every any some more less much many few lot lots need needs want wants wanted know see look looking check
find get got gets getting going go goes make makes made take takes took put think like via per still any anyone
anybody someone somebody something anything nothing nobody ok okay well yes one ones thing things far date day days
week weeks month months year years time times currently moment overall altogether together individually whether
because due-date number numbers dunwell bot assistant customer's us- regarding concerning respect terms-of behalf
side end start begin first second el la los las un una de del al que y e o en es esta estan fue han ha se nos por
para con su sus cual hay tiene tienen le les l d du des et est sont il elle ils nous vous a-t ete aupres chez sur
dans pour quel quelle quels quelles der die das dem den des ein eine einen einem einer und ist sind war wurde wurden
hat haben wir uns bei von vom zu zum zur im fur mit auf an welche welcher welches es gibt noch money cash funds
euro- pay-by fully partly status-of report figure figures position data ledger's
"""
FILLERS = frozenset(_FILLERS.split())
"""Folded words that carry nothing for the grammar."""

PRONOUNS = frozenset(["he", "she", "it", "they", "them", "him", "her", "their", "his", "its"])
"""Words that stand for an account that was not named."""

JOINS = frozenset(
    [
        "de",
        "la",
        "le",
        "les",
        "du",
        "der",
        "die",
        "das",
        "den",
        "of",
        "the",
        "and",
        "&",
        "y",
        "e",
        "et",
        "und",
        "von",
        "van",
        "da",
        "do",
        "dos",
        "del",
        "a",
    ]
)
"""Little words that belong to a name when they stand inside it."""

CONTRACTIONS = {
    "what's": "what is", "whose": "who",  "whats": "what is", "who's": "who is", "whos": "who is", "how's": "how is",
    "where's": "where is", "when's": "when is", "why's": "why is", "it's": "it is", "let's": "let us",
    "that's": "that is", "there's": "there is", "wat": "what", "wht": "what", "hw": "how", "plz": "please",
    "cust": "customer", "custs": "customers", "acct": "account", "accts": "accounts", "inv": "invoice",
    "invs": "invoices", "amt": "amount", "bal": "balance", "o/s": "outstanding", "w/o": "without", "i'm": "i am",
    "i've": "i have", "we've": "we have", "we're": "we are", "they've": "they have", "y'all": "you",
    "cant": "can not", "can't": "can not", "wont": "will not", "won't": "will not", "quoi": "what",
    "aujourd'hui": "today", "hoy": "today", "heute": "today", "ayer": "yesterday", "hier": "yesterday",
    "gestern": "yesterday", "manana": "tomorrow", "demain": "tomorrow", "morgen": "tomorrow",
}  # fmt: skip
"""Whole folded tokens written out."""

JAPANESE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), f" {words} ")
    for pattern, words in (
        (r"期限超過|期日超過|支払遅延|延滞|滞納|遅延", "overdue"),
        (r"未払い?(?:残高|金額|額)?|売掛金?(?:残高)?|残高|未回収(?:残高|額)?|未収金?", "balance"),
        (r"いくら(?:借りて|支払うべき)?", "howmuch"),
        (r"なぜ|どうして|何故", "why"),
        (r"連絡(?:され|し)?(?:なかった|ていない|ません(?:でした)?)", "contact not"),
        (r"最後に|最後の|最終", "last"),
        (r"連絡|督促|催促", "contact"),
        (r"支払い?(?:の)?約束|約束", "promise"),
        (r"係争(?:中)?|紛争|異議", "dispute"),
        (r"請求書", "invoice"),
        (r"今日|本日", "today"),
        (r"今週", "this week"),
        (r"今月", "this month"),
        (r"(?:でした|です|ますか|ました|ます|された|した|した?の|いる|ある|ありますか|の金額|の額|か)?[?？。]+$", ""),
    )
)
"""Japanese has no blanks: these are cut out of the text, the particles beside them with `PARTICLES`."""

_PARTICLE = "していますか|のですか|ですか|ますか|のか|です|さん|様|から|まで|の|は|を|に|が|へ|と|も|で|か|、|,"
PARTICLES = re.compile(rf"^(?:{_PARTICLE})+|(?:{_PARTICLE})+$")
"""Little words before and after a Japanese name."""
