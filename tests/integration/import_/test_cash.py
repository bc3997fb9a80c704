"""Payments and credits: applied to what they name, capped, kept, taken back."""

import pytest

from domain.errors import BadInput

INV = "number,customer,issued,due,amount,currency"
PAY = "reference,customer,date,amount,currency,invoice"
CRE = "number,customer,date,amount,currency,invoice"


@pytest.fixture
def books(ledger):
    """Two open invoices of C1: A1 of 100, A2 of 50."""
    ledger.load("invoices", f"{INV}\nA1,C1,2026-05-01,2026-05-31,100,EUR\nA2,C1,2026-05-01,2026-05-31,50,EUR\n")
    return ledger


def pay(books, *rows, **options):
    report = books.load("payments", "\n".join([PAY, *rows]), **options)
    found = report.of("payments")
    return found.inserted, found.updated, found.unchanged


def test_a_payment_reduces_the_invoice_from_its_own_day(books):
    assert pay(books, "P1,C1,2026-06-10,30,EUR,A1") == (1, 0, 0)
    assert books.open("A1") == 7000
    assert (books.open_on("A1", "2026-06-09"), books.open_on("A1", "2026-06-10")) == (10000, 7000)
    assert pay(books, "P1,C1,2026-06-10,30,EUR,A1") == (0, 0, 1)
    assert books.open("A1") == 7000


def test_an_overpayment_is_capped_and_the_rest_stays_unapplied(books):
    pay(books, "P1,C1,2026-06-10,130,EUR,A1")
    assert (books.open("A1"), books.open("A2"), books.unapplied()) == (0, 5000, 3000)


def test_two_payments_of_one_invoice_share_it_by_their_days(books):
    pay(books, "P2,C1,2026-06-12,80,EUR,A1", "P1,C1,2026-06-10,80,EUR,A1")
    assert books.rows("SELECT reference, unapplied_minor FROM payment ORDER BY 1") == [("P1", 0), ("P2", 6000)]


def test_a_payment_that_names_nothing_is_unapplied_cash(books):
    report = books.load("payments", f"{PAY}\nP1,C1,2026-06-10,30,EUR,\nP2,C1,2026-06-10,5,EUR,ZZ\n")
    assert (books.open("A1"), books.unapplied()) == (10000, 3500)
    assert any("1 payments name an invoice that is not known" in each for each in report.statements)


def test_cash_that_came_before_its_invoice_is_applied_when_the_invoice_comes(books):
    pay(books, "P1,C1,2026-06-10,30,EUR,B7")
    books.load("credits", f"{CRE}\nK1,C1,2026-06-11,20,EUR,B7\n")
    assert books.unapplied() == 5000
    books.load("invoices", f"{INV}\nB7,C1,2026-06-12,2026-07-12,100,EUR\n")
    assert (books.open("B7"), books.unapplied()) == (5000, 0)
    assert books.open_on("B7", "2026-06-12") == 5000
    assert books.open_on("B7", "2026-06-11") == 0, "never below nothing before its issue"


def test_cash_in_another_currency_is_not_applied(books):
    pay(books, "P1,C1,2026-06-10,30,USD,A1")
    assert (books.open("A1"), books.unapplied()) == (10000, 3000)


def test_a_corrected_amount_is_taken_back_and_applied_anew(books):
    pay(books, "P1,C1,2026-06-10,100,EUR,A1", as_of=books.today.replace(day=10))
    assert pay(books, "P1,C1,2026-06-10,10,EUR,A1") == (0, 1, 0)
    assert books.open("A1") == 9000
    assert books.open_on("A1", "2026-06-14") == 0, "as it was known to be on that day"
    assert pay(books, "P1,C1,2026-06-10,10,EUR,A1") == (0, 0, 1)


def test_a_payment_moved_to_another_invoice_leaves_the_first(books):
    pay(books, "P1,C1,2026-06-10,50,EUR,A1")
    pay(books, "P1,C1,2026-06-10,50,EUR,A2")
    assert (books.open("A1"), books.open("A2"), books.unapplied()) == (10000, 0, 0)


def test_a_corrected_day_moves_the_history(books):
    pay(books, "P1,C1,2026-06-10,50,EUR,A1")
    pay(books, "P1,C1,2026-06-12,50,EUR,A1")
    assert (books.open_on("A1", "2026-06-11"), books.open_on("A1", "2026-06-12")) == (10000, 5000)
    assert books.open("A1") == 5000


def test_what_a_person_took_off_an_invoice_is_not_put_back(books):
    pay(books, "P1,C1,2026-06-10,50,EUR,A1")
    with books.database.write() as unit:
        from sqlalchemy import text

        for statement in (
            "UPDATE application SET reversed_on = '2026-06-11'",
            "UPDATE payment SET unapplied_minor = 5000",
            "UPDATE document SET open_minor = 10000 WHERE number = 'A1'",
            """INSERT INTO ledger_entry (document_id, effective_on, recorded_at, kind, amount_minor)
            SELECT document_id, '2026-06-11', '2026-06-11 00:00:00', 'reversal', 5000 FROM application""",
        ):
            unit.connection.execute(text(statement))
        unit.commit()
    books.load("invoices", f"{INV}\nA1,C1,2026-05-01,2026-05-31,100,EUR\n")
    pay(books, "P1,C1,2026-06-10,50,EUR,A1")
    assert (books.open("A1"), books.unapplied()) == (10000, 5000)


def test_an_invoice_amended_below_its_payments_frees_the_newest(books):
    pay(books, "P1,C1,2026-06-10,60,EUR,A1", "P2,C1,2026-06-11,40,EUR,A1")
    books.load("invoices", f"{INV}\nA1,C1,2026-05-01,2026-05-31,70,EUR\n")
    assert books.open("A1") == 0
    assert books.rows("SELECT reference, unapplied_minor FROM payment ORDER BY 1") == [("P1", 0), ("P2", 3000)]


def test_a_credit_that_names_an_invoice_reduces_it_and_one_that_does_not_stands_apart(books):
    books.load("credits", f"{CRE}\nK1,C1,2026-06-10,30,EUR,A1\nK2,C1,2026-06-10,5,EUR,\n")
    assert (books.open("A1"), books.unapplied()) == (7000, 500)
    assert books.rows("SELECT kind FROM ledger_entry WHERE amount_minor < 0") == [("credit",)]
    report = books.load("credits", f"{CRE}\nK1,C1,2026-06-10,30,EUR,A1\nK2,C1,2026-06-10,5,EUR,\n")
    assert report.of("credits").unchanged == 2


PAID = f"{INV},paid_amount\nA1,C1,2026-05-01,2026-05-31,100,EUR,40\n"


def test_where_payments_are_believed_a_paid_amount_is_refused(books):
    pay(books, "P1,C1,2026-06-10,30,EUR,A1")
    before = books.everything()
    with pytest.raises(BadInput, match=r"line 2: carries the invoices' paid_amount.*--authority paid_amount"):
        books.load("invoices", PAID)
    assert books.everything() == before
    books.load("invoices", PAID.replace(",40\n", ",0\n"))
    assert books.open("A1") == 7000, "a paid amount of nothing carries no cash"


def test_where_paid_amounts_are_believed_payments_are_refused(books):
    books.load("invoices", PAID)
    with pytest.raises(BadInput, match=r"line 2: carries payment rows.*--authority payments"):
        pay(books, "P1,C1,2026-06-10,30,EUR,A1")


def test_changing_over_to_paid_amounts_keeps_what_payments_covered(books):
    pay(books, "P1,C1,2026-06-10,30,EUR,A1", "P2,C1,2026-06-10,50,EUR,A2")
    books.load("invoices", PAID, authority="paid_amount")
    assert (books.open("A1"), books.open("A2"), books.unapplied()) == (6000, 0, 0)
    books.load("invoices", PAID)
    assert books.open("A1") == 6000


def test_changing_over_to_payments_keeps_what_the_source_said(books):
    books.load("invoices", PAID)
    pay(books, "P9,C1,2026-06-15,20,EUR,A1", authority="payments")
    assert (books.open("A1"), books.unapplied()) == (4000, 0)


def test_a_file_that_gives_cash_both_ways_is_refused(books):
    mapping = """
[invoices]
columns = { number = "n", customer = "c", issued = "d", due = "d", amount = "a", paid_amount = "p" }
constants = { currency = "EUR" }
[payments]
columns = { reference = "n", customer = "c", date = "d", amount = "p", invoice = "n" }
constants = { currency = "EUR" }
"""
    with pytest.raises(BadInput, match="cash would count twice"):
        books.load("invoices", "n,c,d,a,p\nA3,C1,2026-06-01,10,5\n", mapping=mapping)
