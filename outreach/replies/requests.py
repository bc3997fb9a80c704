"""What a customer asks for: a copy, a statement, more time, another contact, no more messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from outreach.replies.clause_labels import Label
from outreach.replies.clauses import Sentence
from outreach.replies.message import Message
from outreach.replies.model import Intent
from outreach.replies.references import read_contact
from outreach.replies.statements import SURE, Statement


@dataclass
class Requests:
    """Requests with the sentence of each; `question`: one that none of them explains, `about_paying` or not."""

    found: dict[Intent, str] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    question: bool = False
    about_paying: bool = False
    extension: bool = False
    firm: bool = False
    exclaims: bool = False
    doubts: list[str] = field(default_factory=list)


_LABELS = {
    Intent.INVOICE_COPY_REQUEST: Label.COPY_REQUEST,
    Intent.STATEMENT_REQUEST: Label.STATEMENT_REQUEST,
    Intent.TERMS_EXTENSION_REQUEST: Label.EXTENSION,
    Intent.WRONG_CONTACT: Label.WRONG_CONTACT,
    Intent.OPT_OUT: Label.OPT_OUT,
}


def read_requests(message: Message, statements: list[Statement]) -> Requests:
    """Requests in a message, sentence by sentence: by the lexicon's words, by the model of clauses, or by both."""
    requests = Requests()
    requests.exclaims = bool(re.search(r"[!！]{2}|[?？]{2}|[!！][?？]|[?？][!！]", message.text)) or _shouts(
        message.text
    )
    for sentence in message.sentences:
        within = [s for s in statements if s.sentence == sentence]
        intents = _asked(message, sentence, within, requests)
        for intent in intents:
            requests.found.setdefault(intent, message.quote(sentence.start, sentence.end))
        if intents:
            requests.sentences.append(sentence)
        elif sentence.question and not _answers_itself(message, sentence, within):
            requests.question = True
            requests.about_paying |= _is_about_paying(message, sentence)
    requests.extension = Intent.TERMS_EXTENSION_REQUEST in requests.found
    requests.firm = bool(re.search(r"in any case|either way|whatever happens|in jedem fall|auf jeden fall|いずれにし|en"
                                   r" todo caso|de todas formas"
                                   r"|dans tous les cas|quoi qu'il", message.folded))  # fmt: skip
    _drop_overlaps(message, requests)
    return requests


def _asked(message: Message, sentence: Sentence, within: list[Statement], requests: Requests) -> list[Intent]:
    """Rules and model together: a rule that the model takes for something else for sure is not heard."""
    by_rule = _asked_in(message, sentence)
    found = []
    for intent, label in _LABELS.items():
        chance = max((s.guess.of(label) for s in within), default=0.0)
        if chance >= SURE or (intent in by_rule and chance >= (0.35 if intent is Intent.OPT_OUT else 0.2)):
            found.append(intent)
        elif intent is Intent.OPT_OUT and chance < 0.1 and any(s.guess.disputes + s.chance > 0.5 for s in within):
            continue
        elif intent in by_rule and not any(s.chance > SURE and s.label is not Label.NONE for s in within):
            found.append(intent)
            requests.doubts.append(f"perhaps no {intent.value.replace('_', ' ')}")
        elif chance >= 0.35 and intent is Intent.OPT_OUT:
            requests.doubts.append("perhaps wants no more messages")
    return found


_NO_QUESTION = frozenset(Label) - {Label.QUESTION, Label.NONE, Label.ACKNOWLEDGEMENT, Label.OUT_OF_OFFICE}


def _answers_itself(message: Message, sentence: Sentence, within: list[Statement]) -> bool:
    """ "Didn't we pay that last week?" and "may I have a moment to check?" want no answer of their own."""
    span = sentence.start, sentence.end
    if message.says("nod", *span) and sentence.end - sentence.start < 60:
        return True
    if any(s.label in _NO_QUESTION and s.chance > SURE for s in within):
        return True
    return message.says("past", *span) or message.says("ack", *span) or message.says("plan", *span)


def _is_about_paying(message: Message, sentence: Sentence) -> bool:
    span = sentence.start, sentence.end
    named = any(span[0] <= m.span[0] < span[1] for m in message.mentions)
    return named or any(message.says(cue, *span) for cue in ("money", "fee", "extension", "contest"))


def _shouts(text: str) -> bool:
    words = re.findall(r"\b[A-ZÄÖÜÀ-Ý]{4,}\b", text)
    lower = re.findall(r"\b[a-zäöüà-ÿ]{4,}\b", text)
    return len(words) >= 2 and len(lower) > 2 * len(words)


def _asked_in(message: Message, sentence: Sentence) -> list[Intent]:
    span = sentence.start, sentence.end
    asks = sentence.question or message.says("request", *span)
    intents = []
    if message.says("opt_out", *span) and message.says("opt_out_object", *span):
        intents.append(Intent.OPT_OUT)
    if message.says("wrong_contact", *span) or (message.says("redirect", *span) and _gives_contact(message)):
        intents.append(Intent.WRONG_CONTACT)
    undelivered = message.says("goods", *span) and message.says("r.not_received", *span)
    if message.says("copy", *span) and not message.says("contest", *span) and not undelivered:
        intents.append(Intent.INVOICE_COPY_REQUEST)
    if asks and message.says("statement", *span):
        intents.append(Intent.STATEMENT_REQUEST)
    if asks and message.says("extension", *span):
        intents.append(Intent.TERMS_EXTENSION_REQUEST)
    return intents


def _gives_contact(message: Message) -> bool:
    return read_contact(message.text, message.reply.from_name) is not None and not message.says("copy")


def _drop_overlaps(message: Message, requests: Requests) -> None:
    """Who asks to be left alone, or says whom to ask, asks for no copy and no time in the same words."""
    found = requests.found
    for strong in (Intent.OPT_OUT, Intent.WRONG_CONTACT):
        if strong in found:
            for weak in (Intent.INVOICE_COPY_REQUEST, Intent.TERMS_EXTENSION_REQUEST, Intent.STATEMENT_REQUEST):
                if found.get(weak) == found[strong]:
                    del found[weak]
    if Intent.STATEMENT_REQUEST in found and found.get(Intent.INVOICE_COPY_REQUEST) == found[Intent.STATEMENT_REQUEST]:
        pattern = message.lexicon["copy"]
        if not re.search(r"cop[iy]|kopie|duplic|写し|コピー|再発行", message.folded) or not pattern.search(
            message.folded
        ):
            del found[Intent.INVOICE_COPY_REQUEST]
