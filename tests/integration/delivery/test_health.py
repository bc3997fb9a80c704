"""The health of sending: what became of messages, by provider and recipients' domain."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.errors import BadInput
from domain.parties import Channel
from domain.sending_health import Health
from dunwell.cli import app
from storage.database import Database
from storage.tables import message
from tests.fakes.ledgers import DAY, NOON, at, make_services, messages, plan_day, seed_ledger
from workflows.record_delivery import apply_events, store_events
from workflows.sending_health import sending_health
from workflows.services import Services

K = DeliveryKind


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    """Six messages handed over, to two domains: four accepted, one refused, one in doubt."""
    seed_ledger(database, 6)
    made = make_services(database, tmp_path)
    plan_day(made)
    with database.write() as unit:
        for number, address in enumerate(("a@one.example", "b@ONE.example", "c@one.example", "d@two.example"), 1):
            unit.connection.execute(update(message).where(message.c.id == number).values(address=address))
        unit.connection.execute(update(message).where(message.c.id > 4).values(address="e@two.example"))
        unit.connection.execute(update(message).values(provider="scripted", attempts=1, status="sent", sent_at=NOON))
        unit.connection.execute(update(message).where(message.c.id == 5).values(status="failed"))
        unit.connection.execute(update(message).where(message.c.id == 6).values(status="unknown"))
        unit.commit()
    tell(made, 1, K.DELIVERED)
    tell(made, 2, K.DEFERRED, K.SOFT_BOUNCED, K.DELIVERED, K.COMPLAINED)
    tell(made, 3, K.BOUNCED)
    return made


def tell(services: Services, number: int, *kinds: DeliveryKind) -> None:
    row = messages(services.database)[number - 1]
    store_events(
        services,
        [DeliveryEvent("scripted", f"{number}-{k}", k, Channel.EMAIL, NOON, public_id=row.public_id) for k in kinds],
    )
    apply_events(services)


ONE = Health("scripted", "email", "one.example", accepted=3, delivered=2, deferred=1, bounced=1, complained=1)
TWO = Health("scripted", "email", "two.example", accepted=1, unknown=1, refused=1)


def test_messages_are_counted_once_each_by_domain_and_added_up_by_provider(services: Services) -> None:
    found = sending_health(services)
    assert found.domains == (ONE, TWO)
    [whole] = found.providers
    assert (whole.domain, whole.accepted, whole.delivered, whole.unknown, whole.refused) == ("(all)", 4, 2, 1, 1)
    assert (ONE.rate("delivered"), ONE.rate("bounced")) == (2 / 3, 1 / 3)
    assert Health("p", "email", "x").rate("delivered") is None
    assert (found.events_waiting, found.events_failed) == (0, 0)


def test_domains_beyond_the_limit_are_added_up_and_older_days_left_out(services: Services) -> None:
    assert [line.domain for line in sending_health(services, limit=1).domains] == ["one.example", "(others)"]
    later = at(services, NOON + timedelta(days=7))
    assert sending_health(later, 7).domains == ()
    assert sending_health(later, 8).since == DAY
    with pytest.raises(BadInput, match="at least one day"):
        sending_health(services, 0)


def test_the_command_prints_a_table_and_json(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = services.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DUNWELL_DATABASE_URL", url)
    monkeypatch.setenv("DUNWELL_DATA_DIR", str(tmp_path))
    with services.database.write() as unit:  # the command has the clock's today
        unit.connection.execute(update(message).values(planned_on=DAY + timedelta(days=3650)))
        unit.commit()
    app(["health", "--json"], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["domains"][0]["rates"]["delivered"] == pytest.approx(2 / 3)
    app(["health"], standalone_mode=False)
    printed = capsys.readouterr().out
    assert "one.example" in printed
    assert "2 (66.7%)" in printed
