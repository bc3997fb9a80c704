"""The audit trail: entries are written unchained with what they tell of, and sealed into a hash chain afterwards.

An inline chain would make every writer wait for every other. `seal` links whatever entries are not linked yet (never
"id greater than the last": ids commit out of order), under a keyed hash whose key lives outside the database. Until the
next tick seals it, an entry is not yet protected: the seconds of a tick.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, outerjoin, select

from storage.marks import get_mark, set_mark
from storage.tables import audit_entry, audit_link

GENESIS = "0" * 64
SEAL_AT_ONCE = 2_000
"""Entries linked in one transaction: some hundredths of a second of work, which the whole process feels."""
SETTLED = timedelta(hours=1)
"""By then every transaction that has drawn an id is over: idle ones are ended within minutes, long ones are short."""
_SETTLED_MARK = "audit.settled"


def record(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: tuple[str, object],
    data: Mapping[str, Any] | None = None,
    customer_id: int | None = None,
) -> None:
    """Write one entry in the caller's transaction. `actor` is a user code, or 'system'; `subject` is (kind, id)."""
    connection.execute(insert(audit_entry), [entry(at, actor, action, subject, data, customer_id)])


def entry(
    at: datetime,
    actor: str,
    action: str,
    subject: tuple[str, object],
    data: Mapping[str, Any] | None = None,
    customer_id: int | None = None,
) -> dict[str, Any]:
    """The row of one entry, for writing many at once."""
    kind, subject_id = subject
    canonical = json.dumps(
        {
            "at": at.isoformat(),
            "actor": actor,
            "action": action,
            "subject": [kind, str(subject_id)],
            "customer": customer_id,
            "data": data or {},
        },
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        default=str,
    )
    return {
        "text": canonical,
        "at": at,
        "actor": actor,
        "action": action,
        "subject_kind": kind,
        "subject_id": str(subject_id),
        "customer_id": customer_id,
    }


def record_many(connection: Connection, entries: list[dict[str, Any]]) -> None:
    """Write entries made by `entry`."""
    if entries:
        connection.execute(insert(audit_entry).inline(), entries)  # nobody asks for the ids


def _link_hash(key: bytes, sequence: int, previous: str, entry_id: int, text: str) -> str:
    body = f"{sequence}\n{previous}\n{entry_id}\n{text}".encode()
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def seal_new(connection: Connection, key: bytes, now: datetime, *, limit: int = SEAL_AT_ONCE) -> int:
    """`seal` without looking through the whole trail: what was linked long ago is passed over. Returns how many.

    `now` is the database's time. Whatever might yet be committed below the place from which it looks would have to be
    older than SETTLED; `seal` alone, as `dunwell audit verify` does it, finds even that.
    """
    known = get_mark(connection, _SETTLED_MARK) or {"below": 0, "next": 0, "since": now.isoformat()}
    sealed = seal(connection, key, limit=limit, above=known["below"])
    due = known["next"] == 0 or now - datetime.fromisoformat(known["since"]) >= SETTLED
    if due and sealed < limit:  # else some of what is old enough may still wait
        newest = connection.execute(select(func.max(audit_entry.c.id))).scalar() or 0
        settled = {"below": known["next"], "next": newest, "since": now.isoformat()}
        set_mark(connection, _SETTLED_MARK, settled, now)
    return sealed


def seal(connection: Connection, key: bytes, *, limit: int = SEAL_AT_ONCE, above: int = 0) -> int:
    """Link up to `limit` unlinked entries with ids above `above` to the chain, oldest id first. Returns how many.

    Two sealers at once collide on the sequence's primary key: the loser's transaction fails and it tries next tick.
    """
    head = connection.execute(
        select(audit_link.c.sequence, audit_link.c.hash).order_by(audit_link.c.sequence.desc()).limit(1)
    ).first()
    sequence, previous = (head.sequence, head.hash) if head else (0, GENESIS)
    joined = outerjoin(audit_entry, audit_link, audit_link.c.entry_id == audit_entry.c.id)
    rows = connection.execute(
        select(audit_entry.c.id, audit_entry.c.text)
        .select_from(joined)
        .where(audit_link.c.entry_id.is_(None), audit_entry.c.id > above)
        .order_by(audit_entry.c.id)
        .limit(limit)
    ).all()
    links = []
    for entry_id, text in rows:
        sequence += 1
        previous = _link_hash(key, sequence, previous, entry_id, text)
        links.append({"sequence": sequence, "entry_id": entry_id, "hash": previous})
    if links:
        connection.execute(insert(audit_link), links)
    return len(links)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `problem` is None when every link holds; `head` is the newest hash."""

    linked: int
    unsealed: int
    head: str
    problem: str | None


def verify(connection: Connection, key: bytes, *, expected: tuple[int, str] | None = None) -> Verdict:
    """Walk the chain and compare every hash. `expected` is an exported (count, head): a cut tail shows only by it."""
    total = connection.execute(select(func.count()).select_from(audit_entry)).scalar_one()
    joined = outerjoin(audit_link, audit_entry, audit_link.c.entry_id == audit_entry.c.id)
    statement = (
        select(audit_link.c.sequence, audit_link.c.entry_id, audit_link.c.hash, audit_entry)
        .select_from(joined)
        .order_by(audit_link.c.sequence)
        .execution_options(yield_per=5_000)
    )
    previous, count, problem = GENESIS, 0, None
    seen_expected = expected is None or expected[0] == 0
    with connection.execute(statement) as rows:
        for row in rows:
            count += 1
            problem = _check_link(key, row, count, previous)
            if problem:
                break
            previous = row.hash
            if expected and count == expected[0]:
                seen_expected = hmac.compare_digest(previous, expected[1])
    if problem is None and not seen_expected:
        problem = (
            f"the exported head (entry {expected[0] if expected else 0}) is not in the chain: entries were cut off"
        )
    return Verdict(count, total - count, previous, problem)


def _check_link(key: bytes, row: Any, count: int, previous: str) -> str | None:
    if row.sequence != count:
        return f"link {count} is missing"
    if row.text is None:
        return f"entry {row.entry_id} (link {count}) was deleted"
    if not hmac.compare_digest(_link_hash(key, count, previous, row.entry_id, row.text), row.hash):
        return f"entry {row.entry_id} (link {count}) was altered"
    told = json.loads(row.text)
    kept = (row.actor, row.action, [row.subject_kind, row.subject_id], row.customer_id, row.at.isoformat())
    if kept != (told["actor"], told["action"], told["subject"], told["customer"], told["at"]):
        return f"entry {row.entry_id} (link {count}): its columns were altered"
    return None
