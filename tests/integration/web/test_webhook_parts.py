"""What webhooks are made of: signatures by the vendors' own rules, mails put together again, bodies within a limit."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.policy import default

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sendgrid.helpers.eventwebhook import EventWebhook
from twilio.request_validator import RequestValidator

from web.inbound_mail import Attached, mail_bytes
from web.signatures import basic_password, same_secret, sendgrid_signed, twilio_signed

URL = "https://ar.example.com/webhooks/twilio/sms"
FORM = {"MessageSid": "SM1", "From": "+447700900111", "Body": "STOP"}


def test_a_form_signed_by_twilios_own_rule_is_taken_and_a_changed_one_is_not() -> None:
    signature = RequestValidator("token").compute_signature(URL, FORM)
    assert twilio_signed("token", URL, FORM, signature)
    assert not twilio_signed("token", URL, {**FORM, "Body": "START"}, signature)
    assert not twilio_signed("other", URL, FORM, signature)
    assert not twilio_signed("token", URL + "x", FORM, signature)


def test_twilios_newer_algorithm_is_taken_where_its_header_says_so() -> None:
    signature = RequestValidator("token").compute_signature(URL, FORM, "HMAC_SHA256")
    assert twilio_signed("token", URL, FORM, signature, "key=webhooks_1,algorithm=HMAC_SHA256")
    assert not twilio_signed("token", URL, FORM, signature)


def _key() -> tuple[ec.EllipticCurvePrivateKey, str]:
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, base64.b64encode(public).decode()


def test_a_body_signed_as_sendgrid_signs_is_taken_and_its_own_helper_agrees() -> None:
    private, public = _key()
    body, timestamp = "grüße".encode(), "1773043200"
    signature = base64.b64encode(private.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    assert EventWebhook(public).verify_signature(body.decode(), signature, timestamp)
    assert sendgrid_signed(public, body, signature, timestamp)
    assert not sendgrid_signed(public, body + b"x", signature, timestamp)
    assert not sendgrid_signed(public, body, signature, "1773043201")
    assert not sendgrid_signed(_key()[1], body, signature, timestamp)
    assert not sendgrid_signed(public, body, "not base64!", timestamp)


def test_a_body_that_is_not_utf8_can_be_signed_too() -> None:
    private, public = _key()
    signature = base64.b64encode(private.sign(b"1" + b"\xe9\xff", ec.ECDSA(hashes.SHA256()))).decode()
    assert sendgrid_signed(public, b"\xe9\xff", signature, "1")


@pytest.mark.parametrize(
    ("header", "password"),
    [
        ("Basic " + base64.b64encode(b"x:secret").decode(), "secret"),
        ("basic " + base64.b64encode(b"x:a:b").decode(), "a:b"),
        ("Bearer secret", ""),
        ("Basic ???", ""),
        ("", ""),
    ],
)
def test_the_password_of_basic_authentication(header: str, password: str) -> None:
    assert basic_password(header) == password


def test_an_empty_secret_opens_nothing() -> None:
    assert not same_secret("", "")
    assert same_secret("sécret", "sécret")


def test_a_raw_mail_goes_through_byte_by_byte() -> None:
    raw = b"From: a@customer.example\r\nSubject: x\r\n\r\n\xe9\xff\x00body\r\n"
    assert mail_bytes({"email": raw, "text": b"ignored"}, []) == raw


def _parsed(fields: dict[str, bytes], files: list[Attached] | None = None):
    return message_from_bytes(mail_bytes(fields, files or []), policy=default)


def test_a_mail_taken_apart_is_put_together_with_its_own_headers() -> None:
    headers = (
        b"Received: by mx\n from there\nFrom: =?utf-8?b?5L2Q6Jek?= <keiri@hokuto.example>\nTo: reply+abc@ar.example\n"
        b"Message-ID: <1@hokuto.example>\nIn-Reply-To: <2@ar.example>\nContent-Type: text/plain; charset=iso-2022-jp\n"
        b"Auto-Submitted: no\nSubject: Re: x\n"
    )
    mail = _parsed({"headers": headers, "text": "今月末に支払います".encode(), "html": "<p>今月末</p>".encode()})
    assert mail["From"].addresses[0].display_name == "佐藤"
    assert mail["To"] == "reply+abc@ar.example"
    assert mail["In-Reply-To"] == "<2@ar.example>"
    assert mail["Received"] == "by mx from there"
    assert mail.get_body(("plain",)).get_content().strip() == "今月末に支払います"
    assert mail.get_body(("html",)).get_content().strip() == "<p>今月末</p>"


def test_a_field_is_read_in_the_character_set_that_the_form_declares() -> None:
    charsets = json.dumps({"text": "iso-2022-jp", "subject": "shift_jis"}).encode()
    mail = _parsed(
        {
            "from": b"a@b.example", "charsets": charsets, "text": "支払済".encode("iso-2022-jp"),
            "subject": "件名".encode("shift_jis"),
        }
    )  # fmt: skip
    assert mail["Subject"] == "件名"
    assert mail.get_content().strip() == "支払済"


@pytest.mark.parametrize("charsets", [b"", b"not json", b"[]", b'{"text": "klingon"}', b'{"text": "ascii"}'])
def test_a_wrong_declaration_loses_no_mail(charsets: bytes) -> None:
    assert _parsed({"text": "payé".encode(), "charsets": charsets}).get_content().startswith("pay")


def test_attachments_come_along() -> None:
    mail = _parsed({"text": b"see attached"}, [Attached("avis de virement.pdf", "application/pdf", b"%PDF-1.7")])
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "avis de virement.pdf"
    assert attached.get_content() == b"%PDF-1.7"


def test_a_subject_cannot_bring_headers_of_its_own() -> None:
    mail = _parsed({"from": b"a@b.example", "subject": b"x\r\nBcc: victim@c.example", "text": b""})
    assert mail["Bcc"] is None
