"""What deciding about a message shares: who may, the message locked, the decision in the trail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from domain.credit import convert_minor
from domain.errors import NotAllowed
from domain.money import Money
from domain.parties import UserRole
from storage import audit
from storage.database import UnitOfWork
from storage.messages import find_message, find_user, lock_message
from storage.reports import rate_on

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


def within_authority(unit: UnitOfWork, user: Any, minor: int, currency: str, day: date) -> None:
    """Raise NotAllowed when an amount is beyond a user's authority limit, or can't be compared with it.

    Who has no limit on file decides by role alone. Other currencies are compared at the newest rate up to `day`.
    """
    if user.limit_minor is None:
        return
    limit = Money(user.limit_minor, user.limit_currency or currency)
    asked, by_rate = Money(minor, currency), ""
    if limit.currency != currency:
        rate = rate_on(unit.connection, currency, limit.currency, day)
        if rate is None:
            raise NotAllowed(
                f"{user.code}'s limit is in {limit.currency} and no rate for {currency} is on file; "
                "`dunwell import rates`, or somebody with a limit in that currency"
            )
        asked = Money(convert_minor(minor, currency, limit.currency, rate.rate), limit.currency)
        by_rate = f" (rate {rate.rate} of {rate.on_day}, {rate.source})"
    if asked > limit:
        raise NotAllowed(f"{asked}{by_rate} is beyond {user.code}'s limit of {limit}; somebody with more must decide")


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
