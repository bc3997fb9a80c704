"""Twilio by its own client against a local stand-in of its API."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from outreach.channels.base import Outcome, Outgoing
from outreach.channels.twilio import TwilioChannel
from tests.fakes.http_provider import Answer, HttpProvider
from tests.fakes.mail_server import free_port

SMS = Outgoing("01", "+353861234567", "+15005550006", "Überfällig: 請求書 1".encode(), "2026-03-09", "de", segments=1)
TAKEN = Answer(201, {"sid": "SM1", "status": "queued"})


def channel_to(url: str, timeout: float = 5) -> TwilioChannel:
    return TwilioChannel("AC1", "token", base_url=url, timeout=timeout)


def test_an_accepted_sms_carries_its_words_and_brings_back_its_id() -> None:
    with HttpProvider(TAKEN) as provider:
        channel = channel_to(provider.url)
        found = channel.send(SMS)
        channel.close()
    assert (found.outcome, found.provider_ref) == (Outcome.ACCEPTED, "SM1")
    (asked,) = provider.asked
    assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert parse_qs(asked.body.decode()) == {
        "To": [SMS.to],
        "From": [SMS.sender],
        "Body": ["Überfällig: 請求書 1"],
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (401, Outcome.TRY_AGAIN),
        (429, Outcome.TRY_AGAIN),
        (503, Outcome.TRY_AGAIN),
        (500, Outcome.UNKNOWN),
        (502, Outcome.UNKNOWN),
    ],
)
def test_what_each_status_means(status: int, outcome: Outcome) -> None:
    told = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": status}
    with HttpProvider(Answer(status, told)) as provider:
        channel = channel_to(provider.url)
        found = channel.send(SMS)
        channel.close()
    assert found.outcome is outcome
    assert "unsubscribed" in (found.error or "")
    assert "21610" in (found.error or "")


@pytest.mark.parametrize("answer", [Answer(201, TAKEN.body, delay=1.0), Answer(hang_up=True)])
def test_an_answer_that_never_comes_is_unknown(answer: Answer) -> None:
    with HttpProvider(answer) as provider:
        channel = channel_to(provider.url, timeout=0.3)
        assert channel.send(SMS).outcome is Outcome.UNKNOWN
        channel.close()


def test_a_provider_that_is_not_there_is_tried_again() -> None:
    channel = channel_to(f"http://127.0.0.1:{free_port()}")
    found = channel.send(SMS)
    channel.close()
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)


def test_the_check_asks_for_the_account() -> None:
    with HttpProvider(Answer(200, {"sid": "AC1"}), Answer(401, {"message": "Authenticate", "code": 20003})) as provider:
        channel = channel_to(provider.url)
        assert channel.check() is None
        assert "Authenticate" in (channel.check() or "")
        channel.close()
