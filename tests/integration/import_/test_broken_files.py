"""Broken files: each is refused with its message, and the database stays as it was."""

import io
import zipfile

import pytest
import xlsxwriter

from domain.errors import BadInput

INV = "number,customer,issued,due,amount,currency"
GOOD = "A1,C1,2026-05-01,2026-05-31,100.00,EUR"
CUS = "number,name,country,locale,timezone,currency"
PAY = "reference,customer,date,amount,currency,invoice"


def inv(cells="", head=INV):
    return f"{head}\n{GOOD}{',' * (head.count(',') - 5)}\n{cells}\n"


def workbook(*rows, sheets=("Sheet1",)):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell.startswith("=1/0"):
                        sheet.write_formula(at, column, cell, None, "#DIV/0!")
                    elif isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    else:
                        sheet.write(at, column, cell)
    return made.getvalue()


def repacked(content, change):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, change(entry.filename, source.read(entry)))
    return made.getvalue()


def bomb(name, content):
    return content.replace(b"</sheetData>", b" " * 40_000_000 + b"</sheetData>") if "sheet1" in name else content


ROWS = (tuple(INV.split(",")), tuple(GOOD.split(",")))

BROKEN = {
    # the file itself
    "no such file": ("invoices", None, "there is no such file"),
    "empty file": ("invoices", "", "the file is empty"),
    "only blank lines": ("invoices", "\n\n\n", "has no line 1"),
    "PDF": ("invoices", b"%PDF-1.7 ...", "this is a PDF"),
    "old Excel": ("invoices", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or password-protected Excel file"),
    "HTML named xls": ("invoices", "<html><table><tr><td>1</td></tr></table>", "this is HTML or XML"),
    "gzip": ("invoices", b"\x1f\x8b\x08\x00", "a gzip archive"),
    "half a character": ("invoices", inv().encode("utf-16")[:-1], "is not UTF-16"),
    "two encodings mixed": (
        "customers",
        f"{CUS}\nX1,Müller,DE,de,Europe/Berlin,EUR\nX2,".encode() + b"S\xf6hne,DE,de,Europe/Berlin,EUR\n",
        "line 3: byte 0xf6 is not UTF-8.*encodings are mixed",
    ),
    "a letter lost before": ("customers", f"{CUS}\nX1,M\ufffdller,DE,de,Europe/Berlin,EUR\n", "a letter was lost"),
    "a line of ten megabytes": ("invoices", inv("A2," + "x" * 10_000_000), "line 3: the line is longer than 262,144"),
    "a quote that never closes": ("invoices", inv('A2,"C1,2026-05-01,2026-05-31,1,EUR'), "line 3: a quote opens"),
    "text after a quote": ("invoices", inv('A2,"C1"x,2026-05-01,2026-05-31,1,EUR'), "after a closing quote"),
    "binary rubbish": ("invoices", bytes(range(256)) * 4, "."),
    # columns
    "missing column": ("invoices", "number,customer,issued,amount,currency\n", "column due missing"),
    "no line of names": ("invoices", f"{GOOD}\n", "columns number, customer, issued, due, amount, currency missing"),
    "unknown column": ("invoices", inv(head=f"{INV},discount"), "column discount not known in invoices"),
    "a column twice": ("invoices", inv(head=f"{INV},Amount"), "'Amount' occurs twice"),
    "wrong delimiter inside": ("invoices", inv("A2;C1;2026-05-01;2026-05-31;1;EUR"), "line 3: as many cells as column"),
    "a cell too many": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,1,000.00,EUR"), "this row has 7"),
    "a value under no name": ("invoices", f"{INV},\n{GOOD},x\n", r"column 7 \(no name\)"),
    "another kind of file": ("payments", inv(), "columns reference, date missing"),
    # dates
    "a date that is not ISO": (
        "invoices",
        inv("A2,C1,01/05/2026,2026-05-31,1,EUR"),
        "line 3, column issued: read '01/05/2026'",
    ),
    "two date formats": ("invoices", inv("A2,C1,2026-05-01,31.05.2026,1,EUR"), "line 3, column due: read '31.05.2026'"),
    "31 April": ("invoices", inv("A2,C1,2026-04-01,2026-04-31,1,EUR"), "2026-04-31 doesn't"),
    "29 February of no leap year": ("invoices", inv("A2,C1,2026-02-01,2026-02-29,1,EUR"), "2026-02-29 doesn't"),
    "due before issue": ("invoices", inv("A2,C1,2026-05-10,2026-05-01,1,EUR"), "on or after the day of issue"),
    "a year of the Romans": ("invoices", inv("A2,C1,0213-01-02,0213-02-01,1,EUR"), "a day from 1970"),
    "the end of time": ("invoices", inv("A2,C1,2026-05-01,9999-12-31,1,EUR"), "a day from 1970"),
    "a date with a time": ("invoices", inv("A2,C1,2026-05-01 13:45,2026-05-31,1,EUR"), "column issued"),
    "an empty due date": ("invoices", inv("A2,C1,2026-05-01,,1,EUR"), "must not be empty"),
    # amounts and currencies
    "a thousands mark": ("invoices", inv('A2,C1,2026-05-01,2026-05-31,"1,234.50",EUR'), "an amount such as 1234.50"),
    "a decimal comma": ("invoices", inv('A2,C1,2026-05-01,2026-05-31,"12,50",EUR'), "an amount such as 1234.50"),
    "a negative invoice": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,-5,EUR"), "belongs into a credits file"),
    "brackets for negative": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,(5.00),EUR"), "belongs into a credits file"),
    "an amount in words": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,ten,EUR"), "read 'ten'"),
    "not a number": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,NaN,EUR"), "read 'NaN'"),
    "scientific": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,1e5,EUR"), "read '1e5'"),
    "half a yen": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,100.5,JPY"), "at most 0 decimals, as JPY has"),
    "a third of a cent": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,0.333,EUR"), "at most 2 decimals"),
    "more than any invoice": (
        "invoices",
        inv("A2,C1,2026-05-01,2026-05-31,99999999999999,EUR"),
        "check the decimal mark",
    ),
    "an unknown currency": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,1,EURO"), "ISO 4217 currency"),
    "a currency sign": ("invoices", inv("A2,C1,2026-05-01,2026-05-31,1,€"), "ISO 4217 currency"),
    "disputed beyond the amount": (
        "invoices",
        inv(f"{GOOD.replace('A1', 'A2')},200", f"{INV},disputed_amount"),
        "at most the",
    ),
    "negative paid amount": ("invoices", inv(f"{GOOD.replace('A1', 'A2')},-1", f"{INV},paid_amount"), "zero or more"),
    "a payment of nothing": ("payments", f"{PAY}\nP1,C1,2026-06-01,0,EUR,\n", "an amount above zero"),
    "a payment backwards": ("payments", f"{PAY}\nP1,C1,2026-06-01,-10,EUR,\n", "a correction of its payment"),
    # keys and references
    "duplicate invoice": ("invoices", inv(GOOD), "line 3, column number: read 'A1'.* stands in line 2 already"),
    "duplicate payment": (
        "payments",
        f"{PAY}\nP1,C1,2026-06-01,1,EUR,\nP1,C1,2026-06-01,2,EUR,\n",
        "in line 2 already",
    ),
    "duplicate customer": ("customers", f"{CUS}\n" + "X1,X,DE,de,Europe/Berlin,EUR\n" * 2, "in line 2 already"),
    "an unknown customer": ("invoices", inv("A2,C9,2026-05-01,2026-05-31,1,EUR"), "line 3, column customer: read 'C9'"),
    "an unknown entity": ("invoices", inv(f"{GOOD.replace('A1', 'A2')},XX", f"{INV},legal_entity"), "import it first"),
    "an empty number": ("invoices", inv(",C1,2026-05-01,2026-05-31,1,EUR"), "column number: read '': a value"),
    "a number Excel shortened": ("invoices", inv("1.2E+12,C1,2026-05-01,2026-05-31,1,EUR"), "Excel shortened this one"),
    "a number in two lines": ("invoices", inv('"A\n2",C1,2026-05-01,2026-05-31,1,EUR'), "on one line"),
    "instalments of two customers": (
        "invoices",
        f"{INV},instalment\nA1,C1,2026-05-01,2026-05-31,1,EUR,1\nA1,C2,2026-05-01,2026-06-30,1,EUR,2\n",
        "the same customer in every instalment of invoice A1",
    ),
    "instalment nought": ("invoices", inv(f"{GOOD.replace('A1', 'A2')},0", f"{INV},instalment"), "counted from 1"),
    "an own parent": ("customers", f"{CUS},parent\nX1,X,DE,de,Europe/Berlin,EUR,X1\n", "nobody is their own parent"),
    "parents in a circle": (
        "customers",
        f"{CUS},parent\nX1,X,DE,de,Europe/Berlin,EUR,X2\nX2,Y,DE,de,Europe/Berlin,EUR,X1\n",
        "a parent that isn't below the customer itself",
    ),
    "an unknown parent": ("customers", f"{CUS},parent\nX1,X,DE,de,Europe/Berlin,EUR,ZZ\n", "known or in this file"),
    # text and codes
    "a formula for a name": ("customers", f"{CUS}\nX1,=HYPERLINK(1),DE,de,Europe/Berlin,EUR\n", "as a formula"),
    "a command for a name": ("customers", f"{CUS}\nX1,@SUM(A1),DE,de,Europe/Berlin,EUR\n", "as a formula"),
    "a DDE for a name": ("customers", f"{CUS}\nX1,+cmd|' /C calc'!A0,DE,de,Europe/Berlin,EUR\n", "as a formula"),
    "a control character": ("customers", f"{CUS}\nX1,A\x07cme,DE,de,Europe/Berlin,EUR\n", "control or direction"),
    "text written backwards": ("customers", f"{CUS}\nX1,A\u202ecme,DE,de,Europe/Berlin,EUR\n", "direction-changing"),
    "an endless name": ("customers", f"{CUS}\nX1,{'A' * 300},DE,de,Europe/Berlin,EUR\n", "at most 200 characters"),
    "a country in words": ("customers", f"{CUS}\nX1,X,Germany,de,Europe/Berlin,EUR\n", "two letters such as DE"),
    "the UK": ("customers", f"{CUS}\nX1,X,UK,en,Europe/London,GBP\n", "GB, not UK"),
    "no such language": ("customers", f"{CUS}\nX1,X,DE,xx,Europe/Berlin,EUR\n", "a language"),
    "a zone without summer": ("customers", f"{CUS}\nX1,X,DE,de,CET,EUR\n", "not CET"),
    "two addresses in one": ("contacts", "customer,email\nC1,a@x.com; b@x.com\n", "one mail address"),
    "a header in an address": ("contacts", 'customer,email\nC1,"a@x.com\nBcc: b@x.com"\n', "one mail address"),
    "a number of no country": ("contacts", "customer,phone\nC1,030 123456\n", r"must begin with \+"),
    "a contact of nothing": ("contacts", "customer,name,email\nC1,,\n", "a name, a mail address or"),
    "no such role": ("users", "id,name,role\nu,U,boss\n", "one of collector, sales"),
    "a status of no order": (
        "orders",
        "number,customer,date,amount,currency,status\nO1,C1,2026-06-01,1,EUR,lost\n",
        "one of open, blocked",
    ),
    "a rate of nothing": ("rates", "date,base,quote,rate,source\n2026-06-01,EUR,USD,0,ECB\n", "a positive rate"),
    # workbooks
    "a damaged workbook": ("invoices", workbook(*ROWS)[:-200], "the XLSX is damaged"),
    "a zip of something else": ("invoices", b"PK\x05\x06" + b"\0" * 18, "no XLSX workbook"),
    "a zip bomb": ("invoices", repacked(workbook(*ROWS), bomb), "refused unopened"),
    "two sheets": ("invoices", workbook(*ROWS, sheets=("May", "June")), r"holds 2 sheets \(May, June\)"),
    "an Excel error": (
        "invoices",
        workbook(*ROWS, ("A2", "C1", "2026-05-01", "2026-05-31", "=1/0", "EUR")),
        "cell E3 holds an Excel error",
    ),
    "a serial date": ("invoices", workbook(ROWS[0], ("A2", "C1", 46143, 46173, 5, "EUR")), 'date_format = "excel"'),
    "an empty workbook": ("invoices", workbook(), "no visible sheet holds rows"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_in_words_and_changes_nothing(kept_ledger, name):
    kind, content, words = BROKEN[name]
    before = kept_ledger.everything()
    path = kept_ledger.folder / ("nowhere.csv" if content is None else "broken.csv")
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadInput, match=words) as refused:
        kept_ledger.load_file(kind, path)
    assert path.name in str(refused.value)
    assert kept_ledger.everything() == before


def test_there_are_enough_broken_files():
    assert len(BROKEN) >= 50


def test_every_bad_cell_is_told_fifty_shown_and_all_in_a_report(kept_ledger):
    rows = "\n".join(f"N{n},C1,2026-05-01,2026-05-31,ten,EUR" for n in range(120))
    with pytest.raises(BadInput) as refused:
        kept_ledger.load("invoices", f"{INV}\n{rows}\n", name="many.csv")
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("refused, nothing was changed: 120 faults (told in")
    assert lines[1] == "many.csv, line 2, column amount: read 'ten': an amount such as 1234.50"
    assert len(lines) == 52
    assert lines[-1] == "… and 70 more"
    report = (kept_ledger.folder / "many.csv.refused.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(report) == 121
    assert report[1] == "many.csv,2,amount,ten,an amount such as 1234.50"


def test_an_invoice_is_never_relabelled_to_another_currency(small_ledger):
    small_ledger.load("invoices", inv())
    before = small_ledger.everything()
    with pytest.raises(BadInput, match="read 'USD': EUR, as this invoice is known"):
        small_ledger.load("invoices", inv().replace("EUR", "USD"))
    assert small_ledger.everything() == before
