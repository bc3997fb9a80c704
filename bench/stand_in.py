"""A stand-in for SendGrid in a process of its own: takes mails over kept connections and answers after a while.

Run as `python -m bench.stand_in SECONDS`; prints its port. `GET /` tells what it has taken. It does as little as an
HTTP server can, for it shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import ClassVar

_ID = b'"dunwell_message": "'


class _Mails(asyncio.Protocol):
    """One connection: whole requests out of the bytes, each answered after `delay`."""

    taken = 0
    ids: ClassVar[set[bytes]] = set()
    delay = 0.05

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.got = b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        while (end := self.got.find(b"\r\n\r\n")) >= 0:
            length = _length(self.got[:end].lower())
            if len(self.got) < end + 4 + length:
                return
            body, asked = self.got[end + 4 : end + 4 + length], self.got[:4]
            self.got = self.got[end + 4 + length :]
            if asked == b"GET ":
                self.transport.write(_told())
            else:
                asyncio.get_running_loop().call_later(self.delay, self.accept, body)

    def accept(self, body: bytes) -> None:
        at = body.find(_ID)
        self.ids.add(body[at + len(_ID) : at + len(_ID) + 36])
        _Mails.taken += 1
        self.transport.write(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: x\r\nContent-Length: 0\r\n\r\n")


def _length(head: bytes) -> int:
    at = head.find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _told() -> bytes:
    found = {"taken": _Mails.taken, "different": len(_Mails.ids), "cpu": time.process_time(), "at": time.monotonic()}
    body = json.dumps(found).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def serve(delay: float) -> None:
    """Serve until the process is ended."""
    _Mails.delay = delay
    server = await asyncio.get_running_loop().create_server(_Mails, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
