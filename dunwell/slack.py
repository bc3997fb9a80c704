"""Slack put together from settings: the routes for HTTP, Socket Mode, and the pings that each tick may send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from domain.errors import NotReady
from dunwell.settings import Settings
from workflows.services import Services

if TYPE_CHECKING:
    from fastapi import APIRouter
    from slack_bolt import App
    from slack_sdk import WebClient

TIMEOUT_SECONDS = 10


def slack_client(settings: Settings) -> WebClient:
    """The Web API of Slack, or of whatever `slack_base_url` names. Raises NotReady without a bot token."""
    from slack_sdk import WebClient

    token = settings.slack_bot_token.get_secret_value()
    if not token:
        raise NotReady("Slack needs DUNWELL_SLACK_BOT_TOKEN; docs/slack.md says where it comes from")
    return WebClient(token=token, base_url=settings.slack_base_url, timeout=TIMEOUT_SECONDS)


def slack_app(settings: Settings, services: Services) -> App:
    """The Bolt app. Raises NotReady without a bot token."""
    from bot.app import create_bolt_app

    client = slack_client(settings)
    secret = settings.slack_signing_secret.get_secret_value()
    return create_bolt_app(services, token=str(client.token), signing_secret=secret, client=client)


def slack_routes(settings: Settings, services: Services) -> list[APIRouter]:
    """POST /slack/events where a bot token and a signing secret are set; no route otherwise."""
    if not (settings.slack_bot_token.get_secret_value() and settings.slack_signing_secret.get_secret_value()):
        return []
    from fastapi import APIRouter

    from bot.app import http_endpoint

    routes = APIRouter()
    routes.add_api_route("/slack/events", http_endpoint(slack_app(settings, services)), methods=["POST"])
    return [routes]


def ping_job(settings: Settings, services: Services) -> Callable[[], object] | None:
    """What a tick calls to send the pings that are due; None where Slack isn't set up."""
    if not settings.slack_bot_token.get_secret_value():
        return None
    from bot.notifier import send_pings

    client = slack_client(settings)
    return lambda: send_pings(services, client)


def run_slack(settings: Settings, services: Services) -> None:
    """Socket Mode until the process is told to stop. Raises NotReady without the app-level token."""
    from bot.app import run_socket_mode

    token = settings.slack_app_token.get_secret_value()
    if not token:
        raise NotReady("Socket Mode needs DUNWELL_SLACK_APP_TOKEN (xapp-…); over HTTP `dunwell serve` is enough")
    run_socket_mode(slack_app(settings, services), token)
