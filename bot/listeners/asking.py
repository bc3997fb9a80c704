"""Questions: the slash command, mentions, direct messages, and a click on one of several names."""

from __future__ import annotations

import json
import re
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.blocks import CHOOSE, answer_blocks
from bot.listeners.people import STRANGER, who_is
from bot.questions import understand_question
from domain.questions import Answer
from workflows.answer_question import answer_text
from workflows.ping_sales import first_time
from workflows.services import Services

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
_MARKUP = re.compile(r"<(?:mailto:|tel:|https?://)[^|>]*\|([^>]*)>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def plain_text(text: str) -> str:
    """What somebody typed, without the mention of us, links and Slack's own escapes."""
    plain = _MARKUP.sub(r"\1", _MENTION.sub(" ", text))
    for escaped, letter in _ENTITIES.items():
        plain = plain.replace(escaped, letter)
    return " ".join(plain.split())


def answer_for(services: Services, slack_id: str | None, text: str, chosen: str | None = None) -> Answer:
    """The answer to a Slack member; a stranger gets a refusal that looks the same whatever was asked."""
    person = who_is(services, slack_id)
    if person is None:
        return Answer(text=STRANGER, understood=False)
    return answer_text(services, person, text or "help", understand_question, chosen=chosen)


def register(app: App, services: Services) -> None:
    """Add these listeners to the app."""

    @app.command("/dunwell")
    def on_command(ack: Ack, respond: Respond, command: dict[str, Any]) -> None:
        ack()
        text = plain_text(command.get("text") or "")
        answer = answer_for(services, command.get("user_id"), text)
        respond(text=answer.text, blocks=answer_blocks(answer, text), response_type="ephemeral")

    @app.event("app_mention")
    def on_mention(body: dict[str, Any], event: dict[str, Any], client: WebClient) -> None:
        if not _is_new(services, body) or event.get("bot_id"):
            return
        text = plain_text(event.get("text") or "")
        answer = answer_for(services, event.get("user"), text)
        # To the asker alone: others in the channel may see less.
        client.chat_postEphemeral(
            channel=event["channel"],
            user=event["user"],
            text=answer.text,
            blocks=answer_blocks(answer, text),
            thread_ts=event.get("thread_ts"),
        )

    @app.event("message")
    def on_message(body: dict[str, Any], event: dict[str, Any], client: WebClient) -> None:
        if event.get("channel_type") != "im" or event.get("subtype") or event.get("bot_id"):
            return
        if not _is_new(services, body):
            return
        text = plain_text(event.get("text") or "")
        answer = answer_for(services, event.get("user"), text)
        client.chat_postMessage(channel=event["channel"], text=answer.text, blocks=answer_blocks(answer, text))

    @app.action(re.compile(rf"^{CHOOSE}:\d+$"))
    def on_choice(ack: Ack, respond: Respond, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        said = json.loads(action["value"])
        answer = answer_for(services, body["user"]["id"], said["q"], said["n"])
        respond(text=answer.text, blocks=answer_blocks(answer, said["q"]), replace_original=True)


def _is_new(services: Services, body: dict[str, Any]) -> bool:
    """Slack sends an event again when it thinks that it was lost; it is answered once."""
    event_id = body.get("event_id")
    return event_id is None or first_time(services, str(event_id), json.dumps(body).encode())
