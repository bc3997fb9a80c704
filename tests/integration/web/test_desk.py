"""The desk's pages show what the rows and the outbox hold, and nothing a customer wrote can act in them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert, update
from structlog.testing import capture_logs

from storage.tables import customer, dispute, inbound_event, message, promise, reply
from tests.fakes.ledgers import DAY, ENTITY, NOON, messages, plan_day, seed_ledger, set_open


def _page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_an_empty_installation_says_what_to_do(services, open_desk) -> None:
    assert "dunwell import" in _page(open_desk(services), "/")
    assert "No message." in _page(open_desk(services), "/outbox")


def test_today_counts_what_went_out_by_language_and_step(sent_day, open_desk) -> None:
    page = _page(open_desk(sent_day), "/")
    assert "9 Mar 2026" in page
    assert re.search(r"<b>3</b><a href=\"/outbox\">messages sent", page)
    assert "日本語" in page
    assert "English" in page
    assert "Emerald Supplies Ltd" in page


def test_the_outbox_is_narrowed_by_language(sent_day, open_desk) -> None:
    client = open_desk(sent_day)
    assert _page(client, "/outbox").count("/customers/C000") == 3
    japanese = _page(client, "/outbox?language=ja&day=2026-03-09")
    assert "青葉精機株式会社" in japanese
    assert japanese.count("/customers/C000") == 1


def test_a_message_is_shown_with_subject_text_headers_and_a_framed_html(sent_day, open_desk) -> None:
    client = open_desk(sent_day)
    row = messages(sent_day.database)[0]
    page = _page(client, f"/outbox/{row.public_id}")
    assert row.subject.split()[0] in page
    assert "INV-1" in page
    assert "123.45 EUR" in page
    assert "Message-ID" in page
    assert f'<iframe sandbox src="/outbox/{row.public_id}/html"' in page


def test_a_mail_html_may_not_run_scripts_or_ask_anybody_for_anything(sent_day, open_desk) -> None:
    answer = open_desk(sent_day).get(f"/outbox/{messages(sent_day.database)[0].public_id}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_the_mail_downloads_as_it_was_sent(sent_day, open_desk) -> None:
    row = messages(sent_day.database)[0]
    answer = open_desk(sent_day).get(f"/outbox/{row.public_id}/mail.eml")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.content == (sent_day.outbox_dir / row.provider_ref).read_bytes()


def test_a_reference_that_leads_out_of_the_outbox_shows_nothing(sent_day, open_desk) -> None:
    row = messages(sent_day.database)[0]
    (sent_day.data_dir / "secret.eml").write_text("Subject: secret\n\nsecret")
    with sent_day.database.write() as unit:
        unit.connection.execute(update(message).where(message.c.id == row.id).values(provider_ref="../secret.eml"))
        unit.commit()
    assert open_desk(sent_day).get(f"/outbox/{row.public_id}/mail.eml").status_code == 404


def test_a_customers_page_tells_what_is_open_and_what_happened(sent_day, open_desk) -> None:
    with sent_day.database.write() as unit:
        known = {"customer_id": 1, "entity_id": ENTITY, "currency": "EUR", "source": "call", "created_at": NOON}
        unit.connection.execute(
            insert(promise).values(
                **known,
                public_id="p1",
                amount_minor=10_000,
                made_on=DAY,
                promised_on=DAY,
                status="open",
                source_ref="1",
            )
        )
        unit.connection.execute(
            insert(dispute).values(
                **known,
                public_id="d1",
                amount_minor=2_345,
                opened_on=DAY,
                status="open",
                reason="price",
                source_ref="1",
            )
        )
        unit.commit()
    page = _page(open_desk(sent_day), "/customers/C0001")
    assert "Customer 1" in page
    assert "123.45 EUR" in page
    assert "promised 100.00 EUR by 2026-03-09" in page
    assert "disputes 23.45 EUR: price" in page


def test_replies_are_listed_with_what_was_understood(sent_day, open_desk) -> None:
    _store_reply(sent_day, "We will pay on Friday.", status="waiting", intents=["promise_to_pay"])
    page = _page(open_desk(sent_day), "/replies?status=waiting")
    assert "We will pay on Friday." in page
    assert "promise to pay" in page
    assert "We will pay" not in _page(open_desk(sent_day), "/replies?status=handled")


def test_what_a_customer_writes_is_text_never_markup(sent_day, open_desk) -> None:
    _store_reply(sent_day, "<script>alert(1)</script>", status="waiting", intents=[])
    with sent_day.database.write() as unit:
        unit.connection.execute(update(customer).where(customer.c.id == 1).values(name="<img src=x onerror=alert(1)>"))
        unit.commit()
    client = open_desk(sent_day)
    for address in ("/", "/replies", "/customers", "/customers/C0001", "/outbox"):
        page = _page(client, address)
        assert "<script" not in page
        assert "<img" not in page


def _store_reply(services, text: str, **values: object) -> None:
    with services.database.write() as unit:
        event = {
            "provider": "test", "event_id": text, "kind": "email", "received_at": NOON, "raw": b"", "status": "done",
        }  # fmt: skip
        made = unit.connection.execute(insert(inbound_event).values(event).returning(inbound_event.c.id)).scalar_one()
        known = {
            "public_id": text[:30], "inbound_event_id": made, "customer_id": 1, "channel": "email", "needs_human": True,
            "sender": "ap1@customer.example", "text": text, "received_at": NOON,
        }  # fmt: skip
        unit.connection.execute(insert(reply).values({**known, **values}))
        unit.commit()


def test_customers_are_found_by_number_and_by_a_part_of_the_name(sent_day, open_desk) -> None:
    client = open_desk(sent_day)
    assert "/customers/C0002" in _page(client, "/customers?q=c0002")
    assert "/customers/C0001" in _page(client, "/customers?q=customer+1")
    assert "No customer has that" in _page(client, "/customers?q=%25")


@pytest.mark.parametrize("address", ["/outbox/nope", "/customers/nope", "/nope", "/outbox/nope/html"])
def test_what_is_not_there_is_said_plainly(sent_day, open_desk, address: str) -> None:
    answer = open_desk(sent_day).get(address)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("address", ["/outbox?day=31.12.2026", "/outbox?page=0", "/outbox?language=%3Cb%3E"])
def test_an_address_that_cannot_be_read_is_refused(sent_day, open_desk, address: str) -> None:
    assert open_desk(sent_day).get(address).status_code == 400


def test_pages_load_nothing_from_elsewhere(sent_day, open_desk) -> None:
    client = open_desk(sent_day)
    for address in ("/", "/outbox", "/replies", "/customers", "/customers/C0001"):
        page = _page(client, address)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page), address
        assert "default-src 'none'" in client.get(address).headers["content-security-policy"]
    assert "url(" not in client.get("/desk.css").text


def test_a_fault_is_told_with_a_reference_and_no_traceback(services, open_desk) -> None:
    with services.database.write() as unit:
        for table in ("skip", "touch", "message_attempt", "reply", "message"):
            unit.connection.exec_driver_sql(f"DROP TABLE {table}")
        unit.commit()
    with capture_logs() as logged:
        answer = open_desk(services).get("/")
    assert answer.status_code == 500
    reference = re.search(r"<code>([0-9a-f]{10})</code>", answer.text)
    assert reference
    assert "Traceback" not in answer.text
    assert "no such table" not in answer.text
    assert [(line["event"], line["reference"]) for line in logged] == [("web.failed", reference[1])]


def test_what_has_not_gone_is_shown_as_it_would_read_now(services, open_desk) -> None:
    seed_ledger(services.database, 1)
    plan_day(services)
    (row,) = messages(services.database)
    client = open_desk(services)
    assert "It has not gone." in _page(client, f"/outbox/{row.public_id}")
    assert "INV-1" in client.get(f"/outbox/{row.public_id}/html").text
    set_open(services.database, 1, 0)
    assert "nothing of it would go: zero balance" in _page(client, f"/outbox/{row.public_id}")
    assert messages(services.database)[0] == row
