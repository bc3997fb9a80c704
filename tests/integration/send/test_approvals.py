"""People decide what is grave: plans of a new installation and final demands wait for somebody else's yes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.errors import BadInput, NotAllowed
from domain.touches import TouchStatus
from storage.database import Database
from storage.tables import approval, document, pause, run, task
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import (
    DAY,
    NOON,
    at,
    load_ledger_again,
    make_services,
    messages,
    plan_day,
    seed_customer,
    seed_entity,
    seed_invoice,
    seed_ledger,
    seed_users,
    statuses,
    touches,
)
from tests.integration.send.test_results import LOST
from workflows.approvals import approve_message, approve_plan, reject_message, reject_plan, waiting_messages
from workflows.ask_approvals import ask_for_approvals, list_waiting_runs
from workflows.send_messages import drain
from workflows.services import Services
from workflows.settle_message import settle_unknown


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone: what is told here doesn't depend on the database (the send machine itself is tested on both)."""
    made = Database(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def new_installation(database: Database, tmp_path: Path) -> Services:
    """Two customers; the first ten runs wait for a yes."""
    made = make_services(database, tmp_path, golive_runs=10)
    seed_ledger(database, 2)
    plan_day(made)
    return made


@pytest.fixture
def final_demand(empty: Services) -> Services:
    """One invoice whose reminders went and whose final demand is planned."""
    with empty.database.write() as unit:
        seed_entity(unit.connection)
        seed_users(unit.connection)
        seed_customer(unit.connection, 1)
        seed_invoice(unit.connection, 1, "INV-1", due=DAY - timedelta(days=35))
        unit.commit()
    for back in (28, 18, 11):
        day = DAY - timedelta(days=back)
        load_ledger_again(empty.database, day)
        earlier = at(empty, NOON - timedelta(days=back))
        plan_day(earlier, day)
        drain(earlier)
    load_ledger_again(empty.database, DAY)
    plan_day(empty)
    assert messages(empty.database)[-1].template == "final"
    return empty


def the_run(services: Services) -> int:
    return int(list_waiting_runs(services)[0]["run_id"])


def tasks(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(task.c.cause, task.c.status).order_by(task.c.id))
        return [(row.cause, row.status) for row in rows]


def test_the_first_plans_wait_for_a_yes_and_then_go(new_installation: Services) -> None:
    services = new_installation
    assert drain(services) == {}
    assert approve_plan(services, the_run(services), by="ar_manager") == 2
    assert drain(services) == {"sent": 2}


def test_a_plan_is_asked_about_once_and_its_task_closes_with_the_decision(new_installation: Services) -> None:
    services = new_installation
    assert (ask_for_approvals(services), ask_for_approvals(services)) == (1, 0)
    assert tasks(services.database) == [("approve_plan", "open")]
    approve_plan(services, the_run(services), by="admin")
    assert tasks(services.database) == [("approve_plan", "done")]


def test_approving_a_plan_twice_changes_once(new_installation: Services) -> None:
    number = the_run(new_installation)
    assert approve_plan(new_installation, number, by="ar_manager") == 2
    assert approve_plan(new_installation, number, by="admin") == 0


@pytest.mark.parametrize("who", ["collector", "sales", "auditor"])
def test_who_may_not_decide_is_told_who_may(new_installation: Services, who: str) -> None:
    with pytest.raises(NotAllowed, match="ar_manager"):
        approve_plan(new_installation, the_run(new_installation), by=who)
    assert drain(new_installation) == {}


def test_an_unknown_user_decides_nothing(new_installation: Services) -> None:
    with pytest.raises(BadInput, match="nobody"):
        approve_plan(new_installation, the_run(new_installation), by="nobody")


def test_nobody_approves_what_they_asked_for_themselves(final_demand: Services) -> None:
    ask_for_approvals(final_demand)
    with final_demand.database.write() as unit:
        unit.connection.execute(update(approval).values(requested_by=3))  # the credit manager
        unit.commit()
    (public_id,) = waiting_messages(final_demand)
    with pytest.raises(NotAllowed, match="somebody else"):
        approve_message(final_demand, public_id, by="credit_manager")
    assert approve_message(final_demand, public_id, by="ar_manager") == TouchStatus.PLANNED


def test_a_plan_that_was_turned_down_sends_nothing_and_its_steps_are_planned_anew(new_installation: Services) -> None:
    services = new_installation
    with pytest.raises(BadInput, match="reason"):
        reject_plan(services, the_run(services), by="admin", reason=" ")
    assert reject_plan(services, the_run(services), by="admin", reason="wrong policy") == 2
    assert set(statuses(services.database)) == {TouchStatus.CANCELLED}
    assert {t.dropped_reason for t in touches(services.database)} == {"plan_rejected"}
    later = at(services, NOON + timedelta(days=1))
    plan_day(later, DAY + timedelta(days=1))
    assert len(messages(services.database)) == 4


def test_a_plan_approved_in_the_evening_goes_on_the_next_working_morning(new_installation: Services) -> None:
    evening = at(new_installation, NOON.replace(hour=20))
    approve_plan(evening, the_run(evening), by="ar_manager")
    assert drain(evening) == {"rescheduled": 2}
    assert {row.not_before.isoformat() for row in messages(evening.database)} == {"2026-03-10T09:00:00+00:00"}
    assert drain(evening) == {}
    assert drain(at(evening, NOON + timedelta(days=1))) == {"sent": 2}


def test_a_dated_plan_approved_later_still_goes_in_the_hours_of_its_day(new_installation: Services) -> None:
    much_later = at(new_installation, NOON + timedelta(days=250))
    approve_plan(much_later, the_run(much_later), by="ar_manager")
    assert drain(new_installation, NOON + timedelta(days=2), each_at_its_hour=True) == {"sent": 2}
    assert {row.sent_at for row in messages(new_installation.database)} == {NOON}


def test_a_final_demand_never_goes_without_a_yes(final_demand: Services) -> None:
    assert drain(final_demand) == {}
    (public_id,) = waiting_messages(final_demand)
    approve_message(final_demand, public_id, by="credit_manager")
    assert drain(final_demand) == {"sent": 1}
    row = messages(final_demand.database)[-1]
    assert (row.status, row.approved_by) == (TouchStatus.SENT, 3)


def test_a_final_demand_approved_on_friday_evening_goes_on_monday(final_demand: Services) -> None:
    friday = at(final_demand, NOON.replace(day=13, hour=18))
    (public_id,) = waiting_messages(friday)
    approve_message(friday, public_id, by="ar_manager")
    assert drain(friday) == {"rescheduled": 1}
    assert messages(friday.database)[-1].not_before.isoformat() == "2026-03-16T09:00:00+00:00"


def test_a_final_demand_in_a_waiting_plan_needs_both(final_demand: Services) -> None:
    with final_demand.database.write() as unit:
        unit.connection.execute(update(run).where(run.c.business_day == DAY).values(status="awaiting_approval"))
        unit.commit()
    (public_id,) = waiting_messages(final_demand)
    assert approve_message(final_demand, public_id, by="credit_manager") == TouchStatus.PLANNED
    assert drain(final_demand) == {}
    assert approve_plan(final_demand, the_run(final_demand), by="ar_manager") == 1
    assert drain(final_demand) == {"sent": 1}


def test_an_approved_final_demand_that_was_paid_meanwhile_does_not_go(final_demand: Services) -> None:
    (public_id,) = waiting_messages(final_demand)
    approve_message(final_demand, public_id, by="ar_manager")
    with final_demand.database.write() as unit:
        unit.connection.execute(update(document).values(open_minor=0))
        unit.commit()
    assert drain(final_demand) == {"cancelled": 1}


def test_a_final_demand_that_was_turned_down_is_not_proposed_again_the_next_day(final_demand: Services) -> None:
    services = final_demand
    (public_id,) = waiting_messages(services)
    reject_message(services, public_id, by="credit_manager", reason="I'll talk to them")
    with services.database.read() as connection:
        quiet = connection.execute(select(pause.c.document_id, pause.c.until_on)).all()
    assert quiet == [(1, DAY + timedelta(days=14))]
    for days, waits in ((1, 0), (15, 1)):
        day = DAY + timedelta(days=days)
        load_ledger_again(services.database, day)
        plan_day(at(services, NOON + timedelta(days=days)), day)
        assert len(waiting_messages(services)) == waits


def test_a_doubt_settled_as_sent_counts_as_sent(planned: Services) -> None:
    drain(by(planned, ScriptedChannel(LOST)), limit=1)
    public_id = messages(planned.database)[0].public_id
    assert settle_unknown(planned, public_id, sent=True, by="collector", note="they answered it") == TouchStatus.SENT
    assert settle_unknown(planned, public_id, sent=True, by="collector") == TouchStatus.SENT
    assert messages(planned.database)[0].sent_at is not None
    assert tasks(planned.database) == [("unknown_outcome", "done")]


def test_a_doubt_settled_as_not_sent_is_planned_anew_by_the_next_run(planned: Services) -> None:
    drain(by(planned, ScriptedChannel(LOST)))
    public_id = messages(planned.database)[0].public_id
    assert settle_unknown(planned, public_id, sent=False, by="collector") == TouchStatus.FAILED
    later = at(planned, NOON + timedelta(days=1))
    plan_day(later, DAY + timedelta(days=1))
    channel = ScriptedChannel()
    drain(by(later, channel))
    assert [given.to for given in channel.given] == ["ap1@customer.example"]


def test_what_is_not_in_doubt_can_not_be_settled(planned: Services) -> None:
    with pytest.raises(NotAllowed, match="planned"):
        settle_unknown(planned, messages(planned.database)[0].public_id, sent=True, by="collector")
    with pytest.raises(NotAllowed, match="sales"):
        settle_unknown(planned, messages(planned.database)[0].public_id, sent=True, by="sales")
