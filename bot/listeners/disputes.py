"""Buttons of a dispute: take it, escalate, resolve in a modal. A second click changes nothing and says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.blocks import ESCALATE, RESOLVE, RESOLVE_VIEW, TAKE, acted_blocks, resolve_view, settlement_of
from bot.listeners.people import STRANGER, who_is
from domain.errors import DunwellError
from domain.parties import User
from workflows import manage_dispute
from workflows.manage_dispute import Changed
from workflows.services import Services

Act = Callable[[Services, str, User], Changed]


def register(app: App, services: Services) -> None:
    """Add these listeners to the app."""

    @app.action(TAKE)
    def on_take(ack: Ack, respond: Respond, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        _act(services, manage_dispute.take_dispute, respond, body, action)

    @app.action(ESCALATE)
    def on_escalate(ack: Ack, respond: Respond, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        _act(services, manage_dispute.escalate_dispute, respond, body, action)

    @app.action(RESOLVE)
    def on_resolve(ack: Ack, respond: Respond, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        ack()
        person = who_is(services, body["user"]["id"])
        if person is None:
            respond(text=STRANGER, response_type="ephemeral", replace_original=False)
            return
        view = manage_dispute.view_dispute(services, action["value"], person)
        where = body.get("container", {})
        client.views_open(
            trigger_id=body["trigger_id"],
            view=resolve_view(view, where.get("channel_id", ""), where.get("message_ts", "")),
        )

    @app.view(RESOLVE_VIEW)
    def on_settled(ack: Ack, body: dict[str, Any], view: dict[str, Any], client: WebClient) -> None:
        person = who_is(services, body["user"]["id"])
        if person is None:
            ack(response_action="errors", errors={"why": STRANGER})
            return
        public_id, event, note = settlement_of(view)
        try:
            done = manage_dispute.resolve_dispute(services, public_id, event, person, note)
        except DunwellError as error:
            ack(response_action="errors", errors={"why": str(error)[:150]})
            return
        ack()
        where = json.loads(view["private_metadata"])
        if where.get("channel") and where.get("ts"):
            blocks = acted_blocks([], done.dispute, done.said)
            client.chat_update(channel=where["channel"], ts=where["ts"], text=done.said, blocks=blocks)


def _act(services: Services, act: Act, respond: Respond, body: dict[str, Any], action: dict[str, Any]) -> None:
    person = who_is(services, body["user"]["id"])
    if person is None:
        respond(text=STRANGER, response_type="ephemeral", replace_original=False)
        return
    done = act(services, action["value"], person)
    if not done.changed:
        respond(text=done.said, response_type="ephemeral", replace_original=False)
        return
    before = body.get("message", {}).get("blocks", [])
    respond(text=done.said, blocks=acted_blocks(before, done.dispute, done.said), replace_original=True)
