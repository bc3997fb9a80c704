"""The desk has no login: it answers who sits at this machine, and the health of the process is told to anybody."""

from __future__ import annotations

import pytest

from domain.errors import NotAllowed
from web.guard import is_loopback, require_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8025", "localhost:8025", "[::1]:8025", "::1", "LOCALHOST"])
def test_these_hosts_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "10.0.0.7:8025", "ar.example.com", "127.0.0.1.evil.example", "[::]"])
def test_these_hosts_are_not(host: str) -> None:
    assert not is_loopback(host)


def test_listening_on_the_network_needs_a_word() -> None:
    with pytest.raises(NotAllowed, match="DUNWELL_ALLOW_REMOTE=1"):
        require_loopback("0.0.0.0", allow_remote=False)
    require_loopback("0.0.0.0", allow_remote=True)
    require_loopback("127.0.0.1", allow_remote=False)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example"},
        {"host": "127.0.0.1", "x-forwarded-for": "203.0.113.9"},
        {"host": "localhost", "forwarded": "for=203.0.113.9"},
    ],
)
def test_who_comes_from_elsewhere_gets_no_page(services, open_desk, headers: dict[str, str]) -> None:
    for address in ("/", "/outbox", "/desk.css"):
        assert open_desk(services).get(address, headers=headers).status_code == 403


def test_behind_a_proxy_that_asks_who_one_is_the_desk_may_be_opened(services, open_desk) -> None:
    client = open_desk(services, allow_remote=True)
    assert client.get("/", headers={"host": "desk.example", "x-forwarded-for": "203.0.113.9"}).status_code == 200


def test_anybody_may_ask_whether_the_process_lives(services, open_desk) -> None:
    answer = open_desk(services).get("/healthz", headers={"host": "balancer.example"})
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_ready_means_a_migrated_database(services, open_desk) -> None:
    """Open to any host: a watcher isn't on this machine, and what it reads is a word."""
    elsewhere = {"host": "balancer.example"}
    assert open_desk(services).get("/readyz", headers=elsewhere).text == "ready\n"
    with services.database.write() as unit:
        unit.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        unit.commit()
    answer = open_desk(services).get("/readyz", headers=elsewhere)
    assert answer.status_code == 503
    assert answer.text.startswith("database: at revision 0000")


def test_nothing_describes_the_application_to_strangers(services, open_desk) -> None:
    for address in ("/docs", "/redoc", "/openapi.json"):
        assert open_desk(services).get(address).status_code == 404
