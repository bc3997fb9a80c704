"""Health while the database or the broker is down: the process lives, and says in a word why it can't work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url

from dunwell.settings import Settings
from dunwell.worker import Bell
from storage.database import Database
from tests.fakes.ledgers import make_services
from web.app import create_app
from web.health import Check
from workflows.services import Services


def ask(services: Services, path: str, checks: Mapping[str, Check] | None = None) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(services, checks=checks))
        async with httpx.AsyncClient(transport=transport, base_url="http://probe.example") as client:
            return await client.get(path)

    return asyncio.run(get())


def without_server(fresh_postgres_url: str, folder: Path) -> Services:
    """Services whose PostgreSQL isn't there."""
    nowhere = make_url(fresh_postgres_url).set(host="127.0.0.1", port=1, password="a-secret", query={})
    return make_services(Database(nowhere.render_as_string(hide_password=False)), folder)


def test_with_the_database_down_the_process_lives_and_is_not_ready(fresh_postgres_url: str, tmp_path: Path) -> None:
    services = without_server(fresh_postgres_url, tmp_path)
    assert ask(services, "/healthz").status_code == 200
    answer = ask(services, "/readyz")
    assert (answer.status_code, answer.text) == (503, "database: not reached\n")


def test_with_the_broker_down_the_process_is_not_ready(sqlite_url: str, tmp_path: Path) -> None:
    services = make_services(Database(sqlite_url), tmp_path)
    bell = Bell(Settings(amqp_url="amqp://guest:a-secret@127.0.0.1:1/"), services, {})  # type: ignore[arg-type]
    answer = ask(services, "/readyz", {"bell": bell.trouble})
    assert (answer.status_code, answer.text) == (503, "bell: not reached\n")
    bell.stop()
    services.database.dispose()


def test_an_old_ledger_or_a_sick_provider_is_not_the_process_s_trouble(sqlite_url: str, tmp_path: Path) -> None:
    """A process that is started anew wouldn't make either well."""
    told = {"email_channel": "smtp", "smtp_port": 1}
    services = make_services(Database(sqlite_url), tmp_path, **told)
    bell = Bell(Settings(), services, {})
    assert ask(services, "/readyz", {"bell": bell.trouble}).status_code == 200
    bell.stop()
    services.database.dispose()
