"""Touches: planned or sent messages, the states they go through, and the reasons not to contact.

A *cycle* is one run through a policy's steps for one scope (an invoice, or the account in one currency). A *touch* is
one step of one cycle; its key is (cycle, stage). A *message* carries the touches that go out together and owns their
delivery state: a touch is in its message's state unless it was dropped from it.
"""

from __future__ import annotations

from enum import StrEnum

from domain.errors import NotAllowed


class When(StrEnum):
    """On which side of the due date a step lies. Explicit, never a sign (invariant 14)."""

    BEFORE_DUE = "before_due"
    ON_DUE = "on_due"
    AFTER_DUE = "after_due"


class TouchStatus(StrEnum):
    """States of a message and of the touches that it carries."""

    PLANNED = "planned"
    AWAITING_APPROVAL = "awaiting_approval"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class TouchEvent(StrEnum):
    """What can happen to a message.

    ACCEPTED, DEFERRED, DELIVERED, REACHED and BOUNCED are what a provider tells, at any time, in any order and more
    than once. DEFERRED: it has the message and tries on. REACHED: the recipient acted on it (unsubscribed, called it
    spam). BOUNCED: it didn't arrive and won't any more.
    """

    HOLD_FOR_APPROVAL = "hold_for_approval"
    APPROVE = "approve"
    CLAIM = "claim"
    LEASE_EXPIRED = "lease_expired"
    RELEASE = "release"
    BEGIN_SENDING = "begin_sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TRY_AGAIN = "try_again"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    REACHED = "reached"
    BOUNCED = "bounced"
    CANCEL = "cancel"
    SETTLE_SENT = "settle_sent"
    SETTLE_NOT_SENT = "settle_not_sent"
    DATABASE_RESTORED = "database_restored"


_S, _E = TouchStatus, TouchEvent

TOLD_BY_PROVIDER: dict[TouchEvent, TouchStatus] = {
    _E.ACCEPTED: _S.SENT,
    _E.DEFERRED: _S.SENT,
    _E.DELIVERED: _S.DELIVERED,
    _E.REACHED: _S.DELIVERED,
    _E.BOUNCED: _S.BOUNCED,
}
"""What each thing that a provider tells proves about a message that was handed over."""

_DECIDED_BY_US: dict[tuple[TouchEvent, TouchStatus], TouchStatus] = {
    (_E.HOLD_FOR_APPROVAL, _S.PLANNED): _S.AWAITING_APPROVAL,
    (_E.APPROVE, _S.AWAITING_APPROVAL): _S.PLANNED,
    (_E.CLAIM, _S.PLANNED): _S.CLAIMED,
    (_E.RELEASE, _S.CLAIMED): _S.PLANNED,
    (_E.BEGIN_SENDING, _S.CLAIMED): _S.SENDING,
    # A claim that expires was never on the wire: safe to take back. A sending that expires may have been.
    (_E.LEASE_EXPIRED, _S.CLAIMED): _S.PLANNED,
    (_E.LEASE_EXPIRED, _S.SENDING): _S.UNKNOWN,
    (_E.REFUSED, _S.SENDING): _S.FAILED,
    (_E.TRY_AGAIN, _S.SENDING): _S.PLANNED,
    (_E.SETTLE_SENT, _S.UNKNOWN): _S.SENT,
    (_E.SETTLE_NOT_SENT, _S.UNKNOWN): _S.FAILED,
    # The database is an older copy: whatever was on its way then may have gone since.
    (_E.DATABASE_RESTORED, _S.PLANNED): _S.UNKNOWN,
    (_E.DATABASE_RESTORED, _S.AWAITING_APPROVAL): _S.UNKNOWN,
    (_E.DATABASE_RESTORED, _S.CLAIMED): _S.UNKNOWN,
    (_E.DATABASE_RESTORED, _S.SENDING): _S.UNKNOWN,
    (_E.CANCEL, _S.PLANNED): _S.CANCELLED,
    (_E.CANCEL, _S.AWAITING_APPROVAL): _S.CANCELLED,
    (_E.CANCEL, _S.CLAIMED): _S.CANCELLED,
}

_OVERTAKEN = (_S.PLANNED, _S.CLAIMED, _S.SENDING, _S.UNKNOWN, _S.FAILED, _S.CANCELLED)
"""States in which we didn't know yet that the provider took the message. `sending`: its event was faster than its
answer. `unknown`: positive evidence settles the doubt. `planned`, `claimed`, `cancelled`: an earlier try that seemed to
fail had been taken; nothing goes again. `failed`: refused at last, or settled by a person, and yet it had gone."""

TRANSITIONS: dict[tuple[TouchEvent, TouchStatus], TouchStatus] = {
    **_DECIDED_BY_US,
    **{(event, status): proved for event, proved in TOLD_BY_PROVIDER.items() for status in _OVERTAKEN},
    (_E.DELIVERED, _S.SENT): _S.DELIVERED,
    (_E.REACHED, _S.SENT): _S.DELIVERED,
    (_E.BOUNCED, _S.SENT): _S.BOUNCED,
    # The recipient's server took it and sent it back later.
    (_E.BOUNCED, _S.DELIVERED): _S.BOUNCED,
}
"""Every pair of event and status that moves."""

REPEATS: frozenset[tuple[TouchEvent, TouchStatus]] = frozenset(
    {
        (_E.ACCEPTED, _S.SENT),
        (_E.ACCEPTED, _S.DELIVERED),
        (_E.ACCEPTED, _S.BOUNCED),
        (_E.DEFERRED, _S.SENT),
        (_E.DEFERRED, _S.DELIVERED),
        (_E.DEFERRED, _S.BOUNCED),
        (_E.DELIVERED, _S.DELIVERED),
        # Told late: the server that took it is the one that sent it back.
        (_E.DELIVERED, _S.BOUNCED),
        (_E.REACHED, _S.DELIVERED),
        (_E.REACHED, _S.BOUNCED),
        (_E.BOUNCED, _S.BOUNCED),
        (_E.CANCEL, _S.CANCELLED),
    }
)
"""Late or repeated events: heard, and without effect on the state."""

_ALL = frozenset(TouchStatus)
REFUSED: dict[TouchEvent, frozenset[TouchStatus]] = {
    _E.HOLD_FOR_APPROVAL: _ALL - {_S.PLANNED},
    _E.APPROVE: _ALL - {_S.AWAITING_APPROVAL},
    _E.CLAIM: _ALL - {_S.PLANNED},
    _E.LEASE_EXPIRED: _ALL - {_S.CLAIMED, _S.SENDING},
    _E.RELEASE: _ALL - {_S.CLAIMED},
    _E.BEGIN_SENDING: _ALL - {_S.CLAIMED},
    _E.REFUSED: _ALL - {_S.SENDING},
    _E.TRY_AGAIN: _ALL - {_S.SENDING},
    _E.CANCEL: _ALL - {_S.PLANNED, _S.AWAITING_APPROVAL, _S.CLAIMED, _S.CANCELLED},
    _E.SETTLE_SENT: _ALL - {_S.UNKNOWN},
    _E.SETTLE_NOT_SENT: _ALL - {_S.UNKNOWN},
    _E.DATABASE_RESTORED: _ALL - {_S.PLANNED, _S.AWAITING_APPROVAL, _S.CLAIMED, _S.SENDING},
    # What waits for a yes was handed to nobody: whoever tells something of it is mistaken.
    **{event: frozenset({_S.AWAITING_APPROVAL}) for event in TOLD_BY_PROVIDER},
}
"""Pairs that must not happen: whoever tries is told, and nothing changes. With the two above every pair is stated."""


def next_status(event: TouchEvent, status: TouchStatus) -> TouchStatus:
    """The status after `event`. Raises NotAllowed when the pair is neither a transition nor a known repeat."""
    if (event, status) in TRANSITIONS:
        return TRANSITIONS[event, status]
    if (event, status) in REPEATS:
        return status
    raise NotAllowed(f"a message that is {status} can't take {event}; nothing was changed")


HEARD = frozenset({_S.SENDING, _S.SENT, _S.DELIVERED, _S.UNKNOWN})
"""States in which the customer has, or may have, been contacted: they count for intervals and caps."""


class SkipReason(StrEnum):
    """Why an open item is not asked for today. Not contacting is a result (invariant 9)."""

    ZERO_BALANCE = "zero_balance"
    NOT_DUE = "not_due"
    BETWEEN_STEPS = "between_steps"
    ALREADY_PLANNED = "already_planned"
    CYCLE_FINISHED = "cycle_finished"
    GRACE = "grace"
    PROMISED = "promised"
    PROMISE_OFFERED = "promise_offered"
    DISPUTED = "disputed"
    REPLY_PENDING = "reply_pending"
    PAUSED = "paused"
    INSOLVENT = "insolvent"
    BELOW_MINIMUM = "below_minimum"
    COVERED_BY_CREDIT = "covered_by_credit"
    INTERVAL = "interval"
    CONTACT_CAP = "contact_cap"
    NO_ADDRESS = "no_address"
    OPTED_OUT = "opted_out"
    UNDELIVERABLE = "undeliverable"
    AWAITING_APPROVAL = "awaiting_approval"
    UNKNOWN_OUTCOME = "unknown_outcome"
    CREDIT_PENDING = "credit_pending"
    WRITTEN_OFF = "written_off"
    LEDGER_STALE = "ledger_stale"
    LEDGER_DOUBT = "ledger_doubt"
    NO_POLICY = "no_policy"
    POLICY_EXCLUDES = "policy_excludes"
    NOT_A_BUSINESS_DAY = "not_a_business_day"
    NO_SENDER = "no_sender"
    NO_TEMPLATE = "no_template"
