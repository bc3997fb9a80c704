"""The readable text of an HTML mail: lines where a reader sees lines, a row of a table on one line, quotations marked.

Gone through once, without building a tree: what mail programs and people write is often no HTML at all.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

LONGEST = 2_000_000
"""So many characters of a page are read."""
OUTLOOK_HISTORY = "-----Original Message-----"
"""Stands where a mail program says by its markup alone that an older mail begins."""

_NAME = re.compile(r"/?([a-z][a-z0-9:]{0,30})", re.IGNORECASE)
_QUOTED_ATTRIBUTE = r"\b%s\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))"
_ATTRIBUTES = {name: re.compile(_QUOTED_ATTRIBUTE % name, re.IGNORECASE) for name in ("class", "id", "style")}
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_HIDES = re.compile(r"display\s{0,5}:\s{0,5}none|mso-hide\s{0,5}:\s{0,5}all", re.IGNORECASE)

_BLOCKS = frozenset({
    "address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "html", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "tbody", "tfoot", "thead", "tr", "ul", "caption",
})  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote"})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "o:p",
})  # fmt: skip
_UNREAD = ("script", "style", "title", "head", "template", "svg", "noscript", "xml")
_ENDS = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in _UNREAD}

# Containers of what is quoted, as mail programs name them; Gmail's own holds answers between quotations, too.
_QUOTE_CLASSES = frozenset({
    "yahoo_quoted", "protonmail_quote", "tutanota_quote", "moz-cite-prefix", "zmail_extra",
    "ms-outlook-mobile-reference-message",
})  # fmt: skip
_HISTORY_IDS = frozenset({"divrplyfwdmsg", "appendonsend", "olk_src_body_section", "reply-intro"})
_LONGEST_ROW = 600
"""A row that is longer lays a page out: its cells are read one below the other."""


def text_of_html(page: str) -> str:
    """The readable text of an HTML mail; quotations are marked by `>`, rows and list entries stand on one line each."""
    return _Reader(page[:LONGEST]).read()


@dataclass(slots=True)
class _Open:
    """An element that is open. `quotes`: what is in it is quoted; `hides`: nobody sees it; `row`: its cells' places."""

    tag: str
    quotes: bool = False
    hides: bool = False
    row: list[int] | None = None


@dataclass
class _Reader:
    page: str
    out: list[str] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)
    count: dict[str, int] = field(default_factory=dict)
    quoted: int = 0
    hidden: int = 0
    in_pre: int = 0
    said_history: bool = False
    missing: set[str] = field(default_factory=set)

    def read(self) -> str:
        page, place, size = self.page, 0, len(self.page)
        while place < size:
            start = page.find("<", place)
            if start < 0:
                self._words(page[place:])
                break
            if start > place:
                self._words(page[place:start])
            place = self._markup(start)
        return _tidy("".join(self.out))

    def _markup(self, start: int) -> int:
        """What begins with `<` at `start`. Returns where it ends."""
        page = self.page
        if page.startswith("<!--", start):
            end = self._find("-->", start + 4)
            return end + 3 if end >= 0 else start + 4
        named = _NAME.match(page, start + 1)
        if named is None and page[start + 1 : start + 2] not in ("!", "?", "/"):
            self._words("<")
            return start + 1
        end = self._find(">", start)
        if end < 0:
            self._words("<")
            return start + 1
        for _ in range(4):  # a `>` within quotation marks
            further = page.find(">", end + 1, end + 500)
            if page.count('"', start, end) % 2 == 0 or further < 0:
                break
            end = further
        if named is None:
            return end + 1
        tag = named[1].lower()
        if page[start + 1] == "/":
            self._close(tag)
            return end + 1
        if tag in _UNREAD:
            return self._after(tag, end + 1)
        self._open(tag, page[start : min(end + 1, start + 4000)], page[end - 1] == "/")
        return end + 1

    def _find(self, what: str, place: int) -> int:
        """Where `what` stands next; asked once where it doesn't: a page of openings alone takes no longer."""
        if what in self.missing:
            return -1
        found = self.page.find(what, place)
        if found < 0:
            self.missing.add(what)
        return found

    def _after(self, tag: str, place: int) -> int:
        """Where an element that isn't read ends; one that never does is passed over."""
        found = None if tag in self.missing else _ENDS[tag].search(self.page, place)
        if found is None:
            self.missing.add(tag)
            return place
        return found.start()

    def _words(self, text: str) -> None:
        if self.hidden:
            return
        if "&" in text:
            text = _unescape(text)
        if self.in_pre:
            self.out.append(text.replace("\n", "\n" + "> " * self.quoted))
        else:
            self.out.append(_SPACES.sub(" ", text))

    def _open(self, tag: str, written: str, closed: bool) -> None:
        if tag == "br":
            self._line()
        elif tag == "hr":
            self._line()
            self.out.append("_" * 12)
            self._line()
        if tag in _VOID:
            return
        one = _Open(tag)
        kind, name = _attribute("class", written).lower(), _attribute("id", written).lower()
        one.hides = bool(_HIDES.search(_attribute("style", written)))
        one.quotes = tag == "blockquote" or bool(_QUOTE_CLASSES & set(kind.split()))
        self.hidden += one.hides
        self.quoted += one.quotes
        if (name in _HISTORY_IDS or "outlookmessageheader" in kind) and not self.said_history and not self.quoted:
            self.said_history = True
            self._line()
            self.out.append(OUTLOOK_HISTORY)
            self._line()
        self._layout(one, tag)
        if closed and tag not in _BLOCKS and tag != "blockquote":
            self.hidden -= one.hides
            self.quoted -= one.quotes
            return
        self.opened.append(one)
        self.count[tag] = self.count.get(tag, 0) + 1

    def _layout(self, one: _Open, tag: str) -> None:
        if tag in ("td", "th"):
            row = next((other for other in reversed(self.opened[-8:]) if other.row is not None), None)
            if row is not None and row.row is not None:
                row.row.append(len(self.out))
            self.out.append(" ")
        elif tag in _BLOCKS or tag == "blockquote":
            self._line(apart=tag in _PARAGRAPHS)
        if tag == "tr":
            one.row = []
        elif tag == "li" and not self.hidden:
            self.out.append("- ")
        elif tag == "pre":
            self.in_pre += 1

    def _close(self, tag: str) -> None:
        if not self.count.get(tag):
            return
        while self.opened:
            one = self.opened.pop()
            self.count[one.tag] -= 1
            self.hidden -= one.hides
            self.quoted -= one.quotes
            if one.tag == "pre":
                self.in_pre -= 1
            if one.row is not None:
                self._row(one.row)
            if one.tag in _BLOCKS or one.quotes:
                self._line(apart=one.tag in _PARAGRAPHS)
            if one.tag == tag:
                return

    def _row(self, cells: list[int]) -> None:
        """The cells of a short row, on one line; of a long one, as they are."""
        if len(cells) < 2 or len(self.out) - cells[0] > 400:
            return
        ends = [*cells[1:], len(self.out)]
        told = ["".join(self.out[a:b]) for a, b in zip(cells, ends, strict=True)]
        if sum(map(len, told)) > _LONGEST_ROW or any(text.count("\n") > 4 for text in told):
            return
        words = [" ".join(re.sub(r"^[> ]+", "", line) for line in text.split("\n")).strip() for text in told]
        self.out[cells[0] :] = ["  ".join(_SPACES.sub(" ", word) for word in words if word)]

    def _line(self, *, apart: bool = False) -> None:
        if not self.hidden:
            mark = "\n" + "> " * min(self.quoted, 10)
            if self.out and self.out[-1] in (mark, mark * 2):  # where a block ends and the next begins
                self.out[-1] = mark * 2 if apart else self.out[-1]
            else:
                self.out.append(mark * 2 if apart else mark)


def _attribute(name: str, written: str) -> str:
    found = _ATTRIBUTES[name].search(written)
    return next((value for value in found.groups() if value is not None), "") if found else ""


def _unescape(text: str) -> str:
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):  # a number of thousands of digits
        return text


def _tidy(text: str) -> str:
    """No blank at the ends of lines, no more than one empty line together."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.strip()
        if line.replace(">", "").strip() or (lines and lines[-1].replace(">", "").strip()):
            lines.append(line)
    while lines and not lines[-1].replace(">", "").strip():
        lines.pop()
    return "\n".join(lines).strip("\n ")
