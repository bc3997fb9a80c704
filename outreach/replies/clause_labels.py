"""What a clause of a reply can say: the labels of the examples in `corpus/` and of the model that learns from them."""

from __future__ import annotations

from enum import StrEnum

from domain.disputes import DisputeReason
from outreach.replies.model import Intent


class Label(StrEnum):
    """What one clause says. `NONE` says nothing about paying: greetings, background, third parties, other dates."""

    PROMISE = "promise"
    PROMISE_VAGUE = "promise_vague"
    PROMISE_CONDITIONAL = "promise_conditional"
    PLAN = "plan"
    REFUSAL = "refusal"
    PAID = "paid"
    PAID_QUESTION = "paid_question"
    REMITTANCE = "remittance"
    DISPUTE_PRICE = "dispute_price"
    DISPUTE_QUANTITY = "dispute_quantity"
    DISPUTE_QUALITY = "dispute_quality"
    DISPUTE_DAMAGED = "dispute_damaged"
    DISPUTE_NOT_RECEIVED = "dispute_not_received"
    DISPUTE_DUPLICATE = "dispute_duplicate"
    DISPUTE_MISSING_PO = "dispute_missing_po"
    DISPUTE_TAX = "dispute_tax"
    DISPUTE_WRONG_ENTITY = "dispute_wrong_entity"
    DISPUTE_CONTRACT = "dispute_contract"
    DISPUTE_ALREADY_PAID = "dispute_already_paid"
    DISPUTE_CANCELLED = "dispute_cancelled"
    DISPUTE_CREDIT_MISSING = "dispute_credit_missing"
    DISPUTE_OTHER = "dispute_other"
    COPY_REQUEST = "copy_request"
    STATEMENT_REQUEST = "statement_request"
    EXTENSION = "extension"
    WRONG_CONTACT = "wrong_contact"
    OPT_OUT = "opt_out"
    INSOLVENCY = "insolvency"
    LEGAL = "legal"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    OUT_OF_OFFICE = "out_of_office"
    ACKNOWLEDGEMENT = "acknowledgement"
    QUESTION = "question"
    NONE = "none"


LABELS = tuple(Label)
"""In the order in which the weights number them."""

_WIDER = {DisputeReason.DAMAGED: DisputeReason.QUALITY, DisputeReason.CANCELLED: DisputeReason.CONTRACT}
"""Reasons that a person may name and that are read as wider ones: replies can't be told apart so finely."""


def _labels_by_reason() -> dict[DisputeReason, tuple[Label, ...]]:
    found: dict[DisputeReason, tuple[Label, ...]] = {}
    for label in Label:
        if label.value.startswith("dispute_"):
            reason = DisputeReason(label.value.removeprefix("dispute_"))
            wider = _WIDER.get(reason, reason)
            found[wider] = (*found.get(wider, ()), label)
    return found


REASONS = _labels_by_reason()
"""The reasons that are read from replies, and what clauses of such disputes are labelled."""

MEANT = {
    Label.PROMISE: frozenset({Intent.PROMISE_TO_PAY, Intent.PAYMENT_PLAN, Intent.REMITTANCE_ADVICE}),
    Label.PROMISE_VAGUE: frozenset({Intent.PROMISE_TO_PAY, Intent.ACKNOWLEDGEMENT}),
    Label.PROMISE_CONDITIONAL: frozenset({Intent.PROMISE_TO_PAY}),
    Label.PLAN: frozenset({Intent.PAYMENT_PLAN, Intent.PROMISE_TO_PAY}),
    Label.PAID: frozenset({Intent.ALREADY_PAID, Intent.REMITTANCE_ADVICE}),
    Label.PAID_QUESTION: frozenset({Intent.ALREADY_PAID}),
    Label.REMITTANCE: frozenset({Intent.REMITTANCE_ADVICE, Intent.ALREADY_PAID}),
    Label.COPY_REQUEST: frozenset({Intent.INVOICE_COPY_REQUEST}),
    Label.STATEMENT_REQUEST: frozenset({Intent.STATEMENT_REQUEST}),
    Label.EXTENSION: frozenset({Intent.TERMS_EXTENSION_REQUEST}),
    Label.WRONG_CONTACT: frozenset({Intent.WRONG_CONTACT}),
    Label.OPT_OUT: frozenset({Intent.OPT_OUT}),
    Label.INSOLVENCY: frozenset({Intent.INSOLVENCY}),
    Label.HARDSHIP: frozenset({Intent.HARDSHIP}),
    Label.COMPLAINT: frozenset({Intent.COMPLAINT}),
    Label.ACKNOWLEDGEMENT: frozenset({Intent.ACKNOWLEDGEMENT}),
}
"""Intents by which a clause of a label is explained; a dispute's by `dispute`."""
