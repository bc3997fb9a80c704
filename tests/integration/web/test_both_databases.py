"""Every page reads the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from storage.database import Database
from tests.fakes.ledgers import make_services, plan_day, seed_customer, seed_invoice, seed_ledger
from workflows.send_messages import drain


def test_every_page_opens_and_counts_what_was_left_alone(database: Database, tmp_path: Path, open_desk) -> None:
    services = make_services(database, tmp_path)
    seed_ledger(database, 1)
    with database.write() as unit:
        seed_customer(unit.connection, 2)
        seed_invoice(unit.connection, 2, "INV-small", minor=5)
        unit.commit()
    plan_day(services)
    drain(services)
    client = open_desk(services)
    for address in ("/outbox", "/outbox?language=en&channel=email&stage=first", "/replies", "/customers?q=C0001"):
        assert client.get(address).status_code == 200, address
    assert "INV-small" in client.get("/customers/C0002").text
    home = client.get("/").text
    assert "messages sent" in home
    assert "<b>1</b><span>items left alone, each with a reason" in home
    assert "below minimum" in home
