"""Posting to a configured address: only to where it may go, to the very address that was looked at, and no further."""

from __future__ import annotations

import json

import pytest

from domain.errors import BadInput
from outreach.channels.webhook_out import checked_address, is_public, post_json
from tests.fakes.http_provider import Answer, HttpProvider

NOTE = {"text": "MAIN: the run is missing"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_of_ours_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_an_address_of_others_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/x", "ftp://hooks.example", "https://", "https://user:pw@hooks.example/", "file:///etc/passwd",
     "https://hooks.example:notaport/", "hooks.example"],
)  # fmt: skip
def test_what_is_not_https_to_a_host_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadInput) as told:
        checked_address(url)
    assert "hooks" not in str(told.value)
    assert "pw" not in str(told.value)


def test_a_name_that_points_into_our_network_is_not_posted_to() -> None:
    with HttpProvider() as inside:
        url = inside.url.replace("http://", "https://").replace("127.0.0.1", "hooks.example")
        for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]):
            posted = post_json(url, NOTE, resolver=lambda _host, _port, found=addresses: found)
            assert posted.status is None
            assert "private network" in str(posted.error)
        assert inside.asked == []


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name that resolves to something else a moment later changes nothing: it is resolved once."""
    with HttpProvider(Answer(status=200)) as inside:
        asked: list[str] = []

        def once(host: str, _port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        url = inside.url.replace("127.0.0.1", "hooks.invalid") + "/alerts?token=t"
        assert post_json(url, NOTE, allow_private=True, resolver=once).error is None
        assert asked == ["hooks.invalid"]
        (got,) = inside.asked
    assert got.path == "/alerts?token=t"
    assert got.headers["Host"].startswith("hooks.invalid")
    assert json.loads(got.body) == NOTE


def test_a_redirect_is_not_followed_and_an_error_is_told_without_the_address() -> None:
    with HttpProvider(Answer(status=307, headers={"Location": "http://127.0.0.1:1/"})) as inside:
        posted = post_json(f"{inside.url}/secret-path", NOTE, allow_private=True)
        assert len(inside.asked) == 1
    assert (posted.status, posted.error) == (307, "127.0.0.1 answered 307")


def test_one_that_hangs_is_left_after_the_timeout() -> None:
    with HttpProvider(Answer(delay=1.5)) as inside:
        posted = post_json(f"{inside.url}/secret-path", NOTE, allow_private=True, timeout=0.2)
    assert posted.status is None
    assert "secret-path" not in str(posted.error)


def test_a_certificate_that_is_not_the_host_s_is_not_trusted() -> None:
    """Plain HTTP answering where TLS is expected stands for whoever can't prove who they are."""
    with HttpProvider() as inside:
        url = inside.url.replace("http://", "https://")
        posted = post_json(url, NOTE, allow_private=True)
        assert posted.status is None
        assert inside.asked == []
