"""Whose an answer is: token, thread, sender; domain and invoice number are hints. Ties are nobody's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from storage.database import Database
from storage.tables import contact, message, reply
from tests.fakes.ledgers import DAY, ENTITY, NOON, make_services, seed_customer, seed_ledger
from tests.integration.replies.helpers import mail, rows
from workflows.match_reply import Match, match_reply
from workflows.read_inbound import read_inbound
from workflows.receive_reply import process_inbound, store_inbound
from workflows.services import Services

FIRST, SECOND = "firstfirst", "secondsecond"


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """Two customers, each with a reminder that went out, and a third with a contact at a company's domain."""
    seed_ledger(database, 2)
    with database.write() as unit:
        seed_customer(unit.connection, 3, email=None)
        unit.connection.execute(
            insert(contact).values(
                customer_id=3, key="eve@firm.example", role="ap", email="eve@firm.example", updated_at=NOON
            )
        )
        for number, token in enumerate((FIRST, SECOND), 1):
            unit.connection.execute(
                insert(message).values(
                    public_id=f"00000000-0000-0000-0000-00000000050{number}", customer_id=number, entity_id=ENTITY,
                    currency="EUR", purpose="cadence", channel="email", address=f"ap{number}@customer.example",
                    locale="en_IE", template="first", planned_on=DAY, status="sent", not_before=NOON,
                    reply_token=token, message_id=f"<{token}@dunwell.example>", created_at=NOON,
                )
            )  # fmt: skip
        unit.commit()
    return make_services(database, tmp_path)


def to(*tokens: str) -> str:
    return ", ".join(f"AR <reply+{token}@dunwell.example>" for token in tokens) or "ar@us.example"


def matched(services: Services, raw: bytes, meta: dict[str, Any] | None = None) -> Match:
    with services.database.read() as connection:
        return match_reply(connection, read_inbound("email", raw, NOON, meta))


def whose(services: Services, raw: bytes, meta: dict[str, Any] | None = None) -> tuple[int | None, str | None]:
    found = matched(services, raw, meta)
    return found.customer_id, found.by


STRANGER = "somebody@else.example"
ON_FILE = "ap2@customer.example"


@pytest.mark.parametrize("field", ["To", "Cc", "Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To"])
def test_the_token_counts_wherever_the_address_stands(services: Services, field: str) -> None:
    raw = mail("hi", sender=STRANGER, to="ar@us.example", **{field.replace("-", "_"): to(FIRST)})
    assert whose(services, raw) == (1, "token")


def test_the_token_counts_in_capitals_and_in_a_blind_copys_envelope(services: Services) -> None:
    assert whose(services, mail("hi", to=to(FIRST).upper())) == (1, "token")
    meta = {"envelope": json.dumps({"to": [f"reply+{FIRST}@dunwell.example"], "from": STRANGER})}
    assert whose(services, mail("hi", sender=STRANGER, to="ar@us.example"), meta) == (1, "token")
    for broken in ('{"to": 1}', "[", "[1]", "", '{"to": [null]}'):
        assert whose(services, mail("hi", sender=STRANGER, to="ar@us.example"), {"envelope": broken}) == (None, None)


def test_token_goes_before_thread_before_sender_before_hints(services: Services) -> None:
    thread = f"<{SECOND}@dunwell.example>"
    everything = {"sender": ON_FILE, "to": to(FIRST), "In_Reply_To": thread, "subject": "INV-2"}
    assert whose(services, mail("hi", **everything)) == (1, "token")
    assert not matched(services, mail("hi", **everything)).on_file
    assert whose(services, mail("hi", **{**everything, "to": to(), "sender": "ap1@customer.example"})) == (2, "thread")
    assert whose(services, mail("INV-1", sender=ON_FILE, to=to())) == (2, "sender")
    assert whose(services, mail("INV-1", sender=STRANGER, to=to())) == (None, None)


def test_a_token_of_nobody_is_passed_over(services: Services) -> None:
    assert whose(services, mail("hi", sender=ON_FILE, to=to("unknownunknown"))) == (2, "sender")
    assert whose(services, mail("hi", sender=STRANGER, to=to("unknownunknown", SECOND))) == (2, "token")


def candidates(services: Services, raw: bytes) -> list[tuple[str, str]]:
    found = matched(services, raw)
    assert found.customer_id is None
    return [(c["customer"], c["why"]) for c in found.candidates]


def test_tokens_of_two_customers_are_nobodys(services: Services) -> None:
    found = candidates(services, mail("hi", sender=STRANGER, to=to(FIRST, SECOND)))
    assert [customer for customer, _ in found] == ["C0001", "C0002"]


def test_what_is_answered_at_once_goes_before_what_that_answered(services: Services) -> None:
    first, second = f"<{FIRST}@dunwell.example>", f"<{SECOND}@dunwell.example>"
    raw = mail("hi", sender=STRANGER, to=to(), In_Reply_To=second, References=f"{first} {second}")
    assert whose(services, raw) == (2, "thread")
    raw = mail("hi", sender=STRANGER, to=to(), In_Reply_To="<theirs@x.example>", References=f"{first} <x@y.example>")
    assert whose(services, raw) == (1, "thread")
    both = mail("hi", sender=ON_FILE, to=to(), References=f"{first} {second}")
    assert [customer for customer, _ in candidates(services, both)] == ["C0002", "C0001", "C0002"]


def test_an_address_on_file_at_two_customers_is_a_question_for_a_person(services: Services) -> None:
    with services.database.write() as unit:
        seed_customer(unit.connection, 4, email=ON_FILE)
        unit.commit()
    assert candidates(services, mail("about INV-2", sender=ON_FILE, to=to())) == [
        ("C0002", "the sender's address is on file there"),
        ("C0004", "the sender's address is on file there"),
        ("C0002", "invoice INV-2 is named"),
    ]


def test_domain_and_number_are_hints_and_hints_only(services: Services) -> None:
    assert candidates(services, mail("hi", sender="adam@firm.example", to=to())) == [
        ("C0003", "others at firm.example are on file there")
    ]
    assert candidates(services, mail("請求書INV-2について", sender=STRANGER, to=to())) == [
        ("C0002", "invoice INV-2 is named")
    ]
    assert candidates(services, mail("hi", sender=STRANGER, to=to())) == []


def test_everybody_may_have_an_address_at_a_free_provider(services: Services) -> None:
    with services.database.write() as unit:
        seed_customer(unit.connection, 5, email="ann.payable@gmail.com")
        unit.commit()
    assert candidates(services, mail("hi", sender="stranger@gmail.com", to=to())) == []


@pytest.mark.parametrize("alike", ["annpayable@gmail.com", "ann.payable+x@gmail.com", "ann.payable@gmáil.com"])
def test_addresses_that_only_look_alike_are_others(services: Services, alike: str) -> None:
    with services.database.write() as unit:
        seed_customer(unit.connection, 5, email="ann.payable@gmail.com")
        unit.commit()
    assert whose(services, f"From: {alike}\r\nTo: ar@us.example\r\n\r\nhi".encode()) == (None, None)
    assert whose(services, mail("hi", sender="Ann.Payable@GMAIL.com", to=to())) == (5, "sender")


def test_whoever_writes_on_behalf_is_whom_from_names(services: Services) -> None:
    raw = mail("hi", sender=f"Ann <{ON_FILE}>", to=to(), Sender="assistant@else.example")
    assert whose(services, raw) == (2, "sender")


def test_the_candidates_are_kept_for_the_person(services: Services) -> None:
    store_inbound(
        services, provider="p", event_id="x", kind="email", raw=mail("We pay.", sender="adam@firm.example", to=to())
    )
    process_inbound(services)
    [waiting] = rows(services, reply)
    assert (waiting.status, [c["customer"] for c in waiting.candidates]) == ("waiting", ["C0003"])
