"""How webhooks were answered, and how fast: counted by provider and status, never by address or sender."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workflows.services import Services

PREFIX = "/webhooks/"
PROVIDERS = frozenset({"twilio", "sendgrid"})


class ObservedWebhooks:
    """ASGI middleware: tells the observer of each answer to a webhook, within a span of its own."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self.observe = services.observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count what was answered; 500 when nothing was."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        named = scope["path"].removeprefix(PREFIX).partition("/")[0]
        provider, status = named if named in PROVIDERS else "other", 500
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            with self.observe.span("webhook", provider=provider):
                await self.app(scope, receive, noting)
        finally:
            self.observe.count("webhook_answers", provider, str(status))
            self.observe.timing("webhook", time.perf_counter() - began, provider)
