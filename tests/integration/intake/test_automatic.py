"""Robots: recorded, their contact rests at most ten business days, never answered, never a promise."""

# ruff: noqa: E501
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from domain.alerts import AlertKind, judge_alerts
from storage.database import Database
from storage.tables import contact, mailbox, message, pause, promise, reply, task
from tests.fakes.ledgers import DAY, ENTITY, NOON, make_services, seed_ledger
from tests.fakes.ports import free_port
from tests.integration.replies.helpers import mail, receive, rows
from workflows.poll_mailboxes import poll_mailboxes
from workflows.read_status import read_status
from workflows.services import Services
from workflows.watch import limits_of, read_facts

ANN = "ann@customer.example"


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """A customer with a contact beside the general address, to whom a reminder went."""
    seed_ledger(database, 1)
    with database.write() as unit:
        unit.connection.execute(
            insert(contact).values(id=7, customer_id=1, key=ANN, name="Ann", role="ap", email=ANN, updated_at=NOON)
        )
        unit.connection.execute(
            insert(message).values(
                public_id="00000000-0000-0000-0000-000000000500", customer_id=1, entity_id=ENTITY, currency="EUR",
                purpose="cadence", channel="email", address=ANN, contact_id=7, locale="en_IE", template="first",
                planned_on=DAY, status="sent", not_before=NOON, reply_token="abcdef0123456789abcd", created_at=NOON,
            )
        )  # fmt: skip
        unit.commit()
    return make_services(database, tmp_path)


MACHINES = [
    {"Auto-Submitted": "auto-replied"},
    {"Auto-Submitted": "auto-generated; x=y"},
    {"Precedence": "bulk"},
    {"Precedence": "auto_reply"},
    {"X-Auto-Response-Suppress": "All"},
    {"X-Autoreply": "yes"},
    {"X-Autorespond": "yes"},
    {"X-Autoreply-From": "ann@customer.example"},
    {"X-FC-MachineGenerated": "true"},
    {"X-MS-Exchange-Generated-Message-Source": "Mailbox Rules Agent"},
    {"X-MS-Exchange-Inbox-Rules-Loop": "ann@customer.example"},
    {"List-Id": "<news.customer.example>"},
    {"List-Unsubscribe": "<https://customer.example/u>"},
    {"Return-Path": "<>"},
    {"Subject": "Automatic reply: Reminder"},
    {"Subject": "Automatische Antwort: Erinnerung"},
    {"Subject": "Réponse automatique : Rappel"},
    {"Subject": "Respuesta automática: Recordatorio"},
    {"Subject": "自動返信: お支払いのお願い"},
]


@pytest.mark.parametrize("headers", MACHINES, ids=lambda headers: " ".join(f"{n}={v}" for n, v in headers.items()))
def test_a_robot_rests_its_contact_alone(services: Services, headers: dict[str, str]) -> None:
    given = {name.replace("-", "_"): value for name, value in headers.items()}
    receive(services, mail("I am away. INV-1 will be paid on Friday.", sender=ANN, **given))
    assert [r.status for r in rows(services, reply)] == ["handled"]
    [rest] = [p for p in rows(services, pause) if p.lifted_at is None]
    assert (rest.kind, rest.contact_id) == ("out_of_office", 7)
    assert DAY <= rest.until_on <= date(2026, 3, 24)  # ten business days, St Patrick's Day among them
    assert rows(services, promise) == []
    assert len(rows(services, message)) == 1


@pytest.mark.parametrize(
    "headers", [{}, {"Auto-Submitted": "no"}, {"X-Auto-Response-Suppress": "DR, OOF, AutoReply"}, {"Precedence": "first-class"}]
)  # fmt: skip
def test_what_a_person_wrote_is_heard(services: Services, headers: dict[str, str]) -> None:
    given = {name.replace("-", "_"): value for name, value in headers.items()}
    receive(services, mail("INV-1 will be paid on Friday.", sender=ANN, **given))
    assert [p.status for p in rows(services, promise)] == ["open"]


def test_a_robot_that_nobody_knows_silences_nobody(services: Services) -> None:
    receive(
        services,
        mail("I am out of the office until 16 March.", sender="robot@else.example", Auto_Submitted="auto-generated"),
    )
    assert [p for p in rows(services, pause) if p.lifted_at is None] == []
    assert [r.status for r in rows(services, reply)] == ["handled"]
    assert rows(services, task) == []


def test_a_mailbox_that_stays_down_is_told(database: Database, tmp_path: Path) -> None:
    seed_ledger(database, 1)
    address = f"imap://ar@127.0.0.1:{free_port()}/INBOX"
    services = make_services(database, tmp_path, imap_mailboxes=address, imap_passwords="x")
    assert poll_mailboxes(services).failed == 1
    [shown] = read_status(services).mailboxes
    assert (shown.failures, shown.read_at) == (1, None)
    limits = limits_of(services, grace_minutes=60, doubts=20)
    kinds = [alert.kind for alert in judge_alerts(read_facts(services), limits, NOON)]
    assert AlertKind.MAILBOX not in kinds
    with database.write() as unit:
        since = unit.database_now() - timedelta(minutes=75)
        unit.connection.execute(update(mailbox).values(failing_since=since))
        unit.commit()
    told = [a.text for a in judge_alerts(read_facts(services), limits, NOON) if a.kind is AlertKind.MAILBOX]
    assert len(told) == 1
    assert "has not been read for 75 minutes, so answers wait there" in told[0]
