"""Invariants 3, 4, 5 and 6: promises, disputes, answers and opt-outs are silence, as far as they go and no farther."""

from __future__ import annotations

import pytest

from domain.disputes import DisputeEvent
from domain.tasks import TaskCause
from tests.scenarios.stories.house import MONDAY, House, day_after
from workflows.manage_dispute import resolve_dispute
from workflows.receive_reply import process_inbound
from workflows.send_messages import drain

DUE = day_after(-7)
PROMISE = "Hello, we will pay invoice INV-1 in full on 20 March 2026. Regards, Pat"


def reminded(house: House) -> House:
    """The first reminder about INV-1 went out on the Monday."""
    house.invoice("INV-1", due=DUE, amount="1000.00")
    assert len(house.day(MONDAY)) == 1
    return house


def test_3_a_promise_is_silence_until_its_day_and_kept_it_closes_by_itself(small_house: House) -> None:
    reminded(small_house)
    small_house.answer(small_house.mails()[0], PROMISE, day_after(1))
    assert small_house.rows("SELECT status, amount_minor FROM promise") == [("open", 100_000)]
    small_house.send(day_after(1))
    [confirmation] = small_house.mails()[1:]
    assert "20 March 2026" in confirmation.text

    asked = len(small_house.asks())
    small_house.days([2, 9, 10, 11])  # the second reminder's day goes by
    assert len(small_house.asks()) == asked
    assert small_house.why(day_after(9)) == {"INV-1": ("skipped", "promised")}

    small_house.pays("1000.00", day_after(11), invoice="INV-1")
    small_house.days([14])
    assert small_house.rows("SELECT status FROM promise") == [("kept",)]
    assert small_house.tasks(TaskCause.PROMISE_BROKEN) == []
    small_house.days([15, 16])
    assert len(small_house.asks()) == asked


def test_3_a_broken_promise_resumes_politely_once_and_the_collector_is_told(house: House) -> None:
    reminded(house)
    house.answer(house.mails()[0], PROMISE, day_after(1))
    house.days([11, 14])  # Friday's promise: grace to Monday the 23rd
    assert house.rows("SELECT status FROM promise") == [("open",)]
    resumed = house.days([15, 16])
    [mail] = resumed[15]
    assert sorted(resumed) == [15], "said once"
    assert "20 March 2026" in mail.text
    assert "€1,000.00" in mail.text
    assert house.rows("SELECT status FROM promise") == [("broken",)]
    [task] = house.tasks(TaskCause.PROMISE_BROKEN)
    assert (task["customer"], task["stake_minor"]) == ("C1", 100_000)
    assert house.days([21, 22]).keys() == {21}, "and the cadence goes on"


def test_3_no_promise_is_broken_before_the_cash_of_its_day_is_loaded(small_house: House) -> None:
    reminded(small_house)
    small_house.answer(small_house.mails()[0], PROMISE, day_after(1))
    asked = len(small_house.asks())
    small_house.export(day_after(11))
    for number in (15, 16):  # invoices come, the bank's file doesn't
        small_house.load("invoices", "\n".join(["number,customer,issued,due,amount,currency"]), day_after(number))
        small_house.plan(day_after(number))
        small_house.send(day_after(number))
    assert small_house.rows("SELECT status FROM promise") == [("open",)]
    assert len(small_house.asks()) == asked
    assert small_house.why(day_after(16)) == {"INV-1": ("skipped", "promised")}


def test_3_cash_that_lies_unapplied_breaks_no_promise_but_makes_a_task(small_house: House) -> None:
    reminded(small_house)
    small_house.answer(small_house.mails()[0], PROMISE, day_after(1))
    small_house.pays("1000.00", day_after(11))
    asked = len(small_house.asks())
    small_house.days([15, 16])
    assert small_house.rows("SELECT status FROM promise") == [("open",)]
    assert len(small_house.asks()) == asked
    [task] = small_house.tasks(TaskCause.PROMISE_COVERED)
    assert task["customer"] == "C1"


def test_4_a_dispute_stops_the_disputed_part_and_the_rest_is_asked_for(small_house: House) -> None:
    small_house.invoice("INV-1", due=DUE, amount="1000.00")
    small_house.invoice("INV-2", due=DUE, amount="200.00")
    [first] = small_house.day(MONDAY)
    words = "Goods worth EUR 300.00 on invoice INV-1 arrived damaged; we dispute that part of the invoice."
    small_house.answer(first, words, day_after(1))
    [(status, amount)] = small_house.rows("SELECT status, amount_minor FROM dispute")
    assert (status, amount) == ("open", 30_000)
    small_house.days([9])
    asked = small_house.rows("SELECT asked_minor FROM message WHERE purpose = 'cadence' ORDER BY id")
    assert asked == [(120_000,), (90_000,)]
    assert "€900.00" in small_house.asks()[-1].text


def test_4_when_it_is_settled_its_own_suspension_ends_and_no_other(house: House) -> None:
    house.invoice("INV-1", due=DUE, amount="1000.00")
    house.invoice("INV-2", due=DUE, amount="200.00")
    [first] = house.day(MONDAY)
    house.answer(first, "Invoice INV-1 was never received: the goods did not arrive.", day_after(1))
    house.answer(first, "Invoice INV-2 will be paid in full on 27 March 2026.", day_after(1), hour=11)
    house.days([9])
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "disputed"), "INV-2": ("skipped", "promised")}

    [(public_id,)] = house.rows("SELECT public_id FROM dispute")
    resolve_dispute(house.on(day_after(10)), public_id, DisputeEvent.REJECT, house.user("max"), "proof of delivery")
    house.days([10])
    assert house.why(day_after(10)) == {"INV-1": ("skipped", "between_steps"), "INV-2": ("skipped", "promised")}
    # Nine days the clock stood still: the fifteenth day comes on the twenty-fourth.
    assert house.days([16, 17]).keys() == {17}
    assert "INV-1" in house.asks()[-1].text
    assert "INV-2" not in house.asks()[-1].text


def test_4_a_hold_on_orders_never_stops_collection(small_house: House) -> None:
    small_house.invoice("INV-1", due=DUE)
    orders = "number,customer,date,amount,currency,status\nO1,C1,2026-03-01,500.00,EUR,blocked\n"
    small_house.load("orders", orders, MONDAY)
    small_house.do(
        """INSERT INTO hold (public_id, customer_id, kind, status, reason, created_at)
        VALUES ('h1', :customer, 'credit', 'held', 'over the limit', '2026-03-01 00:00:00')""",
        customer=small_house.customer_id(),
    )
    assert len(small_house.day(MONDAY)) == 1


def test_5_from_the_moment_of_a_reply_nothing_goes_until_it_is_handled(house: House) -> None:
    reminded(house)
    raw = house.answer_as_bytes(house.mails()[0], "Could you call me about this please? There are some questions.")
    house.export(day_after(9))
    house.plan(day_after(9))  # the second reminder is planned when the reply comes in
    assert house.arrives(raw, day_after(9), hour=5)
    assert house.send(day_after(9)) == {"cancelled": 1}, "stored is heard, before anybody has read it"
    process_inbound(house.on(day_after(9), 6))
    house.days([10, 11])
    assert house.why(day_after(11)) == {"INV-1": ("skipped", "reply_pending")}
    [task] = house.tasks(TaskCause.REPLY)
    assert (task["customer"], task["stake_minor"]) == ("C1", 100_000)
    assert len(house.asks()) == 1


def test_5_the_same_event_five_times_changes_once(small_house: House) -> None:
    reminded(small_house)
    raw = small_house.answer_as_bytes(small_house.mails()[0], PROMISE)
    stored = [small_house.arrives(raw, day_after(1), event_id="same") for _ in range(5)]
    process_inbound(small_house.on(day_after(1), 10))
    process_inbound(small_house.on(day_after(1), 11))
    assert stored == [True, False, False, False, False]
    assert small_house.rows("SELECT COUNT(*) FROM promise") == [(1,)]
    assert small_house.rows("SELECT COUNT(*) FROM message WHERE purpose = 'answer'") == [(1,)]


def test_5_an_understood_acknowledgement_ends_after_two_business_days(small_house: House) -> None:
    reminded(small_house)
    small_house.answer(small_house.mails()[0], "Thank you, we have received your message.", day_after(7))
    assert small_house.days([9]) == {}
    assert small_house.why(day_after(9)) == {"INV-1": ("skipped", "paused")}
    assert small_house.days([10, 11]).keys() == {11}, "Tuesday is Saint Patrick's"
    assert small_house.tasks(TaskCause.REPLY) == []


PHONED = """number,name,country,locale,timezone,currency,collector,segment,email,phone
C1,Acme Ltd,IE,en-IE,Europe/Dublin,EUR,kim,watch,ap@acme.example,+353861234567
"""


def test_6_stop_by_text_message_holds_for_the_number_at_once_and_mail_goes_on(house: House) -> None:
    house.load("customers", PHONED, day_after(-30))
    house.invoice("INV-1", due=MONDAY)  # the policy `strict` writes an SMS on the due day
    house.export(MONDAY)
    house.plan(MONDAY)
    assert house.rows("SELECT channel FROM message") == [("sms",)]
    house.texts_us("+353861234567", "STOP", MONDAY)
    assert house.send(MONDAY) == {"cancelled": 1}
    assert house.texts() == []
    house.days([4])
    assert [mail.to for mail in house.asks()] == ["ap@acme.example"]

    house.texts_us("+353861234567", "START", day_after(7))
    house.days([10])
    assert [text["to"] for text in house.texts()] == ["+353861234567"]


@pytest.mark.parametrize("word", ["stop", "Baja", "ARRÊT", "Stopp.", "停止", "ＳＴＯＰ"])
def test_6_no_is_understood_in_every_language(small_house: House, word: str) -> None:
    small_house.load("customers", PHONED, day_after(-30))
    small_house.texts_us("+353861234567", word, MONDAY)
    assert small_house.rows("SELECT channel, address FROM opt_out WHERE lifted_at IS NULL") == [
        ("sms", "+353861234567")
    ]


def test_6_stop_by_mail_holds_for_that_address_and_another_contact_is_written_to(small_house: House) -> None:
    contacts = "customer,name,role,email\nC1,Ada,ap,ada@acme.example\nC1,Ben,ap,ben@acme.example\n"
    small_house.load("contacts", contacts, day_after(-30))
    reminded(small_house)
    [first] = small_house.mails()
    assert first.to == "ada@acme.example"
    small_house.answer(
        first, "Please remove me from your mailing list and do not send me any more emails.", day_after(1)
    )
    assert small_house.rows("SELECT channel, address FROM opt_out") == [("email", "ada@acme.example")]
    for task in small_house.tasks(TaskCause.REPLY, TaskCause.WRONG_CONTACT):
        assert task["customer"] == "C1"
    small_house.do("UPDATE pause SET lifted_at = '2026-03-11 00:00:00' WHERE lifted_at IS NULL")
    small_house.days([9])
    assert [mail.to for mail in small_house.asks()[1:]] == ["ben@acme.example"]


def test_6_an_opt_out_that_comes_while_the_message_waits_is_heard(small_house: House) -> None:
    reminded(small_house)
    small_house.export(day_after(9))
    small_house.plan(day_after(9))
    small_house.answer(small_house.mails()[0], "STOP", day_after(9), hour=5)
    drain(small_house.on(day_after(9), 12))
    assert len(small_house.asks()) == 1


def test_6_our_own_words_in_a_quotation_opt_nobody_out(small_house: House) -> None:
    reminded(small_house)
    small_house.answer(small_house.mails()[0], PROMISE + "\n\n> Reply STOP to receive no more messages.", day_after(1))
    assert small_house.rows("SELECT COUNT(*) FROM opt_out") == [(0,)]
