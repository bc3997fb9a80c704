"""The plainest sentences that customers write about an invoice: each is understood without a person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from outreach.replies.model import Intent, OpenInvoice, Reply, ReplyContext
from outreach.replies.understand import understand_reply

CONTEXT = ReplyContext((OpenInvoice("INV-2031", Decimal("1000.00"), "EUR", date(2026, 3, 2), None),))


@pytest.mark.parametrize(
    ("locale", "words", "intent"),
    [
        ("en_IE", "We will pay invoice INV-2031 on 24 March 2026.", Intent.PROMISE_TO_PAY),
        ("en_US", "We will pay the invoice on March 24, 2026.", Intent.PROMISE_TO_PAY),
        ("fr_FR", "Nous paierons la facture INV-2031 le 24 mars 2026.", Intent.PROMISE_TO_PAY),
        ("es_ES", "Pagaremos la factura INV-2031 el 24 de marzo de 2026.", Intent.PROMISE_TO_PAY),
        ("de_DE", "Wir zahlen die Rechnung INV-2031 am 24. März 2026.", Intent.PROMISE_TO_PAY),
        ("ja_JP", "請求書INV-2031は3月24日に支払います。", Intent.PROMISE_TO_PAY),
        ("en_IE", "We have already paid invoice INV-2031 on 6 March 2026!", Intent.ALREADY_PAID),
        ("fr_FR", "Nous avons déjà payé la facture INV-2031 le 6 mars.", Intent.ALREADY_PAID),
        ("es_ES", "Ya hemos pagado la factura INV-2031 el 6 de marzo.", Intent.ALREADY_PAID),
        ("de_DE", "Wir haben die Rechnung INV-2031 bereits am 6. März bezahlt.", Intent.ALREADY_PAID),
        ("ja_JP", "請求書INV-2031は3月6日に支払い済みです。", Intent.ALREADY_PAID),
        ("en_IE", "We have the invoice and will pay on 24 March 2026.", Intent.PROMISE_TO_PAY),
        ("en_IE", "I don't have invoice INV-2031, please send it.", Intent.INVOICE_COPY_REQUEST),
    ],
)
def test_a_plain_sentence_has_one_meaning(locale: str, words: str, intent: Intent) -> None:
    reply = Reply(
        channel="email", body=words, received_at=datetime(2026, 3, 10, 10, tzinfo=UTC), timezone="Europe/Dublin",
        locale=locale, subject="Re: Reminder", from_name="", headers={},
    )  # fmt: skip
    found = understand_reply(reply, CONTEXT)
    assert found.intents == (intent,)
    assert not found.needs_human
    if intent is Intent.PROMISE_TO_PAY:
        assert found.promise is not None
        assert [part.date for part in found.promise.instalments] == [date(2026, 3, 24)]
