"""Suppression lists, read again and again: what was told only to the provider is taken in (invariant 6).

Each list has its row; whoever moves its next turn on reads it, so any number of processes read it once. It is read
from an hour before it was last read to: what comes twice has the same event id and changes once.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import structlog

from domain.delivery import DeliveryEvent
from outreach.channels.lookups import SuppressionLists
from storage import asking
from storage.address_state import owners_of
from workflows.record_delivery import store_events
from workflows.services import Services

log = structlog.get_logger(__name__)

OVERLAP = timedelta(hours=1)
"""An entry may get onto a list later than the time that it bears."""
CHUNK = 1_000
"""Entries looked up and stored at once: a first reading may bring a hundred thousand."""


def poll_suppressions(services: Services) -> int:
    """Read every list whose turn it is. Returns how many addresses on file were found for the first time."""
    return sum(_poll(services, lists, name) for lists in services.suppressions for name in lists.lists)


def _poll(services: Services, lists: SuppressionLists, name: str) -> int:
    key = f"{lists.provider}:{name}"
    now = services.now()
    with services.database.write() as unit:
        turn = asking.take_poll(unit.connection, key, now, now + timedelta(minutes=services.limits.poll_minutes))
        unit.commit()
    if turn is None:
        return 0
    since = turn.read_to - OVERLAP if turn.read_to is not None else None
    new = 0
    try:
        entries = iter(lists.read(name, since))
        while chunk := list(islice(entries, CHUNK)):
            new += store_events(services, _on_file(services, chunk))
    except ConnectionError as error:
        log.warning("suppressions.not_read", list=key, error=str(error), times=turn.failures + 1)
        services.observe.count("polls", key, "failed")
        with services.database.write() as unit:
            asking.poll_failed(unit.connection, key, str(error))
            unit.commit()
        return new
    with services.database.write() as unit:
        asking.poll_done(unit.connection, key, now)
        unit.commit()
    services.observe.count("polls", key, "read")
    return new


def _on_file(services: Services, entries: list[DeliveryEvent]) -> list[DeliveryEvent]:
    """Entries about customers and their contacts: an account's lists name its newsletters' readers too."""
    with services.database.read() as connection:
        known = owners_of(connection, {entry.address for entry in entries})
    return [entry for entry in entries if entry.address in known]
