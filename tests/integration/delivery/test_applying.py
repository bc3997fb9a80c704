"""What providers tell is applied in whatever order it comes: states right, doubts settled, nothing sent again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.parties import Channel
from domain.touches import TouchStatus
from outreach.channels.base import Delivery, Outcome
from storage.database import Database
from storage.tables import audit_entry, delivery_event, legal_entity, message, opt_out, task, touch, undeliverable
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import DAY, NOON, at, load_ledger_again, make_services, messages, plan_day, seed_ledger
from tests.fakes.processes import run_out_of_lease
from workflows.record_delivery import CHUNK, MAX_ATTEMPTS, apply_events, store_events
from workflows.send_messages import drain
from workflows.services import Services
from workflows.settle_message import settle_unknown
from workflows.tick import tick

K, S = DeliveryKind, TouchStatus
TOMORROW = DAY + timedelta(days=1)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """Three customers, each with one planned first reminder."""
    seed_ledger(database, 3)
    made = make_services(database, tmp_path)
    plan_day(made)
    return made


def event(row: Any, kind: K, number: int | str = 1, **more: Any) -> DeliveryEvent:
    values: dict[str, Any] = {"occurred_at": NOON, "public_id": row.public_id, **more}
    return DeliveryEvent("sendgrid", f"e{number}", kind, Channel.EMAIL, **values)


def told(services: Services, *events: DeliveryEvent) -> dict[str, int]:
    store_events(services, events)
    return apply_events(services)


def rows(services: Services, table: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def open_tasks(services: Services) -> list[str]:
    return [row.cause for row in rows(services, task) if row.status == "open"]


def in_doubt(services: Services) -> Any:
    """A message of which nobody knows whether it went, with its task."""
    lost = Delivery(Outcome.UNKNOWN, error="connection lost")
    drain(by(services, ScriptedChannel(lost)), limit=1)
    [row] = [row for row in messages(services.database) if row.status == S.UNKNOWN]
    assert open_tasks(services) == ["unknown_outcome"]
    return row


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        (K.ACCEPTED, S.SENT),
        (K.DELIVERED, S.DELIVERED),
        (K.BOUNCED, S.BOUNCED),
    ],
)
def test_positive_evidence_settles_a_doubt_and_closes_its_task(services: Services, kind: K, after: S) -> None:
    doubt = in_doubt(services)
    assert told(services, event(doubt, kind, provider_ref="sg-ref")) == {"moved": 1}
    [row] = [row for row in messages(services.database) if row.id == doubt.id]
    assert (row.status, row.sent_at) == (after, NOON)
    assert "unknown_outcome" not in open_tasks(services)
    assert [t.outcome for t in rows(services, task) if t.cause == "unknown_outcome"] == [f"sendgrid told: {kind}"]
    assert drain(by(services, ScriptedChannel())) == {"sent": 2}, "nothing of it goes again"


@pytest.mark.parametrize("kind", [K.ACCEPTED, K.DELIVERED])
def test_an_event_that_is_faster_than_the_answer_to_our_own_request_counts(services: Services, kind: K) -> None:
    def while_on_the_wire(outgoing: Any) -> None:
        [row] = [row for row in messages(services.database) if row.public_id == outgoing.public_id]
        assert row.status == S.SENDING
        assert told(services, event(row, kind, outgoing.public_id)) == {"moved": 1}

    drain(by(services, ScriptedChannel(during=while_on_the_wire)), limit=1)
    [row] = [row for row in messages(services.database) if row.attempts]
    assert row.status == {K.ACCEPTED: S.SENT, K.DELIVERED: S.DELIVERED}[kind]
    run_out_of_lease(services.database)
    tick(services)
    assert "unknown_outcome" not in open_tasks(services)


def test_what_was_to_be_tried_again_and_had_arrived_does_not_go_again(services: Services) -> None:
    again = Delivery(Outcome.TRY_AGAIN, error="503")
    drain(by(services, ScriptedChannel(again)), limit=1)
    [row] = [row for row in messages(services.database) if row.attempts]
    assert row.status == S.PLANNED
    assert told(services, event(row, K.DELIVERED)) == {"moved": 1}
    channel = ScriptedChannel()
    drain(by(at(services, NOON + timedelta(hours=2)), channel))
    assert row.public_id not in {outgoing.public_id for outgoing in channel.given}
    assert len(channel.given) == 2


def test_a_message_settled_as_not_sent_that_had_gone_takes_its_step_back(services: Services) -> None:
    doubt = in_doubt(services)
    settle_unknown(services, doubt.public_id, sent=False, by="collector")
    load_ledger_again(services.database, TOMORROW)
    plan_day(services, TOMORROW)
    mine = [row for row in messages(services.database) if row.customer_id == doubt.customer_id]
    assert [row.status for row in mine] == [S.FAILED, S.PLANNED]
    assert told(services, event(doubt, K.DELIVERED)) == {"moved": 1}
    channel = ScriptedChannel()
    drain(by(at(services, NOON + timedelta(days=1)), channel))
    assert mine[1].public_id not in {outgoing.public_id for outgoing in channel.given}
    live = [t for t in rows(services, touch) if t.customer_id == doubt.customer_id and t.dropped_reason is None]
    assert [t.message_id for t in live] == [doubt.id]
    after = [row.status for row in messages(services.database) if row.customer_id == doubt.customer_id]
    assert after == [S.DELIVERED, S.CANCELLED]


def test_when_the_step_was_asked_again_before_it_was_known_the_trail_says_so(services: Services) -> None:
    doubt = in_doubt(services)
    settle_unknown(services, doubt.public_id, sent=False, by="collector")
    load_ledger_again(services.database, TOMORROW)
    plan_day(services, TOMORROW)
    drain(by(at(services, NOON + timedelta(days=1)), ScriptedChannel()))
    [other] = [m for m in messages(services.database) if m.customer_id == doubt.customer_id and m.id != doubt.id]
    assert told(services, event(doubt, K.DELIVERED)) == {"moved": 1}
    noted = [e.text for e in rows(services, audit_entry) if e.action == "message.delivered"]
    assert len(noted) == 1
    assert other.public_id in noted[0]


def test_in_whatever_order_and_however_often_the_end_is_the_same(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    one, two, three = messages(services.database)
    events = [
        event(one, K.DELIVERED, 1), event(one, K.ACCEPTED, 2), event(one, K.DEFERRED, 3), event(one, K.DELIVERED, 4),
        event(two, K.BOUNCED, 5), event(two, K.DELIVERED, 6), event(two, K.ACCEPTED, 7),
        event(three, K.DELIVERED, 8), event(three, K.BOUNCED, 9),
    ]  # fmt: skip
    assert told(services, *events) == {"moved": 4, "repeated": 5}
    assert [row.status for row in messages(services.database)] == [S.DELIVERED, S.BOUNCED, S.BOUNCED]
    assert store_events(services, events) == 0
    assert apply_events(services) == {}
    assert open_tasks(services) == ["bounced", "bounced"]


def test_an_event_about_no_message_of_ours_is_kept_counted_and_harmless(services: Services) -> None:
    stranger = DeliveryEvent(
        "sendgrid", "x", K.BOUNCED, Channel.EMAIL, NOON, public_id="no-such", address="a@b.example"
    )
    assert told(services, stranger) == {"no_message": 1}
    [kept] = rows(services, delivery_event)
    assert (kept.status, kept.outcome, kept.address, kept.address_domain) == ("done", "no_message", None, "b.example")
    assert [row.address for row in rows(services, undeliverable)] == ["a@b.example"]
    assert open_tasks(services) == [], "nobody here has that address"


def test_an_event_about_a_message_that_never_went_moves_nothing(services: Services) -> None:
    row = messages(services.database)[0]
    assert told(services, event(row, K.COMPLAINED)) == {"not_sent_by_us": 1}
    assert messages(services.database)[0].status == S.PLANNED
    assert rows(services, opt_out) == []


def test_messages_are_found_by_our_id_the_providers_or_the_message_id(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    one, two, three = messages(services.database)
    named = [
        replace(event(one, K.DELIVERED, 1), public_id=one.public_id),
        replace(event(two, K.DELIVERED, 2), public_id=None, provider="scripted", provider_ref="ref-2"),
        replace(event(three, K.DELIVERED, 3), public_id=None, rfc_message_id=three.message_id),
    ]
    with services.database.write() as unit:
        unit.connection.execute(update(message).where(message.c.id == two.id).values(provider_ref="ref-2"))
        unit.commit()
    assert told(services, *named) == {"moved": 3}


def test_what_is_told_of_somebody_in_copy_is_not_told_of_the_recipient(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    row = messages(services.database)[0]
    assert told(services, event(row, K.BOUNCED, address="rep@emerald.example")) == {"repeated": 1}
    assert messages(services.database)[0].status == S.SENT
    assert [u.address for u in rows(services, undeliverable)] == ["rep@emerald.example"]


def test_delivery_after_its_death_shows_that_an_address_lives(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    one, two, _ = messages(services.database)
    told(services, event(one, K.BOUNCED, 1, occurred_at=NOON))
    with services.database.write() as unit:
        unit.connection.execute(update(message).where(message.c.id == two.id).values(address=one.address))
        unit.commit()
    told(services, event(two, K.DELIVERED, 2, occurred_at=NOON - timedelta(hours=1)))
    assert [u.lifted_by for u in rows(services, undeliverable)] == [None], "delivered before it died"
    later = at(services, LATER)
    told(later, event(two, K.DELIVERED, 3, occurred_at=LATER))
    assert [u.lifted_by for u in rows(services, undeliverable)] == ["delivered"]


def test_one_event_that_can_not_be_applied_holds_up_no_other(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    with services.database.write() as unit:  # the bounce's task wants a day of this entity, which has none
        unit.connection.execute(update(legal_entity).values(timezone="Nowhere/Town"))
        unit.commit()
    one, two, three = messages(services.database)
    done = told(services, event(one, K.DELIVERED, 1), event(two, K.BOUNCED, 2), event(three, K.DELIVERED, 3))
    assert done == {"moved": 2, "failed": 1}
    assert [row.status for row in messages(services.database)] == [S.DELIVERED, S.SENT, S.DELIVERED]
    for _ in range(MAX_ATTEMPTS - 1):
        run_out(services)
        apply_events(services)
    [bad] = [row for row in rows(services, delivery_event) if row.status != "done"]
    assert (bad.status, bad.attempts) == ("failed", MAX_ATTEMPTS)
    assert "log reference" in bad.error


def run_out(services: Services) -> None:
    """Every claim on an event has run out."""
    with services.database.write() as unit:
        unit.connection.execute(update(delivery_event).values(lease_until=NOON - timedelta(days=900)))
        unit.commit()


def test_events_that_a_dead_process_had_claimed_come_back(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    store_events(services, [event(row, K.DELIVERED, row.id) for row in messages(services.database)])
    with services.database.write() as unit:
        unit.connection.execute(update(delivery_event).values(lease_until=NOON + timedelta(days=900), attempts=1))
        unit.commit()
    assert apply_events(services) == {}
    run_out(services)
    assert apply_events(services) == {"moved": 3}


def test_several_that_apply_at_once_move_each_message_once(services: Services) -> None:
    drain(by(services, ScriptedChannel()))
    sent = messages(services.database)
    many = [
        event(row, kind, f"{row.id}-{kind}-{n}")
        for n in range(CHUNK // 4)
        for row in sent
        for kind in (K.ACCEPTED, K.DELIVERED, K.BOUNCED)
    ]
    store_events(services, many)
    found: list[dict[str, int]] = []
    workers = [threading.Thread(target=lambda: found.append(apply_events(services))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(sum(done.values()) for done in found) == len(many)
    assert {row.status for row in messages(services.database)} == {S.BOUNCED}
    moves = [(e.action, e.subject_id) for e in rows(services, audit_entry) if e.action != "message.sending"]
    assert len([move for move in moves if move[0] == "message.bounced"]) == 3
    assert len(moves) == len(set(moves)), "each state is reached once"


def test_a_no_that_the_provider_tells_when_asked_to_send_holds_at_once(services: Services) -> None:
    refused = Delivery(Outcome.REFUSED, error="400 unsubscribed (21610)", opted_out=True)
    drain(by(services, ScriptedChannel(refused)), limit=1)
    [row] = [row for row in messages(services.database) if row.status == S.FAILED]
    assert [(o.address, o.source) for o in rows(services, opt_out)] == [(row.address, "provider:scripted")]
