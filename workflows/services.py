"""What every workflow works with: made once by `dunwell/bootstrap.py`, handed down, never global."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from domain.pacing import RateLimit
from domain.parties import Channel
from outreach.channels.base import ChannelAdapter
from outreach.channels.lookups import SuppressionLists
from outreach.channels.mailboxes import Mailbox
from outreach.compose.senders import Senders
from storage.database import Database
from workflows.observe import UNOBSERVED, Observer

if TYPE_CHECKING:
    from outreach.cadence.policy import PolicyBook
    from outreach.compose.template_set import TemplateSet


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. Leases are seconds of database time; `wires` is how many hand-overs go at once.

    `plan_chunk`: customers planned in one transaction, which lasts a second or two at a million items.
    `ledger_max_age`: business days that a ledger may be old for anything to be sent; None: not looked at.
    `volume_factor`: a run of more than so many times the usual volume waits for a yes.
    `letter_years`: years that letters are kept where the law asks for fewer; None: as the law asks.
    `poll_minutes`: how long between two readings of a provider's suppression list; `mailbox_seconds`: of a mailbox.
    """

    lease_seconds: int = 120
    claim_size: int = 50
    wires: int = 4
    plan_chunk: int = 10_000
    max_attempts: int = 10
    run_hour: int = 7
    golive_runs: int = 10
    volume_factor: int = 10
    ledger_max_age: int | None = 1
    letter_years: int | None = None
    poll_minutes: int = 15
    mailbox_seconds: int = 60


FAULT_POINTS = ("claimed", "composed", "recorded", "sending", "accepted", "planning_chunk", "planned_chunk")
"""The moments between which a crash matters, in the order in which a message passes them.

claimed: claims are committed. composed: a message is looked at, made and marked, nothing of it committed. recorded:
answers are written, and perhaps marks with them, not committed. sending: the mark is committed, the wire comes next.
accepted: the provider has answered, nothing of it written. planning_chunk: a part of a run is planned, not committed;
planned_chunk: it is.
"""


def no_fault(point: str) -> None:
    """The ordinary `fault`: nothing happens at `point`."""


def never() -> bool:
    """The ordinary `stopping`."""
    return False


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that workflows share. `now` gives the present instant in UTC (a dated run gives another).

    `ring` says that there is work of a kind ('plan', 'send', 'inbound'); a lost ring costs a tick. `fault` is called
    with the names of FAULT_POINTS; tests kill the process there, others do nothing.
    `observe` is told what is done, how often and how fast; it decides nothing. `stopping` says that the process was
    told to end: what has begun is finished, nothing more is begun.
    `spares`: providers that policies may fail over to, by name. `rates` and `daily_caps` bound what providers get.

    `mailboxes` are read for answers. `trusted_servers`: whose word counts on whether a mail's sender is genuine.

    `adviser` is a language model's answer to a chat, where one is set up; it raises NotReady when there is none.
    """

    database: Database
    now: Callable[[], datetime]
    policies: PolicyBook
    templates: TemplateSet
    channels: Mapping[Channel, ChannelAdapter]
    audit_key: bytes = field(repr=False)
    data_dir: Path
    senders: Senders = field(default_factory=Senders)
    sender_email: str = "receivables@dunwell.example"
    sms_sender: str = ""
    public_url: str = ""
    limits: Limits = field(default_factory=Limits)
    suppressions: tuple[SuppressionLists, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    trusted_servers: frozenset[str] = frozenset()
    spares: Mapping[str, ChannelAdapter] = field(default_factory=dict)
    rates: tuple[RateLimit, ...] = ()
    daily_caps: Mapping[str, int] = field(default_factory=dict)
    adviser: Callable[[list[dict[str, str]]], str] | None = None
    ring: Callable[[str], None] = no_fault
    fault: Callable[[str], None] = no_fault
    observe: Observer = UNOBSERVED
    stopping: Callable[[], bool] = never

    def adapter(self, channel: Channel, provider: str | None) -> ChannelAdapter:
        """Who a message goes by: the channel's own adapter, or the spare of that name."""
        return self.channels[channel] if provider is None else self.spares[provider]

    @property
    def outbox_dir(self) -> Path:
        """Where the file outbox lies, by day."""
        return self.data_dir / "outbox"
