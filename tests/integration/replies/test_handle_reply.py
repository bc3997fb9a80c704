"""What waits for a person: handled once, and climbing when nobody does it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.errors import BadInput, NotAllowed
from storage.tables import customer, document, message, promise, reply, task
from tests.fakes.ledgers import NOON, at
from tests.integration.replies.helpers import holding, mail, receive, rows
from workflows.handle_reply import climb_replies, handle_reply, list_waiting_replies
from workflows.services import Services


def test_handling_ends_the_silence_and_the_task_once(services: Services) -> None:
    receive(services, mail("Could somebody call me about INV-1?"))
    (waiting,) = list_waiting_replies(services)
    assert waiting["customer"] == "C0001"
    assert waiting["doubts"]
    done = handle_reply(services, str(waiting["id"]), by="collector", outcome="called")
    assert (done.fresh, done.pauses, done.tasks) == (True, 1, 1)
    assert holding(services) == []
    assert list_waiting_replies(services) == []
    assert not handle_reply(services, str(waiting["id"]), by="collector").fresh


def test_an_offered_promise_is_taken_by_a_person_or_refused(services: Services) -> None:
    receive(services, mail("INV-1 will be paid on 5 June 2026."))
    handle_reply(services, "1", by="collector", accept=True)
    assert [p.status for p in rows(services, promise)] == ["open"]
    assert rows(services, document)[0].promised_minor == 12_345


def test_refusing_leaves_nothing_promised(services: Services) -> None:
    receive(services, mail("INV-1 will be paid on 5 June 2026."))
    handle_reply(services, "1", by="collector")
    assert [p.status for p in rows(services, promise)] == ["cancelled"]
    assert rows(services, document)[0].promised_minor == 0


def test_accepting_nothing_is_refused(services: Services) -> None:
    receive(services, mail("Could somebody call me about INV-1?"))
    with pytest.raises(NotAllowed, match="offers no promise"):
        handle_reply(services, "1", by="collector", accept=True)
    with pytest.raises(BadInput, match="there is no reply"):
        handle_reply(services, "99", by="collector")


def test_an_unhandled_reply_climbs_to_somebody_and_the_customer_is_told_once(services: Services) -> None:
    with services.database.write() as unit:
        unit.connection.execute(update(customer).values(collector_id=1))
        unit.commit()
    receive(services, mail("Could somebody call me about INV-1?"))
    assert climb_replies(at(services, NOON + timedelta(days=1))) == 0
    later = at(services, NOON + timedelta(days=2))
    assert climb_replies(later) == 1
    assert climb_replies(later) == 0
    assert [t.cause for t in rows(services, task)] == ["reply", "reply"]
    week = at(services, NOON + timedelta(days=7))
    assert climb_replies(week) == 1
    assert climb_replies(week) == 0
    assert [m.template for m in rows(services, message)] == ["first", "we_have_your_message"]
    handle_reply(services, str(rows(services, reply)[0].id), by="collector")
    assert {t.status for t in rows(services, task)} == {"done"}
