"""Families of promises: shares, rests, rhythms, invoices singled out, days told by the way; several languages each."""

from datetime import datetime
from decimal import Decimal

from outreach.replies.model import OpenInvoice, Reply, ReplyContext
from outreach.replies.understand import understand_reply

MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
_LOCALES = {"en": "en-GB", "es": "es-ES", "fr": "fr-FR", "de": "de-DE", "ja": "ja-JP"}


def read(language: str, text: str, **amounts: str) -> tuple[list[tuple[str, str | None]], tuple[str, ...]]:
    """The instalments (month-day, amount) and invoices of a reply on Monday, 2 March 2026."""
    currency = {"ja": "JPY", "en": "GBP"}.get(language, "EUR")
    invoices = tuple(
        OpenInvoice(n.replace("_", "-"), MONDAY.date(), Decimal(a), currency, "") for n, a in amounts.items()
    )
    reply = Reply(
        channel="email", body=text, subject="", from_name="", received_at=MONDAY, timezone="UTC",
        locale=_LOCALES[language], headers={},
    )  # fmt: skip
    found = understand_reply(reply, ReplyContext(invoices, ())).promise
    if found is None:
        return [], ()
    parts = [(f"{p.date:%m-%d}", None if p.amount is None else f"{p.amount.normalize():f}") for p in found.instalments]
    return parts, found.invoices
