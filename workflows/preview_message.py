"""A message that hasn't gone, as it would read now: what a person looks at before saying yes. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

from domain.errors import DunwellError
from domain.touches import TouchStatus
from outreach.compose.render import render
from storage.messages import find_message
from workflows.letter_context import letter_context
from workflows.letter_facts import read_facts
from workflows.letters import look_again
from workflows.services import Services

NOT_GONE = frozenset({TouchStatus.PLANNED, TouchStatus.AWAITING_APPROVAL, TouchStatus.CLAIMED})
"""States in which a message's words aren't settled: they are made from the facts of the moment of sending."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How a message would read now; or `problem`, why nothing of it would go."""

    subject: str = ""
    text: str = ""
    html: str = ""
    sms: str = ""
    problem: str = ""


def preview_message(services: Services, public_id: str) -> Preview | None:
    """How a cadence message that has not gone would read; None for one that went. Raises BadInput for an unknown id."""
    with services.database.read() as connection:
        row = find_message(connection, public_id)
        if row.status not in NOT_GONE or row.purpose != "cadence":
            return None
        facts = read_facts(connection, row, max(row.not_before, services.now()))
    # Judged and made as if somebody had said yes already: that is what the yes would be about.
    facts = replace(facts, row=SimpleNamespace(**{**row._mapping, "approved_by": row.approved_by or 0}))
    look = look_again(services, facts)
    if look.stop is not None:
        return Preview(problem=f"as things stand nothing of it would go: {look.stop.replace('_', ' ')}")
    try:
        context = letter_context(facts, look.kept, services.sender_email)
        context = replace(context, approved_final=row.approved_by is not None)
        message = render(services.templates, context, preview=True)
    except DunwellError as error:
        return Preview(problem=str(error))
    return Preview(message.subject, message.text, message.html, message.sms)
