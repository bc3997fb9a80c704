"""Connections to HTTP providers are kept between messages, and one that went stale costs no message."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.channels.base import Delivery, Outcome, Outgoing
from outreach.channels.kept import has_gone_quiet
from outreach.channels.sendgrid import SendGridChannel
from outreach.channels.twilio import TwilioChannel
from outreach.compose.mail import MailParts
from tests.fakes.certificates import expired, make_certificate, trust
from tests.fakes.http_provider import Answer, HttpProvider

PARTS = MailParts("Reminder", "", "", None, "Hello", "<p>Hello</p>", {})
MAIL = Outgoing(
    "01",
    "ap@customer.example",
    "ar@us.example",
    b"From: ar@us.example\r\nTo: ap@customer.example\r\nSubject: Reminder\r\n\r\nHello\r\n",
    "2026-03-09",
    "en",
    parts=PARTS,
)
SMS = Outgoing("01", "+353861234567", "+15005550006", b"Overdue", "2026-03-09", "en")
TAKEN = Answer(202, headers={"X-Message-Id": "sg-1"})


@contextmanager
def sendgrid(url: str, *, timeout: float = 5) -> Iterator[Callable[[], Delivery]]:
    channel = SendGridChannel("key", host=url, timeout=timeout)
    yield lambda: channel.send(MAIL)
    channel.close()


@contextmanager
def twilio(url: str, *, timeout: float = 5) -> Iterator[Callable[[], Delivery]]:
    channel = TwilioChannel("AC1", "token", base_url=url, timeout=timeout)
    yield lambda: channel.send(SMS)
    channel.close()


PROVIDERS = pytest.mark.parametrize(
    ("to", "taken"), [(sendgrid, TAKEN), (twilio, Answer(201, {"sid": "SM1", "status": "queued"}))]
)


@PROVIDERS
def test_many_messages_go_over_one_connection(to: Callable[..., object], taken: Answer) -> None:
    with HttpProvider(taken) as provider, to(provider.url) as send:
        assert [send().outcome for _ in range(5)] == [Outcome.ACCEPTED] * 5
        assert (len(provider.asked), provider.connections) == (5, 1)


@PROVIDERS
def test_threads_at_once_have_one_each_and_leave_them_to_those_who_come_later(
    to: Callable[..., object], taken: Answer
) -> None:
    slow = replace(taken, delay=0.1)
    with HttpProvider(slow) as provider, to(provider.url) as send:
        for _ in range(2):
            with ThreadPoolExecutor(4) as threads:
                assert {job.result().outcome for job in [threads.submit(send) for _ in range(4)]} == {Outcome.ACCEPTED}
        assert (len(provider.asked), provider.connections) == (8, 4)


@PROVIDERS
def test_a_refusal_leaves_the_connection_fit(to: Callable[..., object], taken: Answer) -> None:
    with HttpProvider(Answer(400, {"errors": [], "message": "no", "code": 1}), taken) as provider:
        with to(provider.url) as send:
            assert send().outcome is Outcome.REFUSED
            assert send().outcome is Outcome.ACCEPTED
        assert provider.connections == 1


@PROVIDERS
def test_a_connection_that_the_provider_closed_meanwhile_costs_nothing(
    to: Callable[..., object], taken: Answer
) -> None:
    with HttpProvider(replace(taken, then_close=True)) as provider, to(provider.url) as send:
        for number in range(3):
            assert send().outcome is Outcome.ACCEPTED
            provider.wait_closed(number + 1)
        assert (len(provider.asked), provider.connections) == (3, 3)


def test_a_goodbye_of_the_other_side_is_noticed_before_anything_is_written() -> None:
    # Written first, the request could have been read: an answer that doesn't come then would be a doubt.
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert has_gone_quiet(ours)
        theirs.shutdown(socket.SHUT_WR)
        assert not has_gone_quiet(ours)
    assert not has_gone_quiet(ours)
    assert not has_gone_quiet(None)


@PROVIDERS
def test_an_answer_lost_on_a_kept_connection_is_unknown_and_not_sent_again(
    to: Callable[..., object], taken: Answer
) -> None:
    with HttpProvider(taken, Answer(hang_up=True), taken) as provider, to(provider.url) as send:
        assert send().outcome is Outcome.ACCEPTED
        found = send()
        assert (found.outcome, found.channel_down) == (Outcome.UNKNOWN, True)
        assert len(provider.asked) == 2
        assert send().outcome is Outcome.ACCEPTED


@PROVIDERS
def test_a_certificate_that_is_trusted_is_good_and_any_other_is_refused_unsent(
    to: Callable[..., object], taken: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_certificate(tmp_path / "house")
    with HttpProvider(taken, context=house.server) as provider:
        trust(monkeypatch, house)
        with to(provider.url) as send:
            assert [send().outcome for _ in range(3)] == [Outcome.ACCEPTED] * 3
        assert provider.connections == 1
        trust(monkeypatch, make_certificate(tmp_path / "another"))
        with to(provider.url) as send:
            found = send()
        assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
        assert len(provider.asked) == 3
    late = expired(tmp_path / "late")
    trust(monkeypatch, late)
    with HttpProvider(taken, context=late.server) as provider, to(provider.url) as send:
        assert send().outcome is Outcome.TRY_AGAIN
        assert provider.asked == []


@pytest.mark.parametrize("said_first", [b"", b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nbig!"])
def test_a_request_that_broke_off_in_the_middle_was_not_taken(said_first: bytes) -> None:
    big = replace(MAIL, parts=replace(PARTS, text="x" * 8_000_000))
    with cutting_server(said_first) as port:
        channel = SendGridChannel("key", host=f"http://127.0.0.1:{port}", timeout=5)
        found = channel.send(big)
        channel.close()
    assert found.outcome is (Outcome.REFUSED if said_first else Outcome.TRY_AGAIN)


@contextmanager
def cutting_server(said_first: bytes) -> Iterator[int]:
    """Reads the beginning of a request, says what it is told to, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                connection.recv(1000)
                connection.sendall(said_first)
                connection.shutdown(socket.SHUT_WR) if said_first else None
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def test_a_proxy_of_the_house_is_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = make_certificate(tmp_path)
    trust(monkeypatch, house)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with HttpProvider(TAKEN, context=house.server) as provider, proxy() as (port, asked):
        monkeypatch.setenv("https_proxy", f"http://me:se%40cret@127.0.0.1:{port}")
        with sendgrid(provider.url) as send:
            assert send().outcome is Outcome.ACCEPTED
            assert send().outcome is Outcome.ACCEPTED
    (head,) = asked
    assert head.startswith(f"CONNECT {provider.url.removeprefix('https://')} ")
    assert b64encode(b"me:se@cret").decode() in head


@contextmanager
def proxy() -> Iterator[tuple[int, list[str]]]:
    """A proxy that passes one connection through, and what it was asked."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            inside, _ = listening.accept()
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += inside.recv(4096)
            asked.append(head.decode())
            host, port = head.split()[1].decode().rsplit(":", 1)
            with inside, socket.create_connection((host, int(port))) as outside:
                inside.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pour, args=(outside, inside))
                back.start()
                _pour(inside, outside)
                back.join(5)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1], asked
        thread.join(5)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
