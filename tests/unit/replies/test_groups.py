"""Invoices told by their place among others: by age, by size, in a row, or all but one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from outreach.replies.message import Message, read_message
from outreach.replies.model import OpenInvoice, Reply, ReplyContext
from outreach.replies.scopes import named_between

OPEN = tuple(
    OpenInvoice(number, Decimal(amount), "EUR", due)
    for number, amount, due in (
        ("F-30112", "1200.00", date(2026, 4, 10)),
        ("F-30140", "800.00", date(2026, 4, 25)),
        ("F-30178", "345.50", date(2026, 5, 2)),
    )
)
HOME = {"en": "en-GB", "es": "es-ES", "fr": "fr-FR", "de": "de-DE", "ja": "ja-JP"}


def read(language: str, text: str, invoices: tuple[OpenInvoice, ...] = OPEN) -> Message:
    reply = Reply("email", text, datetime(2026, 5, 13, 9, tzinfo=UTC), "UTC", HOME[language])
    return read_message(reply, ReplyContext(invoices))


def meant(language: str, text: str) -> str:
    """The first digits that differ of the invoices meant: "12 40"."""
    message = read(language, text)
    return " ".join(sorted(number[-2:] for number in named_between(message, 0, len(message.text))))


@pytest.mark.parametrize(
    ("language", "text", "numbers"),
    [
        ("es", "El lunes pagamos todas menos la 30140", "12 78"),
        ("es", "Quitando la 30112, el viernes queda todo al día", "40 78"),
        ("es", "A excepción de la 30112 y la 30140, todo sale el jueves", "78"),
        ("es", "La 30112 no, las otras dos sí", "40 78"),
        ("en", "Everything bar 30140 goes out on Monday", "12 78"),
        ("en", "30112 and 30140 left us on the 5th, 30178 is the only one still open", "12 40"),
        ("en", "All paid on Friday except for invoice 30112", "40 78"),
        ("en", "The lot is going Tuesday, 30178 excluded", "12 40"),
        ("fr", "Tout part lundi, sauf la 30140", "12 78"),
        ("fr", "Hormis la F-30112, les factures seront réglées vendredi", "40 78"),
        ("de", "Bis auf die 30140 überweisen wir am Montag alles", "12 78"),
        ("de", "Alle Rechnungen außer F-30178 gehen am Freitag raus", "12 40"),
        ("ja", "F-30140以外は金曜日に振り込みます", "12 78"),
        ("es", "Las dos más antiguas salen el viernes", "12 40"),
        ("es", "La más reciente la pagamos a fin de mes", "78"),
        ("es", "Las dos pequeñas van mañana", "40 78"),
        ("es", "La primera el viernes", "12"),
        ("es", "Las dos últimas, el 29", "40 78"),
        ("en", "The two oldest will be paid on Friday", "12 40"),
        ("en", "I'll get the older pair out to you on Friday", "12 40"),
        ("en", "The first two go out tomorrow", "12 40"),
        ("en", "The newest one follows in June", "78"),
        ("fr", "Les deux plus anciennes seront réglées vendredi", "12 40"),
        ("fr", "Les deux premières partent demain", "12 40"),
        ("de", "Die beiden ältesten überweisen wir am Freitag", "12 40"),
        ("de", "Die ersten beiden gehen morgen raus", "12 40"),
        ("ja", "古い方の2件は金曜日に振り込みます", "12 40"),
        ("ja", "一番古いのだけ先に払います", "12"),
        ("ja", "一番高い請求は金曜に払います", "12"),
        ("ja", "上の2件は明日振り込みます", "12 40"),
        ("ja", "直近の1件を除き、明日振り込みます", "12 40"),
        ("ja", "30140と78は月末です", "40 78"),
        ("es", "La 30112 ya está pagada; las otras dos", "12 40 78"),
        ("en", "The bottom two will go on Monday", "40 78"),
        ("en", "Both the older invoices are down for Friday", "12 40"),
        ("en", "The May one goes on Monday", "78"),
        ("en", "Invoices from March go on Monday", "12 40"),
        ("es", "Las de abril salen el viernes", "12 40"),
        ("fr", "Celle de mai part lundi", "78"),
        ("de", "Die Rechnungen vom April gehen morgen raus", "12 40"),
        ("de", "Die Aprilrechnungen überweise ich morgen", "12 40"),
        ("de", "Alles außer der 30140 geht am Montag raus", "12 78"),
        ("de", "Die neueste begleichen wir am Freitag", "78"),
        ("de", "Den kleinsten Posten zahle ich gleich", "78"),
        ("de", "Die letzten beiden schicke ich am Freitag", "40 78"),
        ("de", "Die 30112 kommt am Montag, die beiden anderen später", "12 40 78"),
        ("de", "30112/30178 sind morgen im Lauf", "12 78"),
        ("de", "die ..140 ist morgen dran", "40"),
        ("ja", "5月分は金曜日に振り込みます", "78"),
    ],
)
def test_the_invoices_meant(language: str, text: str, numbers: str) -> None:
    assert meant(language, text) == numbers


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "En tres cuotas: la primera el viernes, la segunda el 30 y la última en junio"),
        ("es", "Es la segunda vez que lo digo"),
        ("es", "Pagamos 1.000 menos la retención"),
        ("es", "las otras cuotas van después"),
        ("en", "The first instalment goes on Friday, the last two in June"),
        ("en", "your latest email"),
        ("fr", "la première échéance vendredi"),
        ("de", "die letzten beiden Raten im Juni"),
        ("de", "Das ist schon die zweite Mahnung"),
        ("de", "die letzte Überweisung ging am Montag raus"),
    ],
)
def test_instalments_and_times_are_no_invoices(language: str, text: str) -> None:
    assert read(language, text).mentions == []


def test_the_second_is_the_second_that_was_named() -> None:
    message = read("es", "La 30140 y la 30178 son el mismo albarán. La segunda está repetida.")
    assert message.mentions[-1].number == "F-30178"


def test_who_is_told_of_one_invoice_has_no_others() -> None:
    assert read("en", "All but F-30112", OPEN[:1]).mentions[0].left_out is False


def test_what_is_overdue_is_what_was_due_before_today() -> None:
    later = (*OPEN[:2], OpenInvoice("F-30199", Decimal("10.00"), "EUR", date(2026, 6, 1)))
    message = read("en", "The ones that are overdue go on Friday", later)
    assert [m.number for m in message.mentions] == ["F-30112", "F-30140"]
    assert read("en", "The ones that are overdue go on Friday").mentions == []
