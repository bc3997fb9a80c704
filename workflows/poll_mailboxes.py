"""Mailboxes, read again and again: each mail is stored once, and only then marked as seen or moved.

Each mailbox has its row; whoever holds its lease reads it, so any number of processes read it once. How far it was read
stands there after each mail: what breaks off goes on from that place, and a mail that comes twice has the same event id
(mailbox, validity, number) and, even under new numbers, the same key (`storage.mailboxes.first_of_its_kind`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from outreach.channels.mailboxes import Fetched, Mailbox, MailboxTrouble, OpenMailbox, open_mailbox
from storage import mailboxes
from workflows.receive_reply import store_inbound
from workflows.services import Services

log = structlog.get_logger(__name__)

PROVIDER = "imap"
LOOK_BACK = timedelta(days=7)
"""A mailbox that is read for the first time is read from so many days before: what is older was somebody's already."""
RENUMBERED_LOOK_BACK = timedelta(days=3)
"""Where a server has numbered its mails anew, they are looked at again from so long before the last reading."""
POLL_SECONDS = 50.0
"""How long one turn works at most: the next goes on."""
LONGEST_REST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Polled:
    """What a turn did: mails stored for the first time, and mailboxes that could not be read."""

    stored: int = 0
    failed: int = 0


def poll_mailboxes(services: Services) -> Polled:
    """Read every mailbox whose turn it is. One that is down doesn't keep the others from theirs."""
    stored = failed = 0
    for box in services.mailboxes:
        owner = uuid4().hex
        with services.database.write() as unit:
            row = mailboxes.take_mailbox(unit, box.name, owner, _lease(services), _rest(services))
            unit.commit()
        if row is None:
            continue
        try:
            stored += _read(services, box, row, owner)
        except MailboxTrouble as error:
            failed += 1
            _note_trouble(services, box, row, owner, str(error))
    return Polled(stored, failed)


def _rest(services: Services) -> timedelta:
    return timedelta(seconds=services.limits.mailbox_seconds)


def _lease(services: Services) -> int:
    # Fetching a large mail over a slow line takes longer than handing one over.
    return 2 * services.limits.lease_seconds


def _read(services: Services, box: Mailbox, row: Any, owner: str) -> int:
    stored, finished = 0, True
    until = time.monotonic() + POLL_SECONDS
    with open_mailbox(box) as mails:
        last, since = _place(services, box, row, mails.validity)
        for uid in mails.newer_than(last, since.date() if since else None):
            if time.monotonic() > until or services.stopping():
                finished = False
                break
            mail = mails.fetch(uid)
            if mail is not None:
                stored += _store(services, box, mails.validity, mail)
            with services.database.write() as unit:
                mine = mailboxes.keep_place(unit, box.name, owner, mails.validity, uid, _lease(services))
                unit.commit()
            if mail is not None:
                _put_away(services, mails, box, uid)
            if not mine:
                return stored  # we stood still for so long that another reads on
            last = uid
        if since and finished and mails.next_uid:  # what is older is passed over for good
            with services.database.write() as unit:
                place = max(last, mails.next_uid - 1)
                mailboxes.keep_place(unit, box.name, owner, mails.validity, place, _lease(services))
                unit.commit()
    with services.database.write() as unit:
        mailboxes.mailbox_read(unit, box.name, owner, again_at_once=not finished)
        unit.commit()
    services.observe.count("polls", PROVIDER, "read")
    if row.error:
        log.info("mailbox.read_again", mailbox=box.name)
    return stored


def _place(services: Services, box: Mailbox, row: Any, validity: int) -> tuple[int, datetime | None]:
    """After which mail to go on; where there is no place to go on from, from which day."""
    if row.uid_validity == validity:
        return int(row.last_uid), None
    if row.uid_validity is None:
        return 0, services.now() - LOOK_BACK
    log.warning("mailbox.renumbered", mailbox=box.name, before=row.uid_validity, now=validity)
    return 0, (row.polled_at or services.now() - LOOK_BACK) - RENUMBERED_LOOK_BACK


def _store(services: Services, box: Mailbox, validity: int, mail: Fetched) -> bool:
    meta = {"mailbox": box.name, "uid": mail.uid, **({"cut": mail.cut} if mail.cut else {})}
    event_id = f"{box.name}:{validity}.{mail.uid}"
    return store_inbound(services, provider=PROVIDER, event_id=event_id, kind="email", raw=mail.raw, meta=meta)


def _put_away(services: Services, mails: OpenMailbox, box: Mailbox, uid: int) -> None:
    """It is stored: that it can't be marked (no right to, no such folder) holds up nothing."""
    try:
        mails.put_away(uid)
    except MailboxTrouble as error:
        log.warning("mailbox.not_marked", mailbox=box.name, uid=uid, error=str(error))
        services.observe.count("polls", PROVIDER, "not_marked")


def _note_trouble(services: Services, box: Mailbox, row: Any, owner: str, error: str) -> None:
    log.warning("mailbox.not_read", mailbox=box.name, error=error, times=row.failures + 1)
    services.observe.count("polls", PROVIDER, "failed")
    again = min(_rest(services) * 2 ** min(row.failures, 10), max(LONGEST_REST, _rest(services)))
    with services.database.write() as unit:
        mailboxes.mailbox_failed(unit, box.name, owner, error, again)
        unit.commit()
