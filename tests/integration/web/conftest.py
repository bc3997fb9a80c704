"""The application over a small ledger of which one day has been planned and sent to the file outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from storage.database import Database
from tests.fakes.ledgers import make_services, plan_day, seed_ledger
from web.app import create_app
from workflows.send_messages import drain
from workflows.services import Services

HOME = "http://127.0.0.1:8025"
"""The desk answers to loopback names only."""


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """Services on an empty SQLite database, their data in a temporary folder."""
    database = Database(sqlite_url)
    yield make_services(database, tmp_path)
    database.dispose()


@pytest.fixture
def sent_day(services: Services) -> Services:
    """Three customers, each of them reminded of one invoice on 9 March 2026; one reads Japanese."""
    seed_ledger(services.database, 2)
    _japanese(services.database)
    plan_day(services)
    drain(services)
    return services


def _japanese(database: Database) -> None:
    from tests.fakes.ledgers import seed_customer, seed_invoice

    with database.write() as unit:
        seed_customer(
            unit.connection, 3, name="青葉精機株式会社", name_folded="青葉精機株式会社", locale="ja_JP", country="IE"
        )
        seed_invoice(unit.connection, 3, "INV-3")
        unit.commit()


class Browser:
    """Asks the application over ASGI: no port, no thread, the answer that a server would give."""

    def __init__(self, app: FastAPI) -> None:
        self.transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def request(self, method: str, address: str, **options: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url=HOME) as client:
                return await client.request(method, address, **options)

        return asyncio.run(ask())

    def get(self, address: str, **options: object) -> httpx.Response:
        return self.request("GET", address, **options)

    def post(self, address: str, **options: object) -> httpx.Response:
        return self.request("POST", address, **options)


@pytest.fixture
def open_desk() -> Callable[..., Browser]:
    """services and create_app's further arguments → a browser that sits at this machine."""

    def start(services: Services, *more: object, **options: object) -> Browser:
        return Browser(create_app(services, *more, **options))

    return start
