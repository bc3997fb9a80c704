"""What deciding about a message shares: who may, the message locked, the decision in the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.errors import NotAllowed
from domain.parties import UserRole
from storage import audit
from storage.database import UnitOfWork
from storage.messages import find_message, find_user, lock_message

APPROVERS = frozenset({UserRole.CREDIT_MANAGER, UserRole.AR_MANAGER, UserRole.ADMIN})
"""Who may approve plans and final demands."""
SETTLERS = APPROVERS | {UserRole.COLLECTOR}
"""Who may say what became of a message in doubt."""


def person(unit: UnitOfWork, code: str, allowed: frozenset[UserRole], act: str) -> Any:
    """The user of a code. Raises BadInput for none, NotAllowed when the role may not do the act."""
    user = find_user(unit.connection, code)
    if UserRole(user.role) not in allowed:
        roles = ", ".join(sorted(str(role) for role in allowed))
        raise NotAllowed(f"{code} is {user.role} and may not {act}; it takes one of: {roles}")
    return user


def the_message(unit: UnitOfWork, public_id: str) -> Any:
    """A message by its public id, its customer's row and its own locked. Raises BadInput when there is none."""
    found = find_message(unit.connection, public_id)
    unit.lock_customer(found.customer_id)
    return lock_message(unit.connection, found.id)


def note_decision(
    unit: UnitOfWork,
    user: Any,
    at: datetime,
    action: str,
    subject: tuple[str, object],
    data: dict[str, Any],
    customer_id: int | None = None,
) -> None:
    """Write a decision into the trail."""
    audit.record(
        unit.connection, at=at, actor=user.code, action=action, subject=subject, data=data, customer_id=customer_id
    )
