"""The home page of the app in Slack: what waits for the person who opened it."""

from __future__ import annotations

from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

from bot.blocks import home_blocks, section
from bot.listeners.people import STRANGER, who_is
from bot.questions import understand_question
from workflows.answer_question import answer_text
from workflows.services import Services

PARTS = (
    ("Your tasks", "tasks for me"),
    ("Promises broken this week", "who broke a promise this week"),
    ("Disputes that block orders", "which disputes block orders"),
    ("Most overdue", "top 5 overdue"),
)
"""Headings and the questions that fill them."""


def register(app: App, services: Services) -> None:
    """Add this listener to the app."""

    @app.event("app_home_opened")
    def on_home(event: dict[str, Any], client: WebClient) -> None:
        if event.get("tab", "home") != "home":
            return
        person = who_is(services, event["user"])
        if person is None:
            blocks = [section(STRANGER)]
        else:
            found = [(heading, answer_text(services, person, asked, understand_question)) for heading, asked in PARTS]
            blocks = home_blocks(person.name, found)
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})
