"""Mail that comes back, told by dates: Monday, 9 March 2026, a reminder went to a customer's clerk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from storage.database import Database
from storage.tables import (
    audit_entry,
    delivery_event,
    inbound_event,
    message,
    opt_out,
    pause,
    reply,
    task,
    undeliverable,
)
from tests.fakes.ledgers import DAY, ENTITY, NOON, make_services, seed_customer, seed_ledger
from tests.unit.replies.reports import AP, HUMAN, OURS, PUBLIC_ID, RFC_ID, TOKEN, dsn, feedback, notice, person
from web.inbound_mail import Attached, mail_bytes
from workflows.receive_reply import process_inbound, store_inbound
from workflows.record_delivery import apply_events
from workflows.services import Services


def seed_message(database: Database, number: int = 1, **values: Any) -> None:
    row = {
        "public_id": PUBLIC_ID, "customer_id": 1, "entity_id": ENTITY, "currency": "EUR", "purpose": "cadence",
        "channel": "email", "address": AP, "locale": "en_IE", "template": "first", "planned_on": DAY, "status": "sent",
        "not_before": NOON, "sent_at": NOON, "attempts": 1, "reply_token": TOKEN, "message_id": RFC_ID,
        "provider": "smtp", "created_at": NOON, **values,
    }  # fmt: skip
    if number > 1:
        row |= {"public_id": f"{PUBLIC_ID[:-1]}{number}", "reply_token": f"{TOKEN[:-1]}{number}", "message_id": None}
    with database.write() as unit:
        unit.connection.execute(insert(message).values(row | values))
        unit.commit()


def house(database: Database, folder: Path) -> Services:
    seed_ledger(database, 1, email=AP)
    return make_services(database, folder)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """On SQLite: what is decided is the same on both."""
    database = Database(sqlite_url)
    yield house(database, tmp_path)
    database.dispose()


@pytest.fixture
def on_either(database: Database, tmp_path: Path) -> Services:
    """On SQLite and on PostgreSQL, for what is found and written by set."""
    return house(database, tmp_path)


def rows(services: Services, table: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def receive(services: Services, raw: bytes, event_id: str = "e1") -> None:
    store_inbound(services, provider="test", event_id=event_id, kind="email", raw=raw)
    process_inbound(services)
    apply_events(services)


def silent(services: Services) -> bool:
    """No reply, no pause, no answer."""
    return not rows(services, reply) and not rows(services, pause) and len(rows(services, message)) == 1


def test_a_hard_bounce_reopens_the_step_strikes_the_address_off_and_tells_the_collector(on_either: Services) -> None:
    seed_message(on_either.database)
    receive(on_either, dsn("<ap@kunde.example>: unknown user"))
    (sent,) = rows(on_either, message)
    assert (sent.status, sent.status_reason.startswith("bounced (5.1.1")) == ("bounced", True)
    assert [(u.address, u.lifted_at) for u in rows(on_either, undeliverable)] == [(AP, None)]
    assert [t.cause for t in rows(on_either, task)] == ["bounced"]
    assert silent(on_either)
    assert {"report.received", "message.bounced"} <= {e.action for e in rows(on_either, audit_entry)}


def test_a_full_mailbox_ends_this_message_and_leaves_the_address(services: Services) -> None:
    seed_message(services.database)
    receive(services, dsn("x", status="5.2.2", diagnostic="smtp; 552 5.2.2 mailbox full"))
    assert rows(services, message)[0].status == "bounced"
    assert rows(services, undeliverable) == []
    assert silent(services)


def test_a_server_that_still_tries_changes_nothing(services: Services) -> None:
    seed_message(services.database)
    receive(services, dsn("x", action="delayed", status="4.4.1", diagnostic="X-Postfix; connection refused"))
    assert (rows(services, message)[0].status, rows(services, task)) == ("sent", [])
    assert rows(services, undeliverable) == []
    assert silent(services)


@pytest.mark.parametrize(("action", "state"), [("delivered", "delivered"), ("relayed", "sent"), ("expanded", "sent")])
def test_success_as_asked_for_is_delivery_but_passing_on_is_no_more_than_acceptance(
    services: Services, action: str, state: str
) -> None:
    seed_message(services.database)
    receive(services, dsn("x", action=action, status="2.0.0", diagnostic=""))
    assert rows(services, message)[0].status == state
    assert silent(services)


@pytest.mark.parametrize(
    ("action", "state"), [("failed", "bounced"), ("delayed", "sent"), ("relayed", "sent"), ("delivered", "delivered")]
)
def test_whatever_comes_back_settles_a_doubt_for_somebody_had_the_message(
    services: Services, action: str, state: str
) -> None:
    seed_message(services.database, status="unknown", sent_at=None)
    receive(services, dsn("x", action=action, status="5.1.1" if action == "failed" else "2.0.0", diagnostic=""))
    assert rows(services, message)[0].status == state


def test_a_complaint_turns_the_channel_off_and_asks_a_person(on_either: Services) -> None:
    seed_message(on_either.database)
    receive(on_either, feedback())
    assert [(o.channel, o.address, o.lifted_at) for o in rows(on_either, opt_out)] == [("email", AP, None)]
    assert [t.cause for t in rows(on_either, task)] == ["spam_complaint"]
    assert silent(on_either)


def test_a_complaint_that_hides_the_address_counts_for_whom_the_mail_went_to(services: Services) -> None:
    seed_message(services.database)
    receive(services, feedback(fields=""))
    assert [o.address for o in rows(services, opt_out)] == [AP]


def test_a_complaint_that_is_taken_back_changes_nothing(services: Services) -> None:
    seed_message(services.database)
    receive(services, feedback("not-spam"))
    assert rows(services, opt_out) == rows(services, task) == []
    assert rows(services, inbound_event)[0].error == "no news"


def test_the_same_report_by_two_ways_counts_once(on_either: Services) -> None:
    seed_message(on_either.database)
    receive(on_either, dsn("x"), "by-imap")
    receive(on_either, dsn("x"), "by-webhook")
    assert len(rows(on_either, inbound_event)) == 2
    assert len(rows(on_either, delivery_event)) == 1
    assert len(rows(on_either, task)) == 1


def test_an_answer_that_comes_back_counts_like_any_message(services: Services) -> None:
    seed_message(services.database, purpose="answer", answer_key="reply:1")
    receive(services, dsn("x"))
    assert rows(services, message)[0].status == "bounced"
    assert silent(services)


def test_a_report_finds_its_message_by_the_thread_alone(on_either: Services) -> None:
    seed_message(on_either.database)
    words = "<ap@kunde.example>: unknown user"
    raw = notice(words, sender="MAILER-DAEMON@mx.example", subject="failure notice", returned="", In_Reply_To=RFC_ID)
    receive(on_either, raw)
    assert rows(on_either, message)[0].status == "bounced"
    assert silent(on_either)


def test_a_report_to_our_reply_address_silences_nobody(services: Services) -> None:
    seed_message(services.database)
    raw = dsn("x", returned="").replace(b"To: ar@emerald.example", b"To: reply+%s@dunwell.example" % TOKEN.encode())
    store_inbound(services, provider="test", event_id="e1", kind="email", raw=raw)
    assert rows(services, pause) == []
    receive(services, raw)
    assert rows(services, message)[0].status == "bounced"
    assert silent(services)


def test_a_report_that_names_only_the_address_ends_the_one_message_that_went_there(on_either: Services) -> None:
    seed_message(on_either.database)
    receive(on_either, dsn("x", returned=""))
    assert rows(on_either, message)[0].status == "bounced"
    # Anybody can write such a mail: it isn't enough to strike an address off.
    assert rows(on_either, undeliverable) == []


def test_two_messages_that_it_could_be_about_are_none(on_either: Services) -> None:
    seed_message(on_either.database)
    seed_message(on_either.database, 2, status="unknown", sent_at=None)
    receive(on_either, dsn("x", returned=""))
    assert [m.status for m in rows(on_either, message)] == ["sent", "unknown"]
    (asked,) = rows(on_either, task)
    assert (asked.cause, asked.customer_id) == ("send_failed", 1)
    assert "names no message of ours" in asked.note


def test_a_message_of_long_ago_is_not_what_comes_back_today(services: Services) -> None:
    seed_message(services.database, sent_at=NOON - timedelta(days=11), not_before=NOON - timedelta(days=11))
    receive(services, dsn("x", returned=""))
    assert rows(services, message)[0].status == "sent"


def test_a_report_about_nobody_that_we_know_is_kept_and_counted_only(on_either: Services) -> None:
    receive(on_either, dsn("x", recipient="rfc822; stranger@elsewhere.example", returned=""))
    (kept,) = rows(on_either, inbound_event)
    assert (kept.status, kept.error) == ("done", "about no message of ours")
    assert rows(on_either, task) == rows(on_either, reply) == rows(on_either, delivery_event) == []


def test_a_forged_complaint_opts_nobody_out(services: Services) -> None:
    receive(services, feedback(returned="Subject: anything\n\nx"))
    assert rows(services, opt_out) == []
    assert [t.cause for t in rows(services, task)] == ["send_failed"]


def test_mail_that_our_recipient_passed_on_to_a_dead_address_leaves_theirs_alone(services: Services) -> None:
    seed_message(services.database)
    receive(services, dsn("x", recipient="rfc822; old@elsewhere.example"))
    assert rows(services, message)[0].status == "bounced"
    assert rows(services, undeliverable) == []


def test_a_copy_that_comes_back_proves_that_the_message_went(services: Services) -> None:
    seed_message(services.database, copy_to=["rep@emerald.example"], status="unknown", sent_at=None)
    receive(services, dsn("x", recipient="rfc822; rep@emerald.example"))
    assert rows(services, message)[0].status == "sent"


def test_a_report_about_mail_with_copies_that_names_nobody_moves_nothing(services: Services) -> None:
    seed_message(services.database, copy_to=["rep@emerald.example"])
    receive(services, feedback(fields=""))
    assert rows(services, opt_out) == []


def test_people_who_write_about_deliveries_are_heard_as_people(services: Services) -> None:
    seed_message(services.database)
    for name, raw in HUMAN.items():
        receive(services, raw, name)
    assert len(rows(services, reply)) == len(HUMAN)
    assert rows(services, message)[0].status == "sent"
    assert rows(services, delivery_event) == []


def test_a_notice_in_mere_words_from_somebody_on_file_is_theirs(services: Services) -> None:
    with services.database.write() as unit:
        seed_customer(unit.connection, 2, email="postmaster@klein.example")
        unit.commit()
    words = "Your message could not be delivered to\nap@kunde.example"
    receive(services, notice(words, sender="postmaster@klein.example", subject="Undeliverable", returned=""))
    assert [r.customer_id for r in rows(services, reply)] == [2]
    assert rows(services, pause) != []


def test_the_reports_of_a_day_do_not_hold_up_the_answers(services: Services) -> None:
    seed_message(services.database)
    for number in range(3):
        raw = dsn("x").replace(b"report-1", b"report-%d" % number)
        store_inbound(services, provider="test", event_id=f"b{number}", kind="email", raw=raw)
    answer = person("INV-1 will be paid on Friday.")
    store_inbound(services, provider="test", event_id="a", kind="email", raw=answer)
    assert process_inbound(services).replies == 1
    assert {e.status for e in rows(services, inbound_event)} == {"done"}


def test_a_report_that_was_being_read_when_the_process_died_is_read_once(services: Services) -> None:
    seed_message(services.database)
    receive(services, dsn("x"))
    with services.database.write() as unit:
        unit.connection.execute(update(inbound_event).values(status="new", lease_until=None))
        unit.commit()
    process_inbound(services)
    apply_events(services)
    assert len(rows(services, delivery_event)) == 1


def test_a_report_that_sendgrid_posts_in_pieces_is_one_too(services: Services) -> None:
    seed_message(services.database)
    status = b"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ap@kunde.example\nAction: failed\nStatus: 5.1.1\n"
    fields = {
        "headers": b"From: MAILER-DAEMON@mx.kunde.example\r\nSubject: Undelivered Mail Returned to Sender\r\n",
        "text": b"could not be delivered",
    }
    files = [
        Attached("details.txt", "message/delivery-status", status),
        Attached("mail.eml", "message/rfc822", OURS.encode()),
    ]
    receive(services, mail_bytes(fields, files))
    assert rows(services, message)[0].status == "bounced"
    assert [u.address for u in rows(services, undeliverable)] == [AP]
