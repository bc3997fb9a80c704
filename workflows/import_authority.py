"""Whose word on cash is believed in a legal entity: the paid amounts of its invoice lists, or its payments. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.errors import BadInput
from exchange.fields import Kind
from storage.import_scope import PAID_AMOUNT, PAYMENTS, EntityState
from workflows.import_request import ImportRequest
from workflows.import_rows import Filled

_WORDS = {PAID_AMOUNT: "the invoices' paid_amount", PAYMENTS: "payment rows"}


@dataclass(frozen=True, slots=True)
class Authorities:
    """By legal entity: what to record, which paid amounts to ignore, and whose authority is changed over."""

    decided: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    switch: Mapping[str, str] = field(default_factory=dict)


def judge_authorities(states: Sequence[EntityState], filled: Filled, request: ImportRequest) -> Authorities:
    """The first import that carries cash decides; the other source is refused afterwards, or both at once.

    A paid amount of zero carries none. Raises BadInput naming line, entity and how to change over.
    """
    decided, switch = {}, {}
    ignored = []
    for state in states:
        told = _told(state, request)
        wanted = request.authority or state.authority or told
        if told is not None and told != wanted:
            raise _conflict(state, told, wanted or "", request)
        if request.authority is not None and state.authority not in (None, request.authority):
            switch[state.code] = request.authority
        if wanted is not None:
            decided[state.code] = wanted
        if wanted != PAID_AMOUNT and Kind.INVOICES in filled.kinds:
            ignored.append(state.code)
    return Authorities(decided, tuple(ignored), switch)


def _told(state: EntityState, request: ImportRequest) -> str | None:
    """The source of cash that the file carries for an entity."""
    if state.carries_paid_amount is not None and state.carries_payments is not None:
        raise BadInput(
            f"{request.path.name}: gives both paid amounts (line {state.carries_paid_amount}) and payments (line "
            f"{state.carries_payments}) of {state.code}; cash would count twice: keep one of them in the mapping"
        )
    if state.carries_paid_amount is not None:
        return PAID_AMOUNT
    return PAYMENTS if state.carries_payments is not None else None


def _conflict(state: EntityState, told: str, wanted: str, request: ImportRequest) -> BadInput:
    line = state.carries_paid_amount if told == PAID_AMOUNT else state.carries_payments
    remedy = "leave the column paid_amount out" if told == PAID_AMOUNT else "don't import payments"
    return BadInput(
        f"{request.path.name}, line {line}: carries {_WORDS[told]}, but in {state.code} {_WORDS[wanted]} are the "
        f"authority for cash: {remedy}, or change over with --authority {told} (docs/import.md, Whose cash is believed)"
    )
