"""Delivery reports in plain words: which addresses they name, and what they say of each."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.utils import parseaddr
from functools import cache
from importlib import resources

from flufl.bounce import all_failures

from outreach.replies.folding import fold, pattern_source
from outreach.replies.lexicon import parse_sections

BROKEN = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError, MessageError)
"""What the standard library and flufl.bounce raise over mail that is broken."""

# It logs a traceback for what it stumbles over; that is caught here, and says nothing to an operator.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_ADDRESS = re.compile(r"[\w.+%=/'*-]+@[\w-]+(?:\.[\w-]+)+")
_ABOUT = 600
"""Characters of the words about one address that are shown and judged: a few lines."""


@cache
def _sections() -> dict[str, tuple[str, ...]]:
    text = resources.files("outreach.replies.lexicon").joinpath("bounces.txt").read_text(encoding="utf-8")
    return parse_sections(text)


@cache
def _cue(section: str) -> re.Pattern[str]:
    """One pattern a section; Japanese has no word boundaries, umlauts may be spelled out."""
    phrases = _sections()[section]
    western = [pattern_source(p, german=True) for p in phrases if not _is_japanese(p)]
    japanese = [pattern_source(p, german=False) for p in phrases if _is_japanese(p)]
    return re.compile("|".join([rf"(?<!\w)(?:{'|'.join(western)})(?!\w)", *japanese]))


def _is_japanese(phrase: str) -> bool:
    return any(ord(c) > 0x3000 for c in phrase)


def says(section: str, folded: str) -> re.Match[str] | None:
    """The first cue of a section in folded text."""
    return _cue(section).search(folded)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice's own words and the addresses that it names; `delayed` are those still being tried."""

    words: str
    addresses: tuple[str, ...]
    delayed: frozenset[str]

    def about(self, address: str) -> str:
        """The words about one address, on one line: from where it stands to where the next one does."""
        start = self.words.lower().find(address) if len(self.addresses) > 1 else -1
        if start < 0:
            return " ".join(self.words.split())[:_ABOUT]
        later = [self.words.lower().find(other, start + 1) for other in self.addresses if other != address]
        end = min((place for place in later if place > start), default=len(self.words))
        return " ".join(self.words[start:end].split()).rstrip("<( ")[:_ABOUT]


def read_notice(mail: Message, words: str, subject: str, *, by_words: bool) -> Notice | None:
    """What a machine's mail says of failures; None where it says nothing of the kind.

    flufl.bounce knows the forms of many servers. With `by_words`, a mail that it doesn't know is judged by what it
    says in five languages: sender or subject have already shown that it is a server's.
    """
    text = _own_words(words)
    for_now, for_good = _known_form(mail)
    if for_now or for_good:
        return Notice(text, tuple(sorted(for_now | for_good)), frozenset(for_now - for_good))
    if not by_words:
        return None
    folded = fold(f"{subject}\n{text}")
    delayed = says("delayed", folded) is not None and says("gave_up", folded) is None
    if not delayed and says("failed", folded) is None:
        return None
    addresses = _addresses(mail, text)
    return Notice(text, addresses, frozenset(addresses or ("",)) if delayed else frozenset())


def _known_form(mail: Message) -> tuple[set[str], set[str]]:
    """Addresses that failed for now and for good, in a form that flufl.bounce knows."""
    for part in mail.walk():
        for name, value in part.items():
            text = str(value)
            if text is not value:  # raw 8-bit bytes, which no detector expects
                part.replace_header(name, text)
    if not parseaddr(mail.get("from") or "")[1]:
        del mail["from"]
        mail["From"] = "nobody@invalid"
    try:
        for_now, for_good = all_failures(mail)
    except BROKEN:
        return set(), set()
    return {a.decode().lower() for a in for_now}, {a.decode().lower() for a in for_good}


def _own_words(words: str) -> str:
    """A notice without the copy of what was sent that old servers put below it: from its marker, else its headers."""
    block = None
    for line in re.finditer(r"^.*$", words, re.MULTILINE):
        if _cue("copy").match(fold(line.group())) and words[: line.start()].strip():
            return words[: line.start()]
        if re.match(r"[A-Za-z][\w-]*:(?: |$)", line.group()):
            block = line.start() if block is None else block
            if block > 0 and re.match(r"(?i)(?:message-id|received|return-path|mime-version):", line.group()):
                return words[:block]
        elif not line.group()[:1].isspace():
            block = None
    return words


def _addresses(mail: Message, text: str) -> tuple[str, ...]:
    """Addresses in a notice, but not those of who wrote it or of whom it was sent to."""
    known = " ".join(str(mail.get(name) or "") for name in ("from", "to", "sender", "reply-to")).lower()
    found = [address.lower().strip("'") for address in _ADDRESS.findall(text)]
    return tuple(dict.fromkeys(a for a in found if a not in known and "daemon" not in a and "postmaster" not in a))
