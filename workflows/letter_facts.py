"""What letters are made from, read in the caller's transaction: as many queries for many messages as for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.account import AccountSnapshot
from domain.calendars import zone_of
from storage.letter_rows import copies_of_all, letterheads_of, touches_of_all
from storage.messages import refusals_of
from storage.snapshots import load_snapshots
from storage.threads import threads_of


@dataclass(frozen=True, slots=True)
class Facts:
    """One message, the touches it carries, and its account as it is now. `today` is the entity's date at `moment`.

    `letterhead`: see `storage.letter_rows.letterheads_of`. `refused_on`: the day of the newest message that failed to
    the same address and whose task is still open. `thread`: Message-IDs of the mails before it, oldest first.
    """

    row: Any
    touches: Sequence[Any]
    account: AccountSnapshot
    letterhead: Any
    copy_to: tuple[str, ...]
    today: date
    moment: datetime
    refused_on: date | None = None
    thread: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The entity's time zone."""
        return zone_of(self.letterhead.timezone)


def read_facts(connection: Any, row: Any, moment: datetime) -> Facts:
    """The facts of a message row at an instant: what the second look judges and the letter prints."""
    return read_all_facts(connection, [row], {row.id: moment})[row.id]


def read_all_facts(connection: Any, rows: Sequence[Any], moments: Mapping[int, datetime]) -> dict[int, Facts]:
    """Message id → its facts at its instant."""
    ids = [row.id for row in rows]
    letterheads = letterheads_of(connection, ids)
    today = {row.id: moments[row.id].astimezone(zone_of(letterheads[row.id].timezone)).date() for row in rows}
    accounts = _accounts(connection, rows, today)
    touches, copies = touches_of_all(connection, ids), copies_of_all(connection, rows)
    refused, threads = refusals_of(connection, ids), threads_of(connection, ids)
    return {
        row.id: Facts(
            row=row,
            touches=touches.get(row.id, []),
            account=accounts[row.entity_id, today[row.id], row.customer_id],
            letterhead=letterheads[row.id],
            copy_to=copies.get(row.id, ()),
            today=today[row.id],
            moment=moments[row.id],
            refused_on=refused.get(row.id),
            thread=threads.get(row.id, ()),
        )
        for row in rows
    }


def _accounts(
    connection: Any, rows: Sequence[Any], today: Mapping[int, date]
) -> dict[tuple[int, date, int], AccountSnapshot]:
    customers: dict[tuple[int, date], set[int]] = defaultdict(set)
    for row in rows:
        customers[row.entity_id, today[row.id]].add(row.customer_id)
    return {
        (entity_id, day, account.customer.id): account
        for (entity_id, day), ids in customers.items()
        for account in load_snapshots(connection, entity_id, day, sorted(ids))
    }
