"""Stand-ins of the providers that judge each request by the provider's own API description.

`make contract` installs Prism (`package-lock.json` beside this file). Where it, npm or the descriptions are missing,
the tests are skipped and say so. DUNWELL_SPECS_DIR names another folder of descriptions.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.preferring import Preferring
from tests.fakes.mail_server import free_port

HERE = Path(__file__).parent
PRISM = HERE / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
SPECS = Path(os.environ.get("DUNWELL_SPECS_DIR") or HERE.parents[2] / "shared" / "specs")
START_SECONDS = 60


@contextmanager
def prism(description: str, log: Path) -> Iterator[str]:
    """Prism over one description, refusing whatever the description doesn't allow. Gives its address."""
    node = shutil.which("node")
    if node is None or not PRISM.exists():
        pytest.skip("Prism isn't installed: `make contract` installs it where npm is there")
    if not (SPECS / description).exists():
        pytest.skip(f"no API description {SPECS / description}: set DUNWELL_SPECS_DIR")
    port = free_port()
    command = [node, str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", "-v", "error"]
    with log.open("wb") as told:
        process = subprocess.Popen([*command, str(SPECS / description)], stdout=told, stderr=told)
        try:
            _wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"Prism didn't come up within {START_SECONDS} s: {log.read_text()}")


@pytest.fixture(scope="module")
def sendgrid_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SendGrid's v3 mail API."""
    with prism("sendgrid-mail-v3.json", tmp_path_factory.mktemp("prism") / "sendgrid.log") as url:
        yield url


@pytest.fixture(scope="module")
def twilio_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Twilio's Messages API."""
    with prism("twilio-messages.json", tmp_path_factory.mktemp("prism") / "twilio.log") as url:
        yield url


@pytest.fixture
def preferring() -> Iterator[Callable[[str, str], str]]:
    """A way to Prism's address that asks for certain answers: (address, what is preferred) → address."""
    made: list[Preferring] = []

    def start(url: str, prefer: str) -> str:
        made.append(Preferring(url, prefer))
        return made[-1].url

    yield start
    for one in made:
        one.close()
