"""The desk's pages: what happened, the outbox, one message, one customer, the replies. Reading only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from web.pages import show, stylesheet
from workflows import browse, browse_account
from workflows.services import Services

# A mail is somebody's HTML: shown without scripts, forms, or a single request to anywhere.
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

T = TypeVar("T")

Narrow = Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_]*$")]


def desk_routes(services: Services) -> APIRouter:
    """The pages, over these services."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def home(request: Request) -> HTMLResponse:
        return show(request, "home.html", overview=browse.read_overview(services))

    @routes.get("/outbox")
    def outbox(
        request: Request,
        day: str | None = None,
        language: Narrow = None,
        channel: Narrow = None,
        stage: Narrow = None,
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> HTMLResponse:
        found = browse.read_outbox(
            services, _day(day), language=language or None, channel=channel or None, stage=stage or None, page=page
        )
        chosen = {"language": language or "", "channel": channel or "", "stage": stage or ""}
        return show(request, "outbox.html", outbox=found, chosen=chosen)

    @routes.get("/outbox/{public_id}")
    def message(request: Request, public_id: str) -> HTMLResponse:
        return show(request, "message.html", message=_found(browse.read_message(services, public_id), "message"))

    @routes.get("/outbox/{public_id}/html")
    def message_html(public_id: str) -> HTMLResponse:
        message = _found(browse.read_message(services, public_id), "message")
        shown = message.content or message.preview
        html = _found((shown.html if shown else None) or None, "HTML part")
        headers = {"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(html, headers=headers)

    @routes.get("/outbox/{public_id}/mail.eml")
    def message_mail(public_id: str) -> Response:
        content = _found(browse.read_message(services, public_id), "message").content
        raw = _found(content and content.raw, "mail")
        headers = {"Content-Disposition": f'attachment; filename="{public_id}.eml"'}
        return Response(raw, media_type="message/rfc822", headers=headers)

    @routes.get("/customers")
    def customers(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
        return show(request, "customers.html", q=q, customers=browse.find_customers(services, q))

    @routes.get("/customers/{number:path}")
    def customer(request: Request, number: str) -> HTMLResponse:
        return show(request, "customer.html", account=_found(browse_account.read_account(services, number), "customer"))

    @routes.get("/replies")
    def replies(request: Request, status: Narrow = None) -> HTMLResponse:
        found = browse.read_replies(services, status or None)
        return show(request, "replies.html", replies=found, chosen=status or "")

    @routes.get("/desk.css")
    def css() -> Response:
        return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return routes


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(400, f"day {text[:20]!r} is not a date such as 2026-03-09") from None


def _found(value: T | None, what: str) -> T:
    if value is None:
        raise HTTPException(404, f"There is no such {what}.")
    return value
