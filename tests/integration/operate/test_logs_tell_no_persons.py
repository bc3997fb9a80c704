"""A day with replies, refusals, faults and strangers: nothing of a person and no secret is in what was logged."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError

from domain.alerts import AlertLimits
from dunwell.logs import configure_logging
from dunwell.settings import Settings
from outreach.channels.base import Delivery, Outcome, Outgoing
from storage.database import Database
from storage.tables import customer, document
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import make_services, messages, plan_day, seed_ledger
from web.app import create_app
from web.webhooks import WebhookKeys
from workflows.receive_reply import process_inbound, store_inbound
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import tick
from workflows.watch import watch

PERSONAL = (
    "Quartz", "Zebulon", "zebulon", "quartz.example", "353861239999", "98,765", "98765", "9876543", "Dear sir",
    "stranger.example", "203.0.113.77",
)  # fmt: skip
SECRETS = {name: f"MARK-{name}" for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Logging as a process has it; put back afterwards."""
    handlers, level = list(logging.root.handlers), logging.root.level
    configure_logging()
    yield capsys
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    database = Database(sqlite_url)
    seed_ledger(database, 6)
    with database.write() as unit:
        unit.connection.execute(
            update(customer).values(
                name="Zebulon Quartz", email=text("'zebulon' || id || '@quartz.example'"), phone="+353861239999"
            )
        )
        unit.connection.execute(update(document).values(open_minor=9_876_543, amount_minor=9_876_543))
        unit.connection.execute(text("UPDATE ledger_entry SET amount_minor = 9876543"))
        unit.commit()
    yield make_services(database, tmp_path)
    database.dispose()


def misbehave(outgoing: Outgoing) -> None:
    if outgoing.to.startswith("zebulon3"):
        raise RuntimeError(f"the library choked on {outgoing.to} of {PERSONAL[1]}")


def reply(number: int, body: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Zebulon Quartz <zebulon{number}@quartz.example>"
    mail["To"] = "receivables@dunwell.example"
    mail["Subject"] = "Dear sir"
    mail["Message-ID"] = f"<{number}@quartz.example>"
    mail.set_content(body)
    return mail.as_bytes()


def work_a_day(services: Services) -> None:
    plan_day(services)
    script = (
        Delivery(Outcome.REFUSED, error="550 <zebulon1@quartz.example> is unknown"),
        Delivery(Outcome.UNKNOWN, error="zebulon2@quartz.example: no answer"),
    )
    with services.database.write() as unit:
        unit.connection.execute(update(customer).where(customer.c.id == 5).values(locale="xx_Quartz"))
        unit.commit()
    drain(by(services, ScriptedChannel(*script, during=misbehave)))
    for number, body in ((1, "Dear sir, we pay 98,765.43 EUR on 20 March 2026."), (2, "STOP")):
        store_inbound(services, provider="imap", event_id=str(number), kind="email", raw=reply(number, body))
    with services.database.write() as unit:
        unit.connection.execute(text("UPDATE inbound_event SET kind = 'Quartz' WHERE event_id = '2'"))
        unit.commit()
    process_inbound(services)
    tick(services)
    watch(services, AlertLimits(run_hour=7))


def knock(services: Services) -> None:
    """Strangers at the webhooks and at the desk; a page whose database breaks."""
    keys = WebhookKeys("https://us.example", "MARK-twilio_token", "MARK-sendgrid_inbound_secret")
    app = create_app(services, keys)

    async def ask() -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.77", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            signed = {"X-Twilio-Signature": "MARK-signature"}
            body = {"From": "+353861239999", "Body": "Dear sir Zebulon", "MessageSid": "SM1"}
            await client.post("/webhooks/twilio/sms", data=body, headers=signed)
            await client.post("/webhooks/sendgrid/inbound", content=b"Zebulon Quartz")
            await client.get("/customers?q=Zebulon+Quartz", headers={"host": "stranger.example"})
            with services.database.write() as unit:
                unit.connection.execute(text("ALTER TABLE customer RENAME TO elsewhere"))
                unit.commit()
            assert (await client.get("/customers?q=Zebulon+Quartz")).status_code == 500

    asyncio.run(ask())


def test_a_day_is_logged_by_ids_alone(services: Services, logged: pytest.CaptureFixture[str]) -> None:
    work_a_day(services)
    knock(services)
    lines = logged.readouterr().err.splitlines()
    events = [json.loads(line) for line in lines]
    told = {event["event"] for event in events}
    assert {"channel.failed", "webhook.refused", "web.failed", "alert.opened"} <= told
    assert len([event for event in events if "exception" in event]) >= 2
    ids = {row.public_id: row.customer_id for row in messages_before(services)}
    (failed,) = [event for event in events if event["event"] == "channel.failed"]
    assert ids[failed["message"]] == failed["customer"] == 3
    found = [(word, line) for line in lines for word in (*PERSONAL, *SECRETS.values(), "MARK-") if word in line]
    assert found == []


def messages_before(services: Services) -> list[object]:
    with services.database.write() as unit:
        unit.connection.execute(text("ALTER TABLE elsewhere RENAME TO customer"))
        unit.commit()
    return messages(services.database)


def test_an_error_of_the_database_does_not_quote_the_row(
    services: Services, logged: pytest.CaptureFixture[str]
) -> None:
    log = structlog.get_logger()
    with services.database.write() as unit:
        try:
            unit.connection.execute(customer.insert().values(id=1, number="C0001", name=PERSONAL[1]))
        except SQLAlchemyError as error:
            log.exception("it.failed")
            logging.getLogger("a.library").exception("failed: %s", error)
            logging.getLogger("a.library").error("again", exc_info=error)
    shown = logged.readouterr().err
    assert shown.count("IntegrityError") >= 3
    assert [word for word in PERSONAL if word in shown] == []


def test_what_is_shown_of_settings_and_services_holds_no_secret(tmp_path: Path) -> None:
    told = {
        **SECRETS,
        "amqp_url": "amqp://guest:MARK-amqp@127.0.0.1:1/",
        "alert_webhook": "https://h.example/MARK-hook",
    }
    settings = Settings(
        **told, data_dir=tmp_path, database_url="postgresql://dunwell:MARK-db@127.0.0.1:1/x", email_channel="smtp"
    )  # type: ignore[arg-type]
    services = replace(make_services(Database(settings.url), tmp_path, **{"email_channel": "smtp", **SECRETS}))
    for shown in (
        repr(settings),
        str(settings),
        repr(services),
        repr(list(services.channels.values())),
        repr(services.database.url),
    ):
        assert "MARK-" not in shown


@pytest.mark.parametrize("command", [["status"], ["worker"], ["import", "nothing.csv"]])
def test_no_command_tells_a_secret(command: list[str], tmp_path: Path) -> None:
    """Every secret is set to a marker, and nothing can be reached with any of them."""
    told = {
        **SECRETS, "amqp_url": "amqp://guest:MARK-amqp@127.0.0.1:1/", "alert_webhook": "http://MARK-hook/",
        "database_url": "postgresql://dunwell:MARK-db@127.0.0.1:1/x", "data_dir": str(tmp_path),
        "email_channel": "sendgrid", "sendgrid_host": "http://127.0.0.1:1", "sms_channel": "twilio",
        "twilio_account": "AC1", "twilio_from": "+15005550006", "twilio_base_url": "http://127.0.0.1:1",
        "slack_base_url": "http://127.0.0.1:1/api/",
    }  # fmt: skip
    env = {**os.environ, **{f"DUNWELL_{name.upper()}": value for name, value in told.items()}}
    done = subprocess.run(
        [sys.executable, "-m", "dunwell", *command], env=env, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.returncode != 0
    shown = done.stdout + done.stderr
    assert shown
    assert "Traceback" not in shown
    assert [line for line in shown.splitlines() if "MARK-" in line] == []
