"""The application: desk pages, webhooks, health. Made over the services that the composition root built."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from web import errors
from web.delivery_webhooks import delivery_routes
from web.desk import desk_routes, health_routes
from web.guard import DeskGuard
from web.webhooks import WebhookKeys, webhook_routes
from workflows.services import Services


def create_app(
    services: Services,
    keys: WebhookKeys | None = None,
    *,
    allow_remote: bool = False,
    more: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application over `services`.

    `keys` prove webhooks; a provider whose key is missing is refused. `allow_remote` opens the desk beyond this machine
    (settings: DUNWELL_ALLOW_REMOTE). `more` are routes of other rooms, such as Slack's events.
    """
    # No documentation pages: they load scripts from elsewhere.
    app = FastAPI(title="Dunwell", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(services))
    app.include_router(webhook_routes(services, keys or WebhookKeys()))
    app.include_router(delivery_routes(services, keys or WebhookKeys()))
    for routes in more:
        app.include_router(routes)
    app.include_router(desk_routes(services))
    errors.install(app)
    app.add_middleware(DeskGuard, allow_remote=allow_remote)
    return app
