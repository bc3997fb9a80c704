"""SendGrid by its own client against a local stand-in of its API."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr

import pytest

from outreach.channels.base import Outcome, Outgoing
from outreach.channels.http_answer import read_refusal
from outreach.channels.sendgrid import SendGridChannel
from outreach.compose.context import Stage
from outreach.compose.mail import Attachment, MailAddress, MailHeaders, build_mail, mail_parts
from outreach.compose.render import render
from outreach.compose.samples import sample_letter
from outreach.compose.template_set import load_templates
from tests.fakes.http_provider import Answer, HttpProvider
from tests.fakes.mail_server import free_port

MESSAGE = render(load_templates(), sample_letter(Stage.FIRST, "ja_JP", "JPY"))


LONG_NAME = "北風商事株式会社 経理部 債権管理課 御請求担当"
"""More than one encoded word of a header holds: its parts belong together without a blank between."""


def a_mail(*attachments: Attachment) -> Outgoing:
    headers = MailHeaders(
        sender=MailAddress("ar@us.example", LONG_NAME),
        to=(MailAddress("ap@customer.example", "経理部"),),
        reply_to=MailAddress("reply+abc@us.example", LONG_NAME),
        sent_at=datetime(2026, 3, 9, 1, 0, tzinfo=UTC),
        message_id="<01@us.example>",
        dunwell_id="01",
        in_reply_to="<q@customer.example>",
        references=("<q@customer.example>",),
    )
    return Outgoing(
        "01",
        "ap@customer.example",
        "ar@us.example",
        build_mail(MESSAGE, headers, attachments),
        "2026-03-09",
        "ja_JP",
        parts=mail_parts(MESSAGE, headers, attachments),
    )


def test_an_accepted_mail_says_everything_that_the_finished_one_said() -> None:
    with HttpProvider(Answer(202, headers={"X-Message-Id": "sg-1"})) as provider:
        found = SendGridChannel("key", host=provider.url, timeout=5).send(a_mail())
    assert (found.outcome, found.provider_ref) == (Outcome.ACCEPTED, "sg-1")
    (asked,) = provider.asked
    assert (asked.path, asked.headers["Authorization"]) == ("/v3/mail/send", "Bearer key")
    body = asked.json()
    assert body["subject"] == MESSAGE.subject
    assert body["from"] == {"email": "ar@us.example", "name": LONG_NAME}
    assert body["reply_to"]["email"] == "reply+abc@us.example"
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["content"][0]["value"].split() == MESSAGE.text.split()
    assert body["headers"]["Auto-Submitted"] == "auto-generated"
    assert body["headers"]["In-Reply-To"] == "<q@customer.example>"
    # The document types top-level custom_args wrongly; inside a personalization they work.
    assert "custom_args" not in body
    assert body["personalizations"][0]["custom_args"] == {"dunwell_message": "01"}


def test_copies_and_attachments_go_with_it() -> None:
    statement = Attachment("Kontoauszug März.pdf", "application/pdf", b"%PDF-1.7 x")
    with HttpProvider() as provider:
        SendGridChannel("key", host=provider.url).send(replace(a_mail(statement), copy_to=("rep@us.example",)))
    body = provider.asked[0].json()
    assert body["personalizations"][0]["cc"] == [{"email": "rep@us.example"}]
    (file,) = body["attachments"]
    assert (file["type"], b64decode(file["content"])) == ("application/pdf", b"%PDF-1.7 x")


def test_a_mail_in_parts_says_what_its_bytes_say() -> None:
    mail = a_mail(Attachment("Kontoauszug/März.pdf", "application/pdf", b"%PDF-1.7 x"))
    parts, read = mail.parts, message_from_bytes(mail.content, policy=default)
    # The library's newer reader puts blanks between encoded words of a name; its older one reads them as RFC 2047 does.
    old = message_from_bytes(mail.content)
    assert parts is not None
    assert parts.subject == read["Subject"]
    assert parts.sender_name == str(make_header(decode_header(parseaddr(old["From"])[0])))
    assert parts.to_name == read["To"].addresses[0].display_name
    assert parts.reply_to == MailAddress(read["Reply-To"].addresses[0].addr_spec, LONG_NAME)
    usual = {"From", "To", "Reply-To", "Subject", "Date", "MIME-Version", "Content-Type"}
    assert parts.headers == {name: value for name, value in read.items() if name not in usual}
    for kind, said in (("plain", parts.text), ("html", parts.html)):
        assert said.split() == read.get_body((kind,)).get_content().split()
    assert [(a.filename, a.data) for a in parts.attachments] == [
        (part.get_filename(), part.get_content()) for part in read.iter_attachments()
    ]


@pytest.mark.parametrize(
    ("status", "outcome", "down"),
    [
        (400, Outcome.REFUSED, False),
        (413, Outcome.REFUSED, False),
        (401, Outcome.TRY_AGAIN, True),
        (403, Outcome.TRY_AGAIN, True),
        (429, Outcome.TRY_AGAIN, True),
        (503, Outcome.TRY_AGAIN, True),
        (500, Outcome.UNKNOWN, True),
        (502, Outcome.UNKNOWN, True),
        (504, Outcome.UNKNOWN, True),
    ],
)
def test_what_each_status_means(status: int, outcome: Outcome, down: bool) -> None:
    with HttpProvider(Answer(status, {"errors": [{"message": "told why"}]})) as provider:
        found = SendGridChannel("key", host=provider.url).send(a_mail())
    assert (found.outcome, found.channel_down) == (outcome, down)
    assert "told why" in (found.error or "")


def test_a_limit_says_how_long_to_wait() -> None:
    with HttpProvider(Answer(429, headers={"Retry-After": "7"})) as provider:
        assert SendGridChannel("key", host=provider.url).send(a_mail()).retry_after_seconds == 7


def test_an_answer_that_never_comes_is_unknown() -> None:
    with HttpProvider(Answer(202, delay=1.0)) as provider:
        assert SendGridChannel("key", host=provider.url, timeout=0.2).send(a_mail()).outcome is Outcome.UNKNOWN
    with HttpProvider(Answer(hang_up=True)) as provider:
        assert SendGridChannel("key", host=provider.url, timeout=5).send(a_mail()).outcome is Outcome.UNKNOWN


def test_a_provider_that_is_not_there_is_tried_again() -> None:
    found = SendGridChannel("key", host=f"http://127.0.0.1:{free_port()}", timeout=2).send(a_mail())
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)


@pytest.mark.parametrize(("status", "well"), [(400, True), (401, False), (403, False)])
def test_the_check_tells_a_right_key_from_a_wrong_one(status: int, well: bool) -> None:
    with HttpProvider(Answer(status, {"errors": []})) as provider:
        assert (SendGridChannel("key", host=provider.url).check() is None) == well


DATED = {"Date": "Mon, 09 Mar 2026 08:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "X-RateLimit-Reset": "1773043290"}, 7),
        ({**DATED, "Retry-After": "Mon, 09 Mar 2026 08:01:30 GMT"}, 90),
        ({**DATED, "X-RateLimit-Reset": "1773043245"}, 45),
        ({**DATED, "X-RateLimit-Reset": "1773043100"}, 0),
        ({**DATED, "Retry-After": "soon"}, None),
        ({"X-RateLimit-Reset": "99999999999999999999"}, None),
        ({}, None),
    ],
)
def test_how_long_a_provider_wants_to_be_left_alone(headers: dict[str, str], seconds: int | None) -> None:
    # A date is read against the answer's own, whatever our clocks say.
    assert read_refusal(429, "slow down", headers).retry_after_seconds == seconds


def test_a_sender_that_is_not_verified_stops_its_own_mail_only() -> None:
    told = {"errors": [{"message": "The from address does not match a verified Sender Identity", "field": "from"}]}
    with HttpProvider(Answer(403, told)) as provider:
        found = SendGridChannel("key", host=provider.url).send(a_mail())
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, False)


def test_an_address_of_the_api_that_has_moved_is_the_set_ups_trouble() -> None:
    with HttpProvider(Answer(301, headers={"Location": "https://elsewhere.example/"})) as provider:
        found = SendGridChannel("key", host=provider.url).send(a_mail())
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
    assert len(provider.asked) == 1


def test_nobody_is_named_twice() -> None:
    with HttpProvider() as provider:
        SendGridChannel("key", host=provider.url).send(replace(a_mail(), copy_to=("AP@customer.example",)))
    assert "cc" not in provider.asked[0].json()["personalizations"][0]


@pytest.mark.parametrize("tracking", [False, True])
def test_opens_and_clicks_are_counted_only_where_that_is_switched_on(tracking: bool) -> None:
    with HttpProvider() as provider:
        SendGridChannel("key", host=provider.url, tracking=tracking).send(a_mail())
    told = provider.asked[0].json()["tracking_settings"]
    assert (told["open_tracking"]["enable"], told["click_tracking"]["enable"]) == (tracking, tracking)
