"""Mail that no person wrote: out-of-office notes and other robots (RFC 3834). Never answered, never a promise."""

from __future__ import annotations

import re
from collections.abc import Mapping

from outreach.replies.folding import fold

_SUBJECT = re.compile(
    r"^\W*(?:re: |aw: )?(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|autoreply"
    r"|away from"
    r"|automatische antwort|abwesenheit\w*|abwesend|urlaubs\w*|ferienabwesenheit|betriebsurlaub|betriebsferien|nicht"
    r" im buro"
    r"|respuesta automatica|fuera de (?:la )?oficina|ausen(?:te|cia)|vacaciones|auto ?respuesta"
    r"|reponse automatique|absen(?:ce|t)|message d'absence|conges|hors du bureau|fermeture"
    r"|[【\[(「]?(?:自動返信|自動応答|不在|休業|夏季休業|年末年始|休暇|お休み))"
)
_ANYWHERE = re.compile(
    r"自動返信|自動応答|automatic reply:|out of office:?|automatische antwort:|respuesta automatica:|reponse"
    r" automatique ?:"
    r"|休業のお知らせ|不在通知|abwesenheitsnotiz|urlaubsabwesenheit|休暇のお知らせ|不在のお知らせ"
)


def is_automatic(headers: Mapping[str, str], subject: str) -> bool:
    """Whether headers (lower-case names) or the subject say that a machine answered."""
    submitted = headers.get("auto-submitted", "no").strip().lower()
    if submitted and submitted.split(";")[0].strip() != "no":
        return True
    if headers.get("precedence", "").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(name in headers for name in ("x-autoreply", "x-autorespond", "x-auto-response-suppress-reply", "list-id")):
        return True
    if headers.get("return-path", "").strip() == "<>":
        return True
    folded = fold(subject)
    return bool(_SUBJECT.match(folded) or _ANYWHERE.search(folded))
