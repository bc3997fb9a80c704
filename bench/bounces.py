"""Returned mail: how many of flufl.bounce's own samples are taken as reports, how many labelled human replies are.

Neither is part of this repository. `DUNWELL_BOUNCE_SAMPLES` says where the samples lie (`tests/data` of flufl.bounce's
source distribution); without it they are fetched by pip, of the version and hash in `requirements.lock`.
`DUNWELL_REPLIES_DIR` says where the labelled replies lie, `../shared/replies` if it says nothing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from outreach.replies.bounces import read_report

ROOT = Path(__file__).parents[1]

# Its own tests expect nothing of these two: an answer with an attachment ("Not a bounce but has confused groupwise"),
# and an automatic "we are processing your request".
NO_BOUNCES = frozenset({"groupwise_03.txt", "qmail_08.txt"})


def fetch_samples(folder: Path) -> Path | None:
    """Unpack flufl.bounce's source distribution into `folder` → where its samples are; None where it can't be had."""
    locked = re.search(r"^flufl-bounce==.*?(?=^\S)", (ROOT / "requirements.lock").read_text(), re.MULTILINE | re.DOTALL)
    if locked is None:
        return None
    wanted = folder / "wanted.txt"
    wanted.write_text(locked.group())
    fetch = ["download", "-q", "--no-deps", "--no-binary", "flufl-bounce", "--no-build-isolation", "--require-hashes"]
    command = [sys.executable, "-m", "pip", *fetch, "-r", str(wanted), "-d", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return None
    for packed in folder.glob("*.tar.gz"):
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
    return next(iter(folder.glob("*/tests/data")), None)


def samples(folder: Path) -> dict[str, bytes]:
    """Name → bytes of the samples in a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.txt"))}


def people() -> Iterator[bytes]:
    """The labelled replies as mails: as they came, as a robot would send them, and from a server's own mailbox."""
    told = os.environ.get("DUNWELL_REPLIES_DIR")
    folder = Path(told) if told else ROOT.parent / "shared" / "replies"
    for path in sorted(folder.glob("dev-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            reply = json.loads(line)
            for sender, headers in (
                ("ap@kunde.example", {}),
                ("ap@kunde.example", {"Auto-Submitted": "auto-replied", "Return-Path": "<>"}),
                ("MAILER-DAEMON@mx.kunde.example", {"Auto-Submitted": "auto-replied", "Return-Path": "<>"}),
            ):
                mail = EmailMessage()
                mail["From"], mail["Subject"] = sender, " ".join((reply.get("subject") or "").split())
                for name, value in headers.items():
                    mail[name] = value
                mail.set_content(reply["body"])
                yield mail.as_bytes()


def run() -> Iterator[dict[str, Any]]:
    """Shares taken as reports, and the time a report."""
    with tempfile.TemporaryDirectory() as folder:
        told = os.environ.get("DUNWELL_BOUNCE_SAMPLES")
        place = Path(told) if told else fetch_samples(Path(folder))
        found = samples(place) if place is not None else {}
    bounces = {name: raw for name, raw in found.items() if name not in NO_BOUNCES}
    if bounces:
        began = time.process_time()
        taken = [name for name, raw in bounces.items() if read_report(raw) is not None]
        spent = time.process_time() - began
        yield {
            "name": f"returned mail: samples taken as reports, of {len(bounces)}",
            "value": len(taken),
            "unit": "mails",
            "goal": "all",
        }
        wrong = [name for name in NO_BOUNCES if read_report(found[name]) is not None]
        yield {
            "name": f"returned mail: samples of other mail taken as reports, of {len(NO_BOUNCES)}",
            "value": len(wrong),
            "unit": "mails",
            "goal": "none",
        }
        yield {"name": "returned mail: reading a report", "value": spent / len(bounces) * 1_000, "unit": "ms"}
    mails = list(people())
    if mails:
        taken_people = sum(read_report(raw) is not None for raw in mails)
        yield {
            "name": f"returned mail: mails of people taken as reports, of {len(mails)}",
            "value": taken_people,
            "unit": "mails",
            "goal": "none",
        }
