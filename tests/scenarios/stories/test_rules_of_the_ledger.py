"""Rules of the trade about the ledger and its runs: what an import may do, which day may be run, what is caught up."""

from __future__ import annotations

from datetime import date

import pytest

from domain.disputes import DisputeReason
from domain.errors import BadInput, NotAllowed
from tests.fakes.channels import ScriptedChannel, by
from tests.scenarios.stories.house import CUSTOMERS, INVOICES, MONDAY, House, day_after
from workflows.log_call import Call, log_call
from workflows.manage_dispute import dispute_invoices
from workflows.run_cadence import run_cadence, the_entity

DUE = day_after(-7)


@pytest.fixture
def house(small_house: House) -> House:
    """SQLite alone: these stories don't depend on the database."""
    return small_house


def complete(house: House, day: date, numbers: list[str], **options: object) -> None:
    """A complete list of the scope MAIN with these invoices of 100."""
    rows = [f"{number},C1,2026-01-31,{DUE},100.00,EUR,MAIN" for number in numbers]
    house.load("invoices", "\n".join([INVOICES, *rows]), day, complete=True, scope="MAIN", **options)


def test_what_is_not_on_a_complete_list_is_closed_and_not_asked_for(house: House) -> None:
    numbers = [f"INV-{n}" for n in range(10)]
    complete(house, day_after(-3), numbers)
    complete(house, MONDAY, numbers[2:])
    house.plan(MONDAY)
    house.send(MONDAY)
    [mail] = house.mails()
    assert "INV-2" in mail.text
    assert "INV-0" not in mail.text
    assert house.rows("SELECT asked_minor FROM message") == [(80_000,)]


def test_a_list_that_would_close_more_than_a_fifth_changes_nothing_without_a_yes(house: House) -> None:
    numbers = [f"INV-{n}" for n in range(10)]
    complete(house, day_after(-3), numbers)
    with pytest.raises(NotAllowed, match=r"would close 3 of 10 open items of MAIN"):
        complete(house, MONDAY, numbers[3:])
    assert house.rows("SELECT COUNT(*) FROM document WHERE open_minor > 0") == [(10,)]
    assert house.plan(MONDAY).messages == 1, "Friday's ledger is fresh still"
    complete(house, MONDAY, numbers[3:], yes=True)
    house.send(MONDAY)
    assert house.rows("SELECT asked_minor FROM message") == [(70_000,)], "looked at again at the moment of sending"


def test_what_was_decided_here_outlives_every_import(house: House) -> None:
    for number in ("INV-1", "INV-2", "INV-3"):
        house.invoice(number, due=DUE)
    house.export(MONDAY)
    services = house.on(MONDAY, 10)
    entity = the_entity(services, "MAIN")
    promised = Call(
        house.customer_id(), entity, MONDAY, "promised", promised_on=day_after(21), invoices=("INV-1",), by="kim"
    )
    log_call(services, promised)
    [(document,)] = house.rows("SELECT id FROM document WHERE number = 'INV-2'")
    dispute_invoices(
        services,
        house.user("kim"),
        [(document, None)],
        DisputeReason.QUALITY,
        day=MONDAY,
        source="desk",
        source_ref="1",
    )
    complete(house, day_after(1), ["INV-1", "INV-2", "INV-3"])
    house.export(day_after(7))
    house.day(day_after(7))
    assert house.why(day_after(7)) == {
        "INV-1": ("skipped", "promised"),
        "INV-2": ("skipped", "disputed"),
        "INV-3": ("contacted", None),
    }


def test_cash_is_believed_from_one_source_only(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.pays("60.00", day_after(-1), invoice="INV-1")
    house.export(MONDAY)
    both = f"{INVOICES},paid_amount\nINV-1,C1,2026-01-31,{DUE},100.00,EUR,MAIN,60.00\n"
    with pytest.raises(BadInput, match="--authority paid_amount"):
        house.load("invoices", both, MONDAY)
    house.plan(MONDAY)
    house.send(MONDAY)
    assert house.rows("SELECT asked_minor FROM message") == [(4_000,)], "not counted twice"


def test_a_customer_of_a_refused_row_is_not_dunned_until_it_is_clean(house: House) -> None:
    header, first = CUSTOMERS.splitlines()
    house.load("customers", f"{header}\n{first.replace('C1', 'C2').replace('ap@acme', 'ap@two')}\n", MONDAY)
    good = f"INV-1,C1,2026-01-31,{DUE},100.00,EUR,MAIN\nINV-2,C2,2026-01-31,{DUE},100.00,EUR,MAIN"
    bad = "INV-3,C2,2026-01-31,2026-02-31,100.00,EUR,MAIN"
    report = house.load("invoices", f"{INVOICES}\n{good}\n{bad}\n", MONDAY, accept_valid=True)
    assert report.rejected_file is not None
    assert "2026-02-31" in report.rejected_file.read_text()
    house.plan(MONDAY)
    house.send(MONDAY)
    assert [mail.to for mail in house.mails()] == ["ap@acme.example"]
    assert house.why(MONDAY, "C2") == {"INV-2": ("skipped", "ledger_doubt")}

    house.load("invoices", f"{INVOICES}\n{good}\n{bad.replace('2026-02-31', '2026-02-28')}\n", day_after(1))
    house.plan(day_after(1))
    house.send(day_after(1))
    assert house.mails()[-1].to == "ap@two.example"


def test_real_channels_take_todays_run_only_and_none_before_the_newest(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.export(MONDAY)
    real = by(house.on(MONDAY, 9), ScriptedChannel())
    entity = the_entity(real, "MAIN")
    for day in (day_after(-3), day_after(1)):
        with pytest.raises(NotAllowed, match="is not today"):
            run_cadence(real, entity, day)
    assert house.rows("SELECT COUNT(*) FROM run") == [(0,)]
    run_cadence(real, entity, MONDAY)
    earlier = by(house.on(day_after(-3), 9), ScriptedChannel())
    with pytest.raises(NotAllowed, match="lies before its newest run"):
        run_cadence(earlier, entity, day_after(-3))


def test_after_going_live_old_debt_gets_one_message_and_begins_at_the_first_reminder(house: House) -> None:
    for number, days in enumerate((200, 90, 31, 20, 16)):
        house.invoice(f"INV-{number}", due=day_after(-days))
    [mail] = house.day(MONDAY)
    assert all(f"INV-{n}" in mail.text for n in range(5))
    assert house.rows("SELECT DISTINCT stage FROM touch") == [("first",)]
    assert house.days([1, 2, 3, 4]) == {}
    assert house.days([7, 9]).keys() == {7}
    assert set(house.rows("SELECT stage FROM touch WHERE run_id = (SELECT MAX(run_id) FROM touch)")) == {("second",)}


def test_after_an_outage_of_three_weeks_there_is_one_message_and_no_step_is_left_out(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    assert house.days([0, 22]).keys() == {0, 22}
    assert house.days([23, 24, 25]) == {}
    assert house.rows("SELECT stage FROM touch ORDER BY id") == [("first",), ("second",)]


def test_a_group_parent_is_not_written_to_for_its_companies(house: House) -> None:
    header = CUSTOMERS.splitlines()[0].replace("sales_rep,email", "sales_rep,parent,email")
    rows = [
        "P,Acme Holding,IE,en-IE,Europe/Dublin,EUR,kim,sam,,treasury@holding.example",
        "A,Acme North,IE,en-IE,Europe/Dublin,EUR,kim,sam,P,ap@north.example",
        "B,Acme South,DE,de-DE,Europe/Berlin,EUR,kim,sam,P,ap@south.example",
    ]
    house.load("customers", "\n".join([header, *rows]), day_after(-30))
    house.invoice("INV-A", "A", due=DUE)
    house.invoice("INV-B", "B", due=DUE)
    mails = {mail.to: mail for mail in house.day(MONDAY)}
    assert set(mails) == {"ap@north.example", "ap@south.example"}
    assert "INV-B" not in mails["ap@north.example"].text
    assert "INV-A" not in mails["ap@south.example"].text


def test_insolvency_of_one_company_is_no_stop_for_the_group(house: House) -> None:
    header = CUSTOMERS.splitlines()[0].replace("sales_rep,email", "sales_rep,parent,email")
    rows = [
        f"{n},Acme {n},IE,en-IE,Europe/Dublin,EUR,kim,sam,{p},ap@{n.lower()}.example"
        for n, p in (("P", ""), ("A", "P"), ("B", "P"))
    ]
    house.load("customers", "\n".join([header, *rows]), day_after(-30))
    house.invoice("INV-A", "A", due=DUE)
    house.invoice("INV-B", "B", due=DUE)
    [one, two] = house.day(MONDAY)
    first = one if one.to == "ap@a.example" else two
    house.answer(first, "We have filed for insolvency; please address the administrator.", day_after(1))
    house.days([9])
    assert house.asks()[-1].to == "ap@b.example"
    assert house.why(day_after(9), "A")["INV-A"][0] == "skipped"
    assert house.tasks("insolvency") or house.tasks("reply")


def test_a_due_day_on_which_banks_are_closed_counts_from_the_next_banking_day(house: House) -> None:
    house.invoice("INV-1", due=date(2026, 4, 4))  # the Saturday before Easter: Monday is a holiday too
    assert house.day(date(2026, 4, 10)) == [], "six days after the date, three after the banking day"
    assert len(house.day(date(2026, 4, 13))) == 1


def test_a_second_entitys_stale_ledger_stops_only_its_own_reminders(house: House) -> None:
    more = "code,name,country,timezone\nSOLE,Sole Traders SA,FR,Europe/Paris\n"
    house.load("entities", more, day_after(-60))
    house.invoice("INV-1", due=DUE)
    house.load("invoices", f"{INVOICES}\nFAC-1,C1,2026-01-31,{DUE},100.00,EUR,SOLE\n", day_after(-6))
    [mail] = house.day(MONDAY, "MAIN", "SOLE")
    assert "INV-1" in mail.text
    assert house.why(MONDAY) == {"INV-1": ("contacted", None), "FAC-1": ("skipped", "ledger_stale")}
