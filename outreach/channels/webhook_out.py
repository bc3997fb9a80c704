"""Posting JSON to an address that somebody configured, without becoming their way into our own network.

The name is resolved once, every address it has is looked at, and the connection goes to an address that was looked at:
a name that points elsewhere a moment later (DNS rebinding) changes nothing. Redirects are not followed, an answer's
body is not read, and nothing of the address but its host is told or logged: such addresses often hold a secret.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from domain.errors import BadInput

TIMEOUT_SECONDS = 10.0

Resolve = Callable[[str, int], list[str]]
"""Host and port → its addresses as text. Raises OSError when there is none."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of it. `status` is None when nobody answered; `error` says why it wasn't taken, in a line."""

    status: int | None
    error: str | None = None


def checked_address(url: str, *, allow_private: bool = False) -> SplitResult:
    """The parts of an address to post to. Raises BadInput unless it is https:// (http:// too with `allow_private`)."""
    parts = urlsplit(url.strip())
    schemes = ("https", "http") if allow_private else ("https",)
    try:
        well = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        well = False
    if not well or parts.username is not None or parts.password is not None:
        raise BadInput(f"a webhook's address begins with {' or '.join(s + '://' for s in schemes)} and holds no login")
    return parts


def is_public(address: str) -> bool:
    """Whether an address is somebody else's: not this machine's, a private network's, link-local or reserved."""
    found = ip_address(address.partition("%")[0])
    return _public(found)


def _public(found: IPv4Address | IPv6Address) -> bool:
    if isinstance(found, IPv6Address):
        # An IPv4 address in IPv6 clothes goes where the IPv4 address goes.
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None) or _nat64(found)
        if inner is not None:
            return _public(inner)
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _nat64(found: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(found) & 0xFFFFFFFF) if int(found) >> 32 == 0x0064FF9B << 64 else None


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class _To(http.client.HTTPConnection):
    """A connection to an address that was looked at; the host's name is for its certificate and header alone."""

    def __init__(self, host: str, port: int, address: str, timeout: float, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._context = address, context

    def connect(self) -> None:
        """Connect to the address."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def post_json(
    url: str,
    body: Mapping[str, Any],
    *,
    allow_private: bool = False,
    timeout: float = TIMEOUT_SECONDS,
    resolver: Resolve = resolve,
    context: ssl.SSLContext | None = None,
) -> Posted:
    """Post `body` once. Raises BadInput for an address that isn't one; everything else is told by what is returned.

    `allow_private` lets it be in a private network or on this machine, and unencrypted. `context` trusts other
    certificates than the system's.
    """
    parts = checked_address(url, allow_private=allow_private)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = resolver(host, port)
    except OSError as error:
        return Posted(None, f"{host} can't be resolved: {error.strerror or type(error).__name__}")
    if not addresses:
        return Posted(None, f"{host} has no address")
    if not allow_private and not all(is_public(address) for address in addresses):
        return Posted(None, f"{host} is in a private network; DUNWELL_ALERT_PRIVATE=1 allows that")
    secure = (context or ssl.create_default_context()) if parts.scheme == "https" else None
    connection = _To(host, port, addresses[0], timeout, secure)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        payload = json.dumps(dict(body), ensure_ascii=False).encode()
        connection.request("POST", path, payload, {"Content-Type": "application/json", "User-Agent": "Dunwell"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Posted(None, f"{host} did not take it: {type(error).__name__}")
    finally:
        connection.close()
    return Posted(status, None if 200 <= status < 300 else f"{host} answered {status}")
