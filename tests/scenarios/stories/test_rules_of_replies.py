"""Rules of the trade about answers, promises, absences, calls and copies, played from mail to mail."""

from __future__ import annotations

import pytest

from domain.tasks import TaskCause
from tests.scenarios.stories.house import MONDAY, House, Mail, day_after
from workflows.approvals import approve_message, waiting_messages
from workflows.log_call import Call, log_call
from workflows.receive_reply import process_inbound
from workflows.run_cadence import the_entity
from workflows.send_messages import drain
from workflows.tick import tick

DUE = day_after(-7)


@pytest.fixture
def house(small_house: House) -> House:
    """SQLite alone: these stories don't depend on the database."""
    return small_house


def first_mail(house: House, *numbers: str, amount: str = "1000.00") -> Mail:
    """The Monday's first reminder about these invoices."""
    for number in numbers or ("INV-1",):
        house.invoice(number, due=DUE, amount=amount)
    [mail] = house.day(MONDAY)
    return mail


def test_a_reply_that_names_one_invoice_pauses_that_one_and_the_others_go_on(house: House) -> None:
    mail = first_mail(house, "INV-1", "INV-2")
    house.answer(mail, "We need to talk about invoice INV-1, there are questions from our buyer.", day_after(1))
    house.days([9])
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "reply_pending"), "INV-2": ("contacted", None)}
    assert "INV-1" not in house.asks()[-1].text


def test_a_reply_to_one_legal_entity_does_not_silence_another(house: House) -> None:
    more = "code,name,country,timezone,sender_email\nSOLE,Sole Traders SA,FR,Europe/Paris,compta@sole.example\n"
    house.load("entities", more, day_after(-60))
    house.invoice("INV-1", due=DUE)
    house.invoice("FAC-1", due=DUE, entity="SOLE")
    mails = house.day(MONDAY, "MAIN", "SOLE")
    [main] = [mail for mail in mails if "INV-1" in mail.text]
    house.answer(main, "Please call me, I have a question.", day_after(1))
    house.days([9], "MAIN", "SOLE")
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "reply_pending"), "FAC-1": ("contacted", None)}


def test_all_binds_what_is_overdue_that_day_and_later_invoices_go_on(house: House) -> None:
    house.invoice("LATER", due=day_after(4), amount="70.00")
    mail = first_mail(house, "INV-1", "INV-2")
    house.answer(mail, "We will pay all overdue invoices on 27 March 2026.", day_after(1))
    assert house.rows("SELECT amount_minor FROM promise") == [(200_000,)]
    house.days([9])
    assert house.why(day_after(9)) == {
        "INV-1": ("skipped", "promised"),
        "INV-2": ("skipped", "promised"),
        "LATER": ("contacted", None),
    }


def test_a_promise_for_a_part_silences_that_part_and_the_confirmation_asks_about_the_rest(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "We will pay EUR 400.00 of invoice INV-1 on 27 March 2026.", day_after(1))
    house.send(day_after(1))
    [confirmation] = house.mails()[1:]
    assert "€400.00" in confirmation.text
    assert "€600.00" in confirmation.text
    house.days([9])
    assert "€600.00" in house.asks()[-1].text
    assert house.rows("SELECT asked_minor FROM touch WHERE stage = 'second'") == [(60_000,)]


def final_demand_sent(house: House) -> Mail:
    house.invoice("INV-1", due=day_after(-29), amount="800.00")
    house.days([0, 11, 21])
    mails = house.day(day_after(36))
    assert mails == []
    [public_id] = waiting_messages(house.on(day_after(36)))
    approve_message(house.on(day_after(36), 5), public_id, by="max")
    house.send(day_after(36))
    return house.asks()[-1]


def test_after_a_formal_demand_a_promise_is_only_offered_and_a_dispute_is_a_persons(house: House) -> None:
    demand = final_demand_sent(house)
    assert "INV-1" in demand.text
    house.answer(demand, "We will pay invoice INV-1 on 24 April 2026.", day_after(37))
    assert house.rows("SELECT status FROM promise") == [("offered",)]
    [task] = house.tasks(TaskCause.PROMISE_OFFERED)
    assert "formal demand" in task["note"]
    house.answer(demand, "Invoice INV-1 is disputed: the goods were damaged.", day_after(38))
    assert house.rows("SELECT COUNT(*) FROM dispute") == [(0,)]
    assert house.tasks(TaskCause.DISPUTE, TaskCause.REPLY)


def test_a_promise_more_than_thirty_days_ahead_is_two_days_of_silence_and_a_persons_to_decide(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "We will pay invoice INV-1 on 30 April 2026.", day_after(7))
    assert house.rows("SELECT status FROM promise") == [("offered",)]
    house.days([9])
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "promise_offered")}
    assert house.days([10, 11]).keys() == {11}, "Tuesday was a holiday: silent until Thursday"


def test_an_absence_lasts_ten_business_days_at_most_and_another_contact_is_used(house: House) -> None:
    contacts = "customer,name,role,email\nC1,Ada,ap,ada@acme.example\nC1,Ben,ap,ben@acme.example\n"
    house.load("contacts", contacts, day_after(-30))
    mail = first_mail(house)
    assert mail.to == "ada@acme.example"
    away = "I am out of the office until 30 September 2026. Your message will not be forwarded."
    house.answer(mail, away, MONDAY, Auto_Submitted="auto-replied")
    assert house.rows("SELECT COUNT(*) FROM message WHERE purpose = 'answer'") == [(0,)], "robots get no answer"
    house.invoice("INV-2", due=day_after(-4))
    assert [m.to for m in house.day(day_after(1))] == ["ben@acme.example"]
    house.invoice("INV-3", due=day_after(10))
    house.invoice("INV-4", due=day_after(11))
    found = house.days([15, 16])
    # The tenth business day is Tuesday the 24th: the 17th was a holiday.
    assert {number: [m.to for m in mails] for number, mails in found.items()} == {
        15: ["ben@acme.example"],
        16: ["ada@acme.example"],
    }


def test_an_autoresponder_is_never_read_as_a_promise(house: House) -> None:
    mail = first_mail(house)
    words = "Automatic reply: thank you, we will pay all invoices on 20 March 2026."
    house.answer(mail, words, day_after(1), Auto_Submitted="auto-generated")
    assert house.rows("SELECT COUNT(*) FROM promise") == [(0,)]


def test_already_paid_is_traced_in_silence_and_the_second_time_proof_is_asked(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "Invoice INV-1 was already paid on 6 March 2026.", day_after(7))
    [task] = house.tasks(TaskCause.TRACE_PAYMENT)
    assert task["stake_minor"] == 100_000
    house.days([9, 11, 15])
    assert len(house.asks()) == 1, "five business days of silence, the holiday left out"
    house.days([16])
    second = house.asks()[-1]
    assert len(house.asks()) == 2
    house.answer(second, "We have already paid invoice INV-1 on 6 March 2026!", day_after(17))
    assert house.tasks(TaskCause.PROOF_OF_PAYMENT)


def test_an_unhandled_reply_goes_to_the_manager_and_the_customer_hears_from_us_once(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "Please call me, it is complicated.", day_after(7))
    for number in (8, 9, 10, 11, 14, 15, 16, 17):
        house.day(day_after(number))
        tick(house.on(day_after(number), 10))
        tick(house.on(day_after(number), 11))
        drain(house.on(day_after(number), 12))
    assert {task["owner"] for task in house.tasks(TaskCause.REPLY)} >= {"max"}
    answers = house.rows("SELECT template, status FROM message WHERE purpose = 'answer'")
    assert answers == [("we_have_your_message", "sent")]
    assert house.why(day_after(17)) == {"INV-1": ("skipped", "reply_pending")}, "silence holds until it is handled"


def test_a_call_step_is_a_task_and_logging_it_counts_as_contact(house: House) -> None:
    house.invoice("INV-1", due=day_after(-15), amount="500.00")
    house.days([0, 10])
    house.days([17])
    [task] = house.tasks(TaskCause.CALL)
    assert (task["customer"], task["owner"], task["stake_minor"]) == ("C1", "kim", 50_000)
    services = house.on(day_after(21), 10)
    log_call(services, Call(house.customer_id(), the_entity(services, "MAIN"), day_after(21), "reached", by="kim"))
    assert house.tasks(TaskCause.CALL) == []
    house.invoice("INV-2", due=day_after(14))
    assert house.days([22, 23]) == {}
    assert house.why(day_after(23))["INV-2"] == ("skipped", "interval")


def test_the_sales_rep_is_in_copy_of_a_final_demand(house: House) -> None:
    users = "id,name,role,email\nsam,Sam Sales,sales,sam@emerald.example\n"
    house.load("users", users, day_after(-30))
    demand = final_demand_sent(house)
    assert "sam@emerald.example" in str(demand.parsed["Cc"])
    assert demand.parsed["Auto-Submitted"] == "auto-generated"


def test_an_answer_from_a_stranger_who_knows_the_number_gets_no_data_and_logs_nothing(house: House) -> None:
    mail = first_mail(house)
    raw = house.answer_as_bytes(mail, "Invoice INV-1 will be paid on 20 March 2026.", sender="eve@elsewhere.example")
    stripped = raw.replace(str(mail.parsed["Reply-To"]).encode(), b"ar@emerald.example").replace(
        str(mail.parsed["Message-ID"]).encode(), b"<none@elsewhere.example>"
    )
    house.arrives(stripped, day_after(1))
    process_inbound(house.on(day_after(1), 11))
    house.send(day_after(2))
    assert house.rows("SELECT COUNT(*) FROM promise") == [(0,)]
    assert [m.to for m in house.mails()] == ["ap@acme.example"]
    assert house.tasks(TaskCause.REPLY)


def test_answers_to_a_mail_just_received_do_not_count_towards_the_weekly_cap(house: House) -> None:
    mail = first_mail(house, "INV-1", "INV-2")
    house.invoice("INV-3", due=day_after(-3))
    house.answer(mail, "Invoice INV-1 will be paid on 27 March 2026.", day_after(1))
    house.send(day_after(1))
    assert house.rows("SELECT COUNT(*) FROM message WHERE purpose = 'answer' AND status = 'sent'") == [(1,)]
    assert house.days([3]).keys() == {3}
