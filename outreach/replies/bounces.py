"""Mail that tells what became of a mail of ours: delivery reports (RFC 3464), feedback reports (ARF, RFC 5965).

Most returned mail follows the standards; the rest is told by who sent it, what it is called and what it says, where
flufl.bounce knows hundreds of forms. Nothing that a person wrote is one, not even when it quotes or forwards one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum

from outreach.replies.bounce_text import BROKEN, Notice, read_notice, says
from outreach.replies.folding import fold
from outreach.replies.returned import Returned, encoded_text, find_returned

READ_BYTES = 200_000
"""What a report has to say stands at its beginning; what follows is the returned mail with its attachments."""

NOTICE_CHARACTERS = 30_000
"""So much of a notice's own text is read."""


class ReportKind(StrEnum):
    """What a report says of one address. Soft: it didn't arrive, but the address is as good as before."""

    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"
    RELAYED = "relayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    OPT_OUT = "opt_out"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Told:
    """One address's fate. `address` is the one written to, lower case, empty where the report names none.

    `status` is the enhanced code of RFC 3463 (5.1.1), `diagnostic` the other server's words on one line.
    """

    kind: ReportKind
    address: str = ""
    status: str | None = None
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a report tells, and how it names the mail that it is about. `in_words`: by no standard, so less sure."""

    told: tuple[Told, ...]
    about: Returned
    in_words: bool = False


def read_report(raw: bytes) -> DeliveryReport | None:
    """The bytes of a mail → what it reports; None for mail that reports nothing. Never raises for what can be sent."""
    try:
        mail = message_from_bytes(raw[:READ_BYTES])
        by_standard = _feedback(mail) or _statuses(mail) or _receipt(mail)
        told = by_standard or _notice(mail)
        return DeliveryReport(tuple(told), find_returned(mail), in_words=not by_standard) if told else None
    except BROKEN:
        return None  # broken beyond what a server writes: left to a person, like other mail


def own_parts(mail: Message) -> Iterator[Message]:
    """The parts of a mail, leaving out those of mails within it: a forwarded report isn't one."""
    yield mail
    if mail.get_content_maintype() == "multipart" and isinstance(mail.get_payload(), list):
        for part in mail.get_payload():
            if isinstance(part, Message):
                yield from own_parts(part)


def _part(mail: Message, *kinds: str) -> Message | None:
    return next((part for part in own_parts(mail) if part.get_content_type() in kinds), None)


# Feedback reports


_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other"})


def _feedback(mail: Message) -> list[Told]:
    """ARF. `not-spam` takes a complaint back, `auth-failure` and `dmarc` are about servers: receipts, in effect."""
    part = _part(mail, "message/feedback-report")
    if part is None:
        return []
    fields = _blocks(part)
    kind = _field(fields, "feedback-type").split(";")[0].strip().lower()
    if kind in _COMPLAINTS:
        meant = ReportKind.COMPLAINT
    else:
        meant = ReportKind.OPT_OUT if kind.startswith("opt-out") else ReportKind.RECEIPT
    addresses = [_address(v) for block in fields for v in block.get_all("original-rcpt-to", [])]
    return [Told(meant, a, diagnostic=f"feedback: {kind}") for a in dict.fromkeys(addresses) if a] or [
        Told(meant, diagnostic=f"feedback: {kind}")
    ]


# RFC 3464


def _statuses(mail: Message) -> list[Told]:
    """The recipients' blocks of every delivery status that stands in the report itself."""
    found = []
    for part in own_parts(mail):
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            found += [told for block in _blocks(part) if (told := _recipient(block)) is not None]
    return list(dict.fromkeys(found))


def _recipient(block: Message) -> Told | None:
    action = (block.get("action") or "").strip().lower()
    kind = _KINDS.get(re.split(r"\W", action, maxsplit=1)[0])
    addresses = [_address(block.get(name) or "") for name in ("original-recipient", "final-recipient")]
    address = next((a for a in addresses if a), "")
    if kind is None or not address:
        return None
    diagnostic = _one_line(block.get("diagnostic-code") or "")
    status = _status(block.get("status") or "", diagnostic)
    if kind is ReportKind.HARD and not lasts(status, diagnostic):
        kind = ReportKind.SOFT
    return Told(kind, address, status, diagnostic)


_KINDS = {
    "failed": ReportKind.HARD,
    "fail": ReportKind.HARD,
    "error": ReportKind.HARD,  # OpenSMTPD
    "delayed": ReportKind.DELAYED,
    "relayed": ReportKind.RELAYED,
    # Expanded: handed to a list or a forwarding rule; nobody can say more of it.
    "expanded": ReportKind.RELAYED,
    "delivered": ReportKind.DELIVERED,
}

_SOFT_DETAILS = frozenset({"1.7", "1.8", "2.2", "2.3", "2.4"})
_HARD_DETAILS = frozenset({"4.3", "4.4"})


def lasts(status: str | None, words: str) -> bool:
    """Whether a failure says that the address itself is no good (RFC 3463), rather than this message or this moment.

    5.1.x is about the address, 5.2.x about its mailbox (5.2.1 disabled; full or too large pass), 5.4.1/3/4 have no way
    to its domain; the rest is systems, protocols, contents and policies. Without a telling code the words decide.
    """
    text = fold(words)
    if status and status[0] == "4":
        return False
    detail = status[2:] if status else "0.0"
    if detail == "4.1":
        # Exchange says 5.4.1 of addresses that it doesn't know, others of a host that doesn't answer.
        return not re.search(r"no answer|timed? ?out|refused", text)
    if detail.endswith(".0") and detail != "1.0":
        return says("hard", text) is not None or (detail == "0.0" and says("soft", text) is None)
    # 5.1.7 and 5.1.8 find fault with the sender.
    return detail in _HARD_DETAILS or (detail[0] in "12" and detail not in _SOFT_DETAILS)


def _status(given: str, diagnostic: str) -> str | None:
    """The enhanced code: the diagnostic's own where the field says only 5.0.0 or nothing."""
    stated = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", given)
    if stated and not stated.group().endswith(".0.0"):
        return stated.group()
    spoken = re.search(r"(?<![\d.])[45]\.[0-7]\.\d{1,3}(?![\d.])", diagnostic)
    return spoken.group() if spoken else stated.group() if stated else None


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a report, also where the parser took it for a mail, or left it alone (encoded)."""
    encoded = encoded_text(part)
    if encoded is not None:
        return _split(encoded)
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _groups(part)
    inner = [block for block in payload if isinstance(block, Message)]
    return [group for block in inner for group in (block, *_groups(block))]


def _groups(part: Message) -> list[Message]:
    raw = None if part.is_multipart() else part.get_payload(decode=True)
    return _split(raw.decode("utf-8", "replace") if isinstance(raw, bytes) else "")


def _split(text: str) -> list[Message]:
    return [message_from_string(group) for group in re.split(r"\r?\n\s*\r?\n", text.strip()) if group]


def _field(blocks: Iterable[Message], name: str) -> str:
    return next((str(block[name]) for block in blocks if block[name]), "")


def _address(value: str) -> str:
    """`rfc822; Ann+2BX@a.example` → `ann+x@a.example`: untyped, out of xtext (RFC 3461, 4), lower case."""
    kind, semicolon, rest = _one_line(str(value)).partition(";")
    text = rest if semicolon else kind
    if semicolon:
        text = re.sub(r"\+([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), text)
    found = parseaddr(text.strip())[1] or text.strip(" <>")
    return found.lower() if "@" in found else ""


# Receipts and rejections by the reader's own program (RFC 8098)


def _receipt(mail: Message) -> list[Told]:
    """A read receipt changes nothing; one that says that the mail was refused is a failure."""
    part = _part(mail, "message/disposition-notification")
    if part is None:
        return []
    fields = _blocks(part)
    address = _address(_field(fields, "original-recipient") or _field(fields, "final-recipient"))
    words = _words(mail)
    disposition = _field(fields, "disposition").lower()
    if "automatic" in disposition and "deleted" in disposition and says("failed", fold(words)):
        kind = ReportKind.HARD if lasts(None, words) else ReportKind.SOFT
        return [Told(kind, address, None, _one_line(words))]
    return [Told(ReportKind.RECEIPT, address)]


# Notices in words


def _notice(mail: Message) -> list[Told]:
    """A notice without a readable status. Its words are no proof: goods that weren't delivered are a person's trouble.

    Where a server's own mailbox wrote it, and the subject or what it returns says so too, its words are believed;
    where something only hints at a server, the form must be one that flufl.bounce knows.
    """
    subject = _decoded(mail.get("subject") or "")
    named = says_subject(subject)
    report = mail.get_content_type() == "multipart/report" or bool(mail.get("x-failed-recipients"))
    wrote, hinted = _by_server(mail)
    sure = report or (wrote and (named or _machine_sent(mail) or find_returned(mail) != Returned()))
    if not (sure or wrote or hinted or named or _machine_sent(mail)):
        return []
    notice = read_notice(mail, _words(mail), subject, by_words=sure and not _is_answer(subject))
    return [_of_words(notice, address) for address in notice.addresses or ("",)] if notice is not None else []


def _of_words(notice: Notice, address: str) -> Told:
    words = notice.about(address)
    status = _status("", words)
    if address in notice.delayed and (says("delayed", fold(words)) or not says("failed", fold(words))):
        return Told(ReportKind.DELAYED, address, status, words)
    if address in notice.delayed:
        return Told(ReportKind.SOFT, address, status, words)
    telling = words if says("hard", fold(words)) or says("soft", fold(words)) else notice.words
    return Told(ReportKind.HARD if lasts(status, telling) else ReportKind.SOFT, address, status, words)


def says_subject(subject: str) -> bool:
    """Whether a subject is a delivery report's. `Re: Undeliverable …` is a person's, who writes about one."""
    folded = fold(subject).strip()
    begins = says("subject", re.sub(r"^(?:\[[^\]]{0,30}\]\s*|\W+)", "", folded))
    return (begins is not None and begins.start() == 0) or says("ends", folded) is not None


def _is_answer(subject: str) -> bool:
    return re.match(r"\s*(?:re|aw|antw|sv|rv|tr|fwd?|wg|転送|返信)\s*[:：]", fold(subject)) is not None


def _by_server(mail: Message) -> tuple[bool, bool]:
    """Whether a server's own mailbox wrote a mail, and whether the sender's name at least hints at a server."""
    sender = _decoded(mail.get("from") or "")
    name, address = parseaddr(sender)
    mailbox = fold(address.rpartition("@")[0] or ("" if "@" in sender else address))
    by_mailbox = says("mailbox", mailbox)
    nobody = "<>" in sender or "<@" in sender
    wrote = nobody or (by_mailbox is not None and by_mailbox.group() == mailbox)
    return wrote, says("daemon", fold(f"{name} {sender}")) is not None


def _machine_sent(mail: Message) -> bool:
    submitted = (mail.get("auto-submitted") or "no").lower().split(";")[0].strip()
    return submitted != "no" or (mail.get("return-path") or "").strip() in ("<>", "<MAILER-DAEMON>")


def _words(mail: Message) -> str:
    """The text of the notice itself: its first readable parts, not what it returns."""
    texts = []
    for part in own_parts(mail):
        if part.get_content_type() in ("text/plain", "text/html") and not part.get_filename():
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                texts.append(_text(raw, part))
    return "\n".join(texts)[:NOTICE_CHARACTERS]


def _text(raw: bytes, part: Message) -> str:
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = raw.decode("utf-8", "replace")
    return re.sub(r"<[a-zA-Z/!][^>@]{0,2000}>", " ", text) if part.get_content_subtype() == "html" else text


def _decoded(value: object) -> str:
    try:
        return _one_line(str(make_header(decode_header(str(value)))))
    except BROKEN:
        return _one_line(str(value))


def _one_line(value: str) -> str:
    return " ".join(str(value).split())[:1_000]
