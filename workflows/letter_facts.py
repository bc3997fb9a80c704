"""What one letter is made from, read in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.account import AccountSnapshot
from domain.calendars import zone_of
from storage.messages import Sender, collector_of, contact_of, copies_of, sender_of, touches_of
from storage.snapshots import load_snapshots


@dataclass(frozen=True, slots=True)
class Facts:
    """One message, the touches it carries, and its account as it is now. `today` is the entity's date at `moment`."""

    row: Any
    touches: Sequence[Any]
    account: AccountSnapshot
    sender: Sender
    collector: Any | None
    contact: Any | None
    copy_to: tuple[str, ...]
    today: date
    moment: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The entity's time zone."""
        return zone_of(self.sender.entity.timezone)


def read_facts(connection: Any, row: Any, moment: datetime) -> Facts:
    """The facts of a message row at an instant: what the second look judges and the letter prints."""
    sender = sender_of(connection, row.entity_id, row.currency)
    today = moment.astimezone(zone_of(sender.entity.timezone)).date()
    return Facts(
        row=row,
        touches=touches_of(connection, row.id),
        account=load_snapshots(connection, row.entity_id, today, [row.customer_id])[0],
        sender=sender,
        collector=collector_of(connection, row.customer_id),
        contact=contact_of(connection, row.contact_id),
        copy_to=copies_of(connection, row),
        today=today,
        moment=moment,
    )
