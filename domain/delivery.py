"""What providers tell of a message after they took it, in our words. Each adapter's reader makes these; nobody else
knows a vendor.

`judge_event` says what a kind means for the message, `ADDRESS_EFFECT` what it means for the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.parties import Channel
from domain.touches import TouchEvent, TouchStatus, next_status


class DeliveryKind(StrEnum):
    """What became of a message, or what its recipient said to the provider.

    BOUNCED is for good: the address is dead (no such user, no such number). SOFT_BOUNCED and DEFERRED are for now: the
    provider, or our mail server, tries on. FAILED is the end of this message alone (given up, blocked by content or
    reputation, mailbox full for days): the address may be good. DROPPED: the provider didn't even try.
    """

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    SOFT_BOUNCED = "soft_bounced"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    FAILED = "failed"
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One thing told once: (provider, event_id) is its key, so make the id from what a repetition repeats.

    `public_id` is our message's id, `provider_ref` the provider's own, `rfc_message_id` our Message-ID with its angle
    brackets: any of them finds the message, and none need be there (a suppression list names addresses only).
    `address` is whom it is about, as we wrote to it (another one than the message's is somebody in copy); empty
    where it isn't told, or is one that the mail was forwarded to. `code` is short (`5.1.1`, `30003`), `reason` a
    line of the provider's. Raises ValueError for a naive instant or an empty id.
    """

    provider: str
    event_id: str
    kind: DeliveryKind
    channel: Channel
    occurred_at: datetime
    public_id: str | None = None
    provider_ref: str | None = None
    rfc_message_id: str | None = None
    address: str = ""
    code: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"naive datetime {self.occurred_at!r}: instants are aware")
        if not self.provider or not self.event_id:
            raise ValueError("a delivery event needs a provider and an id")


TOUCH_EVENT: dict[DeliveryKind, TouchEvent] = {
    DeliveryKind.ACCEPTED: TouchEvent.ACCEPTED,
    DeliveryKind.DELIVERED: TouchEvent.DELIVERED,
    DeliveryKind.DEFERRED: TouchEvent.DEFERRED,
    DeliveryKind.SOFT_BOUNCED: TouchEvent.DEFERRED,
    DeliveryKind.BOUNCED: TouchEvent.BOUNCED,
    DeliveryKind.DROPPED: TouchEvent.BOUNCED,
    DeliveryKind.FAILED: TouchEvent.BOUNCED,
    # Who unsubscribes from a message, or calls it spam, has it.
    DeliveryKind.COMPLAINED: TouchEvent.REACHED,
    DeliveryKind.OPTED_OUT: TouchEvent.REACHED,
    DeliveryKind.OPTED_IN: TouchEvent.REACHED,
}
"""What each kind is to the message that it names."""


BY_WORD = "word"
"""Ends the id of a no or yes that we read from a text message ourselves: its provider hasn't answered it."""


class AddressEffect(StrEnum):
    """What an event means for the address, whichever message it came by."""

    NONE = "none"
    WORKS = "works"
    DEAD = "dead"
    GAVE_UP = "gave_up"
    OPT_OUT = "opt_out"
    COMPLAINT = "complaint"
    OPT_IN = "opt_in"


ADDRESS_EFFECT: dict[DeliveryKind, AddressEffect] = {
    DeliveryKind.ACCEPTED: AddressEffect.NONE,
    DeliveryKind.DELIVERED: AddressEffect.WORKS,
    DeliveryKind.DEFERRED: AddressEffect.NONE,
    DeliveryKind.SOFT_BOUNCED: AddressEffect.NONE,
    DeliveryKind.BOUNCED: AddressEffect.DEAD,
    DeliveryKind.DROPPED: AddressEffect.GAVE_UP,
    DeliveryKind.FAILED: AddressEffect.GAVE_UP,
    DeliveryKind.COMPLAINED: AddressEffect.COMPLAINT,
    DeliveryKind.OPTED_OUT: AddressEffect.OPT_OUT,
    DeliveryKind.OPTED_IN: AddressEffect.OPT_IN,
}

GIVEN_UP_LIMIT = 3
GIVEN_UP_DAYS = 30
"""An address to which so many messages of a customer failed within so many days counts as dead: no trying every day."""


class Effect(StrEnum):
    """What an event did to its message."""

    MOVED = "moved"
    REPEATED = "repeated"
    NO_MESSAGE = "no_message"
    # Named a message of ours that was never handed to anybody: told by mistake, and of no effect.
    NOT_SENT_BY_US = "not_sent_by_us"


_NOT_YET_TRIED = (TouchStatus.PLANNED, TouchStatus.CLAIMED, TouchStatus.CANCELLED)
"""States of a message that without an attempt was handed to nobody. (A restored database forgets attempts: what is in
doubt, or was settled, may have gone whatever it counts.)"""


def judge_event(
    kind: DeliveryKind, status: TouchStatus, attempts: int, *, about_a_copy: bool = False
) -> tuple[Effect, TouchStatus]:
    """What an event does to a message in `status` that was handed over `attempts` times, and its state afterwards.

    `about_a_copy`: it is about somebody in copy. Then it proves that the provider has the message, and nothing about
    whether the recipient got it.
    """
    if status is TouchStatus.AWAITING_APPROVAL or (attempts == 0 and status in _NOT_YET_TRIED):
        return Effect.NOT_SENT_BY_US, status
    after = next_status(TouchEvent.ACCEPTED if about_a_copy else TOUCH_EVENT[kind], status)
    return (Effect.MOVED if after is not status else Effect.REPEATED), after


_MAIL_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


def without_addresses(text: str, limit: int = 300) -> str:
    """A provider's words on one line, mail addresses in them blanked, at most `limit` characters."""
    return _MAIL_ADDRESS.sub("…@…", " ".join(text.split()))[:limit]


def domain_of(channel: Channel, address: str) -> str:
    """What health is counted by: a mail address's domain in lower case; a number's country isn't looked up."""
    if channel is not Channel.EMAIL:
        return ""
    return address.rpartition("@")[2].strip().lower()
