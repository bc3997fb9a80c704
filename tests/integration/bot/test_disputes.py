"""Disputes told as stories: what they hold, who may act, what a second click changes, which orders they block."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, update

from domain.disputes import DisputeEvent, DisputeReason
from domain.errors import BadInput, NotAllowed
from domain.parties import User
from storage.disputes import refresh_granted
from storage.tables import audit_entry, dispute, document, ledger_entry, task
from tests.integration.bot.ledger import NOW, TODAY, Ledger
from workflows import manage_dispute as manage
from workflows.answer_question import find_asker
from workflows.manage_dispute import Opening
from workflows.ping_sales import reserve_pings


def person(ledger: Ledger, code: str) -> User:
    found = find_asker(ledger.database, code)
    assert found is not None
    return found


def open_on(
    ledger: Ledger, invoice: str, minor: int | None, ref: str = "r1", reason: DisputeReason = DisputeReason.PRICE
) -> manage.Opened:
    return manage.dispute_invoices(
        ledger.services, person(ledger, "maria"), [(ledger.ids[invoice], minor)], reason,
        day=TODAY, source="desk", source_ref=ref,
    )  # fmt: skip


def public_id(ledger: Ledger, dispute_id: int | None) -> str:
    with ledger.database.read() as connection:
        return str(connection.execute(select(dispute.c.public_id).where(dispute.c.id == dispute_id)).scalar_one())


def held(ledger: Ledger, invoice: str) -> tuple[int, int, int]:
    return tuple(ledger.column(document, c, invoice) for c in ("open_minor", "disputed_minor", "credit_pending_minor"))


def audited(ledger: Ledger, action: str) -> int:
    with ledger.database.read() as connection:
        return connection.execute(select(func.count()).where(audit_entry.c.action == action)).scalar_one()


def test_a_dispute_holds_its_part_and_the_same_source_opens_it_once(ledger: Ledger) -> None:
    first = open_on(ledger, "INV-101", 30_000)
    again = open_on(ledger, "INV-101", 30_000)
    assert (first.opening, again.opening, again.dispute_id) == (Opening.OPENED, Opening.KNOWN, first.dispute_id)
    assert held(ledger, "INV-101") == (100_000, 30_000, 0)
    assert audited(ledger, "dispute.opened") == 1


def test_two_disputes_never_hold_more_than_is_open_and_closing_one_leaves_the_other(ledger: Ledger) -> None:
    price = open_on(ledger, "INV-101", 80_000)
    open_on(ledger, "INV-101", 80_000, "r2", DisputeReason.QUALITY)
    assert held(ledger, "INV-101") == (100_000, 100_000, 0)
    with pytest.raises(BadInput, match="nothing of these invoices is open and undisputed"):
        open_on(ledger, "INV-101", 1, "r3")
    key = public_id(ledger, price.dispute_id)
    manage.resolve_dispute(ledger.services, key, DisputeEvent.REJECT, person(ledger, "maria"), "price as ordered")
    assert held(ledger, "INV-101") == (100_000, 20_000, 0)


def test_what_an_upheld_dispute_grants_is_not_asked_for_while_the_credit_memo_is_to_come(ledger: Ledger) -> None:
    key = public_id(ledger, open_on(ledger, "INV-101", 30_000).dispute_id)
    manage.resolve_dispute(ledger.services, key, DisputeEvent.UPHOLD, person(ledger, "maria"), "wrong price list")
    assert held(ledger, "INV-101") == (100_000, 0, 30_000)
    with ledger.database.read() as connection:
        notes = connection.execute(select(task.c.note).where(task.c.status == "open")).scalars().all()
    assert any("credit memo to approve and post" in note for note in notes)
    with ledger.writing() as connection:
        row = {"document_id": ledger.ids["INV-101"], "effective_on": TODAY, "recorded_at": NOW, "kind": "credit"}
        connection.execute(insert(ledger_entry).values(row | {"amount_minor": -30_000}))
        connection.execute(update(document).where(document.c.id == ledger.ids["INV-101"]).values(open_minor=70_000))
        refresh_granted(connection)
    assert held(ledger, "INV-101") == (70_000, 0, 0)


def test_the_same_reason_again_after_the_invoice_was_found_to_stand_is_for_a_person(lite: Ledger) -> None:
    key = public_id(lite, open_on(lite, "INV-101", 30_000).dispute_id)
    manage.resolve_dispute(lite.services, key, DisputeEvent.REJECT, person(lite, "maria"), "as ordered")
    assert open_on(lite, "INV-101", 30_000, "r2").opening is Opening.FOR_A_PERSON
    assert held(lite, "INV-101") == (100_000, 0, 0)
    assert open_on(lite, "INV-101", 30_000, "r3", DisputeReason.DAMAGED).opening is Opening.OPENED


def test_clicking_twice_changes_once_and_is_audited_once(ledger: Ledger) -> None:
    key = public_id(ledger, open_on(ledger, "INV-101", 30_000).dispute_id)
    sam, maria = person(ledger, "sam"), person(ledger, "maria")
    taken = [manage.take_dispute(ledger.services, key, sam).changed for _ in range(2)]
    second = manage.take_dispute(ledger.services, key, maria)
    escalated = [manage.escalate_dispute(ledger.services, key, sam).changed for _ in range(2)]
    settle = [
        manage.resolve_dispute(ledger.services, key, DisputeEvent.REJECT, maria, "as ordered").changed for _ in range(2)
    ]
    assert (taken, second.changed, escalated, settle) == ([True, False], False, [True, False], [True, False])
    assert "Sam Ruiz has it already" in second.said
    assert [audited(ledger, f"dispute.{a}") for a in ("taken", "escalated", "rejected")] == [1, 1, 1]


def test_a_dispute_that_was_settled_one_way_can_not_be_settled_another(lite: Ledger) -> None:
    key = public_id(lite, open_on(lite, "INV-101", 30_000).dispute_id)
    maria = person(lite, "maria")
    manage.resolve_dispute(lite.services, key, DisputeEvent.WITHDRAW, maria, "paid after all")
    with pytest.raises(NotAllowed, match="settled before"):
        manage.resolve_dispute(lite.services, key, DisputeEvent.UPHOLD, maria, "no")
    with pytest.raises(NotAllowed):
        manage.take_dispute(lite.services, key, maria)


def test_a_dispute_of_somebody_elses_account_is_like_one_that_does_not_exist(lite: Ledger) -> None:
    key = public_id(lite, open_on(lite, "INV-101", 30_000).dispute_id)
    for act in (manage.take_dispute, manage.escalate_dispute, manage.view_dispute):
        with pytest.raises(BadInput, match="no dispute"):
            act(lite.services, key, person(lite, "sue"))
        with pytest.raises(BadInput, match="no dispute"):
            act(lite.services, "made-up", person(lite, "ann"))


def test_a_settlement_wants_a_reason(lite: Ledger) -> None:
    key = public_id(lite, open_on(lite, "INV-101", 30_000).dispute_id)
    with pytest.raises(BadInput, match="say in a line why"):
        manage.resolve_dispute(lite.services, key, DisputeEvent.REJECT, person(lite, "maria"), "  ")


def only_overdue_is_disputed(ledger: Ledger) -> str:
    """Acme GmbH: all that is overdue is disputed (EUR 1,000.00 and USD 70.00); SO-1 is blocked, its rep is Sue."""
    open_on(ledger, "US-1", None, "usd")
    key = public_id(ledger, open_on(ledger, "INV-101", None).dispute_id)
    ledger.order("SO-1", "C-001", 50_000, "blocked", rep="sue")
    return key


def test_the_orders_rep_is_pinged_once_else_the_accounts(ledger: Ledger) -> None:
    only_overdue_is_disputed(ledger)
    ledger.order("SO-2", "C-001", 10_000, "blocked")
    pings = reserve_pings(ledger.services)
    assert {(p.order, p.rep.code) for p in pings} == {("SO-1", "sue"), ("SO-2", "sam")}
    assert len(pings) == 4
    assert reserve_pings(ledger.services) == []


def test_an_order_that_other_debts_stop_too_is_nobodys_dispute(lite: Ledger) -> None:
    open_on(lite, "INV-101", 40_000)
    lite.order("SO-1", "C-001", 50_000, "blocked", rep="sue")
    assert reserve_pings(lite.services) == []


def test_the_orders_rep_may_act_on_the_dispute_and_sees_the_order_freed(lite: Ledger) -> None:
    key = only_overdue_is_disputed(lite)
    assert manage.take_dispute(lite.services, key, person(lite, "sue")).changed


def test_an_auditor_looks_and_never_acts(lite: Ledger) -> None:
    lite.user("aud", "auditor")
    key = public_id(lite, open_on(lite, "INV-101", None).dispute_id)
    assert manage.view_dispute(lite.services, key, person(lite, "aud")).invoices == ("INV-101",)
    with pytest.raises(NotAllowed, match="may look"):
        manage.take_dispute(lite.services, key, person(lite, "aud"))
