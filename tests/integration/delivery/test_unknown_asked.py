"""SMS in doubt, asked about at a stand-in of Twilio by its own client: evidence settles, absence proves nothing."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, select, update

from domain.parties import Channel
from domain.tasks import TaskCause
from outreach.channels.twilio import TwilioChannel
from storage.database import Database
from storage.tables import audit_entry, message, message_attempt, message_inquiry, task
from storage.tasks import NewTask, add_tasks
from tests.fakes.http_provider import Answer, HttpProvider
from tests.fakes.ledgers import DAY, ENTITY, NOON, at, make_services, seed_ledger
from workflows.ask_provider import WAITS, ask_about_doubts
from workflows.record_delivery import apply_events
from workflows.services import Services
from workflows.settle_message import settle_unknown

NUMBER = "+353861234567"
WORDS = "Überfällig: 請求書 1"


def public_id(number: int) -> str:
    return f"0190c3a0-0000-7000-8000-00000000000{number}"


def seed_doubt(services: Services, number: int = 1, *, began: datetime = NOON, **values: Any) -> None:
    """A message whose hand-over began at an instant, its outcome unknown, and the task that says so."""
    row = {
        "id": number, "public_id": public_id(number), "customer_id": 1, "entity_id": ENTITY, "currency": "EUR",
        "purpose": "cadence", "channel": "sms", "address": NUMBER, "locale": "de_DE", "template": "first",
        "planned_on": DAY, "status": "unknown", "not_before": NOON, "attempts": 1, "reply_token": f"token-{number:015}",
        "provider": "twilio", "content_sha256": hashlib.sha256(WORDS.encode()).hexdigest(), "created_at": NOON,
        **values,
    }  # fmt: skip
    tried = {
        "message_id": number, "number": 1, "channel": "sms", "address": NUMBER, "provider": row["provider"],
        "outcome": row["status"], "started_at": began, "provider_ref": row.get("provider_ref"),
    }  # fmt: skip
    with services.database.write() as unit:
        unit.connection.execute(insert(message).values(row))
        unit.connection.execute(insert(message_attempt).values(tried))
        key = f"{TaskCause.UNKNOWN_OUTCOME}:{public_id(number)}"
        add_tasks(unit.connection, [NewTask(TaskCause.UNKNOWN_OUTCOME, key, DAY, DAY, 1, note="find out")])
        unit.commit()


def sms(sid: str = "SM1", body: str = WORDS, created: datetime = NOON, status: str = "sent") -> dict[str, Any]:
    """A message as Twilio lists it."""
    return {
        "sid": sid, "account_sid": "AC1", "body": body, "to": NUMBER, "from": "+15005550006", "status": status,
        "direction": "outbound-api", "date_created": format_datetime(created), "date_updated": None, "date_sent": None,
        "num_segments": "1", "num_media": "0", "error_code": None, "error_message": None, "price": None,
        "price_unit": "USD", "api_version": "2010-04-01", "uri": "", "messaging_service_sid": None,
        "subresource_uris": {},
    }  # fmt: skip


def listed(*found: dict[str, Any]) -> Answer:
    return Answer(200, {"messages": list(found), "next_page_uri": None, "page_size": 100, "uri": ""})


@contextmanager
def asking(services: Services, *script: Answer) -> Iterator[tuple[Services, HttpProvider]]:
    with HttpProvider(*script) as provider:
        channel = TwilioChannel("AC1", "token", base_url=provider.url, timeout=2)
        yield replace(services, channels={**services.channels, Channel.SMS: channel}), provider
        channel.close()


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, 1)
    return make_services(database, tmp_path, NOON + timedelta(minutes=3))


def rows(services: Services, table: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def states(services: Services) -> list[str]:
    return [m.status for m in rows(services, message)]


def ask(services: Services) -> int:
    found = ask_about_doubts(services)
    apply_events(services)
    return found


def test_a_message_that_the_provider_has_was_accepted_and_the_task_is_done(services: Services) -> None:
    seed_doubt(services)
    with asking(services, listed(sms())) as (reaching, provider):
        assert ask(reaching) == 1
        assert parse_qs(urlsplit(provider.asked[0].path).query)["To"] == [NUMBER]
    (settled,) = rows(services, message)
    assert (settled.status, settled.provider_ref, settled.sent_at) == ("sent", "SM1", NOON + timedelta(minutes=2))
    assert [t.status for t in rows(services, task)] == ["done"]
    assert {"message.asked_about", "message.sent"} <= {e.action for e in rows(services, audit_entry)}


@pytest.mark.parametrize(
    "other",
    [
        sms(body="other words"),
        sms(created=NOON - timedelta(minutes=10)),
    ],
    ids=["other words", "of before"],
)
def test_what_is_not_there_proves_nothing_and_is_shown(services: Services, other: dict[str, Any]) -> None:
    seed_doubt(services)
    with asking(services, listed(other)) as (reaching, _):
        assert ask(reaching) == 0
    assert states(services) == ["unknown"]
    (open_task,) = rows(services, task)
    assert open_task.status == "open"
    assert open_task.note.startswith("find out · twilio was asked 1× and doesn't list it, which proves nothing")


def test_it_is_asked_again_ever_more_rarely_and_at_last_no_more(services: Services) -> None:
    seed_doubt(services)
    with asking(services, listed()) as (reaching, provider):
        moment = reaching.now()
        for times, wait in enumerate(WAITS, 1):
            ask(at(reaching, moment))
            ask(at(reaching, moment + wait - timedelta(seconds=1)))
            assert len(provider.asked) == times
            moment += wait
        ask(at(reaching, moment + timedelta(days=30)))
        assert len(provider.asked) == len(WAITS)
    assert f"asked {len(WAITS)}×" in rows(services, task)[0].note
    assert rows(services, task)[0].note.count("·") == 1


def test_two_messages_of_ours_with_the_same_words_are_not_told_apart(services: Services) -> None:
    seed_doubt(services)
    seed_doubt(services, 2, began=NOON + timedelta(minutes=1))
    with asking(services, listed(sms(created=NOON + timedelta(minutes=1)))) as (reaching, _):
        assert ask(reaching) == 0
    assert states(services) == ["unknown", "unknown"]
    assert "may as well be another message" in rows(services, task)[0].note


def test_a_message_of_ours_on_the_wire_meanwhile_is_not_told_apart_either(services: Services) -> None:
    seed_doubt(services)
    seed_doubt(services, 2, began=NOON + timedelta(minutes=2), status="sending")
    with asking(services, listed(sms(created=NOON + timedelta(minutes=2)))) as (reaching, _):
        assert ask(reaching) == 0
    assert states(services) == ["unknown", "sending"]


def test_one_that_is_known_to_be_another_of_ours_is_not_this_one(services: Services) -> None:
    seed_doubt(services)
    # The same words went a week ago; a provider whose clock is wrong lists that one as new.
    seed_doubt(services, 2, began=NOON - timedelta(days=7), status="sent", provider_ref="SM1")
    with asking(services, listed(sms())) as (reaching, _):
        assert ask(reaching) == 0
    assert states(services) == ["unknown", "sent"]


@pytest.mark.parametrize("answer", [Answer(500, {}), Answer(401, {}), Answer(200, "a page"), Answer(hang_up=True)])
def test_a_provider_that_can_not_be_asked_settles_nothing(services: Services, answer: Answer) -> None:
    seed_doubt(services)
    with asking(services, answer) as (reaching, _):
        assert ask(reaching) == 0
    assert states(services) == ["unknown"]
    assert [i.told for i in rows(services, message_inquiry)] == ["not asked"]


def test_a_person_who_was_faster_is_not_overruled(services: Services) -> None:
    seed_doubt(services)

    class Slow(TwilioChannel):
        def find(self, *args: Any) -> Any:
            found = super().find(*args)
            settle_unknown(services, public_id(1), sent=True, by="ar_manager")
            return found

    with HttpProvider(listed(sms())) as provider:
        channel = Slow("AC1", "token", base_url=provider.url, timeout=2)
        ask(replace(services, channels={**services.channels, Channel.SMS: channel}))
        channel.close()
    assert states(services) == ["sent"]
    assert rows(services, task)[0].outcome == "sent"


def test_two_processes_ask_once(services: Services) -> None:
    seed_doubt(services)
    with asking(services, listed()) as (reaching, provider):
        threads = [threading.Thread(target=ask_about_doubts, args=(reaching,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(provider.asked) == 1


def test_what_is_settled_or_went_by_a_provider_that_tells_nothing_is_not_asked_about(services: Services) -> None:
    seed_doubt(services, provider="smtp", channel="email")
    seed_doubt(services, 2)
    with services.database.write() as unit:
        unit.connection.execute(update(message).where(message.c.id == 2).values(status="sent"))
        unit.commit()
    with asking(services, listed(sms())) as (reaching, provider):
        assert ask(reaching) == 0
        assert provider.asked == []


def test_a_spare_provider_is_asked_about_what_went_by_it(services: Services) -> None:
    seed_doubt(services)
    with asking(services, listed(sms())) as (reaching, _):
        spare = reaching.channels[Channel.SMS]
        own = services.channels[Channel.SMS]
        assert ask(replace(reaching, channels={Channel.SMS: own}, spares={"twilio": spare})) == 1
    assert states(services) == ["sent"]


def test_sendgrids_lists_are_read_where_mail_goes_by_it_at_first_or_as_a_spare(tmp_path: Path) -> None:
    assert make_services("sqlite://", tmp_path).suppressions == ()
    first = make_services("sqlite://", tmp_path, email_channel="sendgrid", sendgrid_key="k")
    spare = make_services("sqlite://", tmp_path, spare_channels="sendgrid", sendgrid_key="k")
    assert [s.suppressions[0].provider for s in (first, spare)] == ["sendgrid", "sendgrid"]
