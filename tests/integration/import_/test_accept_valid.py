"""--accept-valid: the good rows go in, the bad ones into a file, and their customers are not dunned until clean."""

import pytest

INV = "number,customer,issued,due,amount,currency"


def inv(number, customer="C1", amount="100"):
    return f"{number},{customer},2026-05-01,2026-05-31,{amount},EUR"


def doubted(ledger):
    return [
        number for (number,) in ledger.rows("SELECT number FROM customer WHERE doubted_since IS NOT NULL ORDER BY 1")
    ]


def counts(report):
    found = report.of("invoices")
    return found.inserted, found.updated, found.unchanged, found.closed, found.rejected


def test_good_rows_go_in_and_bad_ones_come_back_with_their_reasons(ledger):
    text = "\n".join([INV, inv("A1"), inv("A2", amount="ten"), inv("A3", "C2"), inv("A4", "C9"), inv("A5", "C2")])
    report = ledger.load("invoices", text, accept_valid=True, name="may.csv")
    assert counts(report) == (3, 0, 0, 0, 2)
    assert ledger.rows("SELECT number FROM document ORDER BY 1") == [("A1",), ("A3",), ("A5",)]
    assert report.rejected_file.read_text(encoding="utf-8-sig").splitlines() == [
        f"{INV},rejected_because",
        "A2,C1,2026-05-01,2026-05-31,ten,EUR,amount: an amount such as 1234.50",
        "A4,C9,2026-05-01,2026-05-31,100,EUR,customer: a customer that is known; import customers first",
    ]
    assert doubted(ledger) == ["C1"]
    assert ledger.rows("SELECT cause, status FROM task") == [("ledger_doubt", "open")]


def test_the_mended_file_can_be_imported_as_it_is_and_clears_the_doubt(ledger):
    report = ledger.load("invoices", f"{INV}\n{inv('A1')}\n{inv('A2', amount='ten')}\n", accept_valid=True)
    mended = report.rejected_file.read_text(encoding="utf-8-sig").replace(",ten,", ",10,")
    again = ledger.load("invoices", mended)
    assert counts(again) == (1, 0, 0, 0, 0)
    assert doubted(ledger) == []
    assert ledger.rows("SELECT status, outcome FROM task") == [("done", "imported clean")]
    assert "1 customers are clean again" in again.statements


def test_a_file_of_another_kind_does_not_clear_the_doubt(ledger):
    ledger.load("invoices", f"{INV}\n{inv('A1')}\n{inv('A2', amount='ten')}\n", accept_valid=True)
    ledger.load("payments", "reference,customer,date,amount,currency,invoice\nP1,C1,2026-06-01,1,EUR,A1\n")
    ledger.load("invoices", f"{INV}\n{inv('B1', 'C2')}\n")
    assert doubted(ledger) == ["C1"]
    ledger.load("invoices", f"{INV}\n{inv('A1')}\n")
    assert doubted(ledger) == []


def test_a_second_refusal_opens_the_same_task_again(ledger):
    bad = f"{INV}\n{inv('A1')}\n{inv('A2', amount='ten')}\n"
    ledger.load("invoices", bad, accept_valid=True)
    ledger.load("invoices", f"{INV}\n{inv('A1')}\n")
    ledger.load("invoices", bad, accept_valid=True)
    assert ledger.rows("SELECT status FROM task") == [("open",)]
    assert doubted(ledger) == ["C1"]


def test_of_rows_with_one_key_neither_goes_in(ledger):
    report = ledger.load("invoices", f"{INV}\n{inv('A1')}\n{inv('A1', amount='7')}\n{inv('A2')}\n", accept_valid=True)
    assert counts(report) == (1, 0, 0, 0, 2)
    assert ledger.rows("SELECT number FROM document") == [("A2",)]


def test_a_complete_list_does_not_close_what_a_refused_row_may_stand_for(ledger):
    everything = [inv(f"A{n}", "C1" if n < 2 else "C2") for n in range(10)]
    ledger.load("invoices", "\n".join([INV, *everything]))
    listed = [inv("A1", amount="ten"), *everything[3:]]
    report = ledger.load("invoices", "\n".join([INV, *listed]), complete=True, accept_valid=True)
    assert counts(report) == (0, 0, 7, 1, 1)
    assert [ledger.open(f"A{n}") for n in range(4)] == [10000, 10000, 0, 10000]
    nameless = ["A1,,2026-05-01,2026-05-31,100,EUR", *everything[4:]]
    report = ledger.load("invoices", "\n".join([INV, *nameless]), complete=True, accept_valid=True)
    assert counts(report)[3] == 0
    assert any("nothing was closed" in each for each in report.statements)
    assert ledger.open("A3") == 10000


def test_a_dangerous_cell_comes_back_harmless(ledger):
    report = ledger.load(
        "customers", "number,name,country,currency\nX1,=1+1,DE,EUR\nX2,Good,DE,EUR\n", accept_valid=True
    )
    assert report.rejected_file.read_text(encoding="utf-8-sig").splitlines()[1].startswith("X1,'=1+1,DE,EUR,")


@pytest.mark.parametrize("accept", [True, False])
def test_a_clean_file_is_the_same_either_way(ledger, accept):
    report = ledger.load("invoices", f"{INV}\n{inv('A1')}\n", accept_valid=accept)
    assert counts(report) == (1, 0, 0, 0, 0)
    assert report.rejected_file is None
