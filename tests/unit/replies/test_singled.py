"""Invoices that are singled out without their number: by size, by sum, by the end of the number."""

from datetime import date
from decimal import Decimal

import pytest

from outreach.replies.model import OpenInvoice
from outreach.replies.references import find_invoices
from outreach.replies.singled import find_singled

OPEN = tuple(
    OpenInvoice(number, Decimal(amount), "EUR", date(2026, 5, 1))
    for number, amount in (("RE-20418", "1265.00"), ("RE-20455", "840.37"))
)


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "I'll send the smaller one on Thursday", "RE-20455"),
        ("en", "the 1,265 one goes out tomorrow", "RE-20418"),
        ("es", "la grande la pago el viernes", "RE-20418"),
        ("es", "la de 840,37 ya está pagada", "RE-20455"),
        ("fr", "La petite est réglée", "RE-20455"),
        ("fr", "Pour la grosse, le virement est prévu fin janvier", "RE-20418"),
        ("de", "die kleinere von beiden bekommen Sie am Freitag", "RE-20455"),
        ("de", "die über 1.265,00 ist angewiesen", "RE-20418"),
        ("ja", "小さい方は今月末に払います", "RE-20455"),
    ],
)
def test_one_is_singled_out(language: str, text: str, number: str) -> None:
    assert [m.number for m in find_singled(text, language, OPEN)] == [number]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "a small delay, and a large order"),
        ("fr", "une petite question, la petite équipe"),
        ("de", "die kleine Verspätung tut uns leid"),
        ("es", "la mayor parte está pagada"),
        ("en", "we pay 1,265 on Friday"),
    ],
)
def test_what_is_small_or_large_otherwise_singles_out_none(language: str, text: str) -> None:
    assert find_singled(text, language, OPEN) == []


def test_with_one_open_invoice_there_is_none_to_single_out() -> None:
    assert find_singled("the smaller one", "en", OPEN[:1]) == []


@pytest.mark.parametrize(
    "text",
    [
        "the one ending 418 went on Friday",
        "celle qui finit par 418",
        "la que termina en 418",
        "die endet auf 418",
        "末尾418は",
    ],
)
def test_the_end_of_a_number_names_it(text: str) -> None:
    assert [m.number for m in find_invoices(text, OPEN)] == ["RE-20418"]


def test_an_end_that_two_have_names_none() -> None:
    twins = tuple(OpenInvoice(number, Decimal(1), "EUR", date(2026, 5, 1)) for number in ("A418", "B418"))
    assert find_invoices("the one ending 418", twins) == []
