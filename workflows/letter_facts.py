"""What one letter is made from, read in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.account import AccountSnapshot
from domain.calendars import zone_of
from storage.letter_rows import copies_of, letterhead_of, touches_of
from storage.snapshots import load_snapshots
from storage.threads import threads_of


@dataclass(frozen=True, slots=True)
class Facts:
    """One message, the touches it carries, and its account as it is now. `today` is the entity's date at `moment`.

    `letterhead`: see `storage.letter_rows.letterhead_of`. `thread`: Message-IDs of the mails before it, oldest first.
    """

    row: Any
    touches: Sequence[Any]
    account: AccountSnapshot
    letterhead: Any
    copy_to: tuple[str, ...]
    today: date
    moment: datetime
    thread: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The entity's time zone."""
        return zone_of(self.letterhead.timezone)


def read_facts(connection: Any, row: Any, moment: datetime) -> Facts:
    """The facts of a message row at an instant: what the second look judges and the letter prints."""
    letterhead = letterhead_of(connection, row.id)
    today = moment.astimezone(zone_of(letterhead.timezone)).date()
    return Facts(
        row=row,
        touches=touches_of(connection, row.id),
        account=load_snapshots(connection, row.entity_id, today, [row.customer_id])[0],
        letterhead=letterhead,
        copy_to=copies_of(connection, row),
        today=today,
        moment=moment,
        thread=threads_of(connection, [row.id]).get(row.id, ()),
    )
