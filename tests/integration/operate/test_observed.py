"""What is counted, timed and traced of a day's work, and what it costs."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client import generate_latest

from domain.errors import NotReady
from dunwell.exposition import observed
from dunwell.observe import Observed
from dunwell.observe_database import DatabaseCollector
from dunwell.settings import Settings
from outreach.channels.base import Delivery, Outcome
from storage.database import Database
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.http_provider import Answer, HttpProvider
from tests.fakes.ledgers import make_services, plan_day, seed_ledger
from tests.fakes.ports import free_port
from web.app import create_app
from workflows.read_status import read_status
from workflows.receive_reply import store_inbound
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import tick

CUSTOMERS = 5
REFUSED = Delivery(Outcome.REFUSED, error="no such user ap1@customer.example")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    database = Database(sqlite_url)
    seed_ledger(database, CUSTOMERS)
    yield make_services(database, tmp_path)
    database.dispose()


def value(observer: Observed, name: str, **labels: str) -> float | None:
    return observer.registry.get_sample_value(name, labels)


def work_a_day(services: Services) -> None:
    plan_day(services)
    drain(by(services, ScriptedChannel(REFUSED)))
    store_inbound(
        services, provider="twilio", event_id="SM1", kind="sms", raw=b'{"From": "+353861234567", "Body": "hi"}'
    )
    store_inbound(
        services, provider="twilio", event_id="SM1", kind="sms", raw=b'{"From": "+353861234567", "Body": "hi"}'
    )
    tick(services)


def test_a_day_is_counted_by_outcome(services: Services) -> None:
    observer = Observed()
    work_a_day(replace(services, observe=observer))
    sent = {"channel": "email", "provider": "scripted"}
    assert value(observer, "dunwell_messages_total", **sent, outcome="accepted") == CUSTOMERS - 1
    assert value(observer, "dunwell_messages_total", **sent, outcome="refused") == 1
    assert value(observer, "dunwell_wire_seconds_count", **sent) == CUSTOMERS
    assert value(observer, "dunwell_inbound_total", provider="twilio", kind="sms", result="stored") == 1
    assert value(observer, "dunwell_inbound_total", provider="twilio", kind="sms", result="repeated") == 1
    assert value(observer, "dunwell_tick_seconds_count") == 1
    assert value(observer, "dunwell_run_seconds_count") == 1


def test_the_database_s_own_figures_are_read_when_somebody_looks(services: Services) -> None:
    observer = Observed()
    observer.registry.register(DatabaseCollector(lambda: read_status(services)))
    plan_day(services)
    drain(services, limit=2)
    assert value(observer, "dunwell_queue_messages", status="planned") == CUSTOMERS - 2
    assert value(observer, "dunwell_due_messages") == CUSTOMERS - 2
    assert value(observer, "dunwell_run_messages", entity="MAIN", status="sent") == 2
    assert value(observer, "dunwell_database_up") == 1


def test_a_database_that_is_down_is_a_metric_and_no_error(tmp_path: Path) -> None:
    services = make_services(Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), tmp_path)
    observer = Observed()
    observer.registry.register(DatabaseCollector(lambda: read_status(services)))
    assert value(observer, "dunwell_database_up") == 0


def test_no_label_holds_anything_of_a_customer(services: Services) -> None:
    observer = Observed()
    watched = replace(services, observe=observer)
    observer.registry.register(DatabaseCollector(lambda: read_status(services)))
    work_a_day(watched)
    shown = generate_latest(observer.registry).decode()
    assert not [word for word in ("customer.example", "Customer", "353", "C0001", "INV-") if word in shown]
    assert len(shown.splitlines()) < 400


def test_webhooks_are_counted_by_provider_and_answer(services: Services) -> None:
    observer = Observed()
    app = create_app(replace(services, observe=observer))

    async def post() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            await client.post("/webhooks/twilio/sms", content=b"Body=x")
            await client.post("/webhooks/nobody/knows", content=b"x")

    asyncio.run(post())
    assert value(observer, "dunwell_webhook_answers_total", provider="twilio", status="403") == 1
    assert value(observer, "dunwell_webhook_answers_total", provider="other", status="404") == 1
    assert value(observer, "dunwell_webhook_seconds_count", provider="twilio") == 1


def test_metrics_are_shown_on_the_port_that_was_set_and_nowhere_else(services: Services) -> None:
    port = free_port()
    with observed(Settings(metrics_port=port), services, "worker"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"dunwell_messages_total" in answer.read()
        with (
            pytest.raises(NotReady, match="own DUNWELL_METRICS_PORT"),
            observed(Settings(metrics_port=port), services, "worker"),
        ):
            pass
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2)


def test_spans_go_to_a_collector_under_one_another(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tick → what it rang for → message → wire; ids of ours, and nothing else, are attributes."""
    with HttpProvider(Answer(status=200)) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with observed(Settings(), services, "worker") as observer:
            watched = replace(services, observe=observer)
            carried: list[dict[str, str]] = []
            rung = replace(watched, ring=lambda _kind: carried.append(observer.carrier()))
            plan_day(watched)
            with observer.span("tick"):
                rung.ring("send")
            with observer.continued(carried[0]), observer.span("send"):
                drain(by(watched, ScriptedChannel(REFUSED)))
        bodies = [ExportTraceServiceRequest.FromString(asked.body) for asked in collector.asked]
    spans = [
        span
        for body in bodies
        for resource in body.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    named = {span.span_id: span.name for span in spans}
    above = {span.name: named.get(span.parent_span_id) for span in spans}
    wanted = {"run": None, "tick": None, "send": "tick", "message": "send", "wire": "message"}
    assert {name: above.get(name, "?") for name in wanted} == wanted
    assert {key.key for span in spans for key in span.attributes} == {
        "dunwell.run", "dunwell.message", "dunwell.customer",
    }  # fmt: skip
    assert "customer.example" not in str(bodies)


def test_without_an_endpoint_nothing_is_traced(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    with observed(Settings(), services, "worker") as observer, observer.span("tick"):
        assert observer.carrier() == {}
