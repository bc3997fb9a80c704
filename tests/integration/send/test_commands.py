"""The processes as an operator starts and stops them, and the commands of whoever decides."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner

from domain.errors import NotAllowed
from domain.touches import TouchStatus
from dunwell import clock
from dunwell.cli import app
from storage.database import Database
from storage.runs import new_message_row
from storage.tables import legal_entity, message
from tests.fakes.ledgers import DAY, ENTITY, make_services, plan_day, seed_ledger, statuses
from tests.fakes.mail_server import free_port

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone: processes are slow to start, and what they share is tested on both."""
    made = Database(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def environment(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    told = {"DATABASE_URL": sqlite_url, "DATA_DIR": str(tmp_path), "TICK_SECONDS": "1", "GOLIVE_RUNS": "10"}
    return {f"DUNWELL_{name}": value for name, value in told.items()}


def put_answer(database: Database) -> None:
    """A ledger, and a message that is due at any hour: an answer to somebody who wrote."""
    seed_ledger(database, 1)
    now = clock.utc_now()
    row = new_message_row(
        customer_id=1, entity_id=ENTITY, currency="EUR", purpose="answer", channel="email", template="statement",
        address="ap1@customer.example", locale="en_IE", planned_on=now.date(), status="planned", not_before=now,
        created_at=now,
    )  # fmt: skip
    with database.write() as unit:
        unit.connection.execute(insert(message).values(row))
        unit.connection.execute(update(legal_entity).values(ledger_as_of=now.date()))
        unit.commit()


def started(environment: dict[str, str], *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dunwell", *command],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(what: Any, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 40
    while not what():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "it didn't happen"
        time.sleep(0.05)


def test_a_worker_sends_what_is_due_and_stops_cleanly_when_told(
    database: Database, environment: dict[str, str]
) -> None:
    put_answer(database)
    process = started(environment, "worker")
    wait_for(lambda: statuses(database) == [TouchStatus.SENT], process)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0, out
    assert "stopping" in out


def test_the_application_answers_works_in_the_background_and_stops_cleanly(
    database: Database, environment: dict[str, str]
) -> None:
    put_answer(database)
    port = free_port()
    process = started(environment, "serve", "--port", str(port))

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    wait_for(answers, process)
    wait_for(lambda: statuses(database) == [TouchStatus.SENT], process)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0, out


@pytest.fixture
def command(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `dunwell …` in this process; gives its exit code and output."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, words)

    return run


def test_the_doctor_finds_a_sound_installation_sound(database: Database, command: Any) -> None:
    found = command("doctor", "--json")
    assert found.exit_code == 0, found.output
    looked_at = {one["name"]: one["ok"] for one in json.loads(found.stdout)}
    assert set(looked_at) >= {"configuration", "database", "policies", "templates", "channel email", "time zones"}
    assert all(looked_at.values())


def test_the_doctor_names_what_is_not_well_and_exits_with_1(
    command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DUNWELL_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    monkeypatch.setenv("DUNWELL_EMAIL_CHANNEL", "smtp")
    monkeypatch.setenv("DUNWELL_SMTP_PORT", str(free_port()))
    found = command("doctor")
    assert found.exit_code == 1
    assert "BAD  database: the database is at revision none" in found.stdout
    assert "BAD  channel email: SMTP server" in found.stdout
    assert "ok   policies" in found.stdout


def test_a_plan_waits_is_approved_by_a_named_person_and_goes(database: Database, command: Any, tmp_path: Path) -> None:
    seed_ledger(database, 2)
    plan_day(make_services(database, tmp_path, golive_runs=10), DAY)
    assert "MAIN" in command("waiting").stdout
    assert isinstance(command("approve-plan").exception, NotAllowed)
    assert "2 messages" in command("approve-plan", "--as", "ar_manager").stdout
    assert "Nothing waits." in command("waiting").stdout
