"""A storm of events, a third repeated, in no order: through the application and a worker, none lost, states right."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from domain.touches import TouchStatus
from dunwell.settings import load_settings
from dunwell.worker import Bell, kinds_of_work
from storage.database import Database
from storage.tables import delivery_event, opt_out, task, touch, undeliverable
from tests.fakes.ledgers import NOON, make_services, seed_ledger
from tests.fakes.signed_webhooks import EVENTS, PUBLIC, SendGridSigner
from tests.fakes.storm import Storm, differences, ended, make_storm, seed_sent
from web.app import create_app
from web.webhooks import WebhookKeys
from workflows.services import Services


async def post_all(services: Services, storm: Storm, at_once: int = 8) -> set[int]:
    """Post the storm to the application, several posts at once. Returns the answers' codes."""
    signer = SendGridSigner()
    app = create_app(services, WebhookKeys(PUBLIC, sendgrid_public_key=signer.public_key))
    posts = iter([signer.post(events, NOON) for events in storm.posts()])
    codes: set[int] = set()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC) as client:

        async def post_some() -> None:
            for body, headers in posts:
                codes.add((await client.post(EVENTS, content=body, headers=headers)).status_code)

        await asyncio.gather(*(post_some() for _ in range(at_once)))
    return codes


def weather(database: Database, folder: Path, customers: int, each: int, total: int) -> None:
    services = make_services(database, folder)
    seed_ledger(database, customers)
    seed_sent(database, customers, each, NOON)
    storm = make_storm(database, NOON, total)
    settings = load_settings(data_dir=folder)
    work = {"delivery": kinds_of_work(settings, services)["delivery"]}
    bell = Bell(settings, services, work)
    bell.start()
    try:
        assert asyncio.run(post_all(bell.services, storm)) == {202}
        wait_until_applied(database)
    finally:
        bell.stop()
    assert differences(storm, ended(database)) == {}
    with database.read() as connection:
        told = dict(
            connection.execute(select(delivery_event.c.outcome, func.count()).group_by(delivery_event.c.outcome)).all()
        )
        freed = connection.execute(select(func.count()).where(touch.c.dropped_reason == "bounced")).scalar_one()
        struck = connection.execute(select(func.count()).select_from(undeliverable)).scalar_one()
        silent = connection.execute(select(func.count()).select_from(opt_out)).scalar_one()
        asked = connection.execute(select(func.count()).where(task.c.cause == "bounced")).scalar_one()
    assert sum(told.values()) == storm.unique, "each told once is kept once"
    assert set(told) == {"moved", "repeated"}
    words = [event["event"] for event in {event["sg_event_id"]: event for event in storm.events}.values()]
    assert freed == sum(end is TouchStatus.BOUNCED for end in storm.ends.values())
    assert struck == asked == words.count("bounce")
    assert silent == words.count("spamreport") + words.count("unsubscribe")


def wait_until_applied(database: Database, seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with database.read() as connection:
            if not connection.execute(select(delivery_event.c.id).where(delivery_event.c.status == "new")).first():
                return
        time.sleep(0.1)
    raise AssertionError("events are left")


def test_a_small_storm_leaves_every_message_in_the_state_it_ended_in(database: Database, tmp_path: Path) -> None:
    weather(database, tmp_path, customers=60, each=8, total=1_500)


@pytest.mark.slow
def test_fifty_thousand_events_leave_every_message_in_the_state_it_ended_in(database: Database, tmp_path: Path) -> None:
    weather(database, tmp_path, customers=4_000, each=4, total=50_000)
