"""Which parts of a mail a person reads, and what they say."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from exchange.mail.charsets import decode_text
from exchange.mail.headers import decode_base64
from exchange.mail.html_text import text_of_html
from exchange.mail.smime import signed_content
from exchange.mail.structure import Part, split_mail

TEXT_BYTES = 4_000_000
"""So much of a text part is decoded."""
TEXT_CHARACTERS = 200_000
"""So much of a mail's text is kept to be read: an answer stands on top of what it quotes."""
_NAMED = 20
"""So many files are named."""

_ENCRYPTED = "it is encrypted ({}): only its recipient's mail program can read it"
_PGP_SIGNED = re.compile(r"\A\s*-----BEGIN PGP SIGNED MESSAGE-----\n(?:[\w-]+: [^\n]*\n)*\n")
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_NO_CODE = re.compile(rb"[^A-Za-z0-9+/=\s]")
_PKCS7 = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    }
)
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass
class Body:
    """What a mail says. `attachments` are names of files (or kinds, where they have none); `problems`, in words."""

    text: str = ""
    attachments: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Body) -> None:
        """Put another body's text below, and its files and problems beside."""
        self.text = f"{self.text.rstrip()}\n\n{other.text}".lstrip("\n") if self.text.strip() else other.text
        self.attachments += other.attachments
        self.problems += other.problems


def read_body(raw: bytes, mail: Part) -> Body:
    """The parts of a mail → what a person reads in it, and what can't be read."""
    body = _read(raw, mail, inside=0)
    body.attachments = list(dict.fromkeys(body.attachments))[:_NAMED]
    body.text = _unarmoured(body)
    if len(body.text) > TEXT_CHARACTERS:
        body.text = body.text[:TEXT_CHARACTERS]
        body.problems.append(f"only the first {TEXT_CHARACTERS:,} characters of its text were read")
    if not body.text.strip() and not body.problems:
        if body.attachments:
            body.problems.append(f"it has no text of its own; what it says is in {', '.join(body.attachments)}")
        elif not _has_text(mail):
            body.problems.append("no text part")
    body.problems = list(dict.fromkeys(body.problems))
    return body


def _has_text(part: Part) -> bool:
    return part.end > part.start or any(_has_text(one) for one in part.parts)


def _unarmoured(body: Body) -> str:
    text = body.text
    if "-----BEGIN PGP MESSAGE-----" in text:
        body.problems.append(_ENCRYPTED.format("PGP"))
    signed = _PGP_SIGNED.match(text)
    if signed is None:
        return text
    return re.sub(r"^- (?=-)", "", text[signed.end() :].partition(_PGP_SIGNATURE)[0], flags=re.MULTILINE)


def _read(raw: bytes, part: Part, inside: int) -> Body:
    kind = part.content.kind
    body = Body(problems=[part.broken] if part.broken else [])
    if kind == "multipart/alternative" and part.parts:
        return _alternative(body, [_read(raw, one, inside) for one in part.parts])
    if kind == "multipart/encrypted":
        body.problems.append(_ENCRYPTED.format("PGP"))
    elif part.parts:
        # Of a page and its images the page, of a signed text the text: what comes first. Else one below the other.
        first_only = kind in ("multipart/related", "multipart/signed", "multipart/report")
        for number, one in enumerate(part.parts):
            if first_only and number:
                if kind == "multipart/related":
                    body.attachments += _files(one)
                continue
            body.add(_read(raw, one, inside))
    elif part.broken and kind.startswith("multipart/"):
        body.text = _as_it_stands(raw, part)
    elif kind in _PKCS7:
        _open_signed(raw, part, body, inside)
    elif kind in _TNEF or part.content.file_name.lower() == "winmail.dat":
        body.attachments.append("winmail.dat (Outlook's own form: can't be read)")
    elif kind in ("text/plain", "text/html", "text/enriched", "text/richtext") and not part.content.attached:
        body.add(_text(raw, part))
    elif kind not in _SIGNATURES:
        body.attachments += _files(part)
    return body


def _alternative(body: Body, forms: list[Body]) -> Body:
    """The first form that says something: the plain one, where there is one. Problems of the others are nobody's."""
    chosen = next((form for form in forms if form.text.strip() and not form.problems), None)
    chosen = chosen or next((form for form in forms if form.text.strip()), forms[0])
    body.add(chosen)
    for form in forms:
        if form is not chosen:
            body.attachments += form.attachments
            if not chosen.text.strip():
                body.problems += form.problems
    return body


def _files(part: Part) -> list[str]:
    found = [name for one in part.parts for name in _files(one)][:_NAMED]
    if part.parts:
        return found
    shown = "a calendar entry" if part.content.kind == "text/calendar" else part.content.kind
    return [part.content.file_name or shown]


def _open_signed(raw: bytes, part: Part, body: Body, inside: int) -> None:
    within = signed_content(_decoded(raw, part, part.end - part.start)) if inside < 3 else None
    if within is None:
        body.problems.append(_ENCRYPTED.format("S/MIME"))
        return
    body.add(_read(within, split_mail(within), inside + 1))


def _as_it_stands(raw: bytes, part: Part) -> str:
    return decode_text(raw[part.start : min(part.end, part.start + TEXT_CHARACTERS)], part.content.charset)[0]


def _text(raw: bytes, part: Part) -> Body:
    body = Body()
    content = _decoded(raw, part, TEXT_BYTES, body)
    charset = part.content.charset
    if part.content.kind == "text/html" and charset is None:
        told = re.search(rb"charset\s{0,3}=\s{0,3}[\"']?([\w.:\-]{2,40})", content[:3000], re.IGNORECASE)
        charset = told[1].decode("ascii", "replace") if told else None
    text, problem = decode_text(content, charset)
    if problem:
        body.problems.append(problem)
    if part.content.kind == "text/html":
        text = text_of_html(text)
    elif part.content.parameter("format").lower() == "flowed":
        text = _unflowed(text, part.content.parameter("delsp").lower() == "yes")
    body.text = text
    return body


def _decoded(raw: bytes, part: Part, most: int, body: Body | None = None) -> bytes:
    """A part's content, at most `most` bytes of it. What says that it is base64 and isn't stays as it is."""
    written = raw[part.start : min(part.end, part.start + most)]
    match part.content.encoding:
        case "base64":
            alien = len(_NO_CODE.findall(written[:20_000]))
            if alien > 3 and alien * 20 > min(len(written), 20_000):
                if body is not None:
                    body.problems.append("its text isn't encoded as it says")
                return written
            return decode_base64(written)
        case "quoted-printable":
            try:
                return binascii.a2b_qp(written)
            except binascii.Error:
                return written
        case _:
            return written


def _unflowed(text: str, delete_space: bool) -> str:
    """Lines that a mail program broke softly, joined again (RFC 3676)."""
    out: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:]
        words = words[1:] if words.startswith(" ") else words
        soft = words.endswith(" ") and words != "-- "
        if open_depth == depth and words != "-- ":
            out.append(words)
        else:
            out.append("\n" + ">" * depth + (" " if depth else "") + words)
        if soft and delete_space:
            out[-1] = out[-1][:-1]
        open_depth = depth if soft else None
    return "".join(out).removeprefix("\n")
