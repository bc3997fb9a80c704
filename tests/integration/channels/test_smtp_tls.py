"""SMTP as companies run it: encrypted, with a login, and with reports of what became of each mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outreach.channels.base import Outcome, Outgoing
from outreach.channels.smtp import SmtpChannel, SmtpServer
from tests.fakes.certificates import Certificate, expired, make_certificate, trust
from tests.fakes.mail_server import Behaviour, MailServer

MAIL = Outgoing(
    "0197-abc", "ap@customer.example", "ar@us.example", b"Subject: Reminder\r\n\r\nHello\r\n", "2026-03-09", "en"
)
BOTH_TLS = pytest.mark.parametrize("tls", ["tls", "starttls"])


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    made = make_certificate(tmp_path / "house")
    trust(monkeypatch, made)
    return made


@contextmanager
def channel_to(server: MailServer, **options: Any) -> Iterator[SmtpChannel]:
    made = SmtpChannel(SmtpServer(server.host, server.port, server.tls, timeout=5, **options))
    yield made
    made.close()


@BOTH_TLS
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_mails_go_encrypted_with_a_login_over_one_connection(house: Certificate, tls: str) -> None:
    with (
        MailServer(tls=tls, context=house.server, auth=("dunwell", "right")) as server,
        channel_to(server, user="dunwell", password="right") as channel,
    ):
        assert channel.check() is None
        before = server.connections
        assert [channel.send(MAIL).outcome for _ in range(3)] == [Outcome.ACCEPTED] * 3
    assert server.encrypted == [True] * 3
    # STARTTLS says EHLO twice: before and after.
    assert server.connections - before == (2 if tls == "starttls" else 1)


@BOTH_TLS
@pytest.mark.parametrize("why", ["nobody vouches", "another host", "its time is over"])
def test_a_wrong_certificate_is_refused_before_anything_is_said(
    house: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str, why: str
) -> None:
    if why == "nobody vouches":
        shown = make_certificate(tmp_path / "stranger")
    else:
        shown = (
            make_certificate(tmp_path / "other", host="mail.other.example")
            if why == "another host"
            else expired(tmp_path / "late")
        )
        trust(monkeypatch, shown)
    with MailServer(tls=tls, context=shown.server) as server, channel_to(server) as channel:
        found = channel.send(MAIL)
        assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
        assert "certificate" in (found.error or "")
        assert "DUNWELL_SMTP" in (channel.check() or "")
        assert server.taken == []


def test_a_server_without_starttls_gets_no_password_in_the_clear() -> None:
    with MailServer() as server:
        channel = SmtpChannel(SmtpServer(server.host, server.port, "starttls", "me", "secret", timeout=5))
        found = channel.send(MAIL)
        channel.close()
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
    assert "STARTTLS" in (found.error or "")
    assert "secret" not in (found.error or "")


def test_where_reports_are_offered_they_are_asked_for_by_the_messages_id() -> None:
    mail = replace(MAIL, to="ap+invoices@customer.example", copy_to=("rep@us.example",))
    with MailServer(dsn=True) as server, channel_to(server) as channel:
        assert channel.send(mail).outcome is Outcome.ACCEPTED
    assert server.parameters == [
        "RET=HDRS ENVID=0197-abc",
        "NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;ap+2Binvoices@customer.example",
        "ORCPT=rfc822;rep@us.example",
    ]


def test_where_none_are_offered_none_are_asked_for() -> None:
    # This server answers 555 to parameters that it doesn't know.
    with MailServer() as server, channel_to(server) as channel:
        assert channel.send(MAIL).outcome is Outcome.ACCEPTED
    assert server.parameters == []


def test_delivery_reports_may_go_to_a_mailbox_of_their_own() -> None:
    with MailServer() as server, channel_to(server, bounces_to="bounces@us.example") as channel:
        assert channel.send(MAIL).outcome is Outcome.ACCEPTED
    assert [envelope.mail_from for envelope in server.taken] == ["bounces@us.example"]


def test_a_server_that_is_done_with_a_connection_gets_the_mail_over_another() -> None:
    with MailServer() as server, channel_to(server) as channel:
        assert channel.send(MAIL).outcome is Outcome.ACCEPTED
        server.behaviour = Behaviour(mail="421 too many mails over one connection")
        assert channel.send(MAIL).outcome is Outcome.ACCEPTED
    assert (len(server.taken), server.connections) == (2, 2)


def test_a_server_that_wants_no_mail_now_is_left_alone_for_a_while() -> None:
    with MailServer(behaviour=Behaviour(mail="421 closing for the night")) as server, channel_to(server) as channel:
        found = channel.send(MAIL)
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
    assert "closing for the night" in (found.error or "")
