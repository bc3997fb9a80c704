"""Mails and texts as they come, and what they left in the tables."""

from __future__ import annotations

import json
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy import select

from storage.tables import pause
from tests.fakes.ledgers import DAY
from workflows.receive_reply import process_inbound, store_inbound
from workflows.services import Services

OURS = "<first@dunwell.example>"


def mail(
    text: str,
    *,
    sender: str = "Ann Payable <ap1@customer.example>",
    to: str = "reply+abcdef0123456789abcd@dunwell.example",
    subject: str = "Re: Reminder",
    **headers: str,
) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = "<answer-1@customer.example>"
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def receive(services: Services, raw: bytes, event_id: str = "e1", kind: str = "email") -> None:
    store_inbound(services, provider="test", event_id=event_id, kind=kind, raw=raw)
    process_inbound(services)


def sms(body: str, sender: str = "+353871234567", **fields: str) -> bytes:
    return json.dumps({"From": sender, "To": "+35315550000", "Body": body, "MessageSid": "SM1", **fields}).encode()


def rows(services: Services, table: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def holding(services: Services, day: date = DAY) -> list[tuple[str, int | None]]:
    """(kind, document) of the pauses in force on `day`."""
    return [
        (p.kind, p.document_id)
        for p in rows(services, pause)
        if p.lifted_at is None and p.from_on <= day and (p.until_on is None or day <= p.until_on)
    ]
