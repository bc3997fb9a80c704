"""Setting aside by set: which customers the planner must weigh, and the skips of all the others.

Cut-offs are derived from the policy by the same calendar functions that the planner uses; a property test holds the
two ways of deciding equal (tests/integration/plan).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.calendars import calendar_of, due_cutoff
from domain.parties import Customer
from domain.touches import SkipReason
from outreach.cadence.policy import Anchor, CycleScope, Policy, PolicyBook
from storage import planning
from storage.database import UnitOfWork
from storage.planning import Cutoffs, Horizon
from storage.snapshots import LOOK_BACK_DAYS


@dataclass
class Aside:
    """What the planner must weigh of a chunk: `whole` customers with all their items, `light` ones with `items` alone.

    `reasons` are the light customers' other items: customer → reason → ids. Everybody else's skips are written.
    """

    whole: list[int] = field(default_factory=list)
    light: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    reasons: dict[int, dict[str, list[int]]] = field(default_factory=dict)


def set_aside(policies: PolicyBook, unit: UnitOfWork, run: Any, day: date, rows: Sequence[Any]) -> Aside:
    """Write the skips of customers that a set-based statement can decide; returns what the planner must weigh."""
    connection, entity_id = unit.connection, int(run.entity_id)
    low, high = int(rows[0].id), int(rows[-1].id)
    special = planning.special_customers(connection, low, high)
    promised = planning.promised_items(connection, entity_id, low, high, _horizon(policies, day))
    aside = Aside(whole=sorted(special))
    for key, ids in _groups(policies, rows, day).items():
        plain = [i for i in ids if i not in special]
        if not plain:
            continue
        if isinstance(key, SkipReason):
            planning.insert_skips(connection, run.id, entity_id, plain, None, key)
        elif key is None:
            aside.whole += plain
        else:
            _divide(connection, run, entity_id, plain, key, promised, aside)
    return aside


def _divide(
    connection: Any,
    run: Any,
    entity_id: int,
    plain: list[int],
    cutoffs: Cutoffs,
    promised: dict[int, list[int]],
    aside: Aside,
) -> None:
    """Divide a group: nothing to weigh, some items to weigh, or (with credit, which may cover any) all of them."""
    weigh = planning.candidate_items(connection, entity_id, plain, cutoffs)
    for owner in plain:
        if owner in promised:
            weigh[owner] = sorted({*weigh.get(owner, ()), *promised[owner]})
    planning.insert_skips(connection, run.id, entity_id, [i for i in plain if i not in weigh], cutoffs)
    if not weigh:
        return
    credited = planning.with_credit(connection, entity_id, list(weigh))
    light = [i for i in weigh if i not in credited]
    items = [item for owner in light for item in weigh[owner]]
    aside.whole += credited
    aside.light += light
    aside.items += items
    aside.reasons.update(planning.other_reasons(connection, entity_id, light, cutoffs, items))


def _horizon(policies: PolicyBook, day: date) -> Horizon:
    notices = [p.promise_reminder_days for p in policies.policies if p.promise_reminder_days is not None]
    remind_to = day + timedelta(days=max(notices)) if notices else None
    return Horizon(day, day - timedelta(days=LOOK_BACK_DAYS), remind_to)


_Group = Cutoffs | SkipReason | None


def _groups(policies: PolicyBook, rows: Iterable[Any], day: date) -> dict[_Group, list[int]]:
    """Customers by what decides about them: constant cut-offs, one reason for all, or (None) the planner alone."""
    known: dict[tuple[str | None, ...], list[int]] = {}
    groups: dict[_Group, list[int]] = {}
    for row in rows:
        customer_id, number, country, segment, territory = row[:5]
        kind = policies.what_decides(number, segment, territory, country)
        if kind not in known:
            policy = policies.choose(customer_of(row))
            group = group_of(policy, country, day) if policy is not None else SkipReason.NO_POLICY
            known[kind] = groups.setdefault(group, [])
        known[kind].append(int(customer_id))
    return groups


def group_of(policy: Policy, country: str, day: date) -> _Group:
    """What a policy's steps mean on `day` for customers of a country: see `storage.planning.Cutoffs`."""
    if policy.excluded:
        return SkipReason.POLICY_EXCLUDES
    if policy.cycle is CycleScope.ACCOUNT or any(step.anchor is not Anchor.DUE for step in policy.after):
        return None
    calendar = calendar_of(country) if policy.due_date_rolls else None
    due_to = due_cutoff(day, 0, True, calendar)
    after = tuple((s.offset, due_cutoff(day, s.offset, policy.inclusive, calendar)) for s in policy.after)
    window = [(s.offset, due_to + timedelta(days=1), due_cutoff(day, s.offset, True, calendar)) for s in policy.before]
    if policy.on_due is not None:
        first = after[0][1] if after else date.min
        window.append((policy.on_due.offset, min(first + timedelta(days=1), due_to) if after else date.min, due_to))
    return Cutoffs(
        after=after,
        window=tuple((offset, low, high) for offset, low, high in window if low <= high),
        due_to=due_to,
        late_to=due_cutoff(day, 1, True, calendar),
        grace_to=due_cutoff(day, policy.grace_days + 1, True, calendar),
    )


def customer_of(row: Any) -> Customer:
    """As much of a customer as choosing a policy needs."""
    return Customer(row.id, row.number, "", row.country, "", "", "", row.territory, row.segment)
