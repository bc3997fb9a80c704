"""Readings as labelled examples: from plain values back to a reading, and a reply with its label as one JSON line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.disputes import DisputeReason
from domain.errors import BadInput
from outreach.replies.model import (
    ContactReading,
    DisputeReading,
    Evidence,
    Instalment,
    Intent,
    PaidReading,
    PromiseReading,
    ReplyContext,
    Understanding,
)

LABEL_KEYS = ("language", "intents", "promise", "dispute", "paid", "new_contact", "needs_human")
"""What a label says of a reply, in the form of `dunwell understand`."""


def read_label(told: Mapping[str, Any], text: str, *, quote: str, currency: str | None) -> Understanding:
    """Plain values in the form of `dunwell understand` → a reading that a person vouches for.

    `quote` is the words that it rests on, `currency` that of amounts without one. Raises BadInput for values that are
    none.
    """
    try:
        intents = tuple(Intent(name) for name in told.get("intents") or ())
        promise, dispute, paid = told.get("promise"), told.get("dispute"), told.get("paid")
        contact = told.get("new_contact")
        reading = Understanding(
            str(told.get("language") or "en"),
            intents or (Intent.OTHER,),
            promise=_promise(promise, currency) if promise else None,
            dispute=_dispute(dispute) if dispute else None,
            paid=_paid(paid) if paid else None,
            new_contact=ContactReading(contact.get("name"), contact.get("email"), contact.get("phone"))
            if contact
            else None,
            text=text,
        )
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise BadInput(f"this is no reading of a reply: {error}") from None
    findings = [name for name in ("promise", "dispute", "paid") if told.get(name)]
    return _with_evidence(reading, tuple(Evidence(name, quote, 1.0) for name in findings))


def _with_evidence(reading: Understanding, evidence: tuple[Evidence, ...]) -> Understanding:
    named = [part.invoices for part in (reading.promise, reading.dispute, reading.paid) if part is not None]
    return replace(reading, evidence=evidence, named=tuple(dict.fromkeys(n for numbers in named for n in numbers)))


def _promise(told: Mapping[str, Any], currency: str | None) -> PromiseReading:
    parts = tuple(
        Instalment(date.fromisoformat(part["date"]), _amount(part.get("amount")), part.get("currency") or currency)
        for part in told["installments"]
    )
    if not parts:
        raise ValueError("a promise needs a day")
    return PromiseReading(parts, tuple(told.get("invoices") or ()))


def _dispute(told: Mapping[str, Any]) -> DisputeReading:
    return DisputeReading(DisputeReason(told["reason"]), tuple(told.get("invoices") or ()), _amount(told.get("amount")))


def _paid(told: Mapping[str, Any]) -> PaidReading:
    on = told.get("date")
    return PaidReading(
        date.fromisoformat(on) if on else None,
        _amount(told.get("amount")),
        told.get("reference"),
        tuple(told.get("invoices") or ()),
    )


def _amount(told: Any) -> Decimal | None:
    return None if told in (None, "") else Decimal(str(told))


def context_as_json(context: ReplyContext) -> dict[str, Any]:
    """What was open when a reply was read, in the form of a labelled reply's `context`."""
    return {
        "open_invoices": [
            {"number": i.number, "amount": f"{i.amount:f}", "currency": i.currency, "due_date": i.due_on.isoformat()}
            for i in context.open_invoices
        ],
        "balance": f"{context.total():f}" if context.currency else None,
    }


def labelled_line(reply: Mapping[str, Any], context: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """One labelled reply: its own fields, what was open, and what it says."""
    return {**reply, "context": dict(context), "expected": {key: expected.get(key) for key in LABEL_KEYS}}
