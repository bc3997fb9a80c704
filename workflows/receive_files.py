"""Mails in files, taken in as if they had just come: each stored once, understood, acted on or given to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from exchange.mail_files import FiledMail, mails_in
from workflows.receive_reply import Processed, process_inbound, store_inbound
from workflows.services import Services

AT_ONCE = 200
"""So many mails are stored before they are read: an account falls silent as its mail is stored."""


@dataclass(frozen=True, slots=True)
class FilesReceived:
    """`received` mails were new, `known` were stored before; `replies`, `waiting`, `failed` as in `Processed`."""

    received: int = 0
    known: int = 0
    replies: int = 0
    waiting: int = 0
    failed: int = 0


def receive_files(
    services: Services, paths: Sequence[Path], tell: Callable[[FiledMail, int], None] = lambda mail, number: None
) -> FilesReceived:
    """Take in every mail of files and Maildir folders; `tell` hears of each, with how many there were so far.

    Raises FileRefused for what holds no mail, before anything is stored; for a fault further down what stands above it
    is received, and giving the files again changes nothing for those.
    """
    for path in paths:
        next(mails_in(path), None)
    received = known = 0
    done = Processed()
    for path in paths:
        for mail in mails_in(path):
            event_id = sha256(mail.raw).hexdigest()
            new = store_inbound(services, provider="file", event_id=event_id, kind="email", raw=mail.raw)
            received, known = received + new, known + (not new)
            tell(mail, received + known)
            if new and received % AT_ONCE == 0:
                done = _sum(done, process_inbound(services, limit=2 * AT_ONCE))
    done = _sum(done, process_inbound(services, limit=received + AT_ONCE))
    return FilesReceived(received, known, done.replies, done.waiting, done.failed)


def _sum(one: Processed, other: Processed) -> Processed:
    return Processed(one.replies + other.replies, one.waiting + other.waiting, one.failed + other.failed)
