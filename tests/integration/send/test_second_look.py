"""What lands between planning and sending is heard: the account is read again in the transaction that sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from domain.touches import TouchStatus
from storage.database import Database
from storage.tables import contact, customer, document, legal_entity, message, opt_out, pause, payment, task
from storage.tables.ledger import NO_STAGE
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import (
    DAY,
    ENTITY,
    NOON,
    at,
    load_ledger_again,
    mails,
    messages,
    plan_day,
    seed_invoice,
    seed_ledger,
    set_open,
    statuses,
    touches,
)
from workflows.send_messages import drain
from workflows.services import Services


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone: what is told here doesn't depend on the database (the send machine itself is tested on both)."""
    made = Database(sqlite_url)
    yield made
    made.dispose()


def change(database: Database, statement: object) -> None:
    with database.write() as unit:
        unit.connection.execute(statement)  # type: ignore[call-overload]
        unit.commit()


def test_an_invoice_paid_since_it_was_planned_is_not_asked_for(planned: Services) -> None:
    set_open(planned.database, 2, 0)
    assert drain(planned) == {"sent": 2, "cancelled": 1}
    assert [(row.status, row.status_reason) for row in messages(planned.database)][1] == ("cancelled", "zero_balance")
    assert len(mails(planned)) == 2


def test_a_part_payment_leaves_the_residual_asked_for(planned: Services) -> None:
    set_open(planned.database, 2, 2_345)
    drain(planned)
    sent = messages(planned.database)[1]
    assert (sent.status, sent.asked_minor) == (TouchStatus.SENT, 2_345)
    assert touches(planned.database)[1].asked_minor == 2_345
    text = next(m for m in mails(planned) if m.stem == sent.public_id).read_text()
    assert "23.45" in text
    assert "123.45" in text  # what it was issued for is still shown


def test_a_reply_that_arrives_before_the_sending_silences_it(planned: Services) -> None:
    silence = {"customer_id": 1, "kind": "reply", "from_on": DAY, "cause": "reply 7", "created_at": NOON}
    change(planned.database, insert(pause).values(silence))
    assert drain(planned) == {"sent": 2, "cancelled": 1}
    assert messages(planned.database)[0].status_reason == "reply_pending"


def test_a_dispute_stops_its_part_and_the_rest_is_asked_for(planned: Services) -> None:
    change(planned.database, update(document).where(document.c.id == 1).values(disputed_minor=2_000))
    drain(planned)
    assert messages(planned.database)[0].asked_minor == 10_345


def test_a_promise_made_meanwhile_silences_what_it_covers(planned: Services) -> None:
    change(planned.database, update(document).where(document.c.id == 1).values(promised_minor=12_345))
    assert drain(planned)["cancelled"] == 1
    assert messages(planned.database)[0].status_reason == "promised"


def test_an_opt_out_meanwhile_stops_the_message(planned: Services) -> None:
    stop = {"channel": "email", "address": "ap3@customer.example", "since": NOON, "source": "reply"}
    change(planned.database, insert(opt_out).values(stop))
    drain(planned)
    assert messages(planned.database)[2].status_reason == "opted_out"


def test_an_address_that_was_corrected_meanwhile_is_not_written_to(planned: Services) -> None:
    change(planned.database, update(customer).where(customer.c.id == 1).values(email="new@customer.example"))
    drain(planned)
    assert messages(planned.database)[0].status_reason == "no_address"


def test_unapplied_cash_that_covers_the_account_stops_the_demand(planned: Services) -> None:
    cash = {
        "entity_id": ENTITY, "customer_id": 1, "reference": "P1", "received_on": DAY, "currency": "EUR",
        "amount_minor": 20_000, "unapplied_minor": 20_000, "updated_at": NOON,
    }  # fmt: skip
    change(planned.database, insert(payment).values(cash))
    drain(planned)
    assert messages(planned.database)[0].status_reason == "covered_by_credit"


def test_a_ledger_that_grew_stale_sends_nothing(planned: Services) -> None:
    change(planned.database, update(legal_entity).values(ledger_as_of=DAY - timedelta(days=5)))
    assert drain(planned) == {"cancelled": 3}
    assert {row.status_reason for row in messages(planned.database)} == {"ledger_stale"}


def test_of_two_invoices_in_one_message_the_paid_one_is_dropped_and_its_step_is_free(empty: Services) -> None:
    seed_ledger(empty.database, 1)
    with empty.database.write() as unit:
        second = seed_invoice(unit.connection, 1, "INV-1b")
        unit.commit()
    plan_day(empty)
    set_open(empty.database, second, 0)
    assert drain(empty) == {"sent": 1}
    kept, dropped = touches(empty.database)
    assert (kept.dropped_reason, dropped.dropped_reason) == (None, "zero_balance")
    assert "INV-1b" not in mails(empty)[0].read_text()


def test_cancelling_frees_the_step_so_that_a_later_run_may_ask_again(planned: Services) -> None:
    set_open(planned.database, 1, 0)
    drain(planned)
    with planned.database.read() as connection:
        row = connection.execute(select(document).where(document.c.id == 1)).one()
    assert (row.stage_offset, row.touched_on) == (NO_STAGE, None)

    set_open(planned.database, 1, 12_345)  # the payment bounced
    tomorrow = NOON + timedelta(days=1)
    later = at(planned, tomorrow)
    plan_day(later, tomorrow.date())
    assert drain(later) == {"sent": 1}


def test_a_message_whose_hours_are_over_is_cancelled_and_planned_anew_by_the_next_run(planned: Services) -> None:
    evening = at(planned, NOON.replace(hour=18))
    assert drain(evening) == {"cancelled": 3}
    assert {row.status_reason.partition(":")[0] for row in messages(planned.database)} == {"window_passed"}
    tomorrow = at(planned, NOON + timedelta(days=1))
    plan_day(tomorrow, DAY + timedelta(days=1))
    assert drain(tomorrow) == {"sent": 3}


def test_a_message_whose_hours_have_not_come_waits(planned: Services) -> None:
    assert drain(at(planned, NOON.replace(hour=11))) == {}
    assert set(statuses(planned.database)) == {TouchStatus.PLANNED}


def test_a_dated_run_sends_each_message_in_its_own_hours(planned: Services) -> None:
    assert drain(planned, NOON + timedelta(days=2), each_at_its_hour=True) == {"sent": 3}
    assert {row.sent_at for row in messages(planned.database)} == {NOON}


def test_draining_twice_adds_nothing(planned: Services) -> None:
    assert drain(planned) == {"sent": 3}
    before = mails(planned)
    assert drain(planned) == {}
    assert mails(planned) == before


def test_what_comes_after_the_sending_began_is_too_late_and_the_message_goes(planned: Services) -> None:
    def pay(_outgoing: object) -> None:
        set_open(planned.database, 1, 0)

    channel = ScriptedChannel(during=pay)
    drain(by(planned, channel), limit=1)
    assert statuses(planned.database)[0] == TouchStatus.SENT


def test_one_recipient_whose_letter_can_not_be_made_is_reported_and_the_others_go(planned: Services) -> None:
    change(planned.database, update(message).where(message.c.id == 2).values(locale="sv_SE"))
    assert drain(planned) == {"sent": 2, "failed": 1}
    assert messages(planned.database)[1].status == TouchStatus.CANCELLED
    with planned.database.read() as connection:
        asked = connection.execute(select(task.c.cause, task.c.note)).one()
    assert asked.cause == "send_failed"
    assert "ap2@customer.example" in asked.note


def test_one_recipient_whose_facts_can_not_be_read_is_reported_and_the_others_go(planned: Services) -> None:
    broken = {"customer_id": 2, "key": "x", "role": "no such role", "email": "x@customer.example", "updated_at": NOON}
    change(planned.database, insert(contact).values(broken))
    assert drain(planned) == {"sent": 2, "failed": 1}
    with planned.database.read() as connection:
        assert "no such role" in connection.execute(select(task.c.note)).scalar_one()


def test_what_can_not_be_made_day_after_day_is_one_task(planned: Services) -> None:
    for days in range(3):
        day = DAY + timedelta(days=days)
        load_ledger_again(planned.database, day)
        today = at(planned, NOON + timedelta(days=days))
        plan_day(today, day)
        change(planned.database, update(message).where(message.c.customer_id == 2).values(locale="sv_SE"))
        drain(today)
    with planned.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(task)).scalar_one() == 1


def test_the_trail_tells_what_was_sent_and_that_it_was_accepted(planned: Services) -> None:
    from storage.tables import audit_entry

    drain(planned, limit=1)
    sent = messages(planned.database)[0]
    with planned.database.read() as connection:
        told = connection.execute(
            select(audit_entry.c.action).where(audit_entry.c.subject_id == sent.public_id).order_by(audit_entry.c.id)
        )
        assert told.scalars().all() == ["message.sending", "message.sent"]


def test_services_without_a_writer_for_a_channel_leave_its_messages_alone(planned: Services) -> None:
    assert drain(replace(planned, channels={})) == {}
    assert set(statuses(planned.database)) == {TouchStatus.PLANNED}


def test_the_row_keeps_the_subject_and_the_id_that_answers_will_name(planned: Services) -> None:
    drain(planned, limit=1)
    row = messages(planned.database)[0]
    assert row.subject == "Reminder: invoice INV-1 was due on 2 March 2026"
    assert row.message_id == f"<{row.public_id}@dunwell.example>"
