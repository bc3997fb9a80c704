"""The way back, told by dates: Monday, 9 March 2026, a customer with an overdue invoice answers."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, update

from domain.account import PauseKind
from storage.tables import (
    audit_entry,
    contact,
    customer,
    dispute,
    document,
    inbound_event,
    message,
    opt_out,
    pause,
    promise,
    reply,
    task,
)
from tests.fakes.ledgers import DAY, NOON, at, seed_customer, seed_invoice
from tests.integration.replies.helpers import OURS, holding, mail, receive, rows, sms
from workflows.receive_reply import process_inbound, store_inbound
from workflows.services import Services


def test_a_plain_promise_is_logged_confirmed_and_needs_nobody(services: Services) -> None:
    receive(services, mail("Hi, INV-1 will be paid on Friday.\n\nAnn"))
    (kept,) = rows(services, promise)
    assert (kept.status, kept.promised_on, kept.amount_minor) == ("open", date(2026, 3, 13), 12_345)
    assert rows(services, document)[0].promised_minor == 12_345
    (heard,) = rows(services, reply)
    assert (heard.status, heard.matched_by, heard.customer_id, heard.needs_human) == ("handled", "token", 1, False)
    assert heard.understanding["evidence"]
    assert holding(services) == []
    assert rows(services, task) == []
    answer = rows(services, message)[-1]
    assert (answer.purpose, answer.template, answer.status) == ("answer", "promise_confirmed", "planned")
    assert answer.in_reply_to == "<answer-1@customer.example>"
    assert {e.action for e in rows(services, audit_entry)} == {"reply.received", "promise.open"}


def test_the_same_webhook_five_times_changes_once(services: Services) -> None:
    raw = mail("INV-1 will be paid on Friday.")
    stored = [store_inbound(services, provider="p", event_id="x", kind="email", raw=raw) for _ in range(5)]
    assert stored == [True, False, False, False, False]
    for _ in range(3):
        process_inbound(services)
    assert len(rows(services, inbound_event)) == len(rows(services, reply)) == len(rows(services, promise)) == 1
    assert len(rows(services, message)) == 2


def test_from_the_moment_of_arrival_nobody_chases(services: Services) -> None:
    store_inbound(services, provider="p", event_id="x", kind="email", raw=mail("something odd"))
    assert holding(services) == [("reply", None)]


def test_what_is_not_understood_waits_in_silence_for_the_collector(services: Services) -> None:
    receive(services, mail("It is not as simple as it looks with INV-1, could somebody call me?"))
    assert holding(services) == [("reply", rows(services, document)[0].id)]
    (todo,) = rows(services, task)
    assert (todo.cause, todo.status, todo.stake_minor) == ("reply", "open", 12_345)
    assert rows(services, reply)[0].status == "waiting"
    assert len(rows(services, message)) == 1


def test_a_dispute_with_reason_and_invoice_holds_its_part(services: Services) -> None:
    receive(services, mail("We dispute INV-1: the goods never arrived."))
    (opened,) = rows(services, dispute)
    assert (opened.reason, opened.amount_minor, opened.source) == ("not_received", 12_345, "reply")
    assert rows(services, message)[-1].template == "dispute_received"
    assert holding(services) == []


def test_a_payment_made_is_traced_in_silence_and_the_second_time_proof_is_asked(services: Services) -> None:
    receive(services, mail("We already paid INV-1 on 2 March."))
    first = rows(services, document)[0].id
    assert holding(services) == [("trace_payment", first)]
    assert [t.cause for t in rows(services, task)] == ["trace_payment"]
    assert holding(services, DAY + timedelta(days=8)) == []
    later = at(services, NOON + timedelta(days=14))
    receive(later, mail("As I said, we paid INV-1 on 2 March.", Message_ID="<two@customer.example>"), "e2")
    assert [t.cause for t in rows(services, task)] == ["trace_payment", "proof_of_payment"]


def test_an_opt_out_holds_at_once_for_that_address_and_channel_and_start_restores(services: Services) -> None:
    with services.database.write() as unit:
        unit.connection.execute(update(customer).values(phone="+353871234567"))
        unit.commit()
    receive(services, sms("Stop."), "s1", "sms")
    (held,) = rows(services, opt_out)
    assert (held.channel, held.address, held.lifted_at) == ("sms", "+353871234567", None)
    assert len(rows(services, message)) == 1
    receive(services, sms("START"), "s2", "sms")
    assert rows(services, opt_out)[0].lifted_at is not None


def test_a_stranger_may_opt_out_too(services: Services) -> None:
    receive(services, sms("STOPP", sender="+491711234567"), "s1", "sms")
    assert [o.address for o in rows(services, opt_out)] == ["+491711234567"]


def test_the_providers_own_opt_out_counts_whatever_the_word(services: Services) -> None:
    receive(services, sms("genug jetzt", OptOutType="STOP"), "s1", "sms")
    assert len(rows(services, opt_out)) == 1


def test_a_plain_refusal_by_mail_is_confirmed_once(services: Services) -> None:
    receive(services, mail("Please stop sending me these emails."))
    assert [(o.channel, o.address) for o in rows(services, opt_out)] == [("email", "ap1@customer.example")]
    assert rows(services, message)[-1].template == "opt_out_confirmed"


def test_out_of_office_rests_that_contact_until_it_is_back_and_is_never_answered(services: Services) -> None:
    with services.database.write() as unit:
        unit.connection.execute(
            insert(contact).values(
                id=7, customer_id=1, key="ann@customer.example", name="Ann", role="ap",
                email="ann@customer.example", updated_at=NOON,
            )
        )  # fmt: skip
        unit.commit()
    raw = mail(
        "I am away until 16 March 2026. We will pay on Friday.",
        sender="ann@customer.example",
        subject="Automatic reply: Reminder",
        Auto_Submitted="auto-replied",
    )
    receive(services, raw)
    (rest,) = [p for p in rows(services, pause) if p.lifted_at is None]
    assert (rest.kind, rest.contact_id, rest.until_on) == (PauseKind.OUT_OF_OFFICE, 7, date(2026, 3, 15))
    assert rows(services, promise) == []
    assert len(rows(services, message)) == 1


def test_a_far_promise_is_only_offered_and_a_person_decides(services: Services) -> None:
    receive(services, mail("INV-1 will be paid on 5 June 2026."))
    assert [p.status for p in rows(services, promise)] == ["offered"]
    assert rows(services, document)[0].promised_minor == 0
    assert [t.cause for t in rows(services, task)] == ["promise_offered"]
    assert holding(services) == [("promise_offered", rows(services, document)[0].id)]
    assert holding(services, DAY + timedelta(days=3)) == []


def test_a_third_promise_about_one_invoice_is_only_offered(services: Services) -> None:
    for number, words in enumerate(("on Tuesday", "on Wednesday", "on Friday")):
        with services.database.write() as unit:
            unit.connection.execute(update(promise).values(status="broken"))
            unit.connection.execute(update(document).values(promised_minor=0))
            unit.commit()
        receive(services, mail(f"INV-1 will be paid {words}.", Message_ID=f"<{number}@c.example>"), f"e{number}")
    assert [p.status for p in rows(services, promise)] == ["broken", "broken", "offered"]


def test_all_binds_what_is_overdue_that_day(services: Services) -> None:
    with services.database.write() as unit:
        seed_invoice(unit.connection, 1, "INV-2", due=DAY + timedelta(days=20))
        unit.commit()
    receive(services, mail("Everything overdue will be paid on Friday."))
    assert [d.promised_minor for d in rows(services, document)] == [12_345, 0]


def test_a_thread_finds_its_customer_without_the_token(services: Services) -> None:
    raw = mail("INV-1 will be paid on Friday.", to="ar@emerald.example", In_Reply_To=OURS)
    receive(services, raw)
    assert rows(services, reply)[0].matched_by == "thread"


def test_a_sender_on_file_is_enough_but_two_customers_are_none(services: Services) -> None:
    receive(services, mail("INV-1 will be paid on Friday.", to="ar@emerald.example"))
    assert rows(services, reply)[0].matched_by == "sender"
    with services.database.write() as unit:
        seed_customer(unit.connection, 2, email="ap1@customer.example")
        unit.commit()
    receive(services, mail("INV-1 will be paid on Friday.", to="ar@emerald.example", Message_ID="<b@c.example>"), "e2")
    second = rows(services, reply)[1]
    assert second.customer_id is None
    assert {c["customer"] for c in second.candidates} == {"C0001", "C0002"}
    assert rows(services, task)[-1].cause == "reply"


def test_an_invoice_number_from_a_stranger_is_a_hint_for_a_person_only(services: Services) -> None:
    raw = mail("Your INV-1 will be paid on Friday.", sender="stranger@else.example", to="ar@emerald.example")
    receive(services, raw)
    (heard,) = rows(services, reply)
    assert heard.customer_id is None
    assert heard.candidates == [{"customer": "C0001", "why": "invoice INV-1 is named"}]
    assert rows(services, promise) == []
    assert len(rows(services, message)) == 1


def test_somebody_not_on_file_writing_to_the_token_changes_nothing_by_himself(services: Services) -> None:
    receive(services, mail("INV-1 will be paid on Friday.", sender="other@else.example"))
    assert rows(services, promise) == []
    assert holding(services) == [("reply", rows(services, document)[0].id)]
    assert "not on file" in rows(services, task)[0].note


def test_one_automatic_answer_a_thread_and_day(services: Services) -> None:
    with services.database.write() as unit:
        seed_invoice(unit.connection, 1, "INV-2")
        unit.commit()
    receive(services, mail("INV-1 will be paid on Friday."), "e1")
    receive(services, mail("INV-2 will be paid on Friday.", Message_ID="<b@c.example>"), "e2")
    assert [m.purpose for m in rows(services, message)] == ["cadence", "answer"]


BROKEN = (
    b"",
    b"\xff\xfe\x00",
    b"From: a\n\n",
    b"Content-Type: multipart/mixed\n\nno boundary",
    b"From: =?x?q?=\n\nhallo",
)


def test_broken_mails_are_kept_raw_and_given_to_a_person(services: Services) -> None:
    for number, raw in enumerate(BROKEN):
        receive(services, raw, f"e{number}")
    events = rows(services, inbound_event)
    assert [bytes(event.raw) for event in events] == list(BROKEN)
    assert {event.status for event in events} == {"done"}
    assert [t.status for t in rows(services, task)] == ["open"] * len(BROKEN)


def test_the_confirmation_goes_out_in_the_customers_language(services: Services) -> None:
    from tests.fakes.ledgers import mails
    from workflows.send_messages import drain

    with services.database.write() as unit:
        unit.connection.execute(update(customer).values(locale="de_DE", country="DE"))
        unit.commit()
    receive(services, mail("Die Rechnung INV-1 überweisen wir am Freitag.\n\nViele Grüße\nAnn"))
    drain(services, NOON + timedelta(hours=1))
    (written,) = mails(services)
    assert "13. März 2026" in written.read_text(errors="replace") or b"13" in written.read_bytes()
    assert rows(services, message)[-1].status == "sent"
