"""What we ask providers for is what their own API descriptions allow: every message, by their own clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import pytest

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.sendgrid import SendGridChannel
from outreach.channels.twilio import TwilioChannel
from outreach.compose.mail import Attachment, MailAddress, MailHeaders, build_mail, mail_parts
from outreach.compose.render import Message, render
from outreach.compose.samples import sample_letters
from outreach.compose.sms import check_sms
from outreach.compose.template_set import load_templates

LOCALES = ["en_GB", "en_US", "es_ES", "es_MX", "fr_FR", "fr_CA", "de_DE", "de_AT", "de_CH", "ja_JP"]
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
ACCOUNT = "AC" + "0123456789abcdef" * 2
SERVICE = "MG" + "0123456789abcdef" * 2
FILES = (
    Attachment("Kontoauszug März.pdf", "application/pdf", b"%PDF-1.7 x"),
    Attachment("残高明細.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK x"),
)


@lru_cache
def messages_in(locale: str) -> list[Message]:
    """One of each words that a message in this locale may have: every kind, tone and shape."""
    templates = load_templates()
    found = {message.text: message for message in (render(templates, letter) for letter in sample_letters(locale))}
    return list(found.values())


def a_mail(number: int, message: Message) -> Outgoing:
    """As it leaves: some in a thread, some with copies, files, or a way to ask for no more."""
    replies = MailAddress(f"reply+tok{number}@reply.us.example", "北風商事株式会社")
    headers = MailHeaders(
        sender=MailAddress("ar@us.example", "Müller & Söhne, Ltd."),
        to=(MailAddress("ap@customer.example", "経理部 御中"),),
        cc=(MailAddress("rep@us.example"),) if number % 3 == 0 else (),
        reply_to=replies,
        sent_at=NOON,
        message_id=f"<{number}@us.example>",
        dunwell_id=f"0197-{number}",
        in_reply_to="<q@customer.example>" if number % 2 else None,
        references=("<a@us.example>", "<q@customer.example>") if number % 2 else (),
        answers=number % 4 == 1,
        unsubscribe=f"mailto:{replies.email}?subject=STOP" if number % 5 == 0 else None,
    )
    files = FILES[: number % 3]
    return Outgoing(
        f"0197-{number}",
        "ap@customer.example",
        "ar@us.example",
        build_mail(message, headers, files),
        "2026-03-09",
        message.locale,
        tuple(address.email for address in headers.cc),
        parts=mail_parts(message, headers, files),
    )


def an_sms(number: int, message: Message) -> Outgoing:
    parts = check_sms(message.sms).segments
    to = ("+4915112345678", "+12025550123")[number % 2]
    text = message.sms.encode()
    return Outgoing(
        f"0197-{number}", to, "+15005550006", text, "2026-03-09", message.locale, segments=parts, entity="MAIN"
    )


def all_sent(send: Callable[[Outgoing], Delivery], outgoing: Sequence[Outgoing]) -> list[Delivery]:
    with ThreadPoolExecutor(4) as wires:
        return list(wires.map(send, outgoing))


def refused(deliveries: Sequence[Delivery]) -> list[str]:
    return [f"{one.outcome}: {one.error}" for one in deliveries if one.outcome is not Outcome.ACCEPTED]


@pytest.fixture
def sendgrid(sendgrid_url: str) -> Iterator[SendGridChannel]:
    channel = SendGridChannel("SG.key", host=sendgrid_url, timeout=20)
    yield channel
    channel.close()


@pytest.fixture
def twilio(twilio_url: str) -> Iterator[TwilioChannel]:
    channel = TwilioChannel(
        ACCOUNT,
        "token",
        senders={"US": "+15005550006", "*": SERVICE},
        public_url="https://dunwell.us.example",
        base_url=twilio_url,
        timeout=20,
    )
    yield channel
    channel.close()


@pytest.mark.parametrize("locale", LOCALES)
def test_sendgrid_finds_nothing_wrong_with_any_mail(sendgrid: SendGridChannel, locale: str) -> None:
    mails = [a_mail(number, message) for number, message in enumerate(messages_in(locale))]
    assert len(mails) > 50
    assert refused(all_sent(sendgrid.send, mails)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_twilio_finds_nothing_wrong_with_any_sms(twilio: TwilioChannel, locale: str) -> None:
    texts = {message.sms: message for message in messages_in(locale)}
    messages = [an_sms(number, message) for number, message in enumerate(texts.values())]
    assert len(messages) > 20
    assert any(sms.segments and sms.segments > 1 for sms in messages)
    taken = all_sent(twilio.send, messages)
    assert refused(taken) == []
    assert all(one.provider_ref and one.provider_ref[:2] in ("SM", "MM") for one in taken)


def test_the_stand_in_would_find_something_wrong(sendgrid: SendGridChannel, twilio_url: str) -> None:
    # Otherwise the tests above could not fail.
    message = messages_in("en_GB")[0]
    mail, sms = a_mail(0, message), an_sms(0, message)
    assert sendgrid.send(replace(mail, to="nobody")).outcome is Outcome.REFUSED
    elsewhere = TwilioChannel("not an account", "token", base_url=twilio_url)
    assert elsewhere.send(sms).outcome is not Outcome.ACCEPTED
    elsewhere.close()


@pytest.mark.parametrize(
    ("status", "outcome", "down"),
    [
        (400, Outcome.REFUSED, False),
        (401, Outcome.TRY_AGAIN, True),
        (403, Outcome.TRY_AGAIN, True),
        (404, Outcome.TRY_AGAIN, True),
        (405, Outcome.TRY_AGAIN, True),
        (413, Outcome.REFUSED, False),
        (500, Outcome.UNKNOWN, True),
    ],
)
def test_each_answer_that_sendgrid_documents_is_read(
    sendgrid_url: str, preferring: Callable[[str, str], str], status: int, outcome: Outcome, down: bool
) -> None:
    channel = SendGridChannel("SG.key", host=preferring(sendgrid_url, f"code={status}"), timeout=20)
    found = channel.send(a_mail(0, messages_in("en_GB")[0]))
    channel.close()
    assert (found.outcome, found.channel_down) == (outcome, down)
    assert (found.error or "").startswith(str(status))


def test_sendgrids_check_of_the_set_up_is_an_allowed_request_to_refuse(sendgrid: SendGridChannel) -> None:
    assert sendgrid.check() is None


def test_twilio_can_be_asked_what_became_of_a_message(twilio: TwilioChannel) -> None:
    assert twilio.state_of("SM" + "0123456789abcdef" * 2).status


def test_twilio_can_be_asked_for_a_message_in_doubt(twilio_url: str, preferring: Callable[[str, str], str]) -> None:
    # The list's fixed example breaks the list's own description; one made up by it doesn't.
    channel = TwilioChannel(ACCOUNT, "token", base_url=preferring(twilio_url, "dynamic=true"), timeout=20)
    assert channel.find("+4915112345678", "0" * 64, NOON) is None
    channel.close()
