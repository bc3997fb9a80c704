"""`dunwell demo`: five weeks and a day through the real workflows, with nobody's data but its own."""

from __future__ import annotations

import re
import socket
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from domain.errors import BadInput, NotReady
from dunwell.cli import app
from dunwell.cli_demo import demo
from dunwell.demo import default_day, demo_settings, play_demo
from dunwell.settings import load_settings
from storage import audit
from storage.database import Database
from storage.tables import customer, message, opt_out, promise, reply

DAY = date(2026, 3, 9)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the command printed, and the demo's folder."""
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(
        app,
        ["demo", "--once", "--date", DAY.isoformat()],
        env={"DUNWELL_DATA_DIR": str(folder), "COLUMNS": "80"},
        catch_exceptions=False,
    )
    assert result.exit_code == 0
    return result.stdout, folder / "demo"


@pytest.fixture(scope="module")
def database(played) -> Database:
    made = Database(f"sqlite:///{played[1] / 'dunwell.db'}")
    yield made
    made.dispose()


def _of(database: Database, number: str, *columns):
    with database.read() as connection:
        found = select(*columns).join(customer, customer.c.id == columns[0].table.c.customer_id)
        return connection.execute(found.where(customer.c.number == number).order_by(columns[0].table.c.id)).all()


def test_it_prints_what_went_out_by_language_and_why_others_were_left_alone_in_80_columns(played) -> None:
    text, folder = played
    for locale in ("de_DE", "en_US", "es_ES", "fr_FR", "ja_JP"):
        assert re.search(rf"^{locale} +\d", text, re.MULTILINE), locale
    assert "not due" in text
    assert "Helen Brandt" in text
    assert str(folder / "outbox" / DAY.isoformat()) in text.replace("\n", "")
    own = [line for line in text.splitlines() if str(folder) not in line]
    assert max(map(len, own)) <= 80


def test_mails_and_text_messages_of_the_day_lie_in_the_outbox_in_five_languages(played, database) -> None:
    day = played[1] / "outbox" / DAY.isoformat()
    with database.read() as connection:
        sent = connection.execute(
            select(message.c.locale, message.c.provider_ref).where(
                message.c.planned_on == DAY, message.c.status == "sent"
            )
        ).all()
    assert {row.locale[:2] for row in sent} == {"en", "es", "fr", "de", "ja"}
    assert all((played[1] / "outbox" / row.provider_ref).is_file() for row in sent)
    assert {path.suffix for path in day.iterdir()} >= {".eml", ".json"}


def test_nothing_failed_and_nothing_is_in_doubt(database) -> None:
    with database.read() as connection:
        states = set(connection.execute(select(message.c.status).distinct()).scalars())
    assert states <= {"sent", "awaiting_approval", "planned"}


def test_every_answer_was_received_and_the_plain_ones_understood(database) -> None:
    with database.read() as connection:
        assert len(connection.execute(select(reply.c.id)).all()) == 10
        assert connection.execute(select(opt_out.c.address)).scalars().all() == ["hola@optica-malasana.example"]
    assert [row.status for row in _of(database, "C4305", promise.c.status)] == ["kept"]
    assert [row.status for row in _of(database, "C1005", promise.c.status)] == ["open"]


def test_a_promise_that_was_broken_is_spoken_of_on_the_day(database) -> None:
    assert [row.status for row in _of(database, "C4003", promise.c.status)] == ["broken"]
    assert _of(database, "C4003", message.c.template, message.c.planned_on)[-1] == ("promise_broken", DAY)


def test_final_demands_of_the_day_wait_for_a_person(database) -> None:
    with database.read() as connection:
        finals = connection.execute(
            select(message.c.status).where(message.c.template == "final", message.c.planned_on == DAY)
        ).scalars()
        assert set(finals) == {"awaiting_approval"}


def test_its_audit_trail_is_whole(played, database) -> None:
    with database.read() as connection:
        found = audit.verify(connection, (played[1] / "audit.key").read_bytes())
    assert (found.problem, found.unsealed) == (None, 0)
    assert found.linked > 100


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="no demo made"):
        play_demo(demo_settings(load_settings(data_dir=tmp_path)), DAY, print)
    assert (tmp_path / "demo" / "mine.txt").read_text() == "precious"


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("DUNWELL_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("DUNWELL_DATA_DIR", str(tmp_path))
        with pytest.raises(NotReady, match="DUNWELL_PORT"):
            demo(once=False, date_=None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 8), date(2026, 3, 6)),  # a Sunday
        (date(2026, 11, 23), date(2026, 11, 20)),  # Labour Thanksgiving Day in Japan
        (date(2026, 12, 25), date(2026, 12, 24)),
    ],
)
def test_the_demos_day_is_one_on_which_offices_are_open(today: date, expected: date) -> None:
    assert default_day(today) == expected


@pytest.mark.slow
@pytest.mark.parametrize("day", [date(2028, 3, 6), date(2027, 1, 4), date(2026, 8, 31)])
def test_any_day_can_be_played(tmp_path: Path, day: date) -> None:
    report, services = play_demo(demo_settings(load_settings(data_dir=tmp_path)), day, print)
    services.database.dispose()
    assert report.earlier_messages > 50
    assert sum(run.messages for run in report.runs) > 20
