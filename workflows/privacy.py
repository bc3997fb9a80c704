"""Personal data of a customer's people: handed out, erased on request, gone when the law's term for letters has ended.

Erased at once: names, addresses, numbers, what people here noted, the words behind an opt-out. Kept until the term of
the legal entity's country ends (domain/retention.py): letters sent and received. Kept as books: ledger, promises,
disputes, audit. An opt-out stays in force: forgetting a no would be the worst of erasures.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.calendars import zone_of
from domain.errors import BadInput
from domain.parties import UserRole
from domain.retention import kept_until, letter_years, letters_expire_before
from domain.touches import TouchEvent, TouchStatus, next_status
from storage import audit, personal, runs
from storage.marks import get_mark, set_mark
from storage.messages import drop_message_touches, set_message
from workflows.deciding import note_decision, person
from workflows.services import Services

MAY_ERASE = frozenset({UserRole.ADMIN, UserRole.AR_MANAGER})
"""Who may hand out or erase personal data."""
SWEPT = "privacy.swept"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. `kept`: entity → (letters, the last day on which they must be kept)."""

    contacts: int
    addresses: int
    messages_cancelled: int
    notes: int
    letters_blanked: int
    kept: dict[str, tuple[int, date]]


def export_personal_data(services: Services, customer_id: int, *, by: str) -> dict[str, list[dict[str, Any]]]:
    """All that is held about a customer and its people, by kind. Raises BadInput or NotAllowed for who asks.

    That it was handed out, and by whom, is written into the trail.
    """
    with services.database.write() as unit:
        user = person(unit, by, MAY_ERASE, "hand out personal data")
        found = personal.export_rows(unit.connection, customer_id)
        counts = {name: len(rows) for name, rows in found.items()}
        note_decision(
            unit, user, services.now(), "privacy.exported", ("customer", customer_id), {"rows": counts}, customer_id
        )
        unit.commit()
    return found


def erase_personal_data(
    services: Services, customer_id: int, *, by: str, reason: str, addresses: set[str] | None = None
) -> Erased:
    """Erase what is held of a customer's people: all of them, or those with one of `addresses`.

    Messages that nothing has begun to send to them are cancelled. Doing it again changes nothing more. Raises BadInput
    for an address that isn't on file or an empty reason, NotAllowed for who may not.
    """
    if not reason.strip():
        raise BadInput("an erasure needs its reason, such as the request's date: add --reason")
    now = services.now()
    with services.database.write() as unit:
        user = person(unit, by, MAY_ERASE, "erase personal data")
        connection = unit.connection
        unit.lock_customer(customer_id)
        chosen = _chosen(personal.addresses_of(connection, customer_id), addresses)
        salt = secrets.token_hex(16)
        digests = sorted(personal.digest_of(address, salt) for address in chosen)
        cancelled = _cancel_unsent(connection, customer_id, chosen)
        contacts = personal.erase_addresses(connection, customer_id, None if addresses is None else chosen)
        notes = personal.erase_notes(connection, customer_id, chosen)
        blanked = sum(
            personal.blank_letters(connection, entity.id, _before(services, entity), customer_id)
            for entity in runs.entities(connection)
        )
        made = personal.insert_erasure(connection, customer_id, digests, salt, user.id, reason.strip(), now)
        kept = {
            code: (count, kept_until(newest, letter_years(country, services.limits.letter_years)))
            for code, (country, count, newest) in personal.letters_kept(connection, customer_id).items()
        }
        data = {"contacts": contacts, "addresses": len(chosen), "cancelled": cancelled, "letters": blanked}
        note_decision(unit, user, now, "privacy.erased", ("erasure", made), data, customer_id)
        unit.commit()
    return Erased(len(contacts), len(chosen), cancelled, notes, blanked, kept)


def _chosen(known: set[str], asked: set[str] | None) -> set[str]:
    if asked is None:
        return known
    wanted = {address.strip().lower() for address in asked}
    if unknown := sorted(wanted - known):
        raise BadInput(f"{', '.join(unknown)} is no address or number on file of this customer; nothing was erased")
    return wanted


def _cancel_unsent(connection: Any, customer_id: int, addresses: set[str]) -> int:
    waiting = personal.unsent_to(connection, customer_id, addresses)
    for message_id, status in waiting:
        after = next_status(TouchEvent.CANCEL, TouchStatus(status))
        set_message(connection, message_id, status=after, status_reason="address_erased")
        drop_message_touches(connection, message_id, "address_erased")
    return len(waiting)


def _before(services: Services, entity: Any) -> date:
    today = services.now().astimezone(zone_of(entity.timezone)).date()
    return letters_expire_before(today, letter_years(entity.country, services.limits.letter_years))


def sweep_retention(services: Services) -> int:
    """Once a day: letters whose term has ended are blanked, and strays as old. Returns how many letters.

    Two processes at once blank the same rows to the same values.
    """
    today = services.now().date()
    with services.database.read() as connection:
        if get_mark(connection, SWEPT) == today.isoformat():
            return 0
        known = list(runs.entities(connection))
    blanked, oldest = 0, today
    for entity in known:
        before = _before(services, entity)
        oldest = min(oldest, before)
        with services.database.write() as unit:
            count = personal.blank_letters(unit.connection, entity.id, before)
            if count:
                audit.record(
                    unit.connection, at=services.now(), actor="system", action="privacy.swept",
                    subject=("entity", entity.id), data={"letters": count, "before": before},
                )  # fmt: skip
            unit.commit()
        blanked += count
    if known:
        _sweep_outbox(services, oldest)
    with services.database.write() as unit:
        if known:
            personal.blank_unmatched(unit.connection, oldest)
        set_mark(unit.connection, SWEPT, today.isoformat(), services.now())
        unit.commit()
    return blanked


def _sweep_outbox(services: Services, before: date) -> None:
    """Days of the file outbox whose letters nobody must keep any more."""
    for folder in services.outbox_dir.glob("????-??-??"):
        if folder.name < before.isoformat():
            shutil.rmtree(folder)
