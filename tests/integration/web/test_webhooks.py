"""Webhooks verify first, store once, answer; whoever can't prove who they are is refused and nothing of it is kept."""

from __future__ import annotations

import asyncio
import base64
import json
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from storage.tables import inbound_event, pause
from tests.fakes.ledgers import messages
from web.app import create_app
from web.webhooks import MAIL_LIMIT, WebhookKeys

PUBLIC = "https://ar.example.com"
SMS = "/webhooks/twilio/sms"
INBOUND = "/webhooks/sendgrid/inbound"
PRIVATE_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(
    PRIVATE_KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
KEYS = WebhookKeys(
    public_url=PUBLIC,
    twilio_token="twilio-token",
    sendgrid_inbound_secret="parse-secret",
    sendgrid_public_key=PUBLIC_KEY,
)
FORM = {"MessageSid": "SM0001", "From": "+447700900111", "To": "+447700900999", "Body": "We will pay on Friday"}
PROVIDER = {"host": "ar.example.com", "x-forwarded-for": "54.172.60.1"}
"""Providers come through the proxy, where the desk is closed."""


@pytest.fixture
def hooks(sent_day, open_desk):
    return open_desk(sent_day, KEYS)


def _stored(services) -> list:
    with services.database.read() as connection:
        return list(connection.execute(select(inbound_event).order_by(inbound_event.c.id)))


def _post_sms(hooks, form=FORM, *, token="twilio-token", address=PUBLIC + SMS, **headers):
    signature = RequestValidator(token).compute_signature(address, form)
    return hooks.post(SMS, data=form, headers={**PROVIDER, "X-Twilio-Signature": signature, **headers})


def _mail(services) -> bytes:
    sent = messages(services.database)[0]
    return (
        f"From: ap1@customer.example\r\nTo: reply+{sent.reply_token}@dunwell.example\r\n"
        "Message-ID: <a1@customer.example>\r\nSubject: Re: reminder\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nWe will pay on 16 March 2026.\r\n"
    ).encode()


def _basic(secret: str) -> dict[str, str]:
    return {**PROVIDER, "authorization": "Basic " + base64.b64encode(f"x:{secret}".encode()).decode()}


def test_a_text_message_that_twilio_signed_is_stored_and_answered_with_nothing_to_say(sent_day, hooks) -> None:
    answer = _post_sms(hooks)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response></Response>")
    (event,) = _stored(sent_day)
    assert (event.provider, event.event_id, event.kind, event.status) == ("twilio", "SM0001", "sms", "new")
    assert json.loads(event.raw) == FORM


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"token": "another"}, "another account's token"),
        ({"address": "https://elsewhere.example" + SMS}, "signed for another address"),
        ({"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "a made-up signature"),
        ({"X-Twilio-Signature": ""}, "no signature"),
    ],
)
def test_a_text_message_with_a_wrong_signature_is_refused(sent_day, hooks, change, why) -> None:
    assert _post_sms(hooks, **change).status_code == 403, why
    assert _stored(sent_day) == []


def test_a_text_message_changed_on_the_way_is_refused(sent_day, hooks) -> None:
    signature = RequestValidator("twilio-token").compute_signature(PUBLIC + SMS, FORM)
    changed = {**FORM, "Body": "STOP"}
    assert hooks.post(SMS, data=changed, headers={"X-Twilio-Signature": signature}).status_code == 403
    assert _stored(sent_day) == []


def test_the_query_is_part_of_what_twilio_signs(sent_day, hooks) -> None:
    signature = RequestValidator("twilio-token").compute_signature(PUBLIC + SMS + "?line=1", FORM)
    headers = {"X-Twilio-Signature": signature}
    assert hooks.post(SMS + "?line=1", data=FORM, headers=headers).status_code == 200
    assert hooks.post(SMS + "?line=2", data=FORM, headers=headers).status_code == 403


def test_the_same_text_message_five_times_is_stored_once(sent_day, hooks) -> None:
    assert {_post_sms(hooks).status_code for _ in range(5)} == {200}
    assert len(_stored(sent_day)) == 1


def test_a_raw_mail_with_the_secret_is_stored_as_it_is_and_its_account_falls_silent(sent_day, hooks) -> None:
    mail = _mail(sent_day)
    answer = _post_mail(hooks, {"email": mail}, _basic("parse-secret"))
    assert (answer.status_code, answer.text) == (202, "")
    (event,) = _stored(sent_day)
    assert (event.provider, event.kind, event.raw) == ("sendgrid", "email", mail)
    with sent_day.database.read() as connection:
        assert [row.customer_id for row in connection.execute(select(pause))] == [1]


def _post_mail(hooks, fields: dict[str, bytes], headers: dict[str, str], attached: tuple[str, bytes] | None = None):
    body, kind = _form(fields, attached)
    return hooks.post(INBOUND, content=body, headers={**headers, "content-type": kind})


def _form(fields: dict[str, bytes], attached: tuple[str, bytes] | None = None) -> tuple[bytes, str]:
    """A multipart body as SendGrid makes it: fields as raw bytes, whatever their character set."""
    parts = [
        b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    ]
    if attached:
        parts.append(
            b'--xYzZY\r\nContent-Disposition: form-data; name="attachment1"; filename="%s"\r\n'
            b"Content-Type: application/pdf\r\n\r\n%s\r\n" % (attached[0].encode(), attached[1])
        )
    return b"".join(parts) + b"--xYzZY--\r\n", "multipart/form-data; boundary=xYzZY"


def test_a_mail_taken_apart_is_stored_with_its_attachment(sent_day, hooks) -> None:
    fields = {
        "headers": b"From: ap1@customer.example\nSubject: Re: x\nMessage-ID: <1@customer.example>\n",
        "text": "支払済".encode("shift_jis"),
        "charsets": b'{"text":"shift_jis"}',
        "envelope": b'{"from":"ap1@customer.example"}',
    }
    assert _post_mail(hooks, fields, _basic("parse-secret"), ("avis.pdf", b"%PDF")).status_code == 202
    (event,) = _stored(sent_day)
    mail = message_from_bytes(event.raw, policy=default)
    assert mail["Message-ID"] == "<1@customer.example>"
    assert mail.get_body().get_content().strip() == "支払済"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["avis.pdf"]
    assert event.meta == {"envelope": '{"from":"ap1@customer.example"}', "charsets": '{"text":"shift_jis"}'}


@pytest.mark.parametrize("raw", [True, False])
def test_the_same_mail_five_times_is_stored_once(sent_day, hooks, raw: bool) -> None:
    apart = {"headers": b"From: ap1@customer.example\n", "text": b"hello", "html": b"<p>hello</p>"}
    fields = {"email": _mail(sent_day)} if raw else apart
    assert {_post_mail(hooks, fields, _basic("parse-secret")).status_code for _ in range(5)} == {202}
    assert len(_stored(sent_day)) == 1


def _signed(body: bytes, timestamp: str = "1773043200") -> dict[str, str]:
    signature = PRIVATE_KEY.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        **PROVIDER,
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


def test_a_mail_that_sendgrid_signed_needs_no_secret(sent_day, hooks) -> None:
    body, kind = _form({"email": _mail(sent_day)})
    assert hooks.post(INBOUND, content=body, headers={**_signed(body), "content-type": kind}).status_code == 202
    assert len(_stored(sent_day)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        PROVIDER,
        _basic("wrong"),
        _basic(""),
        {"authorization": "Bearer parse-secret"},
        _signed(b"another body"),
        {**_signed(b"x"), "X-Twilio-Email-Event-Webhook-Signature": "!!"},
    ],
)
def test_a_mail_without_proof_is_refused_and_nothing_of_it_kept_or_logged(sent_day, hooks, headers) -> None:
    with capture_logs() as logged:
        answer = _post_mail(hooks, {"email": _mail(sent_day)}, headers)
    assert (answer.status_code, answer.text) == (403, "refused\n")
    assert _stored(sent_day) == []
    assert [line["event"] for line in logged] == ["webhook.refused"]
    assert "pay on 16 March" not in str(logged)


def test_a_webhook_whose_key_is_not_set_is_closed(sent_day, open_desk) -> None:
    closed = open_desk(sent_day, WebhookKeys(public_url=PUBLIC))
    assert _post_sms(closed, token="").status_code == 403
    assert _post_mail(closed, {"email": b"x"}, _basic("")).status_code == 403


def test_a_stranger_is_refused_before_the_body_is_read(sent_day) -> None:
    read = []

    async def body():
        read.append(True)
        yield b"x"

    async def ask() -> int:
        transport = httpx.ASGITransport(create_app(sent_day, KEYS))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            refused = [await client.post(path, content=body()) for path in (SMS, INBOUND)]
        return max(answer.status_code for answer in refused)

    assert asyncio.run(ask()) == 403
    assert read == []


def test_what_is_too_large_is_refused_without_being_taken_in(sent_day, hooks) -> None:
    huge = {**_basic("parse-secret"), "content-type": "multipart/form-data; boundary=x"}
    assert hooks.post(INBOUND, content=b"x" * (MAIL_LIMIT + 1), headers=huge).status_code == 413
    long = {**FORM, "Body": "x" * 70_000}
    assert _post_sms(hooks, long).status_code == 413
    assert _stored(sent_day) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"a=b", "multipart/form-data"),
        (b"\xff\xfe", ""),
        (
            b'--x\r\nContent-Disposition: form-data; name="spam_score"\r\n\r\n1\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_body_that_is_no_form_is_answered_without_a_fault(sent_day, hooks, body: bytes, kind: str) -> None:
    answer = hooks.post(INBOUND, content=body, headers={**_basic("parse-secret"), "content-type": kind})
    assert answer.status_code == 400
    assert _stored(sent_day) == []


def test_a_form_that_is_not_one_is_refused_even_if_it_were_signed(sent_day, hooks) -> None:
    signature = RequestValidator("twilio-token").compute_signature(PUBLIC + SMS, {})
    for body in (b"\xff\xff", b"no equals sign", urlencode({"From": "+1"}).encode()):
        answer = hooks.post(SMS, content=body, headers={"X-Twilio-Signature": signature})
        assert answer.status_code in (400, 403)
    assert _stored(sent_day) == []
