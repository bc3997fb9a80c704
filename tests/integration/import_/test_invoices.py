"""Invoices told by a source, day after day."""

import pytest

from domain.errors import BadInput, NotAllowed

HEAD = "number,customer,issued,due,amount,currency"
PAID = f"{HEAD},paid_amount"


def inv(number="A1", customer="C1", issued="2026-05-01", due="2026-05-31", amount="100.00", currency="EUR", *more):
    return ",".join([number, customer, issued, due, amount, currency, *more])


def counts(report, kind="invoices"):
    found = report.of(kind)
    return found.inserted, found.updated, found.unchanged, found.closed


def test_the_same_file_twice_changes_nothing(ledger):
    text = "\n".join([PAID, inv("A1", "C1", "2026-05-01", "2026-05-31", "100.00", "EUR", "40"), inv("A2", "C2") + ","])
    assert counts(ledger.load("invoices", text)) == (2, 0, 0, 0)
    assert (ledger.open("A1"), ledger.open("A2")) == (6000, 10000)
    before = ledger.total("ledger_entry")
    assert counts(ledger.load("invoices", text)) == (0, 0, 2, 0)
    assert ledger.total("ledger_entry") == before


def test_a_newer_file_updates_and_history_stays_as_it_was_on_each_day(ledger):
    ledger.load("invoices", "\n".join([PAID, inv() + ",0", inv("B") + ",10"]), as_of=ledger.today.replace(day=1))
    report = ledger.load("invoices", "\n".join([PAID, inv() + ",30.00", inv("B", due="2026-06-30") + ",10"]))
    assert counts(report) == (0, 2, 0, 0)
    assert ledger.open("A1") == 7000
    assert ledger.open_on("A1", "2026-06-14") == 10000
    assert ledger.open_on("A1", "2026-06-15") == 7000
    assert str(ledger.one("SELECT due_on FROM document WHERE number = 'B'")) == "2026-06-30"


def test_a_paid_amount_that_goes_down_opens_again(ledger):
    ledger.load("invoices", "\n".join([PAID, inv() + ",80.00"]))
    ledger.load("invoices", "\n".join([PAID, inv() + ",50.00"]))
    assert ledger.open("A1") == 5000


def test_paid_beyond_the_amount_is_capped_and_the_rest_is_unapplied_cash(ledger):
    text = "\n".join([PAID, inv() + ",120.00"])
    report = ledger.load("invoices", text)
    assert ledger.open("A1") == 0
    assert ledger.unapplied() == 2000
    assert any("unapplied cash" in each for each in report.statements)
    assert counts(ledger.load("invoices", text)) == (0, 0, 1, 0)
    assert ledger.unapplied() == 2000
    ledger.load("invoices", "\n".join([PAID, inv() + ",105.00"]))
    assert (ledger.open("A1"), ledger.unapplied()) == (0, 500)
    ledger.load("invoices", "\n".join([PAID, inv() + ",60.00"]))
    assert (ledger.open("A1"), ledger.unapplied()) == (4000, 0)


def test_a_changed_amount_moves_the_residual(ledger):
    ledger.load("invoices", "\n".join([PAID, inv() + ",40"]))
    ledger.load("invoices", "\n".join([PAID, inv(amount="150.00") + ",40"]))
    assert ledger.open("A1") == 11000
    ledger.load("invoices", "\n".join([PAID, inv(amount="30.00") + ",40"]))
    assert (ledger.open("A1"), ledger.unapplied()) == (0, 1000)


def test_a_zero_invoice_is_closed_from_the_start(ledger):
    ledger.load("invoices", f"{HEAD}\n{inv(amount='0')}\n")
    assert ledger.open("A1") == 0


def test_instalments_have_their_own_days_and_amounts(ledger):
    text = f"{HEAD},instalment\n" + "\n".join(
        [inv(amount="30") + ",1", inv(amount="50", due="2026-06-30") + ",2", inv(amount="20", due="2026-07-31") + ",3"]
    )
    ledger.load("invoices", text)
    ledger.load("payments", "reference,customer,date,amount,currency,invoice\nP1,C1,2026-06-01,40,EUR,A1\n")
    assert [ledger.open("A1", n) for n in (1, 2, 3)] == [0, 4000, 2000]


def test_a_complete_list_closes_what_is_not_on_it_as_of_that_day(ledger):
    everything = [inv(f"A{n}") for n in range(10)]
    ledger.load("invoices", "\n".join([HEAD, *everything]), as_of=ledger.today.replace(day=1))
    report = ledger.load("invoices", "\n".join([HEAD, *everything[1:]]), complete=True, scope="MAIN")
    assert counts(report) == (0, 0, 9, 1)
    assert ledger.open("A0") == 0
    assert ledger.open_on("A0", "2026-06-14") == 10000
    assert ledger.rows("SELECT kind FROM ledger_entry WHERE amount_minor < 0") == [("closed_by_source",)]


def test_an_item_that_comes_back_on_a_complete_list_is_open_again(ledger):
    everything = [inv(f"A{n}") for n in range(10)]
    ledger.load("invoices", "\n".join([HEAD, *everything]))
    ledger.load("invoices", "\n".join([HEAD, *everything[1:]]), complete=True)
    report = ledger.load("invoices", "\n".join([HEAD, *everything]))
    assert counts(report) == (0, 0, 10, 0)
    assert ledger.open("A0") == 0, "an addition without paid amounts doesn't say what is open"
    report = ledger.load("invoices", "\n".join([HEAD, *everything]), complete=True)
    assert counts(report) == (0, 1, 9, 0)
    assert ledger.open("A0") == 10000


def test_closing_more_than_a_fifth_at_once_needs_a_yes(ledger):
    everything = [inv(f"A{n}") for n in range(10)]
    ledger.load("invoices", "\n".join([HEAD, *everything]))
    before = ledger.everything()
    with pytest.raises(NotAllowed, match=r"would close 3 of 10 open items of MAIN, more than 20 %"):
        ledger.load("invoices", "\n".join([HEAD, *everything[3:]]), complete=True)
    assert ledger.everything() == before
    assert counts(ledger.load("invoices", "\n".join([HEAD, *everything[2:]]), complete=True))[3] == 2
    assert counts(ledger.load("invoices", "\n".join([HEAD, *everything[5:]]), complete=True, yes=True))[3] == 3


def test_a_complete_list_touches_its_own_scope_only(ledger):
    ledger.load("entities", "code,name,country,timezone\nDE1,Eins,DE,Europe/Berlin\nFR1,Un,FR,Europe/Paris\n")
    for scope in ("DE1", "FR1"):
        ledger.load("invoices", f"{HEAD}\n{inv('X')}\n{inv('Y')}\n", scope=scope)
    ledger.load("invoices", f"{HEAD}\n{inv('X')}\n", scope="DE1", complete=True, yes=True)
    assert ledger.rows(
        """SELECT e.code, d.number, d.open_minor FROM document d JOIN legal_entity e ON e.id = d.entity_id
        ORDER BY 1, 2"""
    ) == [("DE1", "X", 10000), ("DE1", "Y", 0), ("FR1", "X", 10000), ("FR1", "Y", 10000)]
    with pytest.raises(BadInput, match="--complete needs --scope ENTITY, one of DE1, FR1"):
        ledger.load("invoices", f"{HEAD}\n{inv('X')}\n", complete=True)


def test_freshness_is_the_exports_own_day_and_never_goes_back(ledger):
    ledger.load("invoices", f"{HEAD}\n{inv()}\n", as_of=ledger.today.replace(day=10))
    ledger.load("invoices", f"{HEAD}\n{inv('B')}\n", as_of=ledger.today.replace(day=3))
    ledger.load("payments", "reference,customer,date,amount,currency\n", as_of=ledger.today.replace(day=12))
    assert ledger.rows("SELECT CAST(ledger_as_of AS TEXT), CAST(cash_loaded_to AS TEXT) FROM legal_entity") == [
        ("2026-06-10", "2026-06-12")
    ]


def test_an_older_export_does_not_make_anybody_owe_more(ledger):
    ledger.load("invoices", "\n".join([PAID, inv() + ",100"]))
    old = "\n".join([PAID, inv() + ",0"])
    with pytest.raises(NotAllowed, match="line 2: this export is as of 2026-06-01"):
        ledger.load("invoices", old, as_of=ledger.today.replace(day=1))
    assert ledger.open("A1") == 0
    ledger.load("invoices", old, as_of=ledger.today.replace(day=1), yes=True)
    assert ledger.open("A1") == 10000


def test_what_people_decided_here_survives_every_import(ledger):
    ledger.load("invoices", f"{HEAD}\n{inv()}\n{inv('B')}\n")
    with ledger.database.write() as unit:
        from sqlalchemy import text

        unit.connection.execute(
            text(
                """INSERT INTO dispute (public_id, customer_id, entity_id, reason, currency, amount_minor, status,
                opened_on, source, source_ref, created_at) SELECT 'u', customer_id, entity_id, 'price', 'EUR', 3000,
                'open', '2026-06-01', 'reply', 'r1', '2026-06-01 00:00:00' FROM document WHERE number = 'A1'"""
            )
        )
        unit.connection.execute(
            text(
                """INSERT INTO dispute_document SELECT x.id, d.id, 3000 FROM dispute x, document d
                WHERE d.number = 'A1'"""
            )
        )
        unit.connection.execute(text("UPDATE document SET disputed_minor = 3000 WHERE number = 'A1'"))
        unit.commit()
    ledger.load("invoices", f"{HEAD},disputed_amount\n{inv(amount='20.00')},0\n{inv('B')},\n")
    assert ledger.rows("SELECT status, amount_minor FROM dispute") == [("open", 3000)]
    assert ledger.one("SELECT disputed_minor FROM document WHERE number = 'A1'") == 2000, "never more than is open"


def test_a_disputed_amount_opens_changes_and_closes_the_imported_dispute(ledger):
    def told(amount):
        return ledger.load("invoices", f"{HEAD},disputed_amount\n{inv()},{amount}\n")

    told("25.00")
    assert ledger.one("SELECT disputed_minor FROM document") == 2500
    assert counts(told("25.00")) == (0, 0, 1, 0)
    assert counts(told("40.00")) == (0, 1, 0, 0)
    assert ledger.rows("SELECT source, status, amount_minor FROM dispute") == [("import", "open", 4000)]
    assert counts(told("0")) == (0, 1, 0, 0)
    assert ledger.one("SELECT disputed_minor FROM document") == 0
    told("10.00")
    assert ledger.rows("SELECT status, amount_minor FROM dispute ORDER BY id") == [("withdrawn", 4000), ("open", 1000)]


def test_a_dry_run_counts_and_changes_nothing(ledger):
    before = ledger.everything()
    report = ledger.load("invoices", f"{HEAD}\n{inv()}\n", dry_run=True)
    assert counts(report) == (1, 0, 0, 0)
    assert report.batch is None
    assert ledger.everything() == before


def test_each_import_leaves_a_batch_and_an_audit_entry(ledger):
    report = ledger.load("invoices", f"{HEAD}\n{inv()}\n", name="open items.csv", actor="kim")
    assert ledger.rows("SELECT kind, file_name, rows FROM import_batch ORDER BY id DESC")[0] == (
        "invoices",
        "open items.csv",
        1,
    )
    assert ledger.rows("SELECT actor, action, subject_id FROM audit_entry ORDER BY id DESC")[0] == (
        "kim",
        "import",
        str(report.batch),
    )


def test_many_invoices_go_in_by_short_transactions(ledger, monkeypatch):
    from workflows import import_ledger

    monkeypatch.setattr(import_ledger, "CHUNKED_FROM", 10)
    monkeypatch.setattr(import_ledger, "CHUNK", 4)
    monkeypatch.setattr(import_ledger, "AMEND_CHUNK", 5)

    def told(paid):
        return "\n".join([PAID, *(f"{inv(f'N{n:03}')},{paid(n)}" for n in range(23))])

    assert counts(ledger.load("invoices", told(lambda n: n))) == (23, 0, 0, 0)
    assert counts(ledger.load("invoices", told(lambda n: n))) == (0, 0, 23, 0)
    assert ledger.one("SELECT SUM(open_minor) FROM document") == 23 * 10000 - sum(range(23)) * 100
    assert ledger.total("ledger_entry") == 23 + 22
    report = ledger.load("invoices", told(lambda n: 95 + n))
    assert counts(report) == (0, 23, 0, 0)
    assert [ledger.open(f"N{n:03}") for n in range(7)] == [500, 400, 300, 200, 100, 0, 0]
    assert ledger.unapplied() == sum(range(1, 18)) * 100
    assert "17 invoices were paid beyond their amount: the rest is unapplied cash" in report.statements
