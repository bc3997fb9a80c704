"""The web application as settings want it: its keys, who may reach it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI

from dunwell.settings import Settings
from web.app import create_app
from web.guard import require_loopback
from web.health import Check
from web.webhooks import WebhookKeys
from workflows.services import Services


def build_application(
    settings: Settings,
    services: Services,
    *,
    more: Sequence[APIRouter] = (),
    checks: Mapping[str, Check] | None = None,
) -> FastAPI:
    """The application over `services`; `more` are routes of other rooms, such as Slack's events.

    `checks` are what `/readyz` looks at beside the database, such as the bell.

    Raises NotAllowed when `settings.host` would show the desk, which has no login yet, beyond this machine.
    """
    require_loopback(settings.host, allow_remote=settings.allow_remote)
    keys = WebhookKeys(
        public_url=settings.public_url,
        twilio_token=settings.twilio_token.get_secret_value(),
        sendgrid_inbound_secret=settings.sendgrid_inbound_secret.get_secret_value(),
        sendgrid_public_key=settings.sendgrid_public_key,
    )
    return create_app(services, keys, allow_remote=settings.allow_remote, more=more, checks=checks)
