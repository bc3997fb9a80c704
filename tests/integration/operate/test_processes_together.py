"""Several schedulers, workers and an application, each a real process, over RabbitMQ and PostgreSQL: one run, each
message once, and each process ends within seconds of being told to, with what it had on the wire written down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from domain.calendars import calendar_of
from dunwell import clock
from storage.database import Database
from storage.tables import customer, document, legal_entity, message, message_attempt, process_heartbeat, run
from tests.fakes.ledgers import seed_ledger
from tests.fakes.mail_server import Behaviour, MailServer
from tests.fakes.ports import free_port

BROKER = os.environ.get("DUNWELL_TEST_AMQP_URL", "")
CUSTOMERS = 60
PATIENCE = 40.0


class Processes:
    """Real `dunwell` processes with these settings; whatever still runs at the end is killed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = {f"DUNWELL_{name.upper()}": value for name, value in settings.items()}
        self.running: list[subprocess.Popen[bytes]] = []
        self.logs: list[Path] = []

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        told = {f"DUNWELL_{name.upper()}": value for name, value in more.items()}
        log = self.folder / f"{command[0]}-{len(self.running)}.log"
        with log.open("wb") as file:
            made = subprocess.Popen(
                [sys.executable, "-m", "dunwell", *command],
                env={**os.environ, **self.settings, **told},
                stdout=subprocess.DEVNULL,
                stderr=file,
            )
        self.running.append(made)
        self.logs.append(log)
        return made

    def stop_all(self) -> list[tuple[int, float]]:
        """SIGTERM to all at once; (exit code, seconds it took) of each."""
        began = time.monotonic()
        for one in self.running:
            one.send_signal(signal.SIGTERM)
        return [(one.wait(30), time.monotonic() - began) for one in self.running]

    def kill(self) -> None:
        for one in self.running:
            if one.poll() is None:
                one.kill()
                one.wait(10)


@pytest.fixture
def database(fresh_postgres_url: str) -> Iterator[Database]:
    made = Database(fresh_postgres_url)
    yield made
    made.dispose()


def wait_until(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)


def seed_today(database: Database) -> None:
    """A ledger that is fresh today, in a zone where it is the forenoon of a business day right now."""
    seed_ledger(database, CUSTOMERS)
    zone, country, today = forenoon()
    with database.write() as unit:
        entity = {"timezone": zone, "country": country, "ledger_as_of": today, "cash_loaded_to": today}
        unit.connection.execute(update(legal_entity).values(**entity))
        unit.connection.execute(update(customer).values(timezone=zone, country=country))
        due = {"due_on": today - timedelta(days=7), "issued_on": today - timedelta(days=37)}
        unit.connection.execute(update(document).values(**due))
        unit.commit()


def forenoon() -> tuple[str, str, date]:
    """A zone where it is between nine and twelve now, a country whose calendar has this as a business day, the day."""
    hour = clock.utc_now().hour
    east = (10 - hour + 12) % 24 - 12
    zone = f"Etc/GMT{'-' if east >= 0 else '+'}{abs(east)}"
    today = (clock.utc_now() + timedelta(hours=east)).date()
    for country in ("IE", "DE", "US", "AE", "IL", "JP", "BR"):
        if calendar_of(country).is_business_day(today):
            return zone, country, today
    pytest.skip("a weekend everywhere")


def statuses(database: Database) -> Counter[str]:
    with database.read() as connection:
        rows = connection.execute(select(message.c.status, func.count()).group_by(message.c.status)).all()
    return Counter({str(status): int(count) for status, count in rows})


@pytest.mark.slow
@pytest.mark.skipif(not BROKER, reason="no RabbitMQ: set DUNWELL_TEST_AMQP_URL")
def test_two_of_each_make_one_run_and_send_each_message_once(database: Database, tmp_path: Path) -> None:
    seed_today(database)
    port, metrics = free_port(), free_port()
    url = database.url.render_as_string(hide_password=False)
    with MailServer() as server:
        processes = Processes(
            tmp_path, data_dir=str(tmp_path), database_url=url, amqp_url=BROKER, golive_runs="0", tick_seconds="1",
            run_hour="0", email_channel="smtp", smtp_host=server.host, smtp_port=str(server.port),
        )  # fmt: skip
        try:
            processes.start("serve", port=str(port))
            for number in range(2):
                processes.start("scheduler")
                processes.start("worker", **({"metrics_port": str(metrics)} if number == 0 else {}))
            wait_until(lambda: statuses(database)["sent"] == CUSTOMERS and len(beats(database)) == 5)
            assert get(f"http://127.0.0.1:{port}/healthz") == (200, "ok\n")
            assert "dunwell_database_up 1.0" in get(f"http://127.0.0.1:{metrics}/metrics")[1]
            stopped = processes.stop_all()
        finally:
            processes.kill()
        received = Counter(envelope.rcpt_tos[0] for envelope in server.taken)
    assert received == Counter(f"ap{n}@customer.example" for n in range(1, CUSTOMERS + 1))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(run)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(message_attempt)).scalar_one() == CUSTOMERS
    assert Counter(kind for kind, _ in beats(database)) == {"serve": 1, "scheduler": 2, "worker": 2}
    assert all(stopped_at is not None for _, stopped_at in beats(database))
    assert [code for code, _ in stopped] == [0] * 5
    assert max(seconds for _, seconds in stopped) < 15
    for log in processes.logs:
        assert [line for line in log.read_text().splitlines() if json.loads(line)["level"] == "error"] == []


def beats(database: Database) -> list[tuple[str, datetime | None]]:
    with database.read() as connection:
        rows = connection.execute(select(process_heartbeat.c.kind, process_heartbeat.c.stopped_at)).all()
    return [(row.kind, row.stopped_at) for row in rows]


def test_a_worker_told_to_end_finishes_what_is_on_the_wire_and_begins_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """The mail server takes its time; SIGTERM comes in the middle of a queue."""
    database = Database(sqlite_url)
    seed_today(database)

    def slowly(_address: str) -> str | None:
        time.sleep(0.15)
        return None

    with MailServer(Behaviour(rcpt=slowly)) as server:
        processes = Processes(
            tmp_path, data_dir=str(tmp_path), database_url=sqlite_url, golive_runs="0", tick_seconds="1", run_hour="0",
            email_channel="smtp", smtp_host=server.host, smtp_port=str(server.port),
        )  # fmt: skip
        try:
            processes.start("worker")
            wait_until(lambda: len(server.taken) >= 5)
            ((code, seconds),) = processes.stop_all()
        finally:
            processes.kill()
    found = statuses(database)
    database.dispose()
    assert code == 0
    assert seconds < 8
    assert set(found) == {"sent", "planned"}
    assert found["sent"] == len(server.taken) < CUSTOMERS


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
