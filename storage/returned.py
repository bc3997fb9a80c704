"""Which message of ours a report by mail is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from domain.parties import Channel
from domain.touches import HEARD
from storage.sql import among_texts
from storage.tables import message

_COLUMNS = (
    message.c.id,
    message.c.public_id,
    message.c.customer_id,
    message.c.entity_id,
    message.c.channel,
    message.c.address,
    message.c.copy_to,
    message.c.message_id,
    message.c.reply_token,
)


def messages_returned(
    connection: Connection, public_ids: Sequence[str], rfc_ids: Sequence[str], tokens: Sequence[str]
) -> list[Row[Any]]:
    """Our messages with one of these ids, Message-IDs or reply tokens; those named by the surest way only."""
    ways = (
        (message.c.public_id, public_ids),
        (message.c.message_id, rfc_ids),
        (message.c.reply_token, tokens),
    )
    for column, values in ways:
        if values:
            named: Select[Any] = select(*_COLUMNS).where(among_texts(connection, column, values))
            found = list(connection.execute(named.order_by(message.c.id.desc())))
            if found:
                return found
    return []


def sent_lately(connection: Connection, address: str, since: datetime) -> list[Row[Any]]:
    """Mails to an address (as written, or in lower case) that may have gone out since an instant."""
    went: Select[Any] = select(*_COLUMNS).where(
        message.c.address.in_({address, address.lower()}),
        message.c.channel == Channel.EMAIL,
        message.c.status.in_([str(status) for status in HEARD]),
        func.coalesce(message.c.sent_at, message.c.not_before) >= since,
    )
    return list(connection.execute(went))
