"""SendGrid's suppression lists, read by its own client from a stand-in: what it alone was told holds here too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from domain.delivery import DeliveryKind
from outreach.channels.sendgrid_lists import PAGE, SendGridLists
from storage import asking
from storage.database import Database
from storage.tables import delivery_event, opt_out, task, undeliverable
from tests.fakes.http_provider import Answer, Asked, HttpProvider
from tests.fakes.ledgers import NOON, at, make_services, seed_ledger
from workflows.poll_suppressions import poll_suppressions
from workflows.record_delivery import apply_events
from workflows.services import Services

CREATED = int((NOON - timedelta(days=3)).timestamp())
AP = "ap1@customer.example"


class ListsStandIn(HttpProvider):
    """Answers with its lists, page by page, as SendGrid does."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        super().__init__()
        self.lists = lists
        self.refused: set[str] = set()

    def reply_to(self, asked: Asked) -> Answer:
        name = urlsplit(asked.path).path.rpartition("/")[2]
        query = {key: int(values[0]) for key, values in parse_qs(urlsplit(asked.path).query).items()}
        if name in self.refused:
            return Answer(403, {"errors": [{"message": "access forbidden"}]})
        entries = [e for e in self.lists.get(name, []) if e.get("created", 0) >= query.get("start_time", 0)]
        return Answer(200, entries[query["offset"] :][: query["limit"]])


@contextmanager
def reading(services: Services, **lists: list[dict[str, Any]]) -> Iterator[tuple[Services, ListsStandIn]]:
    with ListsStandIn(**lists) as provider:
        yield replace(services, suppressions=(SendGridLists("key", host=provider.url, timeout=5),)), provider


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, 1)
    return make_services(database, tmp_path)


def rows(services: Services, table: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def entry(address: str = AP, created: int = CREATED, **more: str) -> dict[str, Any]:
    return {"email": address, "created": created, **more}


def test_an_unsubscription_told_to_sendgrid_alone_stops_the_mail(services: Services) -> None:
    with reading(services, unsubscribes=[entry("AP1@Customer.example")]) as (polling, provider):
        assert poll_suppressions(polling) == 1
    apply_events(services)
    assert [(o.channel, o.address, o.source) for o in rows(services, opt_out)] == [("email", AP, "provider:sendgrid")]
    assert provider.asked[0].headers["Authorization"] == "Bearer key"
    assert {urlsplit(a.path).path for a in provider.asked} == {
        f"/v3/suppression/{name}" for name in ("bounces", "invalid_emails", "spam_reports", "unsubscribes")
    }


def test_a_bounce_strikes_the_address_off_and_a_complaint_asks_a_person(services: Services) -> None:
    bounced = entry(reason="550 5.1.1 The email account does not exist", status="5.1.1")
    with reading(services, bounces=[bounced], spam_reports=[entry(ip="192.0.2.1")]) as (polling, _):
        assert poll_suppressions(polling) == 2
    apply_events(services)
    assert [u.address for u in rows(services, undeliverable)] == [AP]
    assert [o.address for o in rows(services, opt_out)] == [AP]
    assert {t.cause for t in rows(services, task)} == {"bounced", "spam_complaint"}


def test_who_is_no_customer_of_ours_is_not_kept(services: Services) -> None:
    with reading(services, unsubscribes=[entry("reader@newsletter.example")]) as (polling, _):
        assert poll_suppressions(polling) == 0
    assert rows(services, delivery_event) == []


def test_a_list_is_read_page_by_page_and_again_from_where_it_was_read_to(services: Services) -> None:
    strangers = [entry(f"s{n}@newsletter.example", CREATED + n) for n in range(2 * PAGE)]
    with reading(services, unsubscribes=[*strangers, entry()]) as (polling, provider):
        assert poll_suppressions(polling) == 1
        assert len([a for a in provider.asked if "unsubscribes" in a.path]) == 3
        assert not any("start_time" in a.path for a in provider.asked)
        provider.asked.clear()
        assert poll_suppressions(at(polling, NOON + timedelta(minutes=14))) == 0
        assert provider.asked == []
        assert poll_suppressions(at(polling, NOON + timedelta(minutes=15))) == 0
        since = int((NOON - timedelta(hours=1)).timestamp())
        assert all(f"start_time={since}" in a.path for a in provider.asked)
        assert len(provider.asked) == len(SendGridLists.lists)


def test_a_list_that_can_not_be_read_holds_up_no_other_and_is_read_from_the_start_again(services: Services) -> None:
    with reading(services, bounces=[entry()], unsubscribes=[entry()]) as (polling, provider):
        provider.refused = {"bounces"}
        assert poll_suppressions(polling) == 1
        with services.database.read() as connection:
            state = {row.list: row for row in asking.polls(connection)}
        assert "no right to read suppressions" in state["sendgrid:bounces"].error
        assert (state["sendgrid:bounces"].failures, state["sendgrid:bounces"].read_to) == (1, None)
        provider.refused = set()
        assert poll_suppressions(at(polling, NOON + timedelta(minutes=15))) == 1


@pytest.mark.parametrize("body", [{"errors": []}, "nonsense", None])
def test_an_answer_that_is_no_list_is_said(body: Any) -> None:
    with HttpProvider(Answer(200, body)) as provider, pytest.raises(ConnectionError, match="list of bounces"):
        list(SendGridLists("key", host=provider.url, timeout=5).read("bounces", None))


def test_a_provider_that_is_away_is_said() -> None:
    lists = SendGridLists("key", host="http://127.0.0.1:9", timeout=2)
    with pytest.raises(ConnectionError, match="list of bounces"):
        list(lists.read("bounces", None))


def test_entries_without_address_or_time_are_passed_over_and_a_server_that_ignores_pages_is_left() -> None:
    odd: list[Any] = [{}, {"email": "x"}, {"email": "a@b.example"}, {"email": "a@b.example", "created": "soon"}, 7]
    whole = [*odd, *(entry(f"a{n}@b.example") for n in range(PAGE))]
    with HttpProvider(Answer(200, whole)) as provider:
        found = list(SendGridLists("key", host=provider.url, timeout=5).read("invalid_emails", None))
    assert len(found) == PAGE
    assert {event.kind for event in found} == {DeliveryKind.BOUNCED}
    assert len(provider.asked) == 2


def test_two_processes_at_once_read_a_list_once(services: Services) -> None:
    with reading(services, unsubscribes=[entry()]) as (polling, provider):
        threads = [threading.Thread(target=poll_suppressions, args=(polling,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(provider.asked) == len(SendGridLists.lists)
    assert len(rows(services, delivery_event)) == 1


def test_an_opt_out_that_a_person_lifted_is_not_set_again_by_the_same_entry(services: Services) -> None:
    with reading(services, unsubscribes=[entry()]) as (polling, _):
        poll_suppressions(polling)
        apply_events(services)
        with services.database.write() as unit:
            unit.connection.execute(opt_out.update().values(lifted_at=NOON))
            unit.commit()
        assert poll_suppressions(at(polling, NOON + timedelta(hours=1))) == 0
        apply_events(services)
    assert [o.lifted_at for o in rows(services, opt_out)] == [NOON]
