"""Why an open item isn't paid, as its customer told it (rules.md: "Non-payment has a reason per open item, dated")."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from domain.disputes import DisputeReason


class NonPayment(StrEnum):
    """Reasons for non-payment. `SILENT` is where nobody has told any."""

    CANNOT_PAY_NOW = "cannot_pay_now"
    DISSATISFIED = "dissatisfied"
    INSOLVENT = "insolvent"
    ADMINISTRATIVE = "administrative"
    DISPUTED = "disputed"
    SILENT = "silent"


PAPERWORK = frozenset({DisputeReason.MISSING_PO, DisputeReason.WRONG_ENTITY, DisputeReason.ALREADY_PAID})
"""Disputes that papers settle: nobody contests what was delivered or its price."""

_TOLD = (
    ("insolvency", NonPayment.INSOLVENT),
    ("hardship", NonPayment.CANNOT_PAY_NOW),
    ("complaint", NonPayment.DISSATISFIED),
    ("payment_plan", NonPayment.CANNOT_PAY_NOW),
    ("terms_extension_request", NonPayment.CANNOT_PAY_NOW),
    ("already_paid", NonPayment.ADMINISTRATIVE),
    ("invoice_copy_request", NonPayment.ADMINISTRATIVE),
    ("statement_request", NonPayment.ADMINISTRATIVE),
    ("wrong_contact", NonPayment.ADMINISTRATIVE),
)
"""Intent → reason, the weightiest first."""


def reason_told(intents: Collection[str], dispute: DisputeReason | None) -> NonPayment | None:
    """The reason that a reply tells; None where it tells none (a promise, an acknowledgement, an absence)."""
    if "insolvency" in intents:
        return NonPayment.INSOLVENT
    if dispute is not None:
        return NonPayment.ADMINISTRATIVE if dispute in PAPERWORK else NonPayment.DISPUTED
    return next((reason for intent, reason in _TOLD if intent in intents), None)
