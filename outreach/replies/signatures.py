"""What stands around a customer's own words: sign-offs with all below them, office hours, footers, disclaimers."""

from __future__ import annotations

import re

from outreach.replies.folding import fold

_LONGEST = 400
"""No line that tells of structure is longer."""
_DEVICE = re.compile(
    r"^\s*(?:sent (?:from|via) (?!.{0,60}\b(?:bank|account|payment|eur|usd|gbp|today|yesterday|our|your)\b).{1,60}$"
    r"|get outlook|envoye (?:de|a partir d|depuis) ?(?:mon|l?'?outlook|e outlook|yahoo|mail|l)"
    r"|envoye (?:a partir d|de)'?outlook"
    r"|enviado (?:desde|de|con) (?:mi|outlook|yahoo|mail|el correo|la app)|von meinem .{1,40} gesendet"
    r"|gesendet (?:von|mit|uber|aus) (?!\w+ bank)|diese nachricht wurde von meinem|.{0,30}から送信\s*$"
    r"|outlook for \w+ を入手|sendt fra|verzonden vanaf|obtener outlook|telecharger outlook|holen sie sich outlook"
    r"|outlook fur )"
    # Ticket systems ask for answers above a line.
    r"|^\W*.{0,40}(?:above this line|(?:oberhalb|uber) dieser (?:zeile|linie)|(?:encima|arriba) de esta linea"
    r"|au[- ]dessus de cette ligne|この(?:行|線)より上).{0,20}$|^\W*#{2,}-{4,}#{2,}\s*$"
)
_DISCLAIMER = re.compile(
    r"^\W*(?:(?:this|the) (?:e-?mail|message|communication|information)\b.{0,80}(?:confidential|intended|privileged)"
    r"|confidentiality (?:notice|note)"
    r"|disclaimer|diese (?:e-?mail|nachricht|mail)\b.{0,60}vertraulich|der inhalt dieser e-?mail|vertraulichkeits"
    r"|aviso (?:de confidencialidad|legal|de privacidad)|este (?:correo|mensaje)\b.{0,80}confidencial|la informacion"
    r" contenida"
    r"|ce (?:message|courriel|mail)\b.{0,80}confidentiel|avis de confidentialite|les informations contenues"
    r"|[※*]?\s?(?:本|この)(?:メール|電子メール)(?:に|は|の).{0,40}(?:機密|秘密|宛先)|please (?:consider"
    r"|think).{0,30}(?:environment"
    r"|before printing)"
    r"|(?:bitte|denken sie).{0,40}umwelt|antes de imprimir|pensez a l'environnement|n'imprimez"
    # Ticket systems ask how they did, and say when they close.
    r"|wie zufrieden (?:waren|sind) sie|.{0,40}(?:an|bei) unserer (?:kurzen )?umfrage|how (?:did we do|satisfied)"
    r"|(?:please )?(?:take|complete) (?:our|a|this) (?:short |brief |quick )?survey"
    r"|.{0,60}(?:ticket|caso|case|vorgang|folio|requete|dossier)\b.{0,60}(?:se cerrara|(?:will be"
    r"|is) (?:auto\w* )?closed"
    r"|(?:wird|werden) (?:automatisch )?geschlossen|est cloture|sera (?:cloture|ferme)|reopen|rouvrir)"
    r"|responda a nuestra encuesta|(?:participez|repondez) a notre enquete)"
)
_FOOTER = re.compile(
    r"^\W*(?:(?:you(?: are|'re)? (?:receiving|receive|received|getting) th(?:is|ese)"
    r"|this (?:e-?mail|message|newsletter) was sent to)\b"
    r"|vous (?:recevez|avez recu) (?:cet?|ces|cette) (?:e-?mail|message|courriel|newsletter|lettre)"
    r"|(?:usted )?(?:recibe|recibes|ha recibido) este (?:correo|mensaje|boletin|e-?mail)\b"
    r"|este (?:correo|mensaje|boletin|e-?mail) (?:fue|ha sido|se) (?:le )?(?:enviado|envio|envia)\b"
    r"|(?:sie|du) erh(?:alten|altst) (?:diese[ns]?|unseren) (?:e-?mail|newsletter|mail|nachricht)\b"
    r"|(?:この|本)(?:電子)?メール(?:マガジン)?は(?!.*自動).{0,60}(?:お送り|配信|送信)(?:し|いた)|配信(?:停止|解除)は"
    r"|(?:unsubscribe|se desinscrire|me desinscrire|desabonner|abmelden|abbestellen|darse de baja|view in browser"
    r"|voir en ligne|ver en (?:el )?navegador|online ansehen)\s*[|·•/])"
)
"""Newsletters say why they come, and how to be rid of them."""
_FACTS = re.compile(
    r"^\W*(?:(?:our |unsere |nos |nuestro )?(?:(?:office|opening|business|working) (?:hours|times)|hours\s*:"
    r"|(?:sprech|buro|offnungs|geschafts|service|telefon|kern)(?:zeit|stunde)\w*"
    r"|bitte beachten sie unsere offnungszeiten"
    r"|horaires?|heures d'ouverture|bureaux? (?:ouvert|ferme)\w*|lignes ouvertes|permanence (?:telephonique|du|le)"
    r"|horarios?|recepcion de mercanc\w+|営業時間|受付時間|営業日|定休日).{0,90}"
    r"|(?:ust|umsatzst)\W?\w*\W?id\w*\b.{0,80}|steuer-?(?:nr|nummer)\b.{0,60}|(?:hr[ab]|gnr)\b.{0,60}"
    r"|(?:amts|register|handelsregister)gericht\b.{0,80}|sitz der gesellschaft\b.{0,80}"
    r"|(?:gf|geschaftsfuhr\w+|vorstand|inh(?:aber\w*)?|komplementarin)\s?[:.].{0,90}"
    r"|(?:vat|company|charity) (?:reg\w*|no|number)\b.{0,80}|registered (?:in|office|charity)\b.{0,90}"
    r"|(?:siret|siren|rcs|tva (?:be|fr|intra\w*)|n[°o] (?:de )?tva|bce)\b.{0,80}|(?:iban|bic|swift)\s?[:.].{0,60}"
    r"|(?:c\.?i\.?f|n\.?i\.?[ft]|r\.?f\.?c|r\.?u\.?t)\b\.?\s?:?\s?[a-z\d.\-]{6,20}|登録番号.{0,30}|〒.{0,60})$"
)
"""Facts about a firm that stand in signatures: they promise nothing, whatever days and numbers they hold."""

_SIGN_OFF = re.compile(
    r"^\W*(?:(?:with )?(?:kind|best|warm|warmest|many|with best|kindest|yours)? ?(?:regards|rgds|wishes)|regds|rgds"
    r"|kr|br|brgds|cheers|thanks(?: again)?|many thanks|thank you"
    r"|thx|ta|sincerely|yours (?:sincerely|faithfully|truly)|respectfully|cordially|best|all the best|with thanks"
    r"|thanking you|thanks and regards|thanks & regards"
    r"|(?:mit )?(?:freundlich|best|herzlich|lieb|schon|viel|nett|sonnig|kollegial|winterlich)\w* (?:gru(?:ss|ß)\w*"
    r"|dank|feierabend|wochenende)\b.{0,40}|\w{3,16}e[nrms]? gru(?:ss|ß)e?n?\b.{0,40}|mfg|vg|lg|bg|gru(?:ss|ß)"
    r"|gru(?:ss|ß)e? (?:vom |aus |von )?\w+(?: \w+)?|hochachtungsvoll|herzlichst?|danke und .{0,20}gru(?:ss|ß)e?|danke"
    r"|im auftrage?|(?:i\. ?[av]\.|gez\.|ppa\.?|p/o) .{2,40}|i\. ?[av]\."
    r"|(?:bien |tres )?cordialement|cdlt|cdt|bien a (?:vous|toi)|(?:meilleures |sinceres |mes )?salutations(?:"
    r" distinguees)?|salutations|bonne (?:journee|soiree|reception|fin de journee|continuation)|merci(?: d'avance|"
    r" beaucoup| bien)?|d'avance merci|avec mes remerciements|bien (?:sincerement|amicalement)|amicalement"
    r"|respectueusement|bav|b[aà]t|(?:veuillez|je vous prie|nous vous prions|vous remerciant|en vous|dans l'attente"
    r"|restant|recevez|agreez).{0,150}(?:salutations|sentiments|consideration)\b.{0,60}"
    r"|(?:un |reciba un |muchos )?(?:cordial(?:es)?|atent[oa]s?|afectuos[oa]s?)? ?(?:saludos?|abrazo)(?:"
    r" cordial(?:es)?)?|atentamente|atte|quedo (?:atent[oa]|a (?:sus|tus) ordenes|pendiente)|muchas gracias|gracias"
    r"|feliz (?:tarde|dia|noche)|agradecid[oa]|cordialmente|respetuosamente|slds|sds|att\.?"
    r"|(?:sin otro particular|sin mas|reciba\w*|me despido|le saluda).{0,100}(?:saludos?|atentamente|cordialmente)"
    r"|thanks so much|have a (?:good|great|nice) (?:day|one|weekend|week)|敬具|以上|草々|かしこ"
    r"|(?:以上[、,]?)?(?:何卒|どうぞ|どうか|引き続き|今後とも)?[、,]?(?:何卒)?よろしく(?:お願い(?:いた|申し上げ"
    r"|し)\w*)?)[\s,.!;:)。！]*$"
)
_GREETING = re.compile(
    r"^\W*(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|bonjour|bonsoir|madame|monsieur|cher|chere"
    r"|hola|estimad\w+"
    r"|buen[oa]s|sehr geehrte|guten (?:tag|morgen|abend)|hallo|liebe[rs]?|moin|grue?zi|拝啓|.{1,20}(?:様|御中)\s*$)"
)
_POSTSCRIPT = re.compile(r"\W*(?:p\.?\s?s\.?|p\.?\s?d\.?|posdata|nb|n\.b\.|nachtrag|追伸|追記|なお)(?:\W|(?<=お))")
_PROSE = re.compile(r"(?:\S+\s+){5}\S.*[.!?…]\W*$|.{14,}。\s*$")
"""A line that is a sentence or ends one, unlike the lines of names and addresses."""


def without_device_lines(lines: list[str]) -> list[str]:
    """`lines` without "Sent from my phone" and what ticket systems put above an answer."""
    return [line for line in lines if len(line) > _LONGEST or not _DEVICE.match(fold(line))]


def cut_dashes(lines: list[str]) -> tuple[list[str], list[str]]:
    """(lines above a line of two dashes, lines below it)."""
    for number, line in enumerate(lines):
        if number and re.fullmatch(r"(?:--|__|—|–)\s?", line) and len(lines) - number < 25:
            return lines[:number], lines[number + 1 :]
    return lines, []


def cut_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Signature from the first sign-off below some text on, disclaimers by the paragraph. A P.S. is the reply again."""
    body: list[str] = []
    signature: list[str] = []
    folded = [fold(line[: 2 * _LONGEST]) for line in lines]
    prose = max((n for n, line in enumerate(folded) if _PROSE.search(line) and not _DISCLAIMER.match(line)), default=-1)
    in_signature = in_disclaimer = has_words = False
    for number, line in enumerate(lines):
        here = folded[number]
        if not here.strip():
            in_disclaimer = False
        if _DISCLAIMER.match(here) or (has_words and _FOOTER.match(here)):
            in_disclaimer = True
        if in_signature:
            in_signature = not _POSTSCRIPT.match(here)
        elif has_words:
            in_signature = bool(_SIGN_OFF.match(here)) and not _goes_on(folded, number)
        fact = has_words and number > prose and bool(_FACTS.match(here))
        cut = in_signature or in_disclaimer or fact
        (signature if cut else body).append(line)
        has_words = has_words or (not cut and bool(line.strip()))
    return body, signature


def names_its_list(signature: str) -> bool:
    """Whether what was cut holds the footer of a newsletter."""
    return any(_FOOTER.match(fold(line[: 2 * _LONGEST])) for line in signature.split("\n"))


def _goes_on(folded: list[str], number: int) -> bool:
    """Whether a sign-off is none: sentences and another sign-off stand below it, and no letter begins between them.

    "Cordial saludo." opens letters below an address, and people say thanks before they go on.
    """
    told = False
    for line in folded[number + 1 :]:
        if _GREETING.match(line) or _DISCLAIMER.match(line):
            return False
        if told and _SIGN_OFF.match(line):
            return True
        told = told or bool(_PROSE.search(line))
    # A Japanese request for kindness ends a paragraph as well as a letter.
    return told and "よろしく" in folded[number]
