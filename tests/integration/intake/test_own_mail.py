"""What a collector sends from an own mailbox joins the timeline; anybody can write a collector's address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from storage.database import Database
from storage.snapshots import load_snapshots
from storage.tables import app_user, contact_log, customer, inbound_event, message, pause, reply, task
from tests.fakes.ledgers import DAY, ENTITY, make_services, plan_day, seed_customer, seed_ledger
from tests.integration.replies.helpers import mail, rows
from workflows.receive_reply import process_inbound, store_inbound
from workflows.services import Services

COLLECTOR = "col@us.example"
GOOD = {"Authentication-Results": "mx.us.example; spf=pass smtp.mailfrom=us.example; dkim=pass header.d=us.example"}


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, 2)
    with database.write() as unit:
        unit.connection.execute(update(app_user).where(app_user.c.code == "collector").values(email="Col@us.example"))
        unit.commit()
    return make_services(database, tmp_path, mail_authserv="mx.us.example")


def own(
    services: Services, raw_or_to: bytes | str = "ap1@customer.example", *, provider: str = "imap",
    meta: dict[str, Any] | None = None, **headers: str,
) -> None:  # fmt: skip
    raw = raw_or_to if isinstance(raw_or_to, bytes) else written(raw_or_to, **headers)
    store_inbound(services, provider=provider, event_id=str(len(rows(services, inbound_event))), kind="email", raw=raw,
                  meta=meta)  # fmt: skip
    process_inbound(services)


def written(to: str, text: str = "We will pay on Friday.", subject: str = "Your account", **headers: str) -> bytes:
    given = {name.replace("-", "_"): value for name, value in {**GOOD, **headers}.items() if value}
    return mail(text, sender=f"Col <{COLLECTOR}>", to=to, subject=subject, Bcc="log@dunwell.example", **given)


def test_a_mail_by_hand_is_contact_and_nothing_like_a_reply(services: Services) -> None:
    own(services)
    [logged] = rows(services, contact_log)
    assert (logged.customer_id, logged.entity_id, logged.channel, logged.outcome) == (1, ENTITY, "email", "mailed")
    assert (logged.on_day, logged.note, logged.by_user_id is not None) == (DAY, "Your account", True)
    assert (rows(services, reply), rows(services, pause), rows(services, task)) == ([], [], [])


def test_the_interval_begins_again_with_it(services: Services) -> None:
    own(services)
    plan_day(services)
    assert {m.customer_id for m in rows(services, message)} == {2}


def contacts(services: Services, customer_id: int = 1) -> int:
    with services.database.read() as connection:
        [snapshot] = load_snapshots(connection, ENTITY, DAY, [customer_id])
    return len(snapshot.past_contacts)


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ("", "unverified"),
        ("mx.else.example; dkim=pass header.d=us.example", "unverified"),
        ("mx.us.example; dkim=pass header.d=else.example", "unverified"),
        ("mx.us.example; spf=pass smtp.mailfrom=bounce@mail.us.example", "mailed"),
        ("mx.us.example 1; dmarc=pass (p=REJECT) header.from=us.example", "mailed"),
        ("mx.us.example; none", "unverified"),
    ],
)
def test_only_what_a_server_of_ours_vouches_for_counts(services: Services, results: str, outcome: str) -> None:
    own(services, **{"Authentication-Results": results})
    assert [c.outcome for c in rows(services, contact_log)] == [outcome]
    assert contacts(services) == (1 if outcome == "mailed" else 0)


def test_a_forged_word_below_our_servers_own_does_not_count(services: Services) -> None:
    forged = b"Authentication-Results: mx.us.example; dkim=pass header.d=us.example\r\n"
    ours = b"Authentication-Results: mx.us.example; spf=fail smtp.mailfrom=us.example\r\n"
    raw = ours + forged + written("ap1@customer.example", **{"Authentication-Results": ""})
    own(services, raw)
    assert rows(services, contact_log) == []
    [asked] = rows(services, task)
    assert "failed its check" in asked.note
    assert asked.owner_id == next(u.id for u in rows(services, app_user) if u.code == "collector")


@pytest.mark.parametrize(
    ("meta", "outcome"),
    [
        ({"dkim": "{@us.example : pass}", "spf": "none"}, "mailed"),
        ({"spf": "pass", "envelope": json.dumps({"from": COLLECTOR, "to": ["log@dunwell.example"]})}, "mailed"),
        ({"spf": "pass", "envelope": json.dumps({"from": "x@else.example"})}, "unverified"),
        ({"spf": "softfail", "dkim": "none"}, None),
        ({"dkim": "{@us.example : fail}"}, None),
        ({}, "unverified"),
    ],
)
def test_sendgrids_word_counts_for_what_sendgrid_brings(
    services: Services, meta: dict[str, str], outcome: str | None
) -> None:
    own(services, provider="sendgrid", meta=meta)  # the header that the mail brings along says nothing here
    assert [c.outcome for c in rows(services, contact_log)] == ([outcome] if outcome else [])


def test_whom_it_was_about_is_found_by_recipient_thread_and_subject(services: Services) -> None:
    own(services, "Somebody <x@else.example>", subject="Re: INV-2 and others")
    assert [c.customer_id for c in rows(services, contact_log)] == [2]
    with services.database.write() as unit:
        seed_customer(unit.connection, 3, email="ap1@customer.example")
        unit.commit()
    own(services, "ap1@customer.example", subject="no number", Message_ID="<2@us.example>")
    assert "C0001, C0003" in rows(services, task)[-1].note
    own(services, "ap1@customer.example", subject="INV-1", Message_ID="<3@us.example>")
    assert [c.customer_id for c in rows(services, contact_log)] == [2, 1]


def test_an_unknown_customer_is_a_task_for_who_wrote(services: Services) -> None:
    own(services, "new@prospect.example", subject="Hello")
    [asked] = rows(services, task)
    assert "no customer is known" in asked.note
    assert (rows(services, contact_log), rows(services, reply)) == ([], [])


def test_a_colleagues_absence_is_nothing(services: Services) -> None:
    own(services, Auto_Submitted="auto-replied")
    assert (rows(services, contact_log), rows(services, task), rows(services, reply)) == ([], [], [])


def test_who_is_a_customers_contact_too_is_heard_as_the_customer(services: Services) -> None:
    with services.database.write() as unit:
        unit.connection.execute(update(customer).where(customer.c.id == 2).values(email=COLLECTOR))
        unit.commit()
    own(services)
    assert [r.customer_id for r in rows(services, reply)] == [2]


def test_an_address_of_two_people_is_nobodys(services: Services) -> None:
    with services.database.write() as unit:
        values = {"code": "twin", "name": "Twin", "role": "collector", "email": COLLECTOR}
        first = rows(services, app_user)[0]
        unit.connection.execute(insert(app_user).values(**values, updated_at=first.updated_at))
        unit.commit()
    own(services)
    assert len(rows(services, reply)) == 1
