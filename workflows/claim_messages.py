"""Which due messages are taken up now, and by which provider each goes: health, rates and caps of providers heeded.

Rows that all workers of all machines share decide, in the transaction that claims: no worker knows more than another.
Where nothing is limited and no provider is in trouble, one statement claims.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from domain.breaker import ProviderState, after_success, after_trouble, begin_probe, passage
from domain.pacing import RateLimit, free_from, free_now, take
from domain.parties import Channel
from outreach.channels.base import Delivery, Outcome
from storage import pacing
from storage.claim_lanes import Lane, LeftOut, anything_due, claim_in_lane
from storage.database import UnitOfWork
from storage.send_queue import Lease, claim_due
from workflows.services import Services

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed message. `provider`: by whom it goes, None for its channel's own.

    `watched`: its provider had trouble lately; what becomes of this message is news about it.
    """

    message_id: int
    customer_id: int
    provider: str | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Portion:
    """What was claimed. `again_in`: seconds until there is room for what waits for it; None: nothing waits."""

    taken: tuple[Taken, ...] = ()
    again_in: float | None = None


@dataclass(slots=True)
class _Road:
    """One lane, the provider that it goes by, and how many messages its health lets through (None: all)."""

    lane: Lane
    provider: str
    spare: bool
    most: int | None


@dataclass(slots=True)
class _Room:
    """What the rates of one provider leave free, counted down as messages are taken."""

    limits: Sequence[RateLimit]
    now: datetime
    full_at: Mapping[str, datetime]
    free: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.free = {one.key: free_now(one.rate, self.full_at[one.key], self.now) for one in self.limits}

    def take(self, country: str, entity: str) -> bool:
        """Whether there is room for one more message; it is counted."""
        mine = [one.key for one in self.limits if one.holds(one.provider, country, entity)]
        if any(self.free[key] <= 0 for key in mine):
            return False
        for key in mine:
            self.free[key] -= 1
            self.used[key] = self.used.get(key, 0) + 1
        return True

    def left_out(self) -> list[LeftOut]:
        """What has no room any more, of countries and entities."""
        return [
            LeftOut(one.country, one.entity)
            for one in self.limits
            if self.free[one.key] <= 0 and (one.country or one.entity)
        ]

    def whole(self) -> int | None:
        """Room of the provider as a whole; None: no limit."""
        return min((self.free[one.key] for one in self.limits if not one.country and not one.entity), default=None)

    def filled(self) -> dict[str, datetime]:
        """The buckets after what was taken."""
        rates = {one.key: one.rate for one in self.limits}
        return {key: take(rates[key], self.full_at[key], self.now, count) for key, count in self.used.items()}

    def again_at(self) -> datetime | None:
        """When the first limit that is used up has room again."""
        after = {**self.full_at, **self.filled()}
        waits = [free_from(one.rate, after[one.key], self.now) for one in self.limits if self.free[one.key] <= 0]
        return min(waits, default=None)


def claim_messages(
    services: Services, unit: UnitOfWork, now: datetime, lease: Lease, size: int, channels: Collection[Channel]
) -> Portion:
    """Claim up to `size` due messages on `channels` that may be handed over now."""
    names = sorted({services.channels[channel].name for channel in channels} | set(services.spares))
    states = pacing.provider_states(unit.connection, names)
    limited = bool(services.rates or services.daily_caps)
    if not limited and all(state.is_well for state in states.values()):
        return Portion(tuple(Taken(*one) for one in claim_due(unit, now, lease, size, channels)))
    gate = _Gate.locked(services, unit, states)
    taken: list[Taken] = []
    waiting: list[tuple[Lane, datetime]] = []
    for road in _roads(services, channels, gate):
        if len(taken) < size:
            taken += gate.claim(unit, now, lease, size - len(taken), road)
        again_at = gate.again_at(road)
        if again_at is not None:
            waiting.append((road.lane, again_at))
    gate.keep(unit)
    if taken or not waiting or not anything_due(unit, now, [lane for lane, _ in waiting]):
        return Portion(tuple(taken))
    return Portion((), (min(at for _, at in waiting) - gate.now) / timedelta(seconds=1))


def _roads(services: Services, channels: Collection[Channel], gate: _Gate) -> list[_Road]:
    """Each channel by its own provider; while that is shut, policies that name another by the other."""
    found = []
    for channel in channels:
        own = services.channels[channel].name
        most = gate.passes(own)
        if most != 0:
            found.append(_Road(Lane(str(channel)), own, spare=False, most=most))
        if most is not None:
            found += _detours(services, channel, gate)
    # Those with little room first: they leave the rest of the portion to the others.
    return sorted(found, key=lambda road: road.most is None)


def _detours(services: Services, channel: Channel, gate: _Gate) -> list[_Road]:
    policies: dict[str, list[str]] = {}
    for policy in services.policies.policies:
        name = policy.failover.get(channel)
        if name is not None and name in services.spares and name != services.channels[channel].name:
            policies.setdefault(name, []).append(policy.code)
    return [
        _Road(Lane(str(channel), tuple(codes)), name, spare=True, most=most)
        for name, codes in policies.items()
        if (most := gate.passes(name)) != 0
    ]


@dataclass(slots=True)
class _Gate:
    """What the shared rows say of all providers, held until the transaction ends. `left`: of the day's cap."""

    now: datetime
    states: dict[str, ProviderState]
    rooms: dict[str, _Room]
    left: dict[str, int]
    counted: Counter[str] = field(default_factory=Counter)

    @classmethod
    def locked(cls, services: Services, unit: UnitOfWork, states: Mapping[str, ProviderState]) -> _Gate:
        """Lock the rows: health where it isn't good, then buckets, then days, each in the order of their keys."""
        connection, now, names = unit.connection, unit.database_now(), sorted(states)
        held = {
            name: states[name] if states[name].is_well else pacing.lock_state(connection, name, now) for name in names
        }
        limits = [one for one in services.rates if one.provider in states]
        full_at = pacing.lock_buckets(connection, [one.key for one in limits], now)
        caps = {name: services.daily_caps[name] for name in names if name in services.daily_caps}
        left = {name: max(0, cap - pacing.lock_day(connection, name, now.date())) for name, cap in caps.items()}
        rooms = {name: _Room([one for one in limits if one.provider == name], now, full_at) for name in names}
        return cls(now, held, rooms, left)

    def passes(self, provider: str) -> int | None:
        """How many messages its health lets through; None: all."""
        return passage(self.states[provider], self.now).most

    def claim(self, unit: UnitOfWork, now: datetime, lease: Lease, size: int, road: _Road) -> list[Taken]:
        """Claim on one road what its provider has room for."""
        room, name = self.rooms[road.provider], road.provider
        passes = self.passes(name)
        bounds = (size, passes, room.whole(), self.left.get(name))
        most = min(bound for bound in bounds if bound is not None)
        found = claim_in_lane(unit, now, lease, most, road.lane, room.take, room.left_out) if most > 0 else []
        watched = not self.states[name].is_well
        if found and name in self.left:
            self.left[name] -= len(found)
            self.counted[name] += len(found)
        if found and passes is not None:
            self.states[name] = begin_probe(self.states[name], self.now + timedelta(seconds=lease.seconds))
            pacing.keep_state(unit.connection, self.states[name], self.now)
        return [Taken(*one, provider=name if road.spare else None, watched=watched) for one in found]

    def again_at(self, road: _Road) -> datetime | None:
        """When a rate has room again for what waits on a road; None where no rate is used up."""
        if road.most is not None or self.left.get(road.provider) == 0:
            return None
        return self.rooms[road.provider].again_at()

    def keep(self, unit: UnitOfWork) -> None:
        """Write down what was taken."""
        for name in sorted(self.rooms):
            pacing.keep_buckets(unit.connection, self.rooms[name].filled())
        for name in sorted(self.counted):
            pacing.count_day(unit.connection, name, self.now.date(), self.counted[name])


def note_health(unit: UnitOfWork, answers: Sequence[tuple[str, bool, Delivery]], now: datetime) -> None:
    """What answers say about their providers, written for all workers. Each: provider, whether watched, the answer."""
    for provider in sorted({name for name, watched, answer in answers if watched or answer.channel_down}):
        before = state = pacing.lock_state(unit.connection, provider, now)
        for name, _, answer in answers:
            if name == provider:
                state = _after(state, answer, now)
        if state != before:
            pacing.keep_state(unit.connection, state, now)
        if state.breaker is not before.breaker:
            log.warning("provider.breaker", provider=provider, state=state.breaker, until=state.not_before)


def _after(state: ProviderState, answer: Delivery, now: datetime) -> ProviderState:
    if answer.channel_down:
        return after_trouble(state, now, answer.error or "", answer.retry_after_seconds)
    return after_success(state, now) if answer.outcome is not Outcome.UNKNOWN else state
