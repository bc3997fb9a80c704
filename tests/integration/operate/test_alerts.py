"""A trouble is told once, to the people and by the ways that are set up; so is its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.alerts import AlertLimits
from dunwell.observe import Observed
from storage import pulse
from storage.database import Database
from storage.pulse import Process
from storage.tables import alert, app_user, setting, task
from tests.fakes.ledgers import NOON, at, make_services, plan_day, seed_ledger
from workflows.services import Services
from workflows.tick import tick
from workflows.watch import tell_alerts, watch

LIMITS = AlertLimits(run_hour=7)


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """One entity without today's run; clock and worker are there."""
    seed_ledger(database, 2)
    made = make_services(database, tmp_path)
    with database.write() as unit:
        pulse.beat(unit, Process("p", "worker", "here", 1, "0"))
        pulse.note_tick(unit)
        unit.commit()
    return made


class Told:
    """A way to tell that remembers, and fails as told."""

    def __init__(self, *errors: str) -> None:
        self.errors = list(errors)
        self.notes: list[dict[str, Any]] = []

    def __call__(self, note: Any) -> str | None:
        if self.errors:
            return self.errors.pop(0)
        self.notes.append(dict(note))
        return None


def tasks(database: Database) -> list[tuple[str, str, int | None]]:
    with database.read() as connection:
        rows = connection.execute(select(task).where(task.c.cause == "alert").order_by(task.c.id)).all()
    return [(row.note, row.status, row.owner_id) for row in rows]


def due_again(database: Database) -> None:
    with database.write() as unit:
        past = unit.database_now() - timedelta(seconds=1)
        unit.connection.execute(update(alert).where(alert.c.next_try_at.is_not(None)).values(next_try_at=past))
        unit.commit()


def test_a_missing_run_is_told_once_and_its_end_too(services: Services, database: Database) -> None:
    way = Told()
    for _ in range(3):
        assert watch(services, LIMITS) == 1
        tell_alerts(services, {"webhook": way})
    plan_day(services)
    for _ in range(2):
        assert watch(services, LIMITS) == 0
        tell_alerts(services, {"webhook": way})
    assert [(note["alert"], note["state"]) for note in way.notes] == [
        ("run_missing:MAIN", "opened"),
        ("run_missing:MAIN", "closed"),
    ]
    (told,) = tasks(database)
    assert "MAIN: the run of 2026-03-09" in told[0]
    assert told[1] == "done"


def test_a_trouble_is_the_operators_task(services: Services, database: Database) -> None:
    watch(services, LIMITS)
    owner = select(app_user.c.role).join(task, task.c.owner_id == app_user.c.id).where(task.c.cause == "alert")
    with database.read() as connection:
        role = connection.execute(owner).scalar_one()
    assert role == "admin"


def test_a_trouble_that_comes_back_is_told_again(services: Services, database: Database) -> None:
    way = Told()
    later = at(services, NOON + timedelta(days=1))
    watch(services, LIMITS)
    tell_alerts(services, {"webhook": way})
    plan_day(services)
    watch(services, LIMITS)
    watch(later, LIMITS)
    tell_alerts(later, {"webhook": way})
    assert [note["state"] for note in way.notes if note["alert"].startswith("run_missing")][-1] == "opened"
    assert [status for note, status, _ in tasks(database) if "run of" in note] == ["done", "open"]


def test_a_way_that_fails_is_tried_again_and_the_others_are_not_told_twice(
    services: Services, database: Database
) -> None:
    good, bad = Told(), Told("it answered 500", "it answered 500")
    watch(services, LIMITS)
    for _ in range(4):
        tell_alerts(services, {"webhook": bad, "slack": good})
        due_again(database)
    assert len(good.notes) == len(bad.notes) == 1


def test_a_way_that_always_fails_is_given_up(services: Services, database: Database) -> None:
    bad = Told(*["no"] * 50)
    watch(services, LIMITS)
    for _ in range(20):
        tell_alerts(services, {"webhook": bad})
        due_again(database)
    assert len(bad.errors) == 50 - 8


def test_two_processes_that_watch_raise_a_trouble_once(services: Services, database: Database) -> None:
    first, second = Observed(), Observed()
    watch(replace(services, observe=first), LIMITS)
    watch(replace(services, observe=second), LIMITS)
    counts = [one.registry.get_sample_value("dunwell_alerts_total", {"kind": "run_missing"}) for one in (first, second)]
    assert counts == [1.0, None]
    assert len(tasks(database)) == 1


def test_a_tick_ends_the_silence_of_the_clock(services: Services, database: Database) -> None:
    with database.write() as unit:
        long_ago = unit.database_now() - timedelta(hours=1)
        unit.connection.execute(update(setting).where(setting.c.key == "tick.last").values(updated_at=long_ago))
        unit.commit()
    watch(services, LIMITS)
    assert open_keys(database) == {"run_missing:MAIN", "no_tick"}
    tick(services)
    watch(services, LIMITS)
    assert open_keys(database) == {"run_missing:MAIN"}


def open_keys(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(alert.c.key).where(alert.c.closed_at.is_(None))).scalars())
