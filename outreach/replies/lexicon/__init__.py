"""What customers write, language by language: one text file each, sections of patterns, loaded once and kept."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from domain.disputes import DisputeReason
from outreach.replies.folding import cue


class Lexicon:
    """The cues of a language. `lexicon["future"]` is one pattern over folded text.

    `reasons` are those to contest an invoice: each has a section `r.` and its name.
    """

    def __init__(self, language: str, sections: dict[str, tuple[str, ...]]) -> None:
        self.language = language
        self._sections = sections
        self._compiled: dict[str, re.Pattern[str]] = {}
        self.reasons = tuple(DisputeReason(name[2:]) for name in sections if name.startswith("r."))

    def __getitem__(self, section: str) -> re.Pattern[str]:
        if section not in self._compiled:
            self._compiled[section] = cue(self._sections[section], self.language)
        return self._compiled[section]


def parse_sections(text: str) -> dict[str, tuple[str, ...]]:
    """`[section]` lines and the patterns below them; lines that start with `#` say something to people."""
    sections: dict[str, list[str]] = {}
    for line in text.splitlines():
        heading = re.fullmatch(r"\[([\w.]+)\]", line)
        if heading:
            patterns = sections.setdefault(heading[1], [])
        elif line and not line.startswith("#"):
            patterns.append(line)
    return {name: tuple(patterns) for name, patterns in sections.items()}


@cache
def load_lexicon(language: str) -> Lexicon:
    """The lexicon of en, es, fr, de or ja."""
    text = resources.files(__name__).joinpath(f"{language}.txt").read_text(encoding="utf-8")
    return Lexicon(language, parse_sections(text))
