"""SMTP against a real server: what can be known at each moment decides what becomes of a mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from outreach.channels.base import Outcome, Outgoing
from outreach.channels.smtp import SmtpChannel, SmtpServer
from outreach.compose.context import Stage
from outreach.compose.mail import MailAddress, MailHeaders, build_mail
from outreach.compose.render import render
from outreach.compose.samples import sample_letter
from outreach.compose.template_set import load_templates
from tests.fakes.mail_server import Behaviour, MailServer, free_port

MAIL = Outgoing(
    public_id="01",
    to="ap@customer.example",
    sender="ar@us.example",
    content=b"From: ar@us.example\r\nSubject: Reminder\r\n\r\nHello\r\n.dot\r\n..\r\nEnd\r\n",
    day="2026-03-09",
    locale="en",
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        yield made


@pytest.fixture
def channel(server: MailServer) -> Iterator[SmtpChannel]:
    made = SmtpChannel(SmtpServer(server.host, server.port, timeout=5))
    yield made
    made.close()


def test_a_mail_arrives_as_it_was_written_dots_and_all(server: MailServer, channel: SmtpChannel) -> None:
    found = channel.send(MAIL)
    assert (found.outcome, found.provider_ref) == (Outcome.ACCEPTED, "250 2.0.0 taken")
    (taken,) = server.taken
    assert (taken.mail_from, taken.rcpt_tos, taken.content) == (MAIL.sender, [MAIL.to], MAIL.content)


def test_a_japanese_mail_arrives_intact(server: MailServer, channel: SmtpChannel) -> None:
    message = render(load_templates(), sample_letter(Stage.FIRST, "ja_JP", "JPY"))
    headers = MailHeaders(
        sender=MailAddress("ar@us.example", "北風商事株式会社"),
        to=(MailAddress(MAIL.to, "株式会社青葉製作所 経理部"),),
        sent_at=datetime(2026, 3, 9, 1, 0, tzinfo=UTC),
        message_id="<01@us.example>",
        dunwell_id="01",
    )
    assert channel.send(replace(MAIL, content=build_mail(message, headers))).outcome is Outcome.ACCEPTED
    mail = message_from_bytes(server.taken[0].content, policy=policy.default)
    assert str(mail["Subject"]) == message.subject
    assert "北風商事株式会社" in str(mail["From"])
    for kind, words in (("plain", message.text), ("html", message.html)):
        assert mail.get_body((kind,)).get_content().split() == words.split()


@pytest.mark.parametrize(
    ("answer", "outcome"), [("550 no such mailbox", Outcome.REFUSED), ("451 greylisted", Outcome.TRY_AGAIN)]
)
def test_a_recipient_that_the_server_does_not_take(
    server: MailServer, channel: SmtpChannel, answer: str, outcome: Outcome
) -> None:
    server.behaviour = Behaviour(rcpt=lambda _: answer)
    found = channel.send(MAIL)
    assert found.outcome is outcome
    assert answer in (found.error or "")
    assert MAIL.to in (found.error or "")


@pytest.mark.parametrize(("answer", "outcome"), [("554 spam", Outcome.REFUSED), ("452 full", Outcome.TRY_AGAIN)])
def test_a_message_that_the_server_does_not_take(
    server: MailServer, channel: SmtpChannel, answer: str, outcome: Outcome
) -> None:
    server.behaviour = Behaviour(data=answer)
    assert channel.send(MAIL).outcome is outcome
    assert server.taken == []


def test_a_connection_lost_after_the_message_was_handed_over_is_unknown(
    server: MailServer, channel: SmtpChannel
) -> None:
    server.behaviour = Behaviour(drop_after_data=True)
    found = channel.send(MAIL)
    assert found.outcome is Outcome.UNKNOWN
    assert len(server.taken) == 1  # the server has it: trying again would have doubled it


def test_a_connection_lost_before_the_message_was_handed_over_is_tried_again(
    server: MailServer, channel: SmtpChannel
) -> None:
    server.behaviour = Behaviour(drop_at_rcpt=True)
    assert channel.send(MAIL).outcome is Outcome.TRY_AGAIN
    server.behaviour = Behaviour()
    assert channel.send(MAIL).outcome is Outcome.ACCEPTED


def test_a_server_that_is_not_there_is_tried_again_and_the_channel_is_down() -> None:
    channel = SmtpChannel(SmtpServer("127.0.0.1", free_port(), timeout=2))
    found = channel.send(MAIL)
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
    assert "DUNWELL_SMTP" in (channel.check() or "")


def test_when_a_copy_is_refused_nobody_gets_half_a_delivery(server: MailServer, channel: SmtpChannel) -> None:
    server.behaviour = Behaviour(rcpt=lambda address: "550 no" if address.startswith("rep@") else None)
    found = channel.send(replace(MAIL, copy_to=("rep@us.example",)))
    assert found.outcome is Outcome.REFUSED
    assert "rep@us.example" in (found.error or "")
    assert server.taken == []


def test_many_mails_go_over_one_connection(server: MailServer, channel: SmtpChannel) -> None:
    for number in range(5):
        assert channel.send(replace(MAIL, public_id=str(number))).outcome is Outcome.ACCEPTED
    assert (len(server.taken), server.connections) == (5, 1)


def test_after_a_refusal_the_connection_goes_on(server: MailServer, channel: SmtpChannel) -> None:
    server.behaviour = Behaviour(rcpt=lambda address: "550 no" if address.startswith("bad") else None)
    assert channel.send(replace(MAIL, to="bad@customer.example")).outcome is Outcome.REFUSED
    assert channel.send(MAIL).outcome is Outcome.ACCEPTED
    assert server.connections == 1
    assert [envelope.rcpt_tos for envelope in server.taken] == [[MAIL.to]]


def test_an_address_with_a_line_break_can_not_smuggle_a_command(server: MailServer, channel: SmtpChannel) -> None:
    evil = replace(MAIL, to="ap@customer.example>\r\nRCPT TO:<other@evil.example")
    assert channel.send(evil).outcome is Outcome.REFUSED
    assert server.taken == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_the_server_is_logged_in_to_and_a_wrong_password_is_the_set_ups_trouble() -> None:
    with MailServer(auth=("dunwell", "right")) as server:
        good = SmtpChannel(SmtpServer(server.host, server.port, user="dunwell", password="right", timeout=5))
        assert good.send(MAIL).outcome is Outcome.ACCEPTED
        assert good.check() is None
        good.close()
        bad = SmtpChannel(SmtpServer(server.host, server.port, user="dunwell", password="wrong", timeout=5))
        found = bad.send(MAIL)
        assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
        assert "535" in (found.error or "")


def test_a_server_that_stopped_listening_between_two_mails_loses_none() -> None:
    with MailServer() as first:
        channel = SmtpChannel(SmtpServer(first.host, first.port, timeout=5))
        assert channel.send(MAIL).outcome is Outcome.ACCEPTED
    assert channel.send(MAIL).outcome is Outcome.TRY_AGAIN
    channel.close()
