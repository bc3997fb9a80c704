"""Mail that a person of ours sent from an own mailbox, with Dunwell in blind copy: a contact with the customer, never a
customer's reply.

Anybody can write a collector's address into a mail. So it counts as contact only where somebody we trust vouches for
the sender: SendGrid's SPF and DKIM, or the Authentication-Results of a mail server of ours (RFC 8601). Where nobody
says anything it stands on the timeline as unverified and doesn't count; where the check failed its owner gets a task.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.calendars import zone_of
from domain.parties import Channel
from domain.tasks import TaskCause
from outreach.replies.automatic import is_automatic
from storage import audit, calls, replies
from storage.database import Connection, UnitOfWork
from storage.tasks import NewTask, add_tasks
from workflows.match_reply import numbers_in
from workflows.read_inbound import Inbound
from workflows.services import Services

MAILED = "mailed"
_RECIPIENTS = 50


class Genuine(StrEnum):
    """Whether a mail is from whom it says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def own_sender(connection: Connection, inbound: Inbound) -> Any | None:
    """The person of ours that a mail is from; None for anybody else.

    Who is on file as a customer's contact, too, is heard as a customer: a missed answer weighs more.
    """
    if inbound.channel is not Channel.EMAIL or not inbound.sender:
        return None
    user = replies.user_by_address(connection, inbound.sender)
    if user is None or replies.senders_by_address(connection, inbound.sender):
        return None
    return user


def record_own_mail(services: Services, event_id: int, inbound: Inbound) -> None:
    """Put a mail of ours on its customer's timeline, in one transaction; what is unclear becomes its sender's task."""
    with services.database.read() as connection:
        accounts = _accounts(connection, inbound)
    with services.database.write() as unit:
        for customer_id in accounts if len(accounts) == 1 else ():
            unit.lock_customer(customer_id)
        event = replies.load_event(unit.connection, event_id, lock=True)
        user = own_sender(unit.connection, inbound)
        if event.status != replies.NEW or user is None:
            return
        result = _record(unit, services, event, inbound, user, accounts)
        replies.finish_event(unit.connection, event_id, replies.DONE, result)
        unit.commit()
    services.observe.count("own_mails", result)


def _record(
    unit: UnitOfWork, services: Services, event: Any, inbound: Inbound, user: Any, accounts: Mapping[int, int | None]
) -> str:
    if is_automatic(inbound.headers, inbound.subject):
        return "automatic mail of ours"
    genuine = is_genuine(inbound, event.provider, event.meta or {}, services.trusted_servers)
    now = services.now()
    if genuine is Genuine.NO:
        _ask(unit, event, user, now, f"a mail in your name failed its check and was not logged: {_shown(inbound)}")
        return "mail of ours that failed its check"
    if len(accounts) != 1:
        _ask(unit, event, user, now, f"{_which(unit.connection, accounts)}: log your mail {_shown(inbound)} by hand")
        return "mail of ours whose customer isn't clear"
    [(customer_id, entity_id)] = accounts.items()
    outcome = MAILED if genuine is Genuine.YES else calls.UNVERIFIED
    note = inbound.subject[:300] if genuine is Genuine.YES else f"{inbound.subject[:300]} (sender not verified)"
    day = min(inbound.written_at, now).astimezone(
        zone_of(replies.entity_row(unit.connection, entity_id).timezone)
    ).date()  # fmt: skip
    made = calls.insert_call(
        unit.connection, customer_id, entity_id, day, outcome, note.strip(), user.id, now, channel=Channel.EMAIL
    )
    audit.record(
        unit.connection, at=now, actor=user.code, action="mail.logged", subject=("call", made),
        data={"outcome": outcome, "on": day, "event": event.id}, customer_id=customer_id,
    )  # fmt: skip
    return f"mail of ours, {outcome}"


def _accounts(connection: Connection, inbound: Inbound) -> dict[int, int | None]:
    """Whom a mail of ours was to: customer → entity, where it is known. The surest kind of hint decides."""
    messages = [m for token in inbound.tokens if (m := replies.message_by_token(connection, token)) is not None]
    messages = messages or replies.messages_by_rfc_id(connection, inbound.thread)
    if messages:
        return {m.customer_id: m.entity_id for m in reversed(messages)}
    written_to = {
        sender.customer_id
        for address in inbound.recipients[:_RECIPIENTS]
        for sender in replies.senders_by_address(connection, address)
    }
    named = {
        row.customer_id: row.entity_id
        for row in replies.accounts_of_numbers(connection, numbers_in(inbound.subject))
        if not written_to or row.customer_id in written_to
    }
    if written_to and len(named) != 1:
        return {one: _only_entity(connection, one) for one in sorted(written_to)}
    return dict(named)


def _only_entity(connection: Connection, customer_id: int) -> int | None:
    entities = replies.entities_of(connection, customer_id)
    return entities[0] if len(entities) == 1 else None


def _which(connection: Connection, accounts: Mapping[int, int | None]) -> str:
    if not accounts:
        return "no customer is known by its recipients or the invoices in its subject"
    numbers = [str(replies.customer_row(connection, one).number) for one in list(accounts)[:5]]
    return f"it may be about {', '.join(numbers)}"


def _shown(inbound: Inbound) -> str:
    return f"“{inbound.subject[:120] or 'without a subject'}” of {inbound.written_at:%Y-%m-%d}"


def _ask(unit: UnitOfWork, event: Any, user: Any, now: datetime, note: str) -> None:
    day = now.date()
    task = NewTask(TaskCause.REPLY, f"own-mail:{event.id}", day, day, owner_id=user.id, note=note)
    add_tasks(unit.connection, [task])


def is_genuine(inbound: Inbound, provider: str, meta: Mapping[str, Any], trusted: frozenset[str]) -> Genuine:
    """Whether a mail is from whom its From says, as those say whom we trust. Pure."""
    domain = inbound.sender.rpartition("@")[2]
    if provider == "sendgrid":
        return _by_sendgrid(meta, domain)
    # Our server puts its word on top; what stands below may be anybody's.
    first = inbound.authentication[0].lower() if inbound.authentication else ""
    server, _, results = first.partition(";")
    if not server.split() or server.split()[0] not in trusted:
        return Genuine.UNKNOWN
    told = [(m[1], m[2], m[3]) for m in _RESULT.finditer(results)]
    passed = any(
        verdict == "pass" and any(_aligned(d, domain) for d in _DOMAIN[method].findall(rest))
        for method, verdict, rest in told
    )
    if any(method == "dmarc" and verdict == "fail" for method, verdict, _ in told):
        return Genuine.NO
    if passed:
        return Genuine.YES
    return Genuine.NO if any(verdict in ("fail", "softfail") for _, verdict, _ in told) else Genuine.UNKNOWN


_RESULT = re.compile(r"\b(spf|dkim|dmarc)\s{0,3}=\s{0,3}(\w{1,20})([^;]{0,500})")
_DOMAIN = {
    "spf": re.compile(r"smtp\.mailfrom\s{0,3}=\s{0,3}\"?(?:[^\s@;\"]{0,100}@)?([\w.-]{1,200})"),
    "dkim": re.compile(r"header\.(?:d|i)\s{0,3}=\s{0,3}(?:[^\s@;]{0,100}@)?([\w.-]{1,200})"),
    "dmarc": re.compile(r"header\.from\s{0,3}=\s{0,3}(?:[^\s@;]{0,100}@)?([\w.-]{1,200})"),
}


def _by_sendgrid(meta: Mapping[str, Any], domain: str) -> Genuine:
    dkim = re.findall(r"@([\w.-]{1,200})\s{0,3}:\s{0,3}(\w{1,20})", str(meta.get("dkim") or "").lower())
    if any(verdict == "pass" and _aligned(signer, domain) for signer, verdict in dkim):
        return Genuine.YES
    spf = str(meta.get("spf") or "").strip().lower()
    sender = re.search(r'"from"\s{0,3}:\s{0,3}"[^"@]{0,200}@([\w.-]{1,200})"', str(meta.get("envelope") or "").lower())
    if spf == "pass" and sender is not None and _aligned(sender[1], domain):
        return Genuine.YES
    return Genuine.NO if spf in ("fail", "softfail") or dkim else Genuine.UNKNOWN


def _aligned(vouched: str, domain: str) -> bool:
    """Whether who is vouched for is the sender's domain or a part of the same company's (RFC 7489, relaxed)."""
    vouched = vouched.strip(".")
    return "." in vouched and (vouched == domain or domain.endswith(f".{vouched}") or vouched.endswith(f".{domain}"))
