"""Mails as bytes: read back by the standard library's own parser."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadInput, NotAllowed
from outreach.compose.context import Stage
from outreach.compose.mail import Attachment, MailAddress, MailHeaders, build_mail, robot_headers
from outreach.compose.render import Message, render
from outreach.compose.samples import sample_letter
from outreach.compose.template_set import load_templates

HEADERS = MailHeaders(
    sender=MailAddress("ar@nordwind.example", "Nordwind Trading"),
    to=(MailAddress("keiri@tanaka.example", "株式会社田中商事　経理部"),),
    sent_at=datetime(2026, 3, 9, 9, 5, tzinfo=UTC),
    message_id="<touch-1@nordwind.example>",
    dunwell_id="0197-abc",
    reply_to=MailAddress("reply+token@nordwind.example"),
)
PLAIN = Message("Subject", "Text\n", "<p>Text</p>", "sms", "en_GB", "en-GB", Stage.FIRST)


def read(raw: bytes):
    return email.message_from_bytes(raw, policy=email.policy.default)


def letter(locale: str, currency: str = "EUR", **changes) -> Message:
    return render(load_templates(), replace(sample_letter(Stage.FIRST, locale, currency, lines=3), **changes))


@pytest.mark.parametrize("locale", ["en_GB", "es_ES", "fr_FR", "de_DE", "ja_JP"])
def test_subject_names_and_both_bodies_come_back_as_they_were(locale):
    message = letter(locale)
    mail = read(build_mail(message, HEADERS))
    assert mail["Subject"] == message.subject
    assert mail["To"].addresses[0].display_name == "株式会社田中商事　経理部"
    assert mail["To"].addresses[0].addr_spec == "keiri@tanaka.example"
    assert mail["From"].addresses[0].display_name == "Nordwind Trading"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == message.text.rstrip("\n")
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == message.html.rstrip("\n")
    assert not mail.defects
    assert not text.defects + html.defects


def test_a_robots_mail_says_so_and_in_which_language_it_is():
    mail = read(build_mail(letter("de_AT"), HEADERS))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "de-AT"
    assert mail["X-Dunwell-Message"] == "0197-abc"
    assert mail["Message-ID"] == "<touch-1@nordwind.example>"
    assert mail["Reply-To"].addresses[0].addr_spec == "reply+token@nordwind.example"
    assert mail["Date"].datetime == HEADERS.sent_at
    assert "List-Unsubscribe" not in mail


def test_threading_headers_name_the_mails_before():
    headers = replace(HEADERS, in_reply_to="<a@x.example>", references=("<a@x.example>", "<b@x.example>"))
    mail = read(build_mail(PLAIN, headers))
    assert mail["In-Reply-To"] == "<a@x.example>"
    assert mail["References"].split() == ["<a@x.example>", "<b@x.example>"]
    assert robot_headers(PLAIN, headers)["References"] == "<a@x.example> <b@x.example>"


def test_the_same_message_gives_the_same_bytes():
    assert build_mail(PLAIN, HEADERS) == build_mail(PLAIN, HEADERS)


def test_lines_are_short_ascii_and_end_in_crlf():
    raw = build_mail(letter("ja_JP", "JPY"), HEADERS)
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert max(len(line) for line in lines) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_file_with_a_japanese_name_goes_beside_the_message():
    statement = Attachment("残高明細 3月.pdf", "application/pdf", bytes(range(256)) * 5)
    mail = read(build_mail(letter("ja_JP", "JPY"), HEADERS, (statement,)))
    assert mail.get_content_type() == "multipart/mixed"
    (part,) = mail.iter_attachments()
    assert part.get_filename() == "残高明細 3月.pdf"
    assert part.get_content() == statement.data
    assert mail.get_body(("plain",)).get_content().startswith("Tanaka 2000")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=60))
def test_no_text_in_a_name_or_subject_can_add_a_header(subject, name):
    message = replace(PLAIN, subject=f"{subject}\r\nBcc: thief@evil.example")
    headers = replace(HEADERS, to=(MailAddress("a@b.example", f"{name}\nBcc: thief@evil.example"),))
    mail = read(build_mail(message, headers))
    assert "Bcc" not in mail
    assert len(mail["To"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "a@b.example"


@pytest.mark.parametrize("name", ['Müller, "Hans" <x@y>', "Smith, John", "back\\slash", "=?utf-8?q?fake?="])
def test_odd_names_come_back_as_they_were(name):
    mail = read(build_mail(PLAIN, replace(HEADERS, to=(MailAddress("a@b.example", name),))))
    assert mail["To"].addresses[0].display_name == name


def test_a_name_longer_than_a_line_comes_back_whole():
    name = "株式会社田中商事ホールディングス　東日本統括本部　経理部　支払担当課"
    raw = build_mail(PLAIN, replace(HEADERS, to=(MailAddress("a@b.example", name),)))
    header = email.message_from_bytes(raw)["To"]
    assert str(make_header(decode_header(header))).replace(" <", "<") == f"{name}<a@b.example>"


def test_several_recipients_and_a_copy_to_sales():
    headers = replace(
        HEADERS,
        to=(MailAddress("a@b.example", "Ärger, A."), MailAddress("c@d.example")),
        cc=(MailAddress("rep@nordwind.example", "Kim Berg"),),
    )
    mail = read(build_mail(PLAIN, headers))
    assert [address.addr_spec for address in mail["To"].addresses] == ["a@b.example", "c@d.example"]
    assert mail["Cc"].addresses[0].display_name == "Kim Berg"


@pytest.mark.parametrize("address", ["a@b\nBcc: c@d", "no-at-sign", "a b@c.example", "a@b.example, c@d.example", ""])
def test_an_address_that_could_break_out_is_refused(address):
    with pytest.raises(BadInput, match="mail address"):
        MailAddress(address)


def test_an_international_domain_goes_out_in_its_ascii_form():
    mail = read(build_mail(PLAIN, replace(HEADERS, to=(MailAddress("a@müller.example"),))))
    assert mail["To"].addresses[0].addr_spec == "a@xn--mller-kva.example"


@pytest.mark.parametrize("bad", ["no-brackets@x", "<a b@x>", "<a@x>\r\nBcc: y"])
def test_a_message_id_of_another_form_is_refused(bad):
    with pytest.raises(BadInput, match="message id"):
        replace(HEADERS, message_id=bad)


def test_a_time_without_zone_and_a_reference_with_a_line_end_are_refused():
    with pytest.raises(ValueError, match="aware"):
        replace(HEADERS, sent_at=datetime(2026, 3, 9))
    with pytest.raises(BadInput, match="reference"):
        replace(HEADERS, dunwell_id="x\r\nBcc: y")


def test_a_preview_of_a_final_demand_can_be_seen_but_never_built_into_a_mail():
    waiting = replace(sample_letter(Stage.FINAL, "en_GB"), approved_final=False)
    with pytest.raises(NotAllowed, match="waits for approval"):
        render(load_templates(), waiting)
    preview = render(load_templates(), waiting, preview=True)
    assert "final demand" in preview.text.lower()
    with pytest.raises(NotAllowed, match="preview"):
        build_mail(preview, HEADERS)
