"""The default channel: a file a message, in a folder a day. Needs no account, and can be looked at.

`outbox/2026-03-09/<public id>.eml` for a mail, `.json` for an SMS, `.html` for a letter to print. A file is written
under a temporary name, synced and renamed, so that it is there whole or not at all; its name is the message's public
id, so that a second hand-over of the same message finds the first and changes nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from domain.parties import Channel
from outreach.channels.base import Delivery, Outcome, Outgoing

TEMPORARY = ".part"
_SUFFIX = {Channel.EMAIL: ".eml", Channel.SMS: ".json", Channel.LETTER: ".html"}


class OutboxChannel:
    """Writes mails, SMS or letters as files under `folder`."""

    def __init__(self, folder: Path, kind: Channel = Channel.EMAIL) -> None:
        self.folder = folder
        self.kind = kind
        self.name = "outbox"

    def path_of(self, outgoing: Outgoing) -> Path:
        """Where a message lies, or will."""
        return self.folder / outgoing.day / f"{outgoing.public_id}{_SUFFIX[self.kind]}"

    def send(self, outgoing: Outgoing) -> Delivery:
        """Write the file. A full disk is TRY_AGAIN, a folder that can't be written to as well: nothing was handed over.

        A file of that name is accepted as it stands when its content is the same, REFUSED when it differs: one public
        id never stands for two messages.
        """
        path = self.path_of(outgoing)
        body = _sms_file(outgoing) if self.kind is Channel.SMS else outgoing.content
        reference = f"{outgoing.day}/{path.name}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                return _again(path, body, reference)
            _write_whole(path, body)
        except OSError as error:
            reason = f"outbox {path.parent}: {error.strerror or error}; free space or correct the folder's rights"
            return Delivery(Outcome.TRY_AGAIN, error=reason, channel_down=True)
        try:
            _sync_folder(path.parent)
        except OSError as error:
            return Delivery(Outcome.UNKNOWN, reference, f"{reference} may not outlive a power cut: {error.strerror}")
        return Delivery(Outcome.ACCEPTED, provider_ref=reference)

    def check(self) -> str | None:
        """Whether the folder can be written to."""
        probe = self.folder / f"probe-{os.getpid()}{TEMPORARY}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            return f"the outbox {self.folder} can't be written to: {error.strerror or error}"
        return None


def _sms_file(outgoing: Outgoing) -> bytes:
    told = {
        "public_id": outgoing.public_id,
        "to": outgoing.to,
        "from": outgoing.sender,
        "locale": outgoing.locale,
        "segments": outgoing.segments,
        "text": outgoing.content.decode(),
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _again(path: Path, body: bytes, reference: str) -> Delivery:
    if path.read_bytes() == body:
        return Delivery(Outcome.ACCEPTED, provider_ref=reference)
    return Delivery(Outcome.REFUSED, error=f"{reference} is there already with another content; it was left as it is")


def _write_whole(path: Path, body: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    # The name lives in the folder: without this a power cut can forget the rename.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
