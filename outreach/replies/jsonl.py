"""`dunwell understand`: labelled-reply JSON lines in, readings out, one object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO

from domain.errors import BadInput
from outreach.replies.model import OpenInvoice, Reply, ReplyContext, Understanding
from outreach.replies.understand import understand_reply


def main(stdin: TextIO, stdout: TextIO) -> None:
    """Understand one reply a line of `stdin`, write one answer a line to `stdout`.

    Raises BadInput naming the line for anything that is not a reply.
    """
    for number, line in enumerate(stdin, 1):
        if line.strip():
            row = _parse(line, number)
            stdout.write(json.dumps(answer(row, number), ensure_ascii=False) + "\n")


def answer(row: Mapping[str, Any], number: int = 1) -> dict[str, Any]:
    """A reply as a JSON object → `id`, the reading and its evidence as one. Raises BadInput for a missing field."""
    try:
        reply, context = read_reply(row), read_context(row.get("context") or {})
    except (KeyError, ValueError, TypeError, InvalidOperation) as error:
        raise BadInput(
            f"line {number}: not a reply with id, channel, body, received_at, timezone and context ({error!r})"
        ) from None
    return {"id": row.get("id"), **as_json(understand_reply(reply, context))}


def _parse(line: str, number: int) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"line {number}, column {error.colno}: not JSON ({error.msg}); one object a line is expected"
        ) from None
    if not isinstance(row, dict):
        raise BadInput(f"line {number}: a JSON object is expected, got {type(row).__name__}")
    return row


def read_reply(row: Mapping[str, Any]) -> Reply:
    """The fields of a reply from a JSON object."""
    return Reply(
        channel=row["channel"],
        body=row["body"],
        received_at=datetime.fromisoformat(row["received_at"]),
        timezone=row["timezone"],
        locale=(row.get("customer_locale") or "en").replace("-", "_"),
        subject=row.get("subject") or "",
        from_name=row.get("from_name") or "",
        headers={k.lower(): str(v) for k, v in (row.get("headers") or {}).items()},
    )


def read_context(row: Mapping[str, Any]) -> ReplyContext:
    """Open invoices from a JSON object."""
    return ReplyContext(
        tuple(
            OpenInvoice(
                number=item["number"],
                amount=Decimal(str(item["amount"])),
                currency=item["currency"],
                due_on=date.fromisoformat(item["due_date"]),
                po_number=item.get("po_number"),
            )
            for item in row.get("open_invoices") or ()
        )
    )


def as_json(understanding: Understanding) -> dict[str, Any]:
    """A reading as plain values: dates in ISO 8601, amounts as decimal strings."""
    u = understanding
    return {
        "language": u.language,
        "intents": [i.value for i in u.intents],
        "promise": None
        if u.promise is None
        else {
            "installments": [
                {"date": i.date.isoformat(), "amount": _amount(i.amount), "currency": i.currency}
                for i in u.promise.instalments
            ],
            "invoices": list(u.promise.invoices),
        },
        "dispute": None
        if u.dispute is None
        else {
            "reason": u.dispute.reason.value,
            "invoices": list(u.dispute.invoices),
            "amount": _amount(u.dispute.amount),
        },
        "paid": None
        if u.paid is None
        else {
            "date": u.paid.date.isoformat() if u.paid.date else None,
            "amount": _amount(u.paid.amount),
            "reference": u.paid.reference,
            "invoices": list(u.paid.invoices),
        },
        "new_contact": None
        if u.new_contact is None
        else {"name": u.new_contact.name, "email": u.new_contact.email, "phone": u.new_contact.phone},
        "needs_human": u.needs_human,
        "doubts": list(u.doubts),
        "evidence": [{"finding": e.finding, "quote": e.quote, "confidence": e.confidence} for e in u.evidence],
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
