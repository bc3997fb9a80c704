"""Delivery webhooks verify by the vendors' own tools, store once and answer; what can't be proved is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from storage.tables import delivery_event, opt_out, pause
from tests.fakes.ledgers import NOON, messages
from tests.fakes.signed_webhooks import (
    EVENTS,
    PUBLIC,
    SIGNATURE,
    STATUS,
    TIMESTAMP,
    SendGridSigner,
    sendgrid_event,
    twilio_post,
)
from web.delivery_webhooks import EVENTS_LIMIT
from web.sendgrid_events import read_events
from web.twilio_events import read_status
from web.webhooks import WebhookKeys

SIGNER = SendGridSigner()
OTHER = SendGridSigner()
KEYS = WebhookKeys(PUBLIC, "twilio-token", sendgrid_public_key=f"{OTHER.public_key} {SIGNER.public_key}")
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+353871234567", "From": "+353800000000"}


@pytest.fixture
def hooks(sent_day, open_desk):
    return open_desk(sent_day, KEYS)


def _stored(services) -> list:
    with services.database.read() as connection:
        return list(connection.execute(select(delivery_event).order_by(delivery_event.c.id)))


def _post(hooks, events, at=NOON, signer=SIGNER, **changed):
    body, headers = signer.post(events, at)
    content = changed.pop("body", body)
    return hooks.post(EVENTS, content=content, headers={**headers, "host": "ar.example.com", **changed})


def test_events_that_sendgrid_signed_are_stored_and_answered_at_once(sent_day, hooks) -> None:
    public_id = messages(sent_day.database)[0].public_id
    answer = _post(
        hooks,
        [
            sendgrid_event(1, "processed", NOON, dunwell_message=public_id),
            sendgrid_event(
                2, "bounce", NOON, dunwell_message=public_id, type="bounce", status="5.1.1",
                reason="550 5.1.1 <ap1@customer.example> unknown",
            ),
        ],
    )  # fmt: skip
    assert (answer.status_code, answer.text) == (202, "")
    one, two = _stored(sent_day)
    assert (one.kind, two.kind, two.status) == ("accepted", "bounced", "new")
    assert (two.public_id, two.provider_ref, two.code) == (public_id, "14c5d75ce93", "5.1.1")
    assert two.reason == "550 5.1.1 <…@…> unknown", "no address beyond the one that is needed"
    assert two.occurred_at == NOON
    assert messages(sent_day.database)[0].status == "sent", "answered before anything is done about it"


def test_the_same_events_posted_again_are_stored_once(sent_day, hooks) -> None:
    events = [sendgrid_event(n, "delivered", NOON) for n in range(5)]
    assert {_post(hooks, events[:3]).status_code, _post(hooks, events, NOON + timedelta(minutes=2)).status_code} == {
        202
    }
    assert len(_stored(sent_day)) == 5


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"body": b'[{"event":"delivered","sg_event_id":"x"}]'}, "the body was tampered with"),
        ({"signer": SendGridSigner()}, "signed by a key that isn't ours"),
        ({TIMESTAMP: str(int(NOON.timestamp()) + 1)}, "the time was tampered with"),
        ({"at": NOON - timedelta(hours=26)}, "signed too long ago"),
        ({"at": NOON + timedelta(minutes=6)}, "signed in the future"),
        ({TIMESTAMP: "soon"}, "no time at all"),
        ({SIGNATURE: ""}, "no signature"),
        ({SIGNATURE: "not base64!"}, "no signature that could be read"),
        ({"body": b"\xff\xfe"}, "no text"),
    ],
)
def test_what_sendgrid_did_not_sign_is_refused_and_nothing_of_it_kept_or_logged(sent_day, hooks, changed, why) -> None:
    with capture_logs() as logged:
        answer = _post(hooks, [sendgrid_event(1, "delivered", NOON)], **changed)
    assert (answer.status_code, answer.text) == (403, "refused\n"), why
    assert _stored(sent_day) == []
    assert [line["event"] for line in logged] == ["webhook.refused"]
    assert "customer.example" not in str(logged)


def test_a_post_that_sendgrid_tried_again_for_a_day_is_still_taken(sent_day, hooks) -> None:
    assert _post(hooks, [sendgrid_event(1, "delivered", NOON)], NOON - timedelta(hours=24)).status_code == 202


def test_each_of_several_webhooks_has_its_own_key(sent_day, hooks) -> None:
    assert _post(hooks, [sendgrid_event(1, "delivered", NOON)], signer=OTHER).status_code == 202


def test_what_is_no_list_of_events_is_answered_without_a_fault(sent_day, hooks) -> None:
    for body in (b"{}", b"not json", b'"text"', b"[" * 100_000):
        assert _post(hooks, body).status_code == 400
    last = {"event": "delivered", "timestamp": "x", "email": None, "reason": "\ud800\x00"}
    odd = json.dumps(
        [None, 1, [], {}, {"event": 7}, {"event": "open"}, {"event": "account_status_change"}, last]
    ).encode()
    assert _post(hooks, odd).status_code == 202
    [event] = _stored(sent_day)
    assert (event.kind, len(event.event_id), event.occurred_at) == ("delivered", 64, NOON)
    assert _post(hooks, b"[" + b" " * EVENTS_LIMIT + b"]").status_code == 413


def test_a_webhook_whose_key_is_not_set_is_closed(sent_day, open_desk) -> None:
    closed = open_desk(sent_day, WebhookKeys(PUBLIC))
    assert _post(closed, []).status_code == 403
    assert _status(closed).status_code == 403


READ = [
    ({"event": "processed"}, ["accepted"]),
    ({"event": "deferred", "response": "450 try later"}, ["deferred"]),
    ({"event": "delivered"}, ["delivered"]),
    ({"event": "bounce", "type": "bounce"}, ["bounced"]),
    ({"event": "bounce", "type": "blocked"}, ["failed"]),
    ({"event": "dropped", "reason": "Bounced Address"}, ["bounced"]),
    ({"event": "dropped", "reason": "Invalid"}, ["bounced"]),
    ({"event": "dropped", "reason": "Spam Content"}, ["dropped"]),
    ({"event": "dropped", "reason": "Unsubscribed Address"}, ["dropped", "opted_out"]),
    ({"event": "dropped", "reason": "Spam Reporting Address"}, ["dropped", "opted_out"]),
    ({"event": "spamreport"}, ["complained"]),
    ({"event": "unsubscribe"}, ["opted_out"]),
    ({"event": "group_unsubscribe"}, ["opted_out"]),
    ({"event": "group_resubscribe"}, ["opted_in"]),
    ({"event": "open"}, []),
]


@pytest.mark.parametrize(("entry", "kinds"), READ, ids=[str(list(e.values())) for e, _ in READ])
def test_each_word_of_sendgrid_has_one_meaning(entry, kinds) -> None:
    told, unread = read_events(json.dumps([{"email": "A@b.example", **entry}]).encode(), NOON)
    assert ([str(one.kind) for one in told], unread) == (kinds, 0)


def _status(hooks, form=FORM, *, token="twilio-token", query="?message=m1", asked=None):
    body, headers = twilio_post(token, PUBLIC + STATUS + query, form)
    return hooks.post(STATUS + (query if asked is None else asked), content=body, headers=headers)


def test_a_status_that_twilio_signed_is_stored_once(sent_day, hooks) -> None:
    public_id = messages(sent_day.database)[0].public_id
    for _ in range(3):
        answer = _status(hooks, query=f"?message={public_id}")
        assert (answer.status_code, answer.text) == (204, "")
    [event] = _stored(sent_day)
    assert (event.provider, event.event_id, event.kind) == ("twilio", "SM1:delivered", "delivered")
    assert (event.public_id, event.provider_ref, event.address) == (public_id, "SM1", "+353871234567")


@pytest.mark.parametrize(
    "changed", [{"token": "another"}, {"asked": "?message=m2"}, {"asked": ""}, {"token": "", "query": ""}]
)
def test_a_status_with_a_wrong_signature_is_refused(sent_day, hooks, changed) -> None:
    with capture_logs() as logged:
        assert _status(hooks, **changed).status_code == 403
    assert _stored(sent_day) == []
    assert "+353871234567" not in str(logged)


def test_a_status_changed_on_the_way_is_refused(sent_day, hooks) -> None:
    _, headers = twilio_post("twilio-token", PUBLIC + STATUS, FORM)
    assert hooks.post(STATUS, data={**FORM, "MessageStatus": "failed"}, headers=headers).status_code == 403
    assert _stored(sent_day) == []


def test_a_status_without_a_message_or_a_status_is_answered_without_a_fault(sent_day, hooks) -> None:
    assert _status(hooks, {"MessageSid": "SM1"}).status_code == 400
    assert _status(hooks, {**FORM, "MessageStatus": "scheduled"}).status_code == 204
    assert _stored(sent_day) == []


@pytest.mark.parametrize(
    ("status", "code", "kinds"),
    [
        ("queued", "", ["accepted"]),
        ("sent", "", ["accepted"]),
        ("delivered", "", ["delivered"]),
        ("undelivered", "30003", ["failed"]),
        ("undelivered", "30005", ["bounced"]),
        ("undelivered", "30006", ["bounced"]),
        ("failed", "30007", ["failed"]),
        ("failed", "21610", ["failed", "opted_out"]),
        ("receiving", "", []),
    ],
)
def test_each_word_of_twilio_has_one_meaning(status: str, code: str, kinds: list[str]) -> None:
    told = read_status({**FORM, "MessageStatus": status, "ErrorCode": code}, "m1", datetime(2026, 3, 9, tzinfo=UTC))
    assert [str(one.kind) for one in told] == kinds


SMS = "/webhooks/twilio/sms"


def _text(hooks, **form: str):
    body, headers = twilio_post("twilio-token", PUBLIC + SMS, {"From": "+353871234567", **form})
    return hooks.post(SMS, content=body, headers=headers)


def _opted_out(services) -> list[str]:
    with services.database.read() as connection:
        return list(connection.execute(select(opt_out.c.address).where(opt_out.c.lifted_at.is_(None))).scalars())


@pytest.mark.parametrize("stop", [{"Body": "whatever", "OptOutType": "STOP"}, {"Body": "Baja."}, {"Body": "停止"}])
def test_a_no_by_text_message_holds_before_the_webhook_is_answered(sent_day, hooks, stop) -> None:
    assert _text(hooks, MessageSid="SM1", **stop).status_code == 200
    assert _opted_out(sent_day) == ["+353871234567"]
    assert _text(hooks, MessageSid="SM1", **stop).status_code == 200
    assert _text(hooks, MessageSid="SM2", Body="x", OptOutType="HELP").status_code == 200
    assert _opted_out(sent_day) == ["+353871234567"]


def test_a_sentence_with_the_word_in_it_waits_to_be_understood(sent_day, hooks) -> None:
    assert _text(hooks, MessageSid="SM1", Body="please stop the delivery of pallets").status_code == 200
    assert _opted_out(sent_day) == []
    with sent_day.database.read() as connection:
        assert connection.execute(select(pause)).all() == []
