"""Tasks: what a person must do. Cause, owner, due day, money at stake, outcome (rules.md)."""

from __future__ import annotations

from enum import StrEnum


class TaskCause(StrEnum):
    """Why a task exists."""

    CALL = "call"
    LETTER = "letter"
    NO_ADDRESS = "no_address"
    COVERED_BY_CREDIT = "covered_by_credit"
    REPLY = "reply"
    PROMISE_OFFERED = "promise_offered"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_COVERED = "promise_covered_by_unapplied"
    TRACE_PAYMENT = "trace_payment"
    PROOF_OF_PAYMENT = "proof_of_payment"
    DISPUTE = "dispute"
    INSOLVENCY = "insolvency"
    APPROVE_FINAL = "approve_final"
    APPROVE_PLAN = "approve_plan"
    UNKNOWN_OUTCOME = "unknown_outcome"
    SEND_FAILED = "send_failed"
    LEDGER_STALE = "ledger_stale"
    LEDGER_DOUBT = "ledger_doubt"
    CYCLE_FINISHED = "cycle_finished"
    COPY_REQUEST = "copy_request"
    WRONG_CONTACT = "wrong_contact"
    TERMS_EXTENSION = "terms_extension"
    BOUNCED = "bounced"
    SPAM_COMPLAINT = "spam_complaint"
    ALERT = "alert"


class TaskStatus(StrEnum):
    """A task is open until somebody gives its outcome."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
