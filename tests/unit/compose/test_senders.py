"""Whom mails are from, where their answers go, and how one asks for no more of them: settings → addresses."""

import email
import email.policy
from dataclasses import replace

import pytest

from domain.errors import BadInput
from outreach.compose.mail import MailAddress, build_mail
from outreach.compose.samples import SAMPLE_CREDITOR
from outreach.compose.senders import Senders, read_mail_domains, read_mail_senders
from tests.unit.compose.test_mail import HEADERS, PLAIN

SENDERS = Senders(
    domain="reply.us.example",
    mail=read_mail_senders(
        "DE01/de:Mahnwesen <mahnung@nordwind.example>, DE01/*:ar@nordwind.example,*/ja:keiri@us.example"
    ),
    domains=read_mail_domains("DE01:antwort.nordwind.example"),
    unsubscribe=True,
)


@pytest.mark.parametrize(
    ("entity", "locale", "sender"),
    [
        ("DE01", "de_AT", "mahnung@nordwind.example"),
        ("DE01", "fr_FR", "ar@nordwind.example"),
        ("DE01", "ja_JP", "ar@nordwind.example"),
        ("MAIN", "ja_JP", "keiri@us.example"),
        ("MAIN", "en_GB", SAMPLE_CREDITOR.sender_email),
    ],
)
def test_the_creditor_and_the_language_choose_the_sender(entity: str, locale: str, sender: str) -> None:
    assert SENDERS.written_by(SAMPLE_CREDITOR, entity, locale).sender_email == sender


def test_a_senders_name_is_shown_where_it_has_one() -> None:
    assert SENDERS.written_by(SAMPLE_CREDITOR, "DE01", "de_DE").sender_name == "Mahnwesen"
    assert SENDERS.written_by(SAMPLE_CREDITOR, "DE01", "fr_FR").sender_name == SAMPLE_CREDITOR.sender_name


def test_answers_go_to_the_entitys_own_domain_with_the_messages_token() -> None:
    assert SENDERS.reply_address("DE01", "tok12345") == "reply+tok12345@antwort.nordwind.example"
    assert SENDERS.reply_address("MAIN", "tok12345") == "reply+tok12345@reply.us.example"


def test_a_mail_says_how_to_ask_for_no_more_only_where_that_is_switched_on() -> None:
    assert replace(SENDERS, unsubscribe=False).unsubscribe_link("MAIN", "tok12345") is None
    link = SENDERS.unsubscribe_link("MAIN", "tok12345")
    mail = email.message_from_bytes(build_mail(PLAIN, replace(HEADERS, unsubscribe=link)), policy=email.policy.default)
    assert mail["List-Unsubscribe"] == "<mailto:reply%2Btok12345@reply.us.example?subject=STOP&body=STOP>"
    # One click is for advertising: a wrong one would end reminders (docs/operating.md).
    assert "List-Unsubscribe-Post" not in mail


def test_an_answer_says_that_it_is_one() -> None:
    mail = email.message_from_bytes(build_mail(PLAIN, replace(HEADERS, answers=True)), policy=email.policy.default)
    assert mail["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize("link", ["https://us.example/x", "mailto:a@b\r\nBcc: c@d", "mailto:a@b>"])
def test_a_link_of_another_form_is_refused(link: str) -> None:
    with pytest.raises(BadInput, match="mailto"):
        replace(HEADERS, unsubscribe=link)


@pytest.mark.parametrize("text", ["DE01:ar@us.example", "DE01/de", "DE01/de:nobody", "DE01/xx1:a@b.example"])
def test_a_list_of_senders_that_can_not_be_read_says_which_part(text: str) -> None:
    with pytest.raises(BadInput, match=r"write ENTITY/LANGUAGE:ADDRESS|mail address"):
        read_mail_senders(text)
    with pytest.raises(BadInput, match="two senders"):
        read_mail_senders("*/de:a@us.example,*/de:b@us.example")


@pytest.mark.parametrize("text", ["DE01", "DE01:", "DE01:no domain", "DE01:a.example,DE01:b.example", ":a.example"])
def test_a_list_of_domains_that_can_not_be_read_says_which_part(text: str) -> None:
    with pytest.raises(BadInput, match=r"write ENTITY:DOMAIN"):
        read_mail_domains(text)


def test_a_senders_own_address_is_one() -> None:
    assert read_mail_senders("*/de:Kim <kim@us.example>") == {"*/de": MailAddress("kim@us.example", "Kim")}
