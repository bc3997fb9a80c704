"""Invariants 1, 11 and 13: nobody is chased for what they don't owe, money is exact, bad input is refused whole."""

from __future__ import annotations

import re
from datetime import date

import pytest

from domain.errors import BadInput
from domain.tasks import TaskCause
from tests.scenarios.stories.house import CUSTOMERS, INVOICES, MONDAY, House, day_after
from workflows.import_ledger import ImportRefused

DUE = day_after(-7)


def test_1_what_was_paid_between_the_plan_and_the_sending_is_not_asked_for(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.export(MONDAY)
    assert house.plan(MONDAY).messages == 1
    house.pays("100.00", MONDAY, invoice="INV-1")
    house.export(MONDAY)
    assert house.send(MONDAY) == {"cancelled": 1}
    assert house.mails() == []
    assert house.why(MONDAY) == {"INV-1": ("not_sent", "zero_balance")}


def test_1_of_a_part_paid_invoice_only_the_residual_is_asked_for(house: House) -> None:
    house.invoice("INV-1", due=DUE, amount="1000.00")
    house.pays("400.00", day_after(-3), invoice="INV-1")
    house.export(MONDAY)
    house.plan(MONDAY)
    house.pays("150.00", MONDAY, invoice="INV-1")
    house.export(MONDAY)
    house.send(MONDAY)
    [mail] = house.mails()
    assert house.rows("SELECT asked_minor FROM message") == [(45_000,)]
    assert "€450.00" in mail.text
    assert "€600.00" not in mail.text
    assert "€450.00" in mail.html


def test_1_credited_written_off_or_zero_is_never_asked_for(small_house: House) -> None:
    for number in ("CREDITED", "WRITTEN", "ZERO"):
        small_house.invoice(number, due=DUE, amount="0.00" if number == "ZERO" else "100.00")
    small_house.invoice("OWED", due=DUE)
    small_house.credit("100.00", day_after(-1), invoice="CREDITED")
    small_house.export(MONDAY)
    small_house.do("UPDATE document SET written_off = true WHERE number = 'WRITTEN'")
    [mail] = small_house.day(MONDAY)
    assert "OWED" in mail.text
    assert not re.search("CREDITED|WRITTEN|ZERO", mail.text + mail.html)
    assert small_house.why(MONDAY) == {"OWED": ("contacted", None), "WRITTEN": ("skipped", "written_off")}


def test_1_a_ledger_that_is_not_fresh_sends_nothing_and_says_so(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.export(day_after(-4))  # Thursday: two business days old on Monday
    report = house.plan(MONDAY)
    assert (report.messages, report.stale) == (0, True)
    assert house.why(MONDAY) == {"INV-1": ("skipped", "ledger_stale")}
    [task] = house.tasks(TaskCause.LEDGER_STALE)
    assert "2026-03-05" in task["note"]

    assert house.send(MONDAY) == {}
    assert [mail.to for mail in house.day(day_after(1))] == ["ap@acme.example"]


def test_1_a_ledger_of_friday_is_fresh_on_monday(small_house: House) -> None:
    small_house.invoice("INV-1", due=DUE)
    small_house.export(day_after(-3))
    assert small_house.plan(MONDAY).messages == 1


def test_1_credit_notes_and_unapplied_cash_are_shown_and_netted(small_house: House) -> None:
    small_house.invoice("INV-1", due=DUE, amount="1000.00")
    small_house.credit("120.00", day_after(-2))
    small_house.pays("80.00", day_after(-1))
    [mail] = small_house.day(MONDAY)
    for amount in ("€1,000.00", "€120.00", "€80.00", "€800.00"):
        assert amount in mail.text
        assert amount in mail.html
    assert small_house.rows("SELECT open_minor FROM document") == [(100_000,)], "shown, never allocated by itself"


def test_1_unapplied_cash_that_covers_what_is_overdue_is_a_task_and_no_message(house: House) -> None:
    house.invoice("INV-1", due=DUE, amount="1000.00")
    house.pays("1000.00", day_after(-1))
    assert house.day(MONDAY) == []
    assert house.why(MONDAY) == {"INV-1": ("skipped", "covered_by_credit")}
    [task] = house.tasks(TaskCause.COVERED_BY_CREDIT)
    assert (task["customer"], task["stake_minor"], task["stake_currency"]) == ("C1", 100_000, "EUR")


def test_1_a_payment_that_bounced_opens_the_invoice_and_it_is_asked_for_again(small_house: House) -> None:
    paid = f"{INVOICES},paid_amount\nINV-1,C1,2026-01-31,{DUE},100.00,EUR,MAIN,"
    small_house.load("invoices", f"{paid}100.00\n", MONDAY)
    assert small_house.plan(MONDAY).messages == 0
    small_house.load("invoices", f"{paid}0.00\n", day_after(1))
    assert small_house.plan(day_after(1)).messages == 1


AMOUNT = re.compile(r"€(-?[\d,]+\.\d\d)")


def _cents(found: str) -> int:
    return round(float(found.replace(",", "")) * 100)


def test_11_the_lines_of_a_message_add_up_to_its_total_to_the_cent(house: House) -> None:
    amounts = ("0.10", "0.20", "19.99", "1234567.89", "33.33", "33.34")
    for number, amount in enumerate(amounts, 1):
        house.invoice(f"INV-{number}", due=DUE, amount=amount)
    house.pays("0.05", day_after(-1), invoice="INV-2")
    [mail] = house.day(MONDAY)
    total = sum(_cents(amount) for amount in amounts) - 5
    assert house.rows("SELECT asked_minor FROM message") == [(total,)]
    assert house.rows("SELECT SUM(asked_minor) FROM touch") == [(total,)]
    lines = [line for line in mail.text.splitlines() if line.strip().startswith("Amount:")]
    residuals = [_cents(AMOUNT.findall(line)[-1]) for line in lines]
    assert len(residuals) == len(amounts)
    assert sum(residuals) == total
    assert f"€{total / 100:,.2f}" in mail.text


def test_11_currencies_with_no_and_with_three_decimals_are_exact(small_house: House) -> None:
    small_house.invoice("YEN", due=DUE, amount="1000001", currency="JPY")
    small_house.invoice("DINAR", due=DUE, amount="10.005", currency="KWD")
    mails = small_house.day(MONDAY)
    assert sorted(small_house.rows("SELECT currency, asked_minor FROM message")) == [
        ("JPY", 1_000_001),
        ("KWD", 10_005),
    ]
    words = "".join(mail.text for mail in mails)
    assert "1,000,001" in words
    assert "10.005" in words


@pytest.mark.parametrize(
    ("cell", "read"), [("12.34.5", "12.34.5"), ("1e3", "1e3"), ("-5.00", "-5.00"), ("10.001", "10.001")]
)
def test_13_one_bad_cell_refuses_the_whole_file_and_says_where_what_and_what_was_expected(
    small_house: House, cell: str, read: str
) -> None:
    good = f"A1,C1,2026-01-01,{DUE},100.00,EUR,MAIN"
    bad = good.replace("A1", "A2").replace("100.00", cell)
    with pytest.raises(ImportRefused) as refused:
        small_house.load("invoices", f"{INVOICES}\n{good}\n{bad}\n", MONDAY, name="march.csv")
    [fault] = [line for line in str(refused.value).splitlines() if line.startswith("march.csv")]
    assert fault.startswith(f"march.csv, line 3, column amount: read '{read}': ")
    assert small_house.rows("SELECT COUNT(*) FROM document") == [(0,)], "nothing is half-imported"


def test_13_a_due_day_that_does_not_exist_is_refused_and_yesterdays_ledger_stays(small_house: House) -> None:
    small_house.invoice("A1", due=DUE)
    small_house.export(MONDAY)
    before = small_house.rows("SELECT number, open_minor, due_on FROM document")
    broken = f"{INVOICES}\nA1,C1,2026-01-31,2026-02-30,50.00,EUR,MAIN\n"
    with pytest.raises(BadInput, match="2026-02-30"):
        small_house.load("invoices", broken, day_after(1))
    assert small_house.rows("SELECT number, open_minor, due_on FROM document") == before
    assert [str(day) for (day,) in small_house.rows("SELECT ledger_as_of FROM legal_entity")] == [str(MONDAY)]


def test_13_when_one_recipients_letter_can_not_be_made_it_is_reported_and_the_others_go(small_house: House) -> None:
    header, first = CUSTOMERS.splitlines()
    more = [first.replace("C1", f"C{n}").replace("ap@acme", f"ap@c{n}") for n in (2, 3)]
    small_house.load("customers", "\n".join([header, *more]), day_after(-30))
    for number in (1, 2, 3):
        small_house.invoice(f"INV-{number}", f"C{number}", due=DUE)
    small_house.export(MONDAY)
    small_house.plan(MONDAY)
    small_house.do("UPDATE message SET locale = 'sv_SE' WHERE address = 'ap@c2.example'")
    assert small_house.send(MONDAY) == {"sent": 2, "failed": 1}
    assert sorted(mail.to for mail in small_house.mails()) == ["ap@acme.example", "ap@c3.example"]
    [task] = small_house.tasks(TaskCause.SEND_FAILED)
    assert task["customer"] == "C2"
    assert "ap@c2.example" in task["note"]


def test_13_an_older_ledger_day_is_never_taken_for_fresh(small_house: House) -> None:
    small_house.invoice("A1", due=DUE)
    small_house.export(MONDAY)
    small_house.load("invoices", INVOICES, date(2026, 2, 2))
    [(as_of,)] = small_house.rows("SELECT ledger_as_of FROM legal_entity")
    assert str(as_of) == str(MONDAY)
