"""What every channel adapter takes and answers. Nothing outside an adapter knows a vendor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from outreach.compose.mail import MailParts


class Outcome(StrEnum):
    """What became of one handing-over to a provider."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TRY_AGAIN = "try_again"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The answer of a channel. `UNKNOWN`: it can't be known whether the provider has it; never sent again by itself.

    `channel_down`: the trouble is the provider's or the set-up's, not this message's; the next one would meet it too.
    `opted_out`: the provider knows that this address wants no more messages (invariant 6).
    """

    outcome: Outcome
    provider_ref: str | None = None
    error: str | None = None
    retry_after_seconds: int | None = None
    channel_down: bool = False
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One finished message on its way. `content` is the RFC 5322 bytes of a mail, or the UTF-8 text of an SMS.

    `entity` is the code of the legal entity that it is from: senders differ by it. `parts` says the same as a mail's
    `content`, for providers that build the bytes themselves.
    """

    public_id: str
    to: str
    sender: str
    content: bytes
    day: str
    locale: str
    copy_to: tuple[str, ...] = field(default=())
    segments: int | None = None
    entity: str = ""
    parts: MailParts | None = None


class ChannelAdapter(Protocol):
    """One provider."""

    name: str

    def send(self, outgoing: Outgoing) -> Delivery:
        """Hand over. Raises nothing for what a provider may answer; an exception is a bug, counted as unknown."""
        ...

    def check(self) -> str | None:
        """What is wrong with the set-up, in a line; None when it works. Sends nothing to anybody."""
        ...
