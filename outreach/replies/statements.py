"""What each piece of a message says: sentences, cut further where their clauses say different things."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.replies.classifier import Guess, guess
from outreach.replies.clause_labels import Label
from outreach.replies.clauses import Sentence
from outreach.replies.message import Message

SURE = 0.6
"""A chance from which the model's label stands by itself."""
_SHORTEST = 14
"""Letters that a clause needs to be judged by itself."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A piece of a sentence with what it most likely says."""

    start: int
    end: int
    sentence: Sentence
    guess: Guess

    @property
    def label(self) -> Label:
        """The likeliest label."""
        return self.guess.label

    @property
    def chance(self) -> float:
        """How likely that is."""
        return self.guess.chance


def read_statements(message: Message) -> list[Statement]:
    """Every sentence, or its clauses where they say different things for sure, in order."""
    statements = []
    for sentence in message.sentences:
        pieces = _pieces(message, sentence)
        whole = Statement(sentence.start, sentence.end, sentence, guess(message, sentence.start, sentence.end))
        parts = [Statement(a, b, sentence, guess(message, a, b)) for a, b in pieces]
        sure = {p.label for p in parts if p.chance >= SURE and p.label is not Label.NONE}
        # Clauses judged apart are wrong more often than the sentence: they stand where the sentence hides one of them.
        if len(parts) > 1 and (len(sure) > 1 or (sure and whole.label not in sure)):
            statements += parts
        else:
            statements.append(whole)
    return statements


def _pieces(message: Message, sentence: Sentence) -> list[tuple[int, int]]:
    """Clauses of a sentence, what is too short to be judged joined to the one before it."""
    shortest = _SHORTEST // 2 if message.language == "ja" else _SHORTEST
    pieces: list[tuple[int, int]] = []
    for start, end in sentence.clauses:
        letters = len(re.findall(r"\w", message.text[start:end]))
        if pieces and (letters < shortest or len(re.findall(r"\w", message.text[slice(*pieces[-1])])) < shortest):
            pieces[-1] = pieces[-1][0], end
        else:
            pieces.append((start, end))
    return pieces
