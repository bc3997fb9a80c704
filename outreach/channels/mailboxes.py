"""Mailboxes that answers lie in: how they are named in a setting, and reading one over IMAP (RFC 3501).

The standard library's client is enough: all that is asked for is a search by number, one mail at a time, and a mark.
"""

from __future__ import annotations

import imaplib
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from domain.errors import BadInput

TIMEOUT_SECONDS = 60.0
LARGEST = 40 * 1024 * 1024
"""A larger mail isn't fetched whole: its beginning is, and a person is told."""
BEGINNING = 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EXAMPLE = "write imaps://user@host/INBOX, several separated by commas"


class MailboxTrouble(ConnectionError):
    """A mailbox that can't be read now: what is wrong and what to do, in words. Nothing is lost by it."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox as it is set. `move_to`: the folder that stored mails go to; empty: they are marked as seen."""

    host: str
    port: int
    user: str
    folder: str
    tls: bool = True
    move_to: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What it is called in rows and logs."""
        return f"{self.user}@{self.host}/{self.folder}"[:200]


def read_mailboxes(given: str, passwords: str) -> tuple[Mailbox, ...]:
    """`imaps://user@host:port/folder?move=folder,…` and passwords → mailboxes.

    `passwords` is one for all, or a JSON object: user, or user@host, → password. Raises BadInput naming what is wrong.
    """
    known = _passwords(passwords)
    found = [_mailbox(piece.strip(), known) for piece in given.split(",") if piece.strip()]
    names = [box.name for box in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"DUNWELL_IMAP_MAILBOXES names {twice} twice")
    return tuple(found)


def _passwords(given: str) -> str | Mapping[str, str]:
    if not given.lstrip().startswith("{"):
        return given
    try:
        return {str(user): str(password) for user, password in json.loads(given).items()}
    except ValueError:
        raise BadInput('DUNWELL_IMAP_PASSWORDS is no JSON object; write {"user@host": "password", …}') from None


def _mailbox(address: str, passwords: str | Mapping[str, str]) -> Mailbox:
    shown = re.sub(r"(//[^/:@]*):[^/@]*@", r"\1:…@", address)
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:
        raise BadInput(f"DUNWELL_IMAP_MAILBOXES: {shown!r} is no address; {_EXAMPLE}") from None
    if url.scheme not in ("imaps", "imap") or not url.hostname or not url.username:
        raise BadInput(f"DUNWELL_IMAP_MAILBOXES: {shown!r} is no address of a mailbox; {_EXAMPLE}")
    if url.password:
        raise BadInput(f"DUNWELL_IMAP_MAILBOXES: {shown!r} has a password in it; put it into DUNWELL_IMAP_PASSWORDS")
    if url.scheme == "imap" and not _is_loopback(url.hostname):
        raise BadInput(f"DUNWELL_IMAP_MAILBOXES: {shown!r} would send the password in the clear; write imaps://")
    user = unquote(url.username)
    if isinstance(passwords, str):
        password = passwords
    else:
        password = passwords.get(f"{user}@{url.hostname}") or passwords.get(user) or ""
    if not password:
        raise BadInput(f"DUNWELL_IMAP_PASSWORDS has no password for {user} at {url.hostname}")
    return Mailbox(
        host=url.hostname,
        port=port or (993 if url.scheme == "imaps" else 143),
        user=user,
        folder=unquote(url.path.strip("/")) or "INBOX",
        tls=url.scheme == "imaps",
        move_to=next(iter(parse_qs(url.query).get("move", [])), ""),
        password=password,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail of a mailbox. `cut` says how much there is of which only the beginning was fetched; None: it is whole."""

    uid: int
    raw: bytes
    cut: str | None = None


class OpenMailbox:
    """A mailbox that is open. Its methods raise MailboxTrouble."""

    def __init__(self, client: imaplib.IMAP4, box: Mailbox) -> None:
        self._client = client
        self._box = box
        self.validity = self._number("UIDVALIDITY")
        self.next_uid = self._number("UIDNEXT")
        # A place to go on from means nothing where mails aren't numbered for good.
        if not self.validity:
            raise MailboxTrouble(f"{box.name}: the server gives its mails no lasting numbers (UIDVALIDITY)")

    def _number(self, name: str) -> int:
        told = self._client.response(name)[1]
        return int(told[0]) if told and told[0] else 0

    def newer_than(self, uid: int, since: date | None = None) -> list[int]:
        """Numbers of the mails above `uid`, lowest first; of those, where `since` is given, what arrived from then."""
        asked = [f"UID {uid + 1}:*"]
        if since is not None:
            asked.append(f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}")
        with _told(self._box):
            answer = self._ask("SEARCH", *asked)
        numbers = {int(n) for line in answer if isinstance(line, bytes) for n in line.split() if n.isdigit()}
        # `n:*` names the last mail even where its number is lower (RFC 3501, 6.4.8).
        return sorted(n for n in numbers if n > uid)

    def fetch(self, uid: int) -> Fetched | None:
        """A mail, unmarked by it; None when it is gone."""
        with _told(self._box):
            size = self._size(uid)
            if size is None:
                return None
            what = "BODY.PEEK[]" if size <= LARGEST else f"BODY.PEEK[]<0.{BEGINNING}>"
            for part in self._ask("FETCH", str(uid), f"({what})"):
                if isinstance(part, tuple):
                    cut = (
                        f"{BEGINNING:,} of {size:,} bytes; the rest is in {self._box.name}" if size > LARGEST else None
                    )
                    return Fetched(uid, bytes(part[1]), cut)
        return None

    def put_away(self, uid: int) -> None:
        """Mark a stored mail as seen, and move it where that is set."""
        with _told(self._box):
            self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
            if self._box.move_to:
                self._move(uid)

    def _move(self, uid: int) -> None:
        folder = _quoted(self._box.move_to)
        if "MOVE" in self._client.capabilities:
            self._ask("MOVE", str(uid), folder)
            return
        self._ask("COPY", str(uid), folder)
        self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self._client.capabilities:
            self._ask("EXPUNGE", str(uid))  # without it others' mails would go, too: it stays marked

    def _size(self, uid: int) -> int | None:
        for line in self._ask("FETCH", str(uid), "(RFC822.SIZE)"):
            told = line[0] if isinstance(line, tuple) else line
            found = re.search(rb"RFC822\.SIZE (\d{1,15})", told) if isinstance(told, bytes) else None
            if found:
                return int(found[1])
        return None

    def _ask(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        kind, answer = self._client.uid(command, *arguments)
        if kind != "OK":
            raise MailboxTrouble(f"{self._box.name}: the server refuses {command}: {_words(answer)}")
        return list(answer)


@contextmanager
def open_mailbox(box: Mailbox) -> Iterator[OpenMailbox]:
    """Log in and open the folder; log out afterwards. Raises MailboxTrouble saying what is wrong."""
    with _told(box):
        client = _connect(box)
    try:
        with _told(box):
            _log_in(client, box)
            kind, answer = client.select(_quoted(box.folder))
            if kind != "OK":
                raise MailboxTrouble(f"{box.name}: there is no such folder, or it may not be opened: {_words(answer)}")
            opened = OpenMailbox(client, box)
        yield opened
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()
        with suppress(OSError):
            client.shutdown()


def _connect(box: Mailbox) -> imaplib.IMAP4:
    if box.tls:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    return imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT_SECONDS)


def _log_in(client: imaplib.IMAP4, box: Mailbox) -> None:
    secret = f"\0{box.user}\0{box.password}".encode()
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: secret)  # takes any character, which LOGIN doesn't
        else:
            client.login(box.user, box.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError):
        raise MailboxTrouble(
            f"{box.name}: the server refuses the login; check DUNWELL_IMAP_MAILBOXES and DUNWELL_IMAP_PASSWORDS"
        ) from None


@contextmanager
def _told(box: Mailbox) -> Iterator[None]:
    """What the client and the network raise, as trouble of this mailbox, in words."""
    try:
        yield
    except MailboxTrouble:
        raise
    except ssl.SSLCertVerificationError as error:
        raise MailboxTrouble(f"{box.name}: the server's certificate isn't good: {error.verify_message}") from None
    except (OSError, EOFError) as error:
        raise MailboxTrouble(f"{box.name}: no connection: {error or type(error).__name__}") from None
    except (imaplib.IMAP4.error, ValueError) as error:
        raise MailboxTrouble(f"{box.name}: the conversation broke off: {str(error)[:200]}") from None


def _quoted(folder: str) -> str:
    escaped = _utf7(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _utf7(folder: str) -> str:
    """A folder's name as IMAP writes it (RFC 3501, 5.1.3)."""
    pieces = []
    for plain, other in re.findall(r"([\x20-\x7e]*)([^\x20-\x7e]*)", folder):
        pieces.append(plain.replace("&", "&-"))
        if other:
            pieces.append("&" + other.encode("utf-7").decode()[1:].rstrip("-").replace("/", ",") + "-")
    return "".join(pieces)


def _words(answer: object) -> str:
    told = answer[0] if isinstance(answer, list) and answer else b""
    return (told if isinstance(told, bytes) else b"").decode("utf-8", "replace")[:200]
