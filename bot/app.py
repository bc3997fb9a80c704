"""The Slack app: real Bolt, over HTTP or Socket Mode. Known errors are explained, others get a reference id."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk import WebClient
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bot.listeners import asking, disputes, home
from domain.errors import DunwellError
from workflows.services import Services

log = structlog.get_logger(__name__)

MOST_BODY = 1_000_000
"""Bytes of a request; Slack's own are far smaller."""


def create_bolt_app(services: Services, *, token: str, signing_secret: str, client: WebClient | None = None) -> App:
    """The app with all its listeners. `client` may go to a stand-in for Slack (its `base_url`).

    Requests without Slack's signature by `signing_secret` are refused with 401.
    """
    made = client or WebClient(token=token)
    app = App(
        token=token,
        client=made,
        signing_secret=signing_secret,
        token_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )
    app.error(explain_error)
    asking.register(app, services)
    disputes.register(app, services)
    home.register(app, services)
    return app


def explain_error(error: Exception, body: dict[str, Any], client: WebClient) -> BoltResponse | None:
    """The one handler of errors: known ones are told to the person, unknown ones logged under a reference."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=404, body="")
    if isinstance(error, DunwellError):
        said = str(error)
    else:
        reference = uuid.uuid4().hex[:8]
        log.error("slack.failed", reference=reference, exc_info=error)
        said = f"Something went wrong on our side. Reference {reference}: it is in the log."
    user, channel = _whose(body)
    if user:
        if channel:
            client.chat_postEphemeral(channel=channel, user=user, text=said)
        else:
            client.chat_postMessage(channel=user, text=said)
    return None


def _whose(body: dict[str, Any]) -> tuple[str | None, str | None]:
    """Who sent a request and in which channel, for every kind of request."""
    event = body.get("event", {})
    user = body.get("user_id") or event.get("user") or body.get("user", {}).get("id")
    channel = body.get("channel_id") or event.get("channel") or body.get("channel", {}).get("id")
    return user, channel


def http_endpoint(app: App) -> Callable[[Request], Any]:
    """An endpoint for Slack's requests, to be mounted at POST /slack/events by the composition root.

    The raw body is kept as it came, for the signature; the app works in a thread, so that the server goes on.
    """

    async def slack_events(request: Request) -> Response:
        body = await request.body()
        if len(body) > MOST_BODY:
            return Response(status_code=413)
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        asked = BoltRequest(body=body.decode("utf-8", "replace"), query=request.url.query, headers=headers)
        found = await run_in_threadpool(app.dispatch, asked)
        return Response(found.body, found.status, {name: values[0] for name, values in found.headers.items()})

    return slack_events


def run_socket_mode(app: App, app_token: str) -> None:
    """Listen over Socket Mode until the process is told to stop: no public address is needed."""
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    SocketModeHandler(app, app_token).start()  # type: ignore[no-untyped-call]
