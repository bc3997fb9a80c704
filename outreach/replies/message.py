"""A reply prepared for reading: its own words, and every date, amount, share and invoice found in them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from outreach.replies.amounts import AmountFinding, scan_amounts, with_rand
from outreach.replies.clauses import Sentence, split_sentences
from outreach.replies.dates import DateFinding, find_dates
from outreach.replies.folding import fold
from outreach.replies.groups import find_grouped, find_others, mark_left_out
from outreach.replies.language import detect_language
from outreach.replies.lexicon import Lexicon, load_lexicon
from outreach.replies.locales import country_of
from outreach.replies.masking import Token, blank, find_tokens
from outreach.replies.model import Reply, ReplyContext
from outreach.replies.quoting import Stripped, strip_quoted
from outreach.replies.references import Mention, find_invoices
from outreach.replies.shares import Share, find_shares
from outreach.replies.singled import find_listed_behind, find_singled, find_the_other

Span = tuple[int, int]
_FRANCS = re.compile(r"\b(?:Fr|fr|SFr|sFr|Fs)\.? ?\d{1,3}(?:['’]\d{3})+(?:\.\d\d|\.[–-])?|\bFr\. ?\d+\.(?:[–-]|\d\d\b)")
"""Sums in Swiss francs, whose "Fr." is a Friday elsewhere."""

_BEGINNING = 60
"""Letters of an answer between quoted lines that answer the line above by themselves, or of such a line."""
_LINE = re.compile(r"(?<=\d\.)\n(?=\s*\d)")
"""The end of a line after a day and a month: what the next line starts with is not its year."""


@dataclass
class Message:
    """The customer's own words with what was found in them; spans are offsets of `text`."""

    reply: Reply
    context: ReplyContext
    stripped: Stripped
    text: str
    language: str
    lexicon: Lexicon = field(init=False)
    adopted: bool = False
    guesses: dict[Span, Any] = field(default_factory=dict)
    masks: list[tuple[Span, str]] | None = None
    cues: list[str] | None = None
    _found: dict[tuple[str, int, int], list[Span]] = field(default_factory=dict)
    _everywhere: dict[str, list[Span] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lexicon = load_lexicon(self.language)

    @cached_property
    def locale(self) -> str:
        """Language of the text, country of the customer."""
        return f"{self.language}_{country_of(self.reply.locale)}"

    @cached_property
    def mentions(self) -> list[Mention]:
        """Open invoices named in the text."""
        named = find_invoices(self.text, self.context.open_invoices)
        singled = find_singled(self.text, self.language, self.context.open_invoices)
        free = [m for m in singled if not any(n.span[0] < m.span[1] and m.span[0] < n.span[1] for n in named)]
        found, invoices = sorted([*named, *free], key=lambda m: m.span), self.context.open_invoices
        if len(invoices) < 2:
            return found
        folded = fold(self.text).replace("'", " ")
        found = sorted([*found, *find_listed_behind(folded, invoices, found)], key=lambda m: m.span)
        found = sorted(
            [*found, *find_grouped(folded, self.lexicon, invoices, found, self.reply.today)], key=lambda m: m.span
        )
        others = find_others(folded, self.lexicon, invoices, found)
        others += find_the_other(self.text, self.language, invoices, found)
        return mark_left_out(folded, self.lexicon, sorted([*found, *others], key=lambda m: m.span))

    @cached_property
    def tokens(self) -> list[Token]:
        """Mail addresses, links, telephone and other document numbers."""
        return find_tokens(blank(with_rand(self.text, self.locale), [m.span for m in self.mentions]))

    @cached_property
    def _hidden(self) -> list[Span]:
        return [m.span for m in self.mentions] + [t.span for t in self.tokens]

    @cached_property
    def folded(self) -> str:
        """The text folded, with numbers of documents and addresses blanked."""
        # Apostrophes as spaces: "m'envoyer" is two words to every cue.
        return fold(blank(self.text, self._hidden)).replace("'", " ")

    @cached_property
    def dates(self) -> list[DateFinding]:
        """Dates, counted from the day of receipt."""
        francs = [m.span() for m in _FRANCS.finditer(self.text)]
        # What is hidden is no white space: "on Friday 425 on 31.3." is no Friday the 31st.
        text = _LINE.sub("|", blank(self.text, self._hidden + francs)).replace("\x1f", "\x00")
        return find_dates(text, self.reply.today, self.locale)

    @cached_property
    def amounts(self) -> list[AmountFinding]:
        """Amounts, with or without a currency."""
        hidden = self._hidden + [d.span for d in self.dates]
        return scan_amounts(self.text, self.locale, hidden)

    @cached_property
    def shares(self) -> list[Share]:
        """Halves and percentages."""
        return find_shares(blank(self.text, self._hidden), self.language)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Sentences in order."""
        return split_sentences(self.text, self.language)

    def sentence_at(self, offset: int) -> Sentence:
        """The sentence that holds `offset`."""
        return next((s for s in self.sentences if s.start <= offset < s.end), self.sentences[-1])

    def hits(self, cue: str, start: int = 0, end: int | None = None) -> list[Span]:
        """Where a cue of the lexicon stands between two offsets, as if nothing stood around them."""
        everywhere = self.everywhere(cue)
        if everywhere is not None and not everywhere:
            return everywhere
        end = len(self.folded) if end is None else end
        known = self._found.get((cue, start, end))
        if known is not None:
            return known
        if everywhere is not None and not any(h[0] < start < h[1] or h[0] < end < h[1] for h in everywhere):
            known = [h for h in everywhere if start <= h[0] and h[1] <= end]
        else:  # a hit that reaches over the edge hides what stands within it
            known = [(m.start() + start, m.end() + start) for m in self.lexicon[cue].finditer(self.folded[start:end])]
        self._found[cue, start, end] = known
        return known

    def everywhere(self, cue: str) -> list[Span] | None:
        """Where a cue stands in the whole text; None for one that is about the start of what it is looked for in."""
        if cue not in self._everywhere:
            pattern = self.lexicon[cue]
            fixed = "^" in pattern.pattern
            self._everywhere[cue] = None if fixed else [m.span() for m in pattern.finditer(self.folded)]
        return self._everywhere[cue]

    def says(self, cue: str, start: int = 0, end: int | None = None) -> bool:
        """Whether a cue stands between two offsets."""
        if self._everywhere.get(cue) == []:  # most cues stand nowhere, and this is asked hundreds of times a reply
            return False
        return bool(self.hits(cue, start, end))

    def quote(self, start: int, end: int) -> str:
        """The words between two offsets, on one line."""
        return re.sub(r"\s+", " ", self.text[start:end]).strip()

    def answered_likewise(self) -> set[str]:
        """Invoices in quoted lines that a word or two answer with "the same" as the others."""
        found: set[str] = set()
        for pair in self.stripped.interleaved:
            answer = fold(pair.answer).strip()
            if len(answer) > 90 or any(c.isdigit() for c in answer.split("\n")[0].split(".")[0]):
                continue
            if self.lexicon["likewise"].match(answer):
                found |= set([m.number for m in find_invoices(pair.quoted, self.context.open_invoices)][-1:])
        return found

    def answers_about_paying(self, offset: int) -> bool:
        """Whether the words at `offset` begin the answer to a quoted line about paying, or to "and 0418?" after it."""
        before = ""
        for pair in self.stripped.interleaved:
            lines = [fold(line).replace("'", " ") for line in pair.quoted.splitlines() if line.strip(" >")]
            asked = lines[-1] if lines else ""
            alone = find_invoices(asked, self.context.open_invoices) and len(asked) < _BEGINNING
            if alone and not self.lexicon["money"].search(asked) and not self.lexicon["noise"].search(asked):
                asked = f"{before} {asked}"
            start = self.text.find(pair.answer)
            if start >= 0 and start <= offset < start + min(len(pair.answer), _BEGINNING):
                return bool(self.lexicon["money"].search(asked))
            before = asked
        return False

    def answered_invoices(self, offset: int) -> list[str]:
        """Invoices named in the quoted passage that the words at `offset` answer."""
        for pair in self.stripped.interleaved:
            start = self.text.find(pair.answer)
            if start >= 0 and start <= offset < start + len(pair.answer):
                named = [m.number for m in find_invoices(pair.quoted, self.context.open_invoices)]
                # An answer below the whole of a mail is about all that it names; one between its lines about the last.
                alone = sum(bool(p.answer.strip()) for p in self.stripped.interleaved) == 1
                several = self.lexicon["pair"].search(fold(pair.answer[:_BEGINNING]))  # "both on Friday"
                return list(dict.fromkeys(named)) if alone or several else named[-1:]
        return []


def read_message(reply: Reply, context: ReplyContext) -> Message:
    """A reply and what its sender owes → the prepared message."""
    stripped = strip_quoted(unicodedata.normalize("NFC", reply.body))
    text = _without_name_block(stripped.message, reply.from_name)
    language = detect_language(text or reply.subject, reply.locale)
    answer = _forwarded_answer(text, reply.subject, stripped.history, load_lexicon(language))
    if answer:
        text = f"{text}\n\n{answer}"
    return Message(reply, context, stripped, text or " ", language, adopted=bool(answer))


_HEADER = re.compile(r"(?im)^[>\s*]*(?:from|von|de|差出人|送信者)\s*[:：].*\n(?:.*\S.*\n){1,6}?\s*\n")


_FORWARDED = re.compile(r"\W*(?:fwd?|wg|tr|rv|i|転送)\s?[:：]")
_ENOUGH = 90
"""Words beyond which a forwarded mail is talked about, not passed on."""


def _forwarded_answer(text: str, subject: str, history: str, lexicon: Lexicon) -> str:
    """The colleague's answer right below, where the sender passes it on as the answer ("see below"), or says nothing.

    Only where a third mail stands below that one, under headers or marked as quoted: the last of them is the
    creditor's.
    """
    folded = fold(text).replace("'", " ")
    adopts = len(text) <= 300 and bool(lexicon["adopted"].search(folded))
    # Who forwards a thread with hardly a word of his own, and neither a day nor a sum, passes on what it says.
    bare = bool(_FORWARDED.match(fold(subject))) and len(text) <= _ENOUGH and not re.search(r"\d", text)
    header = _HEADER.search(history + "\n\n") if adopts or bare else None
    if header is None:
        return ""
    below = strip_quoted(history[header.end() :])
    asks = below.message.rstrip().endswith(("?", "？")) and not adopts
    return below.message if (below.history or below.quoted) and not asks else ""


def _without_name_block(text: str, from_name: str) -> str:
    """Cut the signature that starts with the sender's name on a line of its own."""
    name = fold(from_name).strip()
    lines = text.split("\n")
    if len(name) < 4:
        return text
    for number, line in enumerate(lines):
        if number > 1 and fold(line).strip(" .,-") == name and any(part.strip() for part in lines[:number]):
            return "\n".join(lines[:number]).rstrip()
    return text
