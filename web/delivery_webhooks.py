"""What became of messages, as providers post it: verify, store once, answer. Nothing of a body is ever logged."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from web import signatures
from web.bodies import read_body
from web.sendgrid_events import read_events
from web.twilio_events import read_status
from web.webhooks import WebhookKeys, refused, twilio_form
from workflows.record_delivery import store_events
from workflows.services import Services

log = structlog.get_logger(__name__)

EVENTS_LIMIT = 8 * 1024 * 1024
"""SendGrid posts some hundreds of kilobytes of events at once."""
ID_LIMIT = 36


def delivery_routes(services: Services, keys: WebhookKeys) -> APIRouter:
    """`/webhooks/sendgrid/events` and `/webhooks/twilio/status`."""
    routes = APIRouter(prefix="/webhooks", include_in_schema=False)

    @routes.post("/sendgrid/events")
    async def sendgrid_events(request: Request) -> Response:
        signature = request.headers.get(signatures.SENDGRID_SIGNATURE, "")
        timestamp = request.headers.get(signatures.SENDGRID_TIMESTAMP, "")
        if not keys.sendgrid_public_key:
            raise refused("sendgrid", "DUNWELL_SENDGRID_PUBLIC_KEY is not set")
        if not signature or not signatures.is_fresh(timestamp, services.now()):
            raise refused("sendgrid", "no signature, or one of another time than the last 25 hours")
        body = await read_body(request, EVENTS_LIMIT)
        if not await run_in_threadpool(_take_sendgrid, services, keys.sendgrid_public_key, body, signature, timestamp):
            raise refused("sendgrid", "the signature doesn't fit the body or DUNWELL_SENDGRID_PUBLIC_KEY")
        return Response(status_code=202)

    @routes.post("/twilio/status")
    async def twilio_status(request: Request) -> Response:
        form = await twilio_form(keys, request)
        public_id = request.query_params.get("message", "")[:ID_LIMIT]
        try:
            events = read_status(form, public_id, services.now())
        except ValueError:
            raise HTTPException(400, "no status in it") from None
        await run_in_threadpool(store_events, services, events)
        return Response(status_code=204)

    return routes


def _take_sendgrid(services: Services, public_keys: str, body: bytes, signature: str, timestamp: str) -> bool:
    """Verify and store what was posted. False: the signature doesn't fit. Raises HTTPException 400 for no events."""
    if not signatures.sendgrid_events_signed(public_keys, body, signature, timestamp):
        return False
    try:
        events, unread = read_events(body, services.now())
    except (ValueError, RecursionError):
        raise HTTPException(400, "not a list of events") from None
    if unread:
        log.warning("webhook.unread", provider="sendgrid", entries=unread)
    store_events(services, events)
    return True
