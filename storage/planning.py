"""Planning by set: which customers have an item whose step may be reached, and one skip row for each of the others.

The statement excludes; the pure planner decides on what survives (docs/architecture.md). A property test holds these
conditions equal to `outreach.cadence`. Groups of customers share one policy and one banking calendar, hence constant
cut-offs: an after-due step stands for an item when its due date lies at or before the step's cut-off.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import JSONB

from domain.promises import PromiseStatus
from domain.touches import SkipReason, TouchStatus
from storage.sql import ZERO, among
from storage.tables import (
    credit_memo,
    customer,
    document,
    message,
    pause,
    payment,
    promise,
    promise_document,
    skip,
    touch,
)

_UNDER_WAY = tuple(
    str(s)
    for s in (
        TouchStatus.PLANNED,
        TouchStatus.AWAITING_APPROVAL,
        TouchStatus.CLAIMED,
        TouchStatus.SENDING,
        TouchStatus.UNKNOWN,
    )
)


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """When a group's steps stand on one day, by due dates as written in the documents.

    `after`: (offset, latest due date) of each after-due step; `window`: (offset, from, to) of the steps before and on
    the due day. `due_to`: latest due date that has come; `late_to`: latest one before today; `grace_to`: latest one
    past the days of grace.
    """

    after: tuple[tuple[int, date], ...]
    window: tuple[tuple[int, date, date], ...]
    due_to: date
    late_to: date
    grace_to: date


_DECIDING = (
    customer.c.id, customer.c.number, customer.c.country, customer.c.segment, customer.c.territory,
    customer.c.doubted_since,
)  # fmt: skip


def customers_after(connection: Connection, after_id: int, limit: int) -> list[Row[Any]]:
    """The next customers by id: what choosing their policy needs."""
    c = customer.c
    return list(connection.execute(select(*_DECIDING).where(c.id > after_id).order_by(c.id).limit(limit)))


def customers_between(connection: Connection, after_id: int, to_id: int) -> list[Row[Any]]:
    """The customers (after_id, to_id] by id, told as by `customers_after`."""
    c = customer.c
    return list(connection.execute(select(*_DECIDING).where(c.id > after_id, c.id <= to_id).order_by(c.id)))


def candidate_items(
    connection: Connection, entity_id: int, customer_ids: Sequence[int], cutoffs: Cutoffs
) -> dict[int, list[int]]:
    """Customer → its open items that aren't held still and whose next step's day may have come."""
    d = document.c
    rows = connection.execute(
        select(d.customer_id, d.id).where(_open_of(connection, entity_id, customer_ids), _is_candidate(cutoffs))
    )
    found: dict[int, list[int]] = {}
    for owner, item in rows:
        found.setdefault(owner, []).append(item)
    return found


def with_credit(connection: Connection, entity_id: int, customer_ids: Sequence[int]) -> set[int]:
    """Those of the customers that have unapplied cash or an open credit memo: what it covers needs every item."""
    parts = [
        select(table.c.customer_id).where(
            table.c.entity_id == entity_id,
            table.c.unapplied_minor > ZERO,
            among(connection, table.c.customer_id, customer_ids),
        )
        for table in (payment, credit_memo)
    ]
    return {int(i) for i in connection.execute(union(*parts)).scalars()}


def other_reasons(
    connection: Connection, entity_id: int, customer_ids: Sequence[int], cutoffs: Cutoffs, weighed: Sequence[int]
) -> dict[int, dict[str, list[int]]]:
    """Customer → reason → items, of the items that are not among the `weighed` ones."""
    d = document.c
    reason = _reason(cutoffs)
    rows = connection.execute(
        select(d.customer_id, reason.label("reason"), _array(connection, d.id))
        .where(_open_of(connection, entity_id, customer_ids), not_(among(connection, d.id, weighed)))
        .group_by(d.customer_id, _by_reason(connection, reason))
    )
    found: dict[int, dict[str, list[int]]] = {}
    for owner, why, ids in rows:
        found.setdefault(owner, {})[why] = json.loads(ids) if isinstance(ids, str) else ids
    return found


def _open_of(connection: Connection, entity_id: int, customer_ids: Sequence[int]) -> ColumnElement[bool]:
    d = document.c
    return and_(d.entity_id == entity_id, among(connection, d.customer_id, customer_ids), d.open_minor > ZERO)


def _is_candidate(cutoffs: Cutoffs) -> ColumnElement[bool]:
    d = document.c
    free = d.open_minor > d.disputed_minor + d.promised_minor + d.credit_pending_minor
    return and_(free, _step_stands(cutoffs))


def _by_reason(connection: Connection, reason: ColumnElement[str]) -> ColumnElement[Any]:
    return literal_column("reason") if connection.dialect.name == "sqlite" else reason


def _step_stands(cutoffs: Cutoffs) -> ColumnElement[bool]:
    d = document.c
    after = [and_(d.stage_offset < offset, d.due_on <= latest) for offset, latest in cutoffs.after]
    window = [and_(d.stage_offset < offset, d.due_on.between(low, high)) for offset, low, high in cutoffs.window]
    return or_(false(), *after, *window)


@dataclass(frozen=True, slots=True)
class Horizon:
    """Days that decide which facts make a customer special. `remind_to`: last promised day of which a notice may go."""

    today: date
    since: date
    remind_to: date | None


def special_customers(connection: Connection, low: int, high: int) -> set[int]:
    """Customers with ids in [low, high] whose every item only the planner weighs: pauses, messages under way, doubt."""
    parts = [
        select(pause.c.customer_id).where(pause.c.customer_id.between(low, high), pause.c.lifted_at.is_(None)),
        select(message.c.customer_id).where(
            message.c.customer_id.between(low, high), message.c.status.in_(_UNDER_WAY), message.c.purpose == "cadence"
        ),
        select(customer.c.id).where(customer.c.id.between(low, high), customer.c.doubted_since.is_not(None)),
    ]
    return {int(i) for i in connection.execute(union(*parts)).scalars()}


def promised_items(
    connection: Connection, entity_id: int, low: int, high: int, horizon: Horizon
) -> dict[int, list[int]]:
    """Customer (ids in [low, high]) → open items of promises close to their day, or broken and not told of yet."""
    told = (
        select(touch.c.id)
        .where(
            touch.c.customer_id == promise.c.customer_id,
            touch.c.stage == literal("promise_broken:") + cast(promise.c.id, Text),
            touch.c.dropped_reason.is_(None),
        )
        .exists()
    )
    broken = and_(
        promise.c.status.in_([str(PromiseStatus.BROKEN), str(PromiseStatus.PARTLY_KEPT)]),
        promise.c.judged_on >= horizon.since,
        not_(told),
    )
    near: ColumnElement[bool] = false()
    if horizon.remind_to is not None:
        near = and_(
            promise.c.status == str(PromiseStatus.OPEN),
            promise.c.promised_on.between(horizon.today, horizon.remind_to),
        )
    rows = connection.execute(
        select(promise.c.customer_id, promise_document.c.document_id)
        .join(promise_document, promise_document.c.promise_id == promise.c.id)
        .join(document, document.c.id == promise_document.c.document_id)
        .where(
            promise.c.customer_id.between(low, high),
            promise.c.entity_id == entity_id,
            document.c.open_minor > ZERO,
            or_(near, broken),
        )
        .distinct()
    )
    found: dict[int, list[int]] = {}
    for owner, item in rows:
        found.setdefault(owner, []).append(item)
    return found


def insert_skips(
    connection: Connection,
    run_id: int,
    entity_id: int,
    customer_ids: Sequence[int],
    cutoffs: Cutoffs | None,
    whole: SkipReason | None = None,
) -> int:
    """One skip row for each of these customers that has open items: reason → item ids. Returns how many rows.

    `whole` gives one reason to everything (no policy, stale ledger). Reasons stand in the planner's own order.
    """
    d = document.c
    reason = literal(str(whole)) if whole is not None else _reason(cutoffs)
    inner = (
        select(d.customer_id, reason.label("reason"), _array(connection, d.id).label("ids"))
        .where(_open_of(connection, entity_id, customer_ids))
        .group_by(d.customer_id, _by_reason(connection, reason))
        .subquery()
    )
    statement = insert(skip).from_select(
        ["run_id", "customer_id", "reasons"],
        select(cast(bindparam("run", run_id), Integer), inner.c.customer_id, _object(connection, inner)).group_by(
            inner.c.customer_id
        ),
    )
    return int(connection.execute(statement).rowcount)


def _reason(cutoffs: Cutoffs | None) -> ColumnElement[str]:
    """The planner's reasons for an item whose step hasn't come, in its order (outreach/cadence/eligibility.py)."""
    assert cutoffs is not None
    d = document.c
    held = d.disputed_minor + d.promised_minor + d.credit_pending_minor >= d.open_minor
    first, last = (cutoffs.after[0][0], cutoffs.after[-1][0]) if cutoffs.after else (0, 0)
    finished = d.stage_offset >= last if cutoffs.after else false()
    untouched = d.stage_offset < first if cutoffs.after else true()
    return case(
        (and_(held, d.credit_pending_minor > 0), str(SkipReason.CREDIT_PENDING)),
        (and_(held, d.promised_minor > 0), str(SkipReason.PROMISED)),
        (held, str(SkipReason.DISPUTED)),
        (d.due_on > cutoffs.due_to, str(SkipReason.NOT_DUE)),
        (finished, str(SkipReason.CYCLE_FINISHED)),
        (and_(untouched, d.due_on > cutoffs.late_to), str(SkipReason.NOT_DUE)),
        (and_(untouched, d.due_on > cutoffs.grace_to), str(SkipReason.GRACE)),
        else_=str(SkipReason.BETWEEN_STEPS),
    )


def _array(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return func.jsonb_agg(column)
    return func.json_group_array(column)


def _object(connection: Connection, inner: Any) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return func.jsonb_object_agg(inner.c.reason, inner.c.ids, type_=JSONB)
    return func.json_group_object(inner.c.reason, func.json(inner.c.ids), type_=Text)


def write_skips(connection: Connection, run_id: int, reasons: dict[int, dict[str, list[int]]]) -> None:
    """Skip rows that the planner decided: customer → reason → item ids. One statement for all of them."""
    if not reasons:
        return
    rows = json.dumps([[who, why] for who, why in reasons.items()], separators=(",", ":"))
    if connection.dialect.name == "postgresql":
        source = "SELECT :run, (row->>0)::bigint, row->1 FROM jsonb_array_elements(cast(:rows AS jsonb)) AS listed(row)"
    else:
        source = "SELECT :run, value->>0, value->1 FROM json_each(:rows)"
    connection.execute(text(f"INSERT INTO skip (run_id, customer_id, reasons) {source}"), {"run": run_id, "rows": rows})


def skip_counts(connection: Connection, run_id: int) -> dict[str, int]:
    """How many items a run skipped, by reason."""
    counts: dict[str, int] = {}
    statement = select(skip.c.reasons).where(skip.c.run_id == run_id).execution_options(yield_per=5_000)
    with connection.execute(statement) as rows:
        for (reasons,) in rows:
            found = json.loads(reasons) if isinstance(reasons, str) else reasons
            for reason, ids in found.items():
                counts[reason] = counts.get(reason, 0) + len(ids)
    return counts
