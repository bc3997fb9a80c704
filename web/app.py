"""The application: desk pages, webhooks, health. Made over the services that the composition root built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI

from web import errors
from web.delivery_webhooks import delivery_routes
from web.desk import desk_routes
from web.guard import DeskGuard
from web.health import Check, health_routes
from web.observed import ObservedWebhooks
from web.webhooks import WebhookKeys, webhook_routes
from workflows.services import Services


def create_app(
    services: Services,
    keys: WebhookKeys | None = None,
    *,
    allow_remote: bool = False,
    more: Sequence[APIRouter] = (),
    checks: Mapping[str, Check] | None = None,
) -> FastAPI:
    """The application over `services`.

    `keys` prove webhooks; a provider whose key is missing is refused. `allow_remote` opens the desk beyond this machine
    (settings: DUNWELL_ALLOW_REMOTE). `more` are routes of other rooms, such as Slack's events; `checks` are looked
    at by `/readyz` beside the database.
    """
    # No documentation pages: they load scripts from elsewhere.
    app = FastAPI(title="Dunwell", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(services, checks))
    app.include_router(webhook_routes(services, keys or WebhookKeys()))
    app.include_router(delivery_routes(services, keys or WebhookKeys()))
    for routes in more:
        app.include_router(routes)
    app.include_router(desk_routes(services))
    errors.install(app)
    app.add_middleware(DeskGuard, allow_remote=allow_remote)
    app.add_middleware(ObservedWebhooks, services=services)
    return app
