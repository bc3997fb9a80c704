"""What providers post: verify, store once, answer. Work comes later, when the bell has rung.

Nothing of a body is read before what can be checked without it has been checked, and nothing of it is ever logged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from web import signatures
from web.bodies import multipart, read_body, urlencoded
from web.inbound_mail import Attached, mail_bytes
from web.twilio_events import read_consent
from workflows.receive_reply import store_inbound
from workflows.record_delivery import heed_now
from workflows.services import Services

log = structlog.get_logger(__name__)

SMS_LIMIT = 64 * 1024
MAIL_LIMIT = 30 * 1024 * 1024
"""SendGrid posts mails of up to 30 MB, attachments included."""

_KEPT = ("envelope", "SPF", "dkim", "sender_ip", "spam_score", "charsets")
"""What SendGrid tells of a mail beside it: whom it was for, and whether its sender is who it says."""

_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """What proves a webhook; a provider without its key is refused. `public_url` is our address as providers see it.

    `sendgrid_public_key` may hold several, separated by blanks: each webhook of SendGrid's has a key of its own.
    """

    public_url: str = ""
    twilio_token: str = ""
    sendgrid_inbound_secret: str = ""
    sendgrid_public_key: str = ""


def webhook_routes(services: Services, keys: WebhookKeys) -> APIRouter:
    """`/webhooks/twilio/sms` and `/webhooks/sendgrid/inbound`."""
    routes = APIRouter(prefix="/webhooks", include_in_schema=False)

    @routes.post("/twilio/sms")
    async def twilio_sms(request: Request) -> Response:
        form = await twilio_form(keys, request)
        event_id = form.get("MessageSid") or form.get("SmsSid") or ""
        if not event_id:
            raise HTTPException(400, "no MessageSid")
        await run_in_threadpool(_store_sms, services, event_id, form)
        return Response(_EMPTY_TWIML, media_type="text/xml")

    @routes.post("/sendgrid/inbound")
    async def sendgrid_inbound(request: Request) -> Response:
        password = signatures.basic_password(request.headers.get("authorization", ""))
        by_secret = signatures.same_secret(password, keys.sendgrid_inbound_secret)
        signature = request.headers.get(signatures.SENDGRID_SIGNATURE, "")
        timestamp = request.headers.get(signatures.SENDGRID_TIMESTAMP, "")
        if not by_secret and not (keys.sendgrid_public_key and signature and timestamp):
            raise refused("sendgrid", "neither the secret of DUNWELL_SENDGRID_INBOUND_SECRET nor a signature")
        body = await read_body(request, MAIL_LIMIT)
        if not by_secret and not await run_in_threadpool(
            signatures.sendgrid_signed, keys.sendgrid_public_key, body, signature, timestamp
        ):
            raise refused("sendgrid", "the signature doesn't fit the body or DUNWELL_SENDGRID_PUBLIC_KEY")
        fields, files = await multipart(request, body)
        if not fields.keys() & {"email", "headers", "text", "html"}:
            raise HTTPException(400, "no mail in it")
        await run_in_threadpool(_store_mail, services, fields, files)
        return Response(status_code=202)

    return routes


def refused(provider: str, why: str) -> HTTPException:
    """403, and a line in the log that says why and nothing of what was posted."""
    log.warning("webhook.refused", provider=provider, why=why)
    return HTTPException(403, "refused")


async def twilio_form(keys: WebhookKeys, request: Request) -> dict[str, str]:
    """What Twilio posted. Raises HTTPException 403 when it can't be shown that it was Twilio."""
    signature = request.headers.get(signatures.TWILIO_SIGNATURE, "")
    if not (keys.twilio_token and keys.public_url):
        raise refused("twilio", "DUNWELL_TWILIO_TOKEN and DUNWELL_PUBLIC_URL are not both set")
    if not signature:
        raise refused("twilio", "no signature")
    form = urlencoded(await read_body(request, SMS_LIMIT))
    settings = request.headers.get(signatures.TWILIO_SETTINGS, "")
    url = public_address(keys, request)
    if not await run_in_threadpool(signatures.twilio_signed, keys.twilio_token, url, form, signature, settings):
        raise refused("twilio", "the signature doesn't fit the body, DUNWELL_TWILIO_TOKEN or DUNWELL_PUBLIC_URL")
    return form


def public_address(keys: WebhookKeys, request: Request) -> str:
    """The address of a request as the provider called it, which is what Twilio signs."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{keys.public_url.rstrip('/')}{request.url.path}{query}"


def _store_sms(services: Services, event_id: str, form: dict[str, str]) -> None:
    """A no or a yes holds from now on, before anybody has read the rest."""
    consent = read_consent(form, services.now())
    if consent is not None:
        heed_now(services, consent)
    raw = json.dumps(form, ensure_ascii=False, sort_keys=True).encode()
    store_inbound(services, provider="twilio", event_id=event_id, kind="sms", raw=raw)


def _store_mail(services: Services, fields: dict[str, bytes], files: list[Attached]) -> None:
    """SendGrid gives no id of its own: what was posted is the id, and a delivery that is repeated posts the same."""
    content = sha256()
    for name in sorted(fields):
        content.update(b"%s=%d:%s" % (name.encode(), len(fields[name]), fields[name]))
    for file in files:
        content.update(b"%d:%s" % (len(file.content), file.content))
    told = {name.lower(): fields[name].decode("utf-8", "replace") for name in _KEPT if name in fields}
    meta = {name: value.replace("\0", "")[:4000] for name, value in told.items()}
    store_inbound(
        services,
        provider="sendgrid",
        event_id=content.hexdigest(),
        kind="email",
        raw=mail_bytes(fields, files),
        meta=meta,
    )
