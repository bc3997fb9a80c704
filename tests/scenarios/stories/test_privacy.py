"""Personal data: handed out whole, erased on request, gone when the law's term has ended; a no is never forgotten."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from domain.errors import BadInput, NotAllowed
from storage.tables import metadata
from tests.scenarios.stories.house import MONDAY, House, day_after
from workflows.log_call import Call, log_call
from workflows.privacy import erase_personal_data, export_personal_data, sweep_retention
from workflows.run_cadence import the_entity
from workflows.verify_audit import verify_audit

CONTACTS = """customer,name,role,email,phone
C1,Jane Payable,ap,jane.payable@acme.example,+353871112222
C1,Bob Boss,ap_manager,bob.boss@acme.example,
"""
JANE = ("jane.payable", "jane payable", "353871112222", "my daughter")
"""What must not be found of Jane afterwards, lower case."""


@pytest.fixture
def told(house: House) -> House:
    """Jane got a mail, answered with a promise, and was called."""
    house.open(contacts=CONTACTS)
    house.invoice("INV-1", due=day_after(-7))
    [mail] = [m for m in house.day(MONDAY) if m.to == "jane.payable@acme.example"]
    house.answer(mail, "I will pay INV-1 on 20 March 2026. Jane Payable, back when my daughter is well", day_after(1))
    customer_id = house.customer_id()
    house.load("contacts", CONTACTS, day_after(1))
    services = house.on(day_after(1))
    call = Call(
        customer_id, the_entity(services, "MAIN"), day_after(1), "reached", "Jane Payable spoke of my daughter",
        None, None, None, (), "kim",
    )  # fmt: skip
    log_call(services, call)
    return house


def found_in(house: House, *words: str) -> dict[str, set[str]]:
    """Table → the words (lower case) that are anywhere in it, bytes and JSON included."""
    found: dict[str, set[str]] = {}
    with house.services.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                held = " ".join(_text(value) for value in row).lower()
                found.setdefault(table.name, set()).update(word for word in words if word in held)
    return {name: hits for name, hits in found.items() if hits}


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def erase(house: House, **options: Any) -> Any:
    services = house.on(options.pop("day", day_after(2)))
    return erase_personal_data(services, house.customer_id(), **{"by": "max", "reason": "asked on 11 March"} | options)


def test_an_export_holds_whatever_the_database_knows_of_a_person(told: House) -> None:
    export = export_personal_data(told.on(day_after(2)), told.customer_id(), by="max")
    assert set(found_in(told, *JANE)) - {"inbound_event"} <= {
        "contact", "message", "message_attempt", "reply", "promise", "contact_log", "task",
    }  # fmt: skip
    words = json.dumps(export, default=str, ensure_ascii=False).lower()
    assert all(word in words for word in JANE)
    assert "from: jane" in export["raw_events"][0]["raw"].lower()


def test_after_an_erasure_only_letters_that_must_be_kept_still_know_the_person(told: House) -> None:
    erased = erase(told)
    assert set(found_in(told, *JANE)) <= {"message", "message_attempt", "reply", "inbound_event", "promise"}
    assert erased.kept == {"MAIN": (3, date(2032, 12, 31))}
    assert erased.contacts == 2


def test_when_the_term_of_letters_has_ended_nothing_anywhere_knows_the_person(told: House) -> None:
    erase(told)
    assert sweep_retention(told.on(date(2032, 12, 31))) == 0
    assert found_in(told, *JANE) != {}
    assert sweep_retention(told.on(date(2033, 1, 1))) == 3
    assert found_in(told, *JANE) == {}
    assert told.mails() == []
    assert sweep_retention(told.on(date(2033, 1, 1))) == 0


def test_books_stay_after_an_erasure_and_the_trail_verifies(told: House) -> None:
    before = (
        told.rows("SELECT amount_minor, promised_on, status FROM promise"),
        told.rows("SELECT number, open_minor FROM document"),
    )
    erase(told)
    sweep_retention(told.on(date(2033, 1, 1)))
    after = (
        told.rows("SELECT amount_minor, promised_on, status FROM promise"),
        told.rows("SELECT number, open_minor FROM document"),
    )
    assert after == before
    assert before[0] != []
    assert verify_audit(told.on(date(2033, 1, 1)), None).problem is None


def test_one_person_is_erased_and_the_other_is_written_to_from_then_on(told: House) -> None:
    erase(told, addresses={"Jane.Payable@acme.example"})
    told.invoice("INV-2", due=day_after(-7))
    mails = told.day(day_after(9))
    assert {mail.to for mail in mails} == {"ap@acme.example"}


def test_a_message_waiting_for_an_erased_address_does_not_go(house: House) -> None:
    house.open(contacts=CONTACTS)
    house.invoice("INV-1", due=day_after(-7))
    house.export(MONDAY)
    house.plan(MONDAY)
    assert erase(house, day=MONDAY).messages_cancelled == 1
    house.send(MONDAY)
    assert house.mails() == []


def test_an_export_that_brings_an_erased_address_back_is_told_so_and_does_not(told: House) -> None:
    erase(told)
    report = told.load("contacts", CONTACTS + "C1,Neil New,ap,neil@acme.example,\n", day_after(3))
    assert "left out" in " ".join(report.statements)
    assert told.rows("SELECT email FROM contact WHERE email IS NOT NULL") == [("neil@acme.example",)]
    assert told.rows("SELECT email FROM customer") == [(None,)]


def test_an_opt_out_outlives_the_erasure(told: House) -> None:
    told.texts_us("+353871112222", "STOP", day_after(2))
    erase(told, day=day_after(3))
    assert told.rows("SELECT address FROM opt_out WHERE lifted_at IS NULL") == [("+353871112222",)]


def test_only_a_manager_or_administrator_hands_out_or_erases(small_house: House) -> None:
    for who in ("kim", "sam", "ann"):
        with pytest.raises(NotAllowed):
            erase(small_house, by=who)
        with pytest.raises(NotAllowed):
            export_personal_data(small_house.on(day_after(2)), small_house.customer_id(), by=who)


def test_an_erasure_without_a_reason_or_of_an_address_not_on_file_changes_nothing(told: House) -> None:
    before = found_in(told, *JANE)
    with pytest.raises(BadInput, match="reason"):
        erase(told, reason=" ")
    with pytest.raises(BadInput, match="no address"):
        erase(told, addresses={"nobody@acme.example"})
    assert found_in(told, *JANE) == before


def test_a_setting_may_lengthen_the_terms_of_law_and_never_cut_them() -> None:
    from domain.retention import letter_years

    assert (letter_years("DE"), letter_years("DE", 3), letter_years("DE", 12), letter_years("US")) == (6, 6, 12, 10)
