"""What each answer leads to: papers at once, contacts after a yes, stops until somebody looked, people's readings."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, NotAllowed
from tests.scenarios.stories.house import CUSTOMERS, MONDAY, House, Mail, day_after
from workflows.handle_reply import handle_reply, list_waiting_replies
from workflows.import_documents import import_documents
from workflows.review_reply import export_labelled, review_reply

DUE = day_after(-7)
FAR = "code,name,country,timezone,sender_email\nSOLE,Sole Traders SA,FR,Europe/Paris,compta@sole.example\n"
UNCLEAR = "The usual, my friend: when the moon is full you shall have your gold, as ever."


@pytest.fixture
def house(small_house: House) -> House:
    """SQLite alone: what is decided here doesn't depend on the database."""
    return small_house


def first_mail(house: House, *numbers: str) -> Mail:
    for number in numbers or ("INV-1",):
        house.invoice(number, due=DUE, amount="1000.00")
    [mail] = house.day(MONDAY)
    return mail


def answers(house: House) -> list[Mail]:
    """Mails that answered, oldest first."""
    asked = {mail.public_id for mail in house.asks()}
    return [mail for mail in house.mails() if mail.public_id not in asked]


def file_invoice(house: House, number: str, content: bytes = b"%PDF-1.7 the invoice") -> None:
    folder = house.folder / "scans"
    folder.mkdir(exist_ok=True)
    (folder / f"{number}.pdf").write_bytes(content)
    store = house.services.data_dir / "documents"
    import_documents(house.services.database, folder, entity="MAIN", store=store, now=house.on(MONDAY).now())


def test_a_copy_on_file_is_sent_at_once_with_the_very_file(house: House) -> None:
    mail = first_mail(house, "INV-1", "INV-2")
    file_invoice(house, "INV-1")
    house.answer(mail, "Could you please send me a copy of invoice INV-1?", day_after(1))
    house.send(day_after(1))
    [sent] = answers(house)
    [attached] = list(sent.parsed.iter_attachments())
    assert (attached.get_filename(), attached.get_content()) == ("INV-1.pdf", b"%PDF-1.7 the invoice")
    assert "INV-2" not in sent.text
    assert list_waiting_replies(house.services) == []
    assert house.tasks("copy_request") == []


def test_a_copy_that_is_not_on_file_is_a_task_and_the_customer_is_left_in_peace(house: House) -> None:
    mail = first_mail(house, "INV-1", "INV-2")
    house.answer(mail, "Could you please send me a copy of invoice INV-1?", day_after(1))
    house.send(day_after(1))
    assert answers(house) == []
    [task] = house.tasks("copy_request")
    assert "INV-1" in task["note"]
    house.days([9])
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "reply_pending"), "INV-2": ("contacted", None)}


def test_a_copy_is_never_sent_to_somebody_who_is_not_on_file(house: House) -> None:
    mail = first_mail(house)
    file_invoice(house, "INV-1")
    words = "Could you please send me a copy of invoice INV-1?"
    house.answer(mail, words, day_after(1), sender="Mallory <mallory@elsewhere.example>")
    house.send(day_after(1))
    assert answers(house) == []
    assert len(house.tasks()) == 1


def test_a_statement_is_answered_at_once_with_everything_open(house: House) -> None:
    house.invoice("LATER", due=day_after(20), amount="70.00")
    mail = first_mail(house, "INV-1")
    house.answer(mail, "Please send us a statement of account.", day_after(1))
    house.send(day_after(1))
    [sent] = answers(house)
    assert "INV-1" in sent.text
    assert "LATER" in sent.text
    assert "1,070.00" in sent.text


def test_more_time_is_somebodys_decision_and_nothing_is_promised(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "Could you please give us until 30 April 2026 to pay INV-1?", day_after(1))
    assert [task["cause"] for task in house.tasks()] == ["terms_extension"]
    assert house.rows("SELECT count(*) FROM promise") == [(0,)]
    house.days([9])
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "reply_pending")}


def test_a_proposed_contact_is_written_to_only_after_a_yes(house: House) -> None:
    mail = first_mail(house)
    words = "I no longer work in accounts payable. Please contact Dana Dew at dana.dew@acme.example instead."
    house.answer(mail, words, day_after(1))
    [waiting] = list_waiting_replies(house.services)
    assert waiting["proposed_contact"]["email"] == "dana.dew@acme.example"
    assert house.rows("SELECT count(*) FROM contact WHERE email = 'dana.dew@acme.example'") == [(0,)]
    with pytest.raises(NotAllowed, match="--as"):
        handle_reply(house.on(day_after(2)), str(waiting["id"]), by=None, accept=True)
    handle_reply(house.on(day_after(2)), str(waiting["id"]), by="kim", accept=True)
    assert house.rows("SELECT role FROM contact WHERE email = 'dana.dew@acme.example'") == [("ap",)]
    house.invoice("INV-2", due=day_after(2))
    assert "dana.dew@acme.example" in {m.to for m in house.day(day_after(9))}


def test_a_refused_contact_is_written_to_never(house: House) -> None:
    mail = first_mail(house)
    words = "I no longer work in accounts payable. Please contact Dana Dew at dana.dew@acme.example instead."
    house.answer(mail, words, day_after(1))
    [waiting] = list_waiting_replies(house.services)
    handle_reply(house.on(day_after(2)), str(waiting["id"]), by="kim", outcome="not theirs")
    assert house.rows("SELECT status FROM contact_proposal") == [("refused",)]
    assert {m.to for m in house.day(day_after(9))} == {"ap@acme.example"}


@pytest.mark.parametrize(
    "words",
    [
        "Please be advised that Acme Ltd entered liquidation on 4 March 2026 and a liquidator was appointed.",
        "We have filed for insolvency.",
    ],
)
def test_insolvency_stops_everything_in_every_entity_and_outlives_the_handling(house: House, words: str) -> None:
    house.load("entities", FAR, day_after(-60))
    house.invoice("INV-1", due=DUE)
    house.invoice("FAC-1", due=DUE, entity="SOLE")
    mails = house.day(MONDAY, "MAIN", "SOLE")
    [main] = [mail for mail in mails if "INV-1" in mail.text]
    house.answer(main, words, day_after(1))
    [task] = house.tasks("insolvency")
    assert task["owner"] == "cora"
    assert house.days([9, 10], "MAIN", "SOLE") == {}
    [waiting] = list_waiting_replies(house.services)
    handle_reply(house.on(day_after(10)), str(waiting["id"]), by="cora", outcome="claim filed")
    assert house.days([14, 15], "MAIN", "SOLE") == {}
    assert {reason for _, reason in house.why(day_after(15)).values()} == {"insolvent"}


def test_what_was_no_insolvency_is_resumed_by_a_person(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "We have filed for insolvency.", day_after(1))
    [waiting] = list_waiting_replies(house.services)
    handle_reply(house.on(day_after(2)), str(waiting["id"]), by="cora", outcome="a joke", resume=True)
    assert list(house.days([9])) == [9]


def test_a_lawyers_letter_stops_every_entity_until_somebody_has_handled_it(house: House) -> None:
    house.load("entities", FAR, day_after(-60))
    house.invoice("INV-1", due=DUE)
    house.invoice("FAC-1", due=DUE, entity="SOLE")
    mails = house.day(MONDAY, "MAIN", "SOLE")
    [main] = [mail for mail in mails if "INV-1" in mail.text]
    house.answer(main, "We act for Acme Ltd. Please direct all further letters to our solicitors.", day_after(1))
    assert house.days([9], "MAIN", "SOLE") == {}
    [waiting] = list_waiting_replies(house.services)
    handle_reply(house.on(day_after(10)), str(waiting["id"]), by="cora", outcome="spoke to them")
    assert list(house.days([14], "MAIN", "SOLE")) == [14]


def test_why_items_are_not_paid_is_kept_with_its_day(house: House) -> None:
    mail = first_mail(house, "INV-1", "INV-2")
    house.answer(mail, "The price on INV-1 is wrong, we agreed 100 less.", day_after(1))
    house.answer(mail, "Business is bad, we cannot afford to pay INV-2 at the moment.", day_after(2))
    found = house.rows(
        "SELECT number, reason, on_day FROM item_reason r JOIN document d ON d.id = r.document_id ORDER BY r.id"
    )
    assert [(number, reason) for number, reason, _ in found] == [("INV-1", "disputed"), ("INV-2", "cannot_pay_now")]


def test_the_serial_promiser_ends_with_a_person(house: House) -> None:
    """Broken, promised again, broken: the third time nothing is taken by itself."""
    house.invoice("INV-1", due=DUE, amount="1000.00")
    [mail] = house.day(MONDAY)
    day = 1
    for _ in range(2):
        promised = day_after(day + 2)
        house.answer(mail, f"We will pay INV-1 on {promised:%d %B %Y}.", day_after(day))
        sent = house.days(range(day + 1, day + 12))
        mail = next(m for mails in sent.values() for m in mails if "INV-1" in m.text)
        day = max(sent) + 1
    assert house.rows("SELECT status FROM promise ORDER BY id") == [("broken",), ("broken",)]
    house.answer(mail, f"We will pay INV-1 on {day_after(day + 2):%d %B %Y}.", day_after(day))
    assert house.rows("SELECT status FROM promise ORDER BY id DESC LIMIT 1") == [("offered",)]
    assert len(house.tasks("promise_offered")) == 1


def test_who_always_says_already_paid_ends_with_a_person_and_not_in_silence(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "We paid INV-1 on 6 March 2026.", day_after(1))
    [again] = [m for mails in house.days(range(2, 16)).values() for m in mails][:1]
    house.answer(again, "As I said, INV-1 was paid on 6 March 2026.", day_after(16))
    assert len(house.tasks("proof_of_payment")) == 1
    house.days(range(17, 30))
    assert house.why(day_after(29))["INV-1"][1] not in ("paused", "reply_pending")


# A person reads what waited.


def read(house: House, told: dict[str, Any] | None, by: str = "kim", **options: Any) -> Any:
    [waiting] = list_waiting_replies(house.services)
    return review_reply(house.on(day_after(2), 10), str(waiting["id"]), told, by=by, **options)


def test_what_a_person_reads_is_done_confirmed_and_kept_as_an_example(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, UNCLEAR, day_after(1))
    told = {"intents": ["promise_to_pay"], "promise": {"installments": [{"date": "2026-04-02"}], "invoices": ["INV-1"]}}
    done = read(house, told)
    assert (done.acts, done.answered) == (("log_promise",), True)
    assert house.rows("SELECT status, amount_minor FROM promise") == [("open", 100_000)]
    assert list_waiting_replies(house.services) == []
    assert house.tasks("reply") == []
    house.days([9])
    assert house.why(day_after(9)) == {"INV-1": ("skipped", "promised")}
    [line] = export_labelled(house.services)
    assert line["expected"]["promise"]["installments"][0]["date"] == "2026-04-02"
    assert line["context"]["open_invoices"][0]["number"] == "INV-1"
    assert UNCLEAR in line["body"]


def test_exported_examples_are_what_understand_reads(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, UNCLEAR, day_after(1))
    read(house, {"intents": ["complaint"], "needs_human": True})
    [line] = export_labelled(house.services)
    question = json.dumps({key: value for key, value in line.items() if key != "expected"})
    run = subprocess.run(
        [sys.executable, "-m", "dunwell", "understand"], input=question, capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert json.loads(run.stdout)["id"] == line["id"]


def test_a_correction_withdraws_what_the_first_reading_had_offered(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, "We will pay INV-1 on 30 June 2026.", day_after(1))
    assert house.rows("SELECT status FROM promise") == [("offered",)]
    read(house, {"intents": ["dispute"], "dispute": {"reason": "price", "invoices": ["INV-1"]}})
    assert house.rows("SELECT status FROM promise") == [("cancelled",)]
    assert house.rows("SELECT reason, status FROM dispute") == [("price", "open")]


def test_a_reply_that_nobody_knew_is_given_to_its_customer(house: House) -> None:
    first_mail(house)
    raw = b"From: someone@elsewhere.example\r\nTo: ar@emerald.example\r\nMessage-ID: <x1@elsewhere.example>\r\n\r\n"
    house.arrives(raw + b"We pay the thing on Friday.\r\n", day_after(1))
    from workflows.receive_reply import process_inbound

    process_inbound(house.on(day_after(1), 10))
    told = {"intents": ["promise_to_pay"], "promise": {"installments": [{"date": "2026-03-13"}]}}
    with pytest.raises(BadInput, match="--customer"):
        read(house, told)
    done = read(house, told, customer="C1")
    assert done.acts == ("log_promise",)
    assert not done.answered
    assert house.rows("SELECT status FROM promise") == [("open",)]


def test_reading_twice_changes_once(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, UNCLEAR, day_after(1))
    [waiting] = list_waiting_replies(house.services)
    told = {"intents": ["promise_to_pay"], "promise": {"installments": [{"date": "2026-04-02"}]}}
    read(house, told)
    assert not review_reply(house.on(day_after(2)), str(waiting["id"]), told, by="kim").fresh
    assert house.rows("SELECT count(*) FROM promise") == [(1,)]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"intents": ["promise_to_pay"], "promise": {"installments": []}}, "needs a day"),
        ({"intents": ["promise_to_pay"], "promise": {"installments": [{"date": "soon"}]}}, "no reading"),
        ({"intents": ["dispute"], "dispute": {"reason": "ugly", "invoices": ["INV-1"]}}, "no reading"),
        ({"intents": ["dispute"], "dispute": {"reason": "price", "invoices": ["INV-9"]}}, "INV-9"),
        ({"intents": ["gibberish"]}, "no reading"),
    ],
)
def test_a_reading_that_is_none_changes_nothing(house: House, told: dict[str, Any], why: str) -> None:
    mail = first_mail(house)
    house.answer(mail, UNCLEAR, day_after(1))
    with pytest.raises(BadInput, match=why):
        read(house, told)
    assert len(list_waiting_replies(house.services)) == 1
    assert house.rows("SELECT count(*) FROM reply_label") == [(0,)]


def test_sales_and_auditors_may_not_say_what_a_reply_says(house: House) -> None:
    mail = first_mail(house)
    house.answer(mail, UNCLEAR, day_after(1))
    for who in ("sam", "ann"):
        with pytest.raises(NotAllowed):
            read(house, {"intents": ["acknowledgement"]}, by=who)


def test_robots_that_answer_each_other_end_after_one_message(house: House) -> None:
    """Complaint 17: whatever their robot sends, ours is silent."""
    mail = first_mail(house)
    for number in range(1, 6):
        house.answer(
            mail, f"Thank you for your message no. {number}. We will pay by 20 March 2026.", day_after(number),
            Auto_Submitted="auto-replied",
        )  # fmt: skip
        house.send(day_after(number))
    assert answers(house) == []
    assert house.rows("SELECT count(*) FROM promise") == [(0,)]


def test_two_customers_are_told_apart_in_what_is_exported(house: House) -> None:
    house.load("customers", CUSTOMERS + "C2,Beta Ltd,IE,en-IE,Europe/Dublin,EUR,kim,,ap@beta.example\n", day_after(-50))
    house.invoice("INV-1", due=DUE)
    house.invoice("INV-2", "C2", due=DUE)
    for mail in house.day(MONDAY):
        house.answer(mail, UNCLEAR, day_after(1))
    services = replace(house.on(day_after(2), 10))
    for waiting in list_waiting_replies(services):
        review_reply(services, str(waiting["id"]), {"intents": ["complaint"], "needs_human": True}, by="kim")
    assert [line["context"]["open_invoices"][0]["number"] for line in export_labelled(services)] == ["INV-1", "INV-2"]
