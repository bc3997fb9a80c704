"""Invariants 9, 10 and 12: every item has its reason, people decide what is grave, everything leaves a trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.account import PauseKind
from domain.disputes import DisputeEvent, DisputeReason
from domain.errors import NotAllowed
from storage import audit
from tests.scenarios.stories.house import CUSTOMERS, MONDAY, House, day_after
from workflows.approvals import approve_message, reject_message, waiting_messages
from workflows.log_call import Call, log_call
from workflows.manage_dispute import dispute_invoices, resolve_dispute
from workflows.run_cadence import the_entity
from workflows.verify_audit import verify_audit

DUE = day_after(-7)


def test_9_every_open_item_of_a_run_is_contacted_or_has_a_reason(house: House) -> None:
    house.invoice("DUE", due=DUE)
    house.invoice("LATER", due=day_after(20))
    house.invoice("YESTERDAY", due=day_after(-3))
    house.invoice("PAID", due=DUE)
    house.invoice("PAUSED", due=DUE)
    house.invoice("TINY", "C2", due=DUE, amount="3.00")
    house.invoice("COVERED", "C3", due=DUE)
    house.invoice("NOBODY", "C4", due=DUE)
    header, first = CUSTOMERS.splitlines()
    rows = [first.replace("C1", f"C{n}").replace("ap@acme", f"ap@c{n}") for n in (2, 3)]
    house.load("customers", "\n".join([header, *rows, "C4,No Address,IE,en-IE,Europe/Dublin,EUR,kim,sam,"]), MONDAY)
    house.pays("100.00", day_after(-1), invoice="PAID")
    house.pays("500.00", day_after(-1), customer="C3")
    house.export(MONDAY)
    house.do(
        """INSERT INTO pause (customer_id, document_id, kind, from_on, cause, created_at)
        SELECT customer_id, id, :kind, '2026-03-01', 'by hand', '2026-03-01 00:00:00' FROM document
        WHERE number = 'PAUSED'""",
        kind=str(PauseKind.MANUAL),
    )
    house.plan(MONDAY)
    house.send(MONDAY)
    told = {invoice: why for n in (1, 2, 3, 4) for invoice, why in house.why(MONDAY, f"C{n}").items()}
    letter = told.pop("NOBODY")
    assert told == {
        "DUE": ("contacted", None),
        "LATER": ("skipped", "not_due"),
        "YESTERDAY": ("skipped", "between_steps"),
        "PAUSED": ("skipped", "paused"),
        "TINY": ("skipped", "below_minimum"),
        "COVERED": ("skipped", "covered_by_credit"),
    }
    assert letter == ("contacted", None), "by letter, the policy's next channel"
    [(open_items,)] = house.rows("SELECT COUNT(*) FROM document WHERE open_minor > 0")
    assert open_items == len(told) + 1


def test_9_why_answers_for_a_day_gone_by_what_was_true_then(small_house: House) -> None:
    small_house.invoice("INV-1", due=day_after(-4))
    small_house.day(MONDAY)
    small_house.day(day_after(1))
    small_house.pays("100.00", day_after(2), invoice="INV-1")
    small_house.day(day_after(2))
    assert small_house.why(MONDAY) == {"INV-1": ("skipped", "between_steps")}
    assert small_house.why(day_after(1)) == {"INV-1": ("contacted", None)}


def final_demand_waits(house: House) -> str:
    """INV-1 has gone through every step; its final demand waits. Returns the message's public id."""
    house.invoice("INV-1", due=day_after(-29), amount="800.00")
    house.days([0, 11, 21, 36])
    [public_id] = waiting_messages(house.on(day_after(36)))
    return public_id


def test_10_a_final_demand_waits_for_a_yes_and_goes_then(house: House) -> None:
    public_id = final_demand_waits(house)
    sent = len(house.mails())
    house.days([37, 38])
    assert len(house.mails()) == sent
    assert house.why(day_after(38)) == {"INV-1": ("skipped", "awaiting_approval")}
    assert approve_message(house.on(day_after(38), 10), public_id, by="max") == "planned"
    house.send(day_after(38))
    assert len(house.mails()) == sent + 1
    assert house.mails()[-1].public_id == public_id


@pytest.mark.parametrize("who", ["kim", "sam", "ann"])
def test_10_who_may_not_approve_is_told_so(small_house: House, who: str) -> None:
    public_id = final_demand_waits(small_house)
    with pytest.raises(NotAllowed, match=who):
        approve_message(small_house.on(day_after(36)), public_id, by=who)


def test_10_nobody_approves_what_they_asked_for(small_house: House) -> None:
    public_id = final_demand_waits(small_house)
    small_house.do(
        """INSERT INTO approval (public_id, subject_kind, subject_id, requested_by, requested_at, reason)
        SELECT 'a1', 'message', m.id, u.id, '2026-04-14 00:00:00', '' FROM message m, app_user u
        WHERE m.public_id = :message AND u.code = 'max'""",
        message=public_id,
    )
    with pytest.raises(NotAllowed, match="somebody else must decide"):
        approve_message(small_house.on(day_after(36), 10), public_id, by="max")
    assert approve_message(small_house.on(day_after(36), 10), public_id, by="cora") == "planned"


def test_10_a_final_demand_that_was_paid_while_it_waited_does_not_go(small_house: House) -> None:
    public_id = final_demand_waits(small_house)
    small_house.pays("800.00", day_after(37), invoice="INV-1")
    small_house.export(day_after(37))
    sent = len(small_house.mails())
    approve_message(small_house.on(day_after(37), 10), public_id, by="max")
    small_house.send(day_after(37))
    assert len(small_house.mails()) == sent


def test_10_a_no_is_heard_and_quiet_for_a_while(small_house: House) -> None:
    public_id = final_demand_waits(small_house)
    reject_message(small_house.on(day_after(36), 10), public_id, by="max", reason="they are a friend of the house")
    sent = len(small_house.mails())
    small_house.days([37, 43])
    assert len(small_house.mails()) == sent
    assert small_house.why(day_after(43)) == {"INV-1": ("skipped", "paused")}


def test_10_the_whole_plan_of_a_new_installation_waits_ten_times(small_house: House) -> None:
    limits = replace(small_house.services.limits, golive_runs=10)
    small_house.services = replace(small_house.services, limits=limits)
    business_days = [0, 1, 2, 3, 4, 7, 9, 10, 11, 14, 15]  # the seventeenth of March is a holiday
    header, first = CUSTOMERS.splitlines()
    rows = [first.replace("C1", f"N{n}").replace("ap@acme", f"ap@n{n}") for n in business_days]
    small_house.load("customers", "\n".join([header, *rows]), MONDAY)
    waited = []
    for number in business_days:
        day = day_after(number)
        small_house.invoice(f"N-{number}", f"N{number}", due=day_after(number - 9))
        small_house.export(day)
        report = small_house.plan(day)
        if report.status == "awaiting_approval":
            waited.append(number)
            assert small_house.send(day) == {}
            small_house.approve_plan(report)
        assert small_house.send(day)["sent"] >= 1
    assert waited == business_days[:10]


def everything_that_people_do(house: House) -> None:
    house.invoice("INV-1", due=DUE, amount="800.00")
    house.invoice("INV-2", due=DUE)
    house.day(MONDAY)
    services = house.on(day_after(1))
    entity = the_entity(services, "MAIN")
    call = Call(house.customer_id(), entity, day_after(1), "promised", promised_on=day_after(8), invoices=("INV-1",))
    log_call(services, call)
    [(document,)] = house.rows("SELECT id FROM document WHERE number = 'INV-2'")
    dispute_invoices(
        services, house.user("kim"), [(document, None)], DisputeReason.PRICE, day=day_after(1), source="desk",
        source_ref="1",
    )  # fmt: skip
    [(public_id,)] = house.rows("SELECT public_id FROM dispute")
    resolve_dispute(services, public_id, DisputeEvent.REJECT, house.user("max"), "the price was agreed")
    house.answer(house.mails()[0], "Please send us a copy of invoice INV-2.", day_after(2))


def test_12_every_act_leaves_an_entry_that_says_who_and_when(house: House) -> None:
    everything_that_people_do(house)
    found = house.rows("SELECT action, actor FROM audit_entry ORDER BY id")
    for action, actor in (
        ("import", "system"),
        ("run.opened", "system"),
        ("run.planned", "system"),
        ("message.sending", "system"),
        ("message.sent", "system"),
        ("promise.open", "operator"),
        ("call.logged", "operator"),
        ("dispute.opened", "kim"),
        ("reply.received", "system"),
    ):
        assert (action, actor) in found
    assert any(action.startswith("dispute.") and actor == "max" for action, actor in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE id = :id", "columns were altered"),
        ("UPDATE audit_entry SET text = replace(text, 'system', 'nobody') WHERE id = :id", "was altered"),
        ("UPDATE audit_link SET hash = :zeros WHERE entry_id = :id", "altered"),
        ("DELETE FROM audit_link WHERE entry_id = :id", "is missing"),
    ],
)
def test_12_audit_verify_finds_any_change(small_house: House, change: str, said: str) -> None:
    small_house.invoice("INV-1", due=DUE)
    small_house.day(MONDAY)
    good = verify_audit(small_house.services)
    assert good.problem is None
    assert good.linked > 5
    [(entry,)] = small_house.rows("SELECT MIN(id) FROM audit_entry WHERE action = 'run.opened'")
    bound = {"id": entry, **({"zeros": "0" * 64} if ":zeros" in change else {})}
    small_house.do(change, **bound)
    with small_house.services.database.read() as connection:
        found = audit.verify(connection, small_house.services.audit_key)
    assert found.problem is not None
    assert said in found.problem


def test_12_a_cut_tail_shows_by_the_exported_head(house: House) -> None:
    house.invoice("INV-1", due=DUE)
    house.day(MONDAY)
    good = verify_audit(house.services)
    head = f"{good.linked}:{good.head}"
    house.do("DELETE FROM audit_link WHERE sequence > 3")
    house.do("DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_link)")
    assert verify_audit(house.services).problem is None, "by itself it can't show"
    found = verify_audit(house.services, head)
    assert found.problem is not None
    assert "cut off" in found.problem
