"""Second opinions about replies that wait for a person: asked once each, shown with the reply, never acted upon.

Asked outside any transaction, after the reply was stored, silenced and given to a person: a model that hangs or lies
costs nobody anything.
"""

from __future__ import annotations

from typing import Any

import structlog

from domain.calendars import zone_of
from domain.errors import NotReady
from outreach.replies.suggestion import ask_about, read_suggestion
from storage import replies
from workflows.receive_reply import what_is_open
from workflows.services import Services

log = structlog.get_logger(__name__)

ASKED_AT_ONCE = 20
"""Replies that are asked about before other work has its turn."""


def suggest_readings(services: Services) -> int:
    """Ask about the newest waiting replies that nobody asked about yet. Returns how many got a suggestion.

    Nothing is asked where no model is set up. A model that doesn't answer is left alone until there is new work.
    """
    if services.adviser is None:
        return 0
    with services.database.read() as connection:
        waiting = replies.without_suggestion(connection, ASKED_AT_ONCE)
    made = 0
    for row in waiting:
        with services.database.read() as connection:
            items: list[Any] = []
            if row.customer_id is not None and row.entity_id is not None:
                items = replies.open_items(connection, row.customer_id, row.entity_id)
            zone = zone_of(replies.entity_row(connection, row.entity_id).timezone)
        today, context = row.received_at.astimezone(zone).date(), what_is_open(items)
        try:
            answer = services.adviser(ask_about(row.text, row.subject or "", context, today))
        except NotReady as error:
            log.warning("adviser.silent", reply=row.id, why=str(error))
            return made
        read = read_suggestion(answer, row.text, context, today)
        kept: dict[str, Any] = {"refused": "an answer of another form"}
        if read is not None:
            kept = {**read.found, "dropped": list(read.dropped)}
            made += 1
        with services.database.write() as unit:
            replies.keep_suggestion(unit.connection, row.id, kept)
            unit.commit()
    return made
