"""Who may reach what: the desk has no login yet, so it answers only who sits at this machine.

Webhooks prove themselves by signatures and are open to any host. Everything else is answered only when the request is
addressed to a loopback name and came through no proxy; `DUNWELL_ALLOW_REMOTE=1` lifts that, where something in front
asks people who they are (docs/security.md). The Host check also stops a web page elsewhere that rebinds its own name to
127.0.0.1 from reading the desk.
"""

from __future__ import annotations

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import NotAllowed

OPEN_PATHS = ("/webhooks/", "/slack/", "/healthz", "/readyz")
"""What any host may ask for: each of them proves who asks, or tells nothing."""

_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address (a port may follow) means this machine."""
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def require_loopback(host: str, *, allow_remote: bool) -> None:
    """Raise NotAllowed when the application would listen beyond this machine without having been told so."""
    if not allow_remote and not is_loopback(host):
        raise NotAllowed(
            f"host {host!r} would show the desk, which has no login yet, to the network; bind to 127.0.0.1, or set "
            "DUNWELL_ALLOW_REMOTE=1 where a proxy in front asks people who they are"
        )


class DeskGuard:
    """ASGI middleware: refuses the desk to whoever doesn't sit at this machine, and adds protective headers."""

    def __init__(self, app: ASGIApp, *, allow_remote: bool) -> None:
        self.app = app
        self.allow_remote = allow_remote

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not self._may(scope):
            refusal = PlainTextResponse("The desk is open on this machine only; see docs/security.md.\n", 403)
            await refusal(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = Headers(raw=message["headers"])
                added = [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items() if k not in present]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _may(self, scope: Scope) -> bool:
        if self.allow_remote or scope["path"].startswith(OPEN_PATHS):
            return True
        headers = Headers(scope=scope)
        return is_loopback(headers.get("host", "")) and not any(name in headers for name in _PROXY_HEADERS)
