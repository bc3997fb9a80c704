"""Twilio by its own client against a local stand-in of its API."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.errors import BadInput
from domain.parties import Channel
from dunwell.bootstrap import build_channels
from dunwell.settings import load_settings
from outreach.channels.base import Outcome, Outgoing
from outreach.channels.sms_senders import choose_sms_sender, read_sms_senders
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
        (413, Outcome.REFUSED),
        (404, Outcome.TRY_AGAIN),
        (401, Outcome.TRY_AGAIN),
        (429, Outcome.TRY_AGAIN),
        (503, Outcome.TRY_AGAIN),
        (500, Outcome.UNKNOWN),
        (502, Outcome.UNKNOWN),
    ],
)
def test_what_each_status_means(status: int, outcome: Outcome) -> None:
    told = {"code": 21602, "message": "Message body is required", "status": status}
    with HttpProvider(Answer(status, told)) as provider:
        channel = channel_to(provider.url)
        found = channel.send(SMS)
        channel.close()
    assert found.outcome is outcome
    assert "body is required" in (found.error or "")
    assert "21602" in (found.error or "")


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


SERVICE = "MG" + "0123456789abcdef" * 2
SENDERS = read_sms_senders(f"US:+15005550006, GB:+447700900001,DE01/*:Nordwind, DE01/US:+15005550007,*:{SERVICE}")


@pytest.mark.parametrize(
    ("to", "entity", "sender"),
    [
        ("+12025550123", "MAIN", "+15005550006"),
        ("+14165550123", "MAIN", SERVICE),  # +1 too, but Canada
        ("+447700900123", "MAIN", "+447700900001"),
        ("+4915112345678", "MAIN", SERVICE),
        ("+4915112345678", "DE01", "Nordwind"),
        ("+12025550123", "DE01", "+15005550007"),
    ],
)
def test_the_recipients_country_and_the_creditor_choose_the_sender(to: str, entity: str, sender: str) -> None:
    assert choose_sms_sender(SENDERS, to, entity) == sender


def test_a_number_is_sent_from_and_a_messaging_service_is_named_as_such() -> None:
    with HttpProvider(TAKEN) as provider:
        channel = TwilioChannel("AC1", "token", senders=SENDERS, base_url=provider.url)
        channel.send(replace(SMS, to="+447700900123"))
        channel.send(SMS)
        channel.close()
    by_number, by_service = (parse_qs(asked.body.decode()) for asked in provider.asked)
    assert by_number["From"] == ["+447700900001"]
    assert "From" not in by_service
    assert by_service["MessagingServiceSid"] == [SERVICE]


def test_senders_by_country_do_without_a_common_one_and_reach_the_adapter() -> None:
    account = {
        "sms_channel": "twilio",
        "twilio_account": "AC1",
        "twilio_token": "t",
        "public_url": "https://us.example",
    }
    channel = build_channels(load_settings(**account, twilio_senders="US:+15005550006"))[Channel.SMS]
    assert isinstance(channel, TwilioChannel)
    values = channel.message_values(replace(SMS, to="+12025550123", sender="Emerald"))
    assert (values["from_"], values["status_callback"][:27]) == ("+15005550006", "https://us.example/webhooks")
    with pytest.raises(BadInput, match="DUNWELL_TWILIO_FROM"):
        build_channels(load_settings(**account))


@pytest.mark.parametrize(
    "text", ["US", "US:", "usa:+1500", "US:+1", "US:MG12", "*:a name too long", "US:+15005550006,US:+15005550007"]
)
def test_a_list_of_senders_that_can_not_be_read_says_which_part(text: str) -> None:
    with pytest.raises(BadInput, match=r"write COUNTRY:SENDER|two senders"):
        read_sms_senders(text)


def test_twilio_is_told_where_to_say_what_became_of_a_message() -> None:
    with HttpProvider(TAKEN) as provider:
        channel = TwilioChannel("AC1", "token", public_url="https://dunwell.us.example/", base_url=provider.url)
        channel.send(replace(SMS, public_id="0197-abc"))
        channel.close()
    (asked,) = provider.asked
    told = parse_qs(asked.body.decode())["StatusCallback"]
    assert told == ["https://dunwell.us.example/webhooks/twilio/status?message=0197-abc"]


@pytest.mark.parametrize(
    ("code", "outcome", "down", "opted_out"),
    [
        (21610, Outcome.REFUSED, False, True),  # the number said STOP to Twilio
        (21211, Outcome.REFUSED, False, False),  # no valid number
        (21614, Outcome.REFUSED, False, False),  # not a mobile
        (21611, Outcome.TRY_AGAIN, True, False),  # our sender's queue is full
        (21606, Outcome.TRY_AGAIN, False, False),  # our sender can't send SMS
    ],
)
def test_what_twilios_codes_mean(code: int, outcome: Outcome, down: bool, opted_out: bool) -> None:
    with HttpProvider(Answer(400, {"code": code, "message": "told why", "status": 400})) as provider:
        channel = channel_to(provider.url)
        found = channel.send(SMS)
        channel.close()
    assert (found.outcome, found.channel_down, found.opted_out) == (outcome, down, opted_out)


def test_a_limit_says_how_long_to_wait() -> None:
    told = {"code": 20429, "message": "Too many requests"}
    with HttpProvider(Answer(429, told, headers={"Retry-After": "3"})) as provider:
        channel = channel_to(provider.url)
        assert channel.send(SMS).retry_after_seconds == 3
        channel.close()


def listed(*bodies_and_times: tuple[str, str]) -> Answer:
    rows = [
        {"sid": f"SM{n}", "status": "delivered", "body": body, "date_created": f"Mon, 09 Mar 2026 {time} +0000"}
        for n, (body, time) in enumerate(bodies_and_times)
    ]
    return Answer(200, {"messages": rows, "page_size": 100})


SINCE = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
DIGEST = hashlib.sha256(SMS.content).hexdigest()
WORDS = SMS.content.decode()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (listed(("something else", "08:30:20"), (WORDS, "08:30:05")), "SM1"),
        (listed((WORDS, "08:29:00")), "SM0"),  # clocks are not that exact
        (listed((WORDS, "08:20:00")), None),  # an earlier message with the same words
        (listed(("something else", "08:30:20")), None),
        (listed(), None),
    ],
)
def test_a_message_in_doubt_is_looked_for_by_recipient_words_and_time(answer: Answer, found: str | None) -> None:
    with HttpProvider(answer) as provider:
        channel = channel_to(provider.url)
        evidence = channel.find(SMS.to, DIGEST, SINCE)
        channel.close()
    assert (evidence.provider_ref if evidence else None) == found
    assert parse_qs(urlsplit(provider.asked[0].path).query)["To"] == [SMS.to]


def test_where_twilio_can_not_be_asked_nothing_is_concluded() -> None:
    with HttpProvider(Answer(500, {"message": "internal"})) as provider:
        channel = channel_to(provider.url)
        with pytest.raises(ConnectionError, match="can't be asked"):
            channel.find(SMS.to, DIGEST, SINCE)
        with pytest.raises(ConnectionError, match="can't be asked"):
            channel.state_of("SM1")
        channel.close()
