"""What the model of clauses sees of a piece of a message: words, bits of words, kinds of dates and sums, cues.

What varies and says nothing (which day, how much, which invoice) is masked to a token of its own, so that an example
teaches every sentence of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from outreach.replies.message import Message, Span

DATE, SUM, NUMBER, ADDRESS, SHARE = "‹d›", "‹a›", "‹n›", "‹@›", "‹%›"
_TOKEN = re.compile(r"‹.›|[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?!]+")
_JAPANESE_SKIP = re.compile(r"[\s、。，．・「」『』（）()\[\]【】:：;；…\-]+")
_CUES = (
    "money", "future", "past", "incoming", "negation", "condition", "harmless_condition", "hedge", "vague", "noise",
    "rest", "all", "plan", "count", "monthly", "weekly", "each", "copy", "statement", "extension", "wrong_contact",
    "opt_out", "opt_out_object", "insolvency", "legal", "hardship", "complaint", "ooo", "ack", "remittance", "contest",
    "r.price", "r.quantity", "r.quality", "r.not_received", "r.duplicate", "r.missing_po", "r.tax", "r.wrong_entity",
    "r.contract", "r.cancelled", "r.credit_missing", "r.other", "request", "arrival", "refusal", "redirect", "split",
    "will", "did", "goods", "believed",
)  # fmt: skip


def features(message: Message, start: int, end: int) -> list[str]:
    """Features of the words between two offsets, each once; `c:` are cues of the lexicon, the same in all languages."""
    masked = masked_text(message, start, end)
    found = dict.fromkeys(_cues(message, start, end))
    found.update(dict.fromkeys(_shapes(message, start, end, masked)))
    found.update(dict.fromkeys(_japanese(masked)) if message.language == "ja" else _latin(masked))
    return list(found)


def masked_text(message: Message, start: int, end: int) -> str:
    """The folded words between two offsets, with dates, sums, numbers of documents and addresses as tokens."""
    parts, reached = [], start
    for (first, last), token in _masks(message):
        if first >= end:
            break
        if first < reached or last > end:
            continue
        parts += [message.folded[reached:first], f" {token} "]
        reached = last
    return "".join([*parts, message.folded[reached:end]])


def _masks(message: Message) -> list[tuple[Span, str]]:
    """What is masked, in order; found once a message."""
    if message.masks is None:
        masks: list[tuple[Span, str]] = [(d.span, DATE) for d in message.dates]
        masks += [(m.span, NUMBER) for m in message.mentions]
        masks += [(t.span, NUMBER if t.kind == "document" else ADDRESS) for t in message.tokens]
        masks += [(a.span, SUM if a.currency or "," in a.text or "." in a.text else NUMBER) for a in message.amounts]
        masks += [(s.span, SHARE) for s in message.shares]
        message.masks = sorted(masks)
    return message.masks


def _cues(message: Message, start: int, end: int) -> Iterator[str]:
    if message.cues is None:  # most stand nowhere in a reply, and need not be looked for in each of its pieces
        message.cues = [cue for cue in _CUES if message.everywhere(cue) != []]
    for cue in message.cues:
        if message.says(cue, start, end):
            yield f"c:{cue}"


def _shapes(message: Message, start: int, end: int, masked: str) -> Iterator[str]:
    kinds = {d.kind.value for d in message.dates if start <= d.span[0] < end}
    yield from (f"c:date {kind}" for kind in kinds)
    if kinds:
        yield "c:a date"
    for token in (SUM, NUMBER, ADDRESS, SHARE):
        if token in masked:
            yield f"c:{token}"
    if re.search(r"[?？]|(?:ますか|でしょうか|ませんか)[。\s]*$", masked):
        yield "c:?"
    if "!" in masked:
        yield "c:!"
    length = len(masked) * (2 if message.language == "ja" else 1)
    yield "c:short" if length < 30 else "c:long" if length > 120 else "c:middling"


def _latin(masked: str) -> dict[str, None]:
    words = _TOKEN.findall(masked)
    found: dict[str, None] = {}
    for word in words:
        found.update(_pieces(word))
    found.update(dict.fromkeys(f"{a} {b}" for a, b in pairwise(["^", *words, "$"])))
    return found


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> dict[str, None]:
    """A word and its pieces of three to five letters: the same words come again and again."""
    found = {word: None}
    if len(word) > 3 and word[0] != "‹":
        padded = f"^{word}$"
        for size in (3, 4, 5):
            found.update(dict.fromkeys(f"~{padded[i : i + size]}" for i in range(len(padded) - size + 1)))
    return found


def _japanese(masked: str) -> Iterator[str]:
    text = _JAPANESE_SKIP.sub("", masked)
    for size in (1, 2, 3, 4):
        yield from (text[i : i + size] for i in range(len(text) - size + 1))
    yield f"^{text[:3]}"
    yield f"{text[-3:]}$"
