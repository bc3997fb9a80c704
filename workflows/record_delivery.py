"""What providers tell of messages: stored once and answered at once, applied when the bell has rung."""

from __future__ import annotations

from collections.abc import Iterable

from domain.delivery import DeliveryEvent
from storage import delivery_events
from workflows.services import Services


def store_events(services: Services, events: Iterable[DeliveryEvent]) -> int:
    """Store events once each, by one statement, and ring the bell. Returns how many were new.

    An event that was there already changes nothing, whatever else it says now.
    """
    with services.database.write() as unit:
        new = delivery_events.insert_events(unit.connection, events, services.now())
        unit.commit()
    if new:
        services.ring("delivery")
    return new
