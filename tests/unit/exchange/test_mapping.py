"""A mapping turns somebody else's export into our form, and is itself read strictly."""

from datetime import date
from pathlib import Path

import pytest

from domain.errors import BadInput
from exchange.check import RowChecker
from exchange.fields import FIELDS, Kind, field_names
from exchange.mapping import load_mapping, plain_mapping
from exchange.refusal import FileRefused
from exchange.table import read_table

DAY = date(2026, 6, 15)


def read(tmp_path: Path, text: str, mapping: str | None = None, kind: Kind = Kind.INVOICES, entity=None):
    """Rows by kind as dictionaries, and refusals as text."""
    file = tmp_path / "export.csv"
    file.write_text(text, encoding="utf-8")
    made = plain_mapping(kind)
    if mapping is not None:
        place = tmp_path / "m.toml"
        place.write_text(mapping, encoding="utf-8")
        made = load_mapping(place)
    table = read_table(file, made.style.read)
    checkers = [RowChecker(file.name, table.columns, made, form, DAY, entity) for form in made.kinds]
    rows: dict[Kind, list[dict]] = {checker.kind: [] for checker in checkers}
    refusals = []
    for line, cells in table.rows:
        for checker in checkers:
            values = checker.check(line, cells, refusals)
            if values is not None:
                rows[checker.kind].append(dict(zip(field_names(checker.kind), values, strict=True)))
    return rows, [str(refusal) for refusal in refusals]


SAP = """
name = "SAP FBL5N"
[file]
decimal = ","
thousands = "."
date_format = "%d.%m.%Y"
[[skip]]
column = "Konto"
starts_with = ["Summe", "*"]
[customers]
repeat = "same"
columns = { number = "Konto", name = "Name", country = "Land" }
constants = { currency = "EUR" }
values.country = { "D" = "DE", "A" = "AT" }
[invoices]
columns = { number = "Beleg", customer = "Konto", issued = "Belegdatum", due = "Fällig", amount = "Betrag" }
constants = { currency = "EUR" }
only = [{ column = "Art", equals = ["RV", "DR"] }]
[invoices.derive.paid_amount]
copy = "Betrag"
when = [{ column = "Ausgleich", by_as_of = true }]
otherwise = "0"
[credits]
columns = { number = "Beleg", customer = "Konto", date = "Belegdatum", amount = "Betrag" }
constants = { currency = "EUR" }
only = [{ column = "Art", equals = "DG" }, { column = "Betrag", sign = "negative" }]
negate = ["amount"]
"""
EXPORT = """Konto;Name;Land;Beleg;Art;Belegdatum;Fällig;Betrag;Ausgleich
0001;Müller;D;900;RV;01.05.2026;31.05.2026;1.234,56;14.06.2026
0001;Müller;D;901;DR;01.05.2026;31.05.2026;10,00;16.06.2026
0002;Huber;A;902;DG;02.05.2026;02.05.2026;20,00-;
Summe;;;;;;;1.224,56;
"""


def test_one_export_gives_customers_invoices_and_credits(tmp_path):
    rows, refusals = read(tmp_path, EXPORT, SAP)
    assert refusals == []
    assert [(row["number"], row["country"]) for row in rows[Kind.CUSTOMERS]] == [
        ("0001", "DE"),
        ("0001", "DE"),
        ("0002", "AT"),
    ]
    assert [(r["number"], r["amount"], r["paid_amount"]) for r in rows[Kind.INVOICES]] == [
        ("900", 123456, 123456),
        ("901", 1000, 0),
    ]
    assert [(r["number"], r["amount"]) for r in rows[Kind.CREDITS]] == [("902", 2000)]


def test_a_value_outside_the_value_table_is_refused_with_the_files_column(tmp_path):
    _, refusals = read(tmp_path, EXPORT.replace("Huber;A", "Huber;CH"), SAP)
    assert refusals == ["export.csv, line 4, column Land: read 'CH': one of the mapping's values: a, d"]


def test_mixed_date_formats_are_refused_where_they_differ(tmp_path):
    _, refusals = read(tmp_path, EXPORT.replace("16.06.2026", "06/16/2026"), SAP)
    assert len(refusals) == 1
    assert "line 3, column Ausgleich: read '06/16/2026'" in refusals[0]


def test_columns_come_in_any_order_and_optional_ones_may_be_missing(tmp_path):
    rows, refusals = read(tmp_path, "Currency,due,AMOUNT,issued,customer,number\nEUR,2026-02-01,1.00,2026-01-01,C,7\n")
    assert refusals == []
    assert rows[Kind.INVOICES][0]["legal_entity"] == "MAIN"
    assert rows[Kind.INVOICES][0]["paid_amount"] is None
    assert rows[Kind.INVOICES][0]["instalment"] == 1


def test_rows_without_an_entity_take_the_scope(tmp_path):
    text = "number,customer,issued,due,amount,currency\n7,C,2026-01-01,2026-02-01,1.00,EUR\n"
    rows, _ = read(tmp_path, text, entity="DE01")
    assert rows[Kind.INVOICES][0]["legal_entity"] == "DE01"


def test_an_unknown_column_is_refused_in_our_form_and_ignored_under_a_mapping(tmp_path):
    with pytest.raises(FileRefused, match="column colour not known in customers"):
        read(tmp_path, "number,name,country,currency,colour\n", kind=Kind.CUSTOMERS)
    assert read(
        tmp_path,
        EXPORT.replace("Ausgleich", "Ausgleich;Farbe").replace("2026\n", "2026;\n").replace(";\n", ";;\n"),
        SAP,
    )


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(FileRefused, match="column due missing; the line of names has number"):
        read(tmp_path, "number,customer,issued,amount,currency\n")
    with pytest.raises(FileRefused, match="speaks of column 'Art', which is not in the file"):
        read(tmp_path, EXPORT.replace("Art", "Typ"), SAP)


def test_every_bad_cell_of_a_row_is_told(tmp_path):
    head = "number,customer,issued,due,amount,currency\n"
    _, refusals = read(tmp_path, head + ",C,2026-02-30,01.03.2026,1;00,EURO\nA,C,2026-03-01,2026-02-01,1.00,EUR\nB,C\n")
    assert [refusal.split(", column ")[-1].split(":")[0] for refusal in refusals[:4]] == [
        "number",
        "issued",
        "due",
        "currency",
    ]
    assert refusals[4].startswith("export.csv, line 3, column due: read '2026-02-01': a due day on or after")
    assert "line 4: as many cells as column names (6); this row has 2" in refusals[5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[invoice]", "'invoice' is not known"),
        ("", "names no kind"),
        ("[invoices]\ncolumns = { number = 'a' }", "customer, issued, due, amount, currency must have a source"),
        ("[rates]\nconstants = { rat = '1' }", "'rat' is not known"),
        ("[file]\ndecimal = ';'\n[rates]", "decimal"),
        ("[file]\ndecimal = ','\nthousands = ','\n[rates]", "thousands"),
        ("[file]\ndate_format = 'dd.mm.yyyy'\n[rates]", "must name day, month and year"),
        ("[file]\ndelimeter = ';'\n[rates]", "'delimeter' is not known"),
        ("[[skip]]\ncolumn = 'a'\n[rates]", "a condition needs"),
        ("[rates]\nrepeat = 'often'", "repeat"),
        ("[rates]\nnegate = ['rate']", "negate"),
        ("[rates]\nderive.rate = { when = [] }", "either copy"),
        ("[rates", "can't be read as TOML"),
    ],
)
def test_a_mapping_with_a_slip_is_refused_with_its_place(tmp_path, text, words):
    place = tmp_path / "m.toml"
    place.write_text(text)
    with pytest.raises(BadInput, match=words):
        load_mapping(place)


def test_the_form_is_the_documented_one():
    assert field_names(Kind.PAYMENTS) == (
        "reference",
        "customer",
        "date",
        "amount",
        "currency",
        "invoice",
        "method",
        "legal_entity",
    )
    assert field_names(Kind.CONTACTS) == ("customer", "name", "role", "email", "phone", "locale")
    for fields in FIELDS.values():
        for field in fields:
            assert field.leans_on is None or field.leans_on in {other.name for other in fields}
