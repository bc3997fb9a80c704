"""Imports among others: who waits, who is refused, and that the order of files doesn't matter."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.errors import NotReady
from exchange.fields import Kind
from storage.database import Database
from workflows.import_ledger import import_file
from workflows.import_request import ImportRequest

INV = "number,customer,issued,due,amount,currency"
PAY = "reference,customer,date,amount,currency,invoice"
CRE = "number,customer,date,amount,currency,invoice"
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


def request_of(ledger, kind, content, name):
    path = ledger.folder / name
    path.write_text(content)
    return ImportRequest(Kind(kind), path, ledger.today)


def test_nobody_waits_while_a_file_is_read_and_checked(ledger):
    written = []

    def meanwhile(what, share):
        if what == "checking" and share == 0.0:
            other = Database(ledger.database.url.render_as_string(hide_password=False))
            with other.write() as unit:
                unit.connection.execute(text("UPDATE customer SET segment = 'key' WHERE number = 'C1'"))
                unit.commit()
            other.dispose()
            written.append(what)

    request = request_of(ledger, "invoices", f"{INV}\nA1,C1,2026-05-01,2026-05-31,100,EUR\n", "a.csv")
    report = import_file(ledger.database, request, now=NOW, progress=meanwhile)
    assert written
    assert report.of(Kind.INVOICES).inserted == 1
    assert ledger.one("SELECT segment FROM customer WHERE number = 'C1'") == "key"


def test_an_import_that_was_overtaken_stops_and_changes_nothing(ledger):
    ledger.load("invoices", f"{INV}\nA0,C1,2026-05-01,2026-05-31,100,EUR\n")

    def overtake(what, share):
        if what == "checking" and share == 1.0:
            ledger.load("invoices", f"{INV}\nA1,C1,2026-05-01,2026-05-31,70,EUR\n")

    request = request_of(ledger, "invoices", f"{INV}\nA1,C1,2026-05-01,2026-05-31,100,EUR\n", "a.csv")
    with pytest.raises(NotReady, match="another import finished"):
        import_file(ledger.database, request, now=NOW, progress=overtake)
    assert ledger.open("A1") == 7000


FILES = {
    "invoices": f"{INV}\nA1,C1,2026-05-01,2026-05-31,100,EUR\nA2,C1,2026-05-02,2026-05-31,50,EUR\n",
    "payments": f"{PAY}\nP1,C1,2026-05-10,80,EUR,A1\nP2,C1,2026-05-12,10,EUR,\nP3,C1,2026-05-11,30,EUR,A2\n",
    "credits": f"{CRE}\nK1,C1,2026-05-09,20,EUR,A1\nK2,C1,2026-05-09,1,EUR,\n",
}


@pytest.mark.parametrize("order", list(itertools.permutations(FILES)), ids="-".join)
def test_the_order_of_the_files_does_not_matter(ledger, order):
    for kind in order:
        ledger.load(kind, FILES[kind])
    assert (ledger.open("A1"), ledger.open("A2"), ledger.unapplied()) == (0, 2000, 1100)
    assert [ledger.open_on("A1", f"2026-05-{day:02}") for day in (8, 9, 10)] == [10000, 8000, 0]
    before = ledger.everything()
    for kind in order:
        report = ledger.load(kind, FILES[kind])
        assert (report.of(Kind(kind)).inserted, report.of(Kind(kind)).updated) == (0, 0)
    kept = ("document", "ledger_entry", "payment", "credit_memo", "application")
    after = ledger.everything()
    assert [after[name] for name in kept] == [before[name] for name in kept]


def test_history_is_told_by_two_times(ledger):
    ledger.load("invoices", FILES["invoices"])
    ledger.today += timedelta(days=3)
    ledger.load("payments", FILES["payments"])
    learnt = ledger.rows(
        "SELECT CAST(recorded_at AS TEXT), CAST(effective_on AS TEXT) FROM ledger_entry WHERE kind = 'payment'"
    )
    assert sorted((instant[:10], day) for instant, day in learnt) == [
        ("2026-06-18", "2026-05-10"),
        ("2026-06-18", "2026-05-11"),
    ]
