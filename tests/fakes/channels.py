"""A channel that answers as told and remembers what it was given: a fake that keeps the contract of `base.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from domain.parties import Channel
from outreach.channels.base import Delivery, Outcome, Outgoing
from workflows.services import Services

ACCEPTED = Delivery(Outcome.ACCEPTED, provider_ref="ref")


class ScriptedChannel:
    """Answers its script one by one, then accepts everything. `during` is called while a message is on the wire."""

    name = "scripted"

    def __init__(self, *script: Delivery, during: Callable[[Outgoing], None] | None = None) -> None:
        self.script = list(script)
        self.during = during
        self.given: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> Delivery:
        self.given.append(outgoing)
        if self.during is not None:
            self.during(outgoing)
        return self.script.pop(0) if self.script else ACCEPTED

    def check(self) -> str | None:
        return None


def by(services: Services, channel: ScriptedChannel, *, wires: int = 1) -> Services:
    """The services, sending mail and SMS by this channel, one message at a time unless told otherwise."""
    channels = {Channel.EMAIL: channel, Channel.SMS: channel, Channel.LETTER: channel}
    return replace(services, channels=channels, limits=replace(services.limits, wires=wires))
