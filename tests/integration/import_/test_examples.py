"""The mappings that we ship, each on an export as its system writes it."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
SHARED = "DUNWELL_TEST_IBM_FILE"


def test_an_ibm_history_is_cut_at_the_export_day(ledger):
    text = """countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,\
SettledDate,PaperlessBill,DaysToSettle,DaysLate
391,0001-AAAAA,4/6/2013,1,1/2/2013,2/1/2013,55.94,No,1/15/2013,Paper,13,0
391,0001-AAAAA,4/6/2013,2,5/2/2013,6/1/2013,61.74,Yes,7/3/2013,Electronic,36,6
406,0002-BBBBB,4/6/2013,3,6/14/2013,7/14/2013,65.88,No,7/8/2013,Electronic,5,0
406,0002-BBBBB,4/6/2013,4,6/16/2013,7/16/2013,105.92,No,7/17/2013,Electronic,35,5
"""
    day = date(2013, 6, 15)
    mapping = EXAMPLES / "ibm-late-payment-histories.toml"
    report = ledger.load("invoices", text, mapping=mapping, as_of=day)
    assert [str(counts) for counts in report.counts] == [
        "customers: 2 inserted, 0 updated, 0 unchanged",
        "invoices: 3 inserted, 0 updated, 0 unchanged",
        "payments: 1 inserted, 0 updated, 0 unchanged",
    ]
    assert ledger.rows("SELECT number, open_minor, disputed_minor FROM document ORDER BY 1") == [
        ("1", 0, 0),
        ("2", 6174, 6174),
        ("3", 6588, 0),
    ]
    later = ledger.load("invoices", text, mapping=mapping, as_of=date(2013, 7, 31))
    assert [str(counts) for counts in later.counts][1:] == [
        "invoices: 1 inserted, 1 updated, 2 unchanged",
        "payments: 3 inserted, 0 updated, 1 unchanged",
    ]
    assert ledger.one("SELECT SUM(open_minor) FROM document") == 0


@pytest.mark.skipif(SHARED not in os.environ, reason=f"{SHARED} names no file")
def test_the_whole_ibm_sample_agrees_with_plain_arithmetic(small_ledger):
    path, day = Path(os.environ[SHARED]), date(2013, 6, 15)
    mapping = EXAMPLES / "ibm-late-payment-histories.toml"
    small_ledger.load_file("invoices", path, mapping=mapping, as_of=day, reports=small_ledger.folder)

    def on(text):
        month, day_of_month, year = map(int, text.split("/"))
        return date(year, month, day_of_month)

    with path.open(encoding="utf-8-sig") as file:
        expected = {
            row["invoiceNumber"]: round(float(row["InvoiceAmount"]) * 100)
            for row in csv.DictReader(file)
            if on(row["InvoiceDate"]) <= day < on(row["SettledDate"])
        }
    found = dict(small_ledger.rows("SELECT number, open_minor FROM document WHERE open_minor > 0"))
    assert found == expected


def test_sap_line_items_with_subtotals_credits_and_cleared_items(ledger):
    text = """Konto;Belegnummer;Belegart;Belegdatum;Nettofälligkeit;Betrag in Belegwährung;Belegwährung;Bestellnummer;\
Ausgleich;Rechnungsbezug
C2;0900001;RV;01.05.2026;31.05.2026;1.234,56;EUR;4500017;;
C2;0900002;DR;01.05.2026;31.05.2026;10,00;EUR;;14.06.2026;
C2;0900003;DG;02.06.2026;02.06.2026;234,56-;EUR;;;0900001
*;;;;;1.010,00;EUR;;;
"""
    mapping = EXAMPLES / "sap-fbl5n.toml"
    ledger.load("invoices", text.encode("cp1252"), mapping=mapping)
    assert (ledger.open("0900001"), ledger.open("0900002")) == (100000, 0)
    assert ledger.one("SELECT po_number FROM document WHERE number = '0900001'") == "4500017"


def test_a_japanese_list_in_shift_jis(ledger):
    text = """得意先コード,得意先名,請求書番号,請求日,支払期限,請求金額,入金額
０００１,株式会社山田商店,S-1,2026年4月1日,2026年4月30日,"１,２３４,５００",0
0002,㈱スズキ,S-2,2026年4月1日,2026年5月31日,"50,000","20,000"
合計,,,,,"1,284,500",
"""
    report = ledger.load("invoices", text.encode("cp932"), mapping=EXAMPLES / "japanese-ledger.toml")
    assert (
        report.statements[0]
        == "read as Shift_JIS (Windows-31J) (guessed; declare it if names look wrong), delimiter comma"
    )
    assert (ledger.open("S-1"), ledger.open("S-2")) == (1234500, 30000)
    assert ledger.rows("SELECT number, name FROM customer WHERE currency = 'JPY' ORDER BY 1") == [
        ("0001", "株式会社山田商店"),
        ("0002", "㈱スズキ"),
    ]
