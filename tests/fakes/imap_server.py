"""A mailbox server of the moment: it speaks what a reader of mailboxes asks, and breaks where it is told to."""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stored:
    """A mail in a folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """Serves `mails` of INBOX to `user`. Use it as a context manager.

    `hang_up_at`: the connection breaks in the middle of the fetch of that number (1: the first), once.
    """

    user: str = "ar@us.example"
    password: str = "open sesame"
    context: ssl.SSLContext | None = None
    validity: int = 7
    capabilities: str = "IMAP4rev1 AUTH=PLAIN MOVE UIDPLUS"
    hang_up_at: int = 0
    refuse_marks: bool = False
    mails: list[Stored] = field(default_factory=list)
    moved: dict[str, list[Stored]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fetches: int = 0
    next_uid: int = 1
    since: str = ""
    before_fetch: Callable[[int], None] = lambda uid: None

    def put(self, *raws: bytes) -> None:
        """Mails come in."""
        for raw in raws:
            self.mails.append(Stored(self.next_uid, raw))
            self.next_uid += 1

    def renumber(self) -> None:
        """The mails get new numbers under a new validity, as after a restoration."""
        self.validity += 1
        for number, mail in enumerate(self.mails, 1):
            mail.uid = number
        self.next_uid = len(self.mails) + 1

    def __enter__(self) -> ImapServer:
        outer = self

        class Handler(_Session):
            server_state = outer

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def address(self, query: str = "") -> str:
        """As the setting names this mailbox."""
        scheme = "imaps" if self.context else "imap"
        return f"{scheme}://{self.user.replace('@', '%40')}@127.0.0.1:{self.port}/INBOX{query}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the other side, or we, have closed."""


class _Session(socketserver.StreamRequestHandler):
    server_state: ImapServer

    def setup(self) -> None:
        if self.server_state.context is not None:
            plain = self.request
            try:
                self.request = self.server_state.context.wrap_socket(plain, server_side=True)
            finally:
                plain.close()
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle(self) -> None:
        self._say("* OK here")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            self.server_state.asked.append(rest)
            if not self._answer(tag, rest):
                return

    def _say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        self.wfile.flush()

    def _answer(self, tag: str, asked: str) -> bool:
        state = self.server_state
        command = asked.split(" ")[0].upper()
        if command == "CAPABILITY":
            self._say(f"* CAPABILITY {state.capabilities}", f"{tag} OK done")
        elif command == "AUTHENTICATE":
            self._say("+ ")
            told = base64.b64decode(self.rfile.readline()).decode().split("\0")
            good = told[1:] == [state.user, state.password]
            self._say(f"{tag} OK done" if good else f"{tag} NO [AUTHENTICATIONFAILED] no")
        elif command == "LOGIN":
            good = asked == f'LOGIN {state.user} "{state.password}"'
            self._say(f"{tag} OK done" if good else f"{tag} NO no")
        elif command == "SELECT":
            if asked != 'SELECT "INBOX"':
                self._say(f"{tag} NO [NONEXISTENT] there is no such folder")
            else:
                numbers = (f"* OK [UIDVALIDITY {state.validity}] v", f"* OK [UIDNEXT {state.next_uid}] n")
                self._say(f"* {len(state.mails)} EXISTS", *numbers, f"{tag} OK [READ-WRITE]")
        elif command == "UID":
            return self._uid(tag, asked)
        elif command == "LOGOUT":
            self._say("* BYE bye", f"{tag} OK done")
            return False
        else:
            self._say(f"{tag} BAD what?")
        return True

    def _uid(self, tag: str, asked: str) -> bool:
        state = self.server_state
        _, command, which, *rest = asked.split(" ", 3)
        if command == "SEARCH":
            least = int(re.findall(r"UID (\d+):", asked)[0])
            state.since = asked.partition("SINCE ")[2]
            found = [m.uid for m in state.mails if m.uid >= least] or [m.uid for m in state.mails[-1:]]
            self._say("* SEARCH " + " ".join(map(str, found)), f"{tag} OK done")
            return True
        mail = next((m for m in state.mails if m.uid == int(which)), None)
        if command == "FETCH" and mail is not None:
            return self._fetch(tag, mail, rest[0])
        if command in ("STORE", "MOVE", "COPY") and state.refuse_marks:
            self._say(f"{tag} NO [NOPERM] read only")
            return True
        if command == "STORE" and mail is not None:
            mail.flags.add(rest[0].partition("(")[2].rstrip(")"))
        elif command in ("MOVE", "COPY") and mail is not None:
            state.moved.setdefault(rest[0].strip('"'), []).append(mail)
            if command == "MOVE":
                state.mails.remove(mail)
        elif command == "EXPUNGE":
            state.mails = [m for m in state.mails if m.uid != int(which) or "\\Deleted" not in m.flags]
        self._say(f"{tag} OK done")
        return True

    def _fetch(self, tag: str, mail: Stored, what: str) -> bool:
        state = self.server_state
        if "RFC822.SIZE" in what:
            self._say(f"* 1 FETCH (UID {mail.uid} RFC822.SIZE {len(mail.raw)})", f"{tag} OK done")
            return True
        state.fetches += 1
        state.before_fetch(mail.uid)
        cut = re.search(r"<0\.(\d+)>", what)
        raw = mail.raw[: int(cut[1])] if cut else mail.raw
        self.wfile.write(f"* 1 FETCH (UID {mail.uid} BODY[] {{{len(raw)}}}\r\n".encode())
        if state.fetches == state.hang_up_at:
            self.wfile.write(raw[: len(raw) // 2])
            return False
        self.wfile.write(raw)
        self._say(")", f"{tag} OK done")
        return True
