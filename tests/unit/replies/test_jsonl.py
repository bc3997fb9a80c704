"""`dunwell understand`: a JSON object a line in, one a line out."""

import io
import json

import pytest

from domain.errors import BadInput
from outreach.replies.jsonl import main

ROW = {
    "id": "a-1",
    "channel": "email",
    "received_at": "2026-05-12T10:00:00+01:00",
    "timezone": "Europe/London",
    "customer_locale": "en-GB",
    "body": "Will be paid on Friday.",
    "context": {"open_invoices": [{"number": "INV-1", "amount": "10.00", "currency": "GBP", "due_date": "2026-04-30"}]},
}


def run(text: str) -> list[dict[str, object]]:
    out = io.StringIO()
    main(io.StringIO(text), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_line_is_answered_with_its_id_and_evidence() -> None:
    (answer,) = run(json.dumps(ROW) + "\n\n")
    assert answer["id"] == "a-1"
    assert answer["intents"] == ["promise_to_pay"]
    assert answer["promise"] == {
        "installments": [{"date": "2026-05-15", "amount": None, "currency": "GBP"}],
        "invoices": [],
    }
    assert answer["needs_human"] is False
    assert answer["evidence"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"id": 1}',
        json.dumps(ROW | {"received_at": "yesterday"}),
        json.dumps(ROW | {"received_at": "2026-05-12T10:00:00"}),
    ],
)
def test_a_line_that_is_no_reply_is_named(line: str) -> None:
    with pytest.raises(BadInput, match="line 1"):
        run(line)
