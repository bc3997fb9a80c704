"""The mails before a mail: what it hangs on to in its reader's mail program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, select

from domain.parties import Channel
from domain.touches import TouchStatus
from storage.sql import as_list, listed
from storage.tables import message

THREAD_DAYS = 90
"""A mail to somebody who got none for longer begins a new thread."""
LONGEST = 10
"""How many earlier mails are named: the first of the thread and the newest."""

_WENT = (TouchStatus.SENT, TouchStatus.DELIVERED, TouchStatus.UNKNOWN)


@lru_cache(maxsize=2)
def _statement(dialect: str) -> Select[Any]:
    new, old = message.alias("new"), message.alias("old")
    return (
        select(new.c.id, new.c.planned_on.label("today"), old.c.message_id, old.c.planned_on)
        .select_from(new)
        # Never across legal entities (invariant 8), and never to another address: a thread may be quoted whole.
        .join(
            old,
            (old.c.customer_id == new.c.customer_id)
            & (old.c.entity_id == new.c.entity_id)
            & (old.c.channel == new.c.channel)
            & (old.c.address == new.c.address)
            & (old.c.planned_on <= new.c.planned_on)
            & (old.c.id != new.c.id),
        )
        .where(
            listed(dialect, new.c.id, "ids"),
            new.c.channel == Channel.EMAIL,
            old.c.status.in_(_WENT),
            old.c.message_id.is_not(None),
        )
        .order_by(new.c.id, old.c.planned_on.desc(), old.c.id.desc())
    )


def threads_of(connection: Connection, message_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Message → Message-IDs of the mails before it to the same address about the same account, oldest first."""
    dialect = connection.dialect.name
    found: dict[int, list[str]] = defaultdict(list)
    begun: dict[int, Any] = {}
    for row in connection.execute(_statement(dialect), {"ids": as_list(dialect, message_ids)}):
        since = begun.get(row.id, row.today)
        if since is None or since - row.planned_on > timedelta(days=THREAD_DAYS):
            begun[row.id] = None  # older ones belong to a thread that had ended
            continue
        begun[row.id] = row.planned_on
        found[row.id].append(row.message_id)
    return {number: _shortened(tuple(reversed(ids))) for number, ids in found.items()}


def _shortened(ids: tuple[str, ...]) -> tuple[str, ...]:
    return ids if len(ids) <= LONGEST else (ids[0], *ids[1 - LONGEST :])
