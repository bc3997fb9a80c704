"""A reply that answers for one invoice after the other: each answer is read by itself, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from outreach.replies.clauses import Sentence
from outreach.replies.message import Message


@dataclass
class _Answer:
    named: set[str]
    sentences: list[Sentence]


def separate_answers(message: Message) -> list[Message]:
    """Messages of one answer each, where at least two answers name invoices (or stand below them) that no other does.

    What a long reply says as a whole hides that one of its answers tells of a payment and another refuses one.
    """
    answers = list(_answers(message))
    numbers = [number for answer in answers for number in answer.named]
    if len(answers) < 2 or len(numbers) != len(set(numbers)):
        return []
    return [_alone(message, answer) for answer in answers]


def _answers(message: Message) -> Iterator[_Answer]:
    current: _Answer | None = None
    for sentence in message.sentences:
        named = {m.number for m in message.mentions if sentence.start <= m.span[0] < sentence.end}
        named = named or set(message.answered_invoices(sentence.start))
        if named and (current is None or not named <= current.named):
            if current:
                yield current
            current = _Answer(named, [])
        if current:
            current.sentences.append(sentence)
    if current:
        yield current


def _alone(message: Message, answer: _Answer) -> Message:
    """The message as if it held this answer alone, about its invoices alone."""
    open_invoices = tuple(i for i in message.context.open_invoices if i.number in answer.named)
    text = message.text[answer.sentences[0].start : answer.sentences[-1].end].strip() or " "
    # A new one, for what was found in the whole message stands at other places.
    return Message(
        message.reply,
        replace(message.context, open_invoices=open_invoices),
        replace(message.stripped, interleaved=()),
        text,
        message.language,
    )
