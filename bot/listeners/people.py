"""Who somebody in Slack is. A member without a user here is refused politely, and learns nothing."""

from __future__ import annotations

from domain.parties import User
from workflows.answer_question import find_slack_user
from workflows.services import Services

STRANGER = (
    "I don't know you yet, so I can't show you anything. Ask whoever keeps Dunwell to add your Slack member id "
    "to your user."
)
"""What a stranger is told."""


def who_is(services: Services, slack_id: str | None) -> User | None:
    """The person of ours behind a Slack member id; None for a stranger."""
    return find_slack_user(services.database, slack_id) if slack_id else None
