"""The file outbox: whole files, once, and a clear word when the disk doesn't want them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from domain.parties import Channel
from outreach.channels.base import Outcome, Outgoing
from outreach.channels.outbox import OutboxChannel

MAIL = Outgoing("01-a", "ap@customer.example", "ar@us.example", b"Subject: x\r\n\r\nHello\r\n", "2026-03-09", "en")


def test_a_mail_is_a_file_in_the_folder_of_its_day(tmp_path: Path) -> None:
    found = OutboxChannel(tmp_path).send(MAIL)
    assert (found.outcome, found.provider_ref) == (Outcome.ACCEPTED, "2026-03-09/01-a.eml")
    assert (tmp_path / "2026-03-09" / "01-a.eml").read_bytes() == MAIL.content
    assert os.listdir(tmp_path / "2026-03-09") == ["01-a.eml"]


def test_an_sms_is_json_with_its_parts_counted(tmp_path: Path) -> None:
    sms = replace(MAIL, to="+353861234567", content="Zahlung überfällig".encode(), locale="de", segments=1)
    OutboxChannel(tmp_path, Channel.SMS).send(sms)
    told = json.loads((tmp_path / "2026-03-09" / "01-a.json").read_text())
    assert (told["to"], told["segments"], told["text"]) == ("+353861234567", 1, "Zahlung überfällig")


def test_the_same_message_handed_over_twice_is_there_once(tmp_path: Path) -> None:
    channel = OutboxChannel(tmp_path)
    assert channel.send(MAIL).outcome is channel.send(MAIL).outcome is Outcome.ACCEPTED
    assert len(list(tmp_path.rglob("*.eml"))) == 1


def test_another_content_under_the_same_id_is_refused_and_the_first_stands(tmp_path: Path) -> None:
    channel = OutboxChannel(tmp_path)
    channel.send(MAIL)
    assert channel.send(replace(MAIL, content=b"other")).outcome is Outcome.REFUSED
    assert (tmp_path / "2026-03-09" / "01-a.eml").read_bytes() == MAIL.content


def test_a_folder_that_can_not_be_written_to_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    channel = OutboxChannel(tmp_path / "outbox")
    found = channel.send(MAIL)
    assert (found.outcome, found.channel_down) == (Outcome.TRY_AGAIN, True)
    assert str(tmp_path) in (found.error or "")
    assert str(tmp_path) in (channel.check() or "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_leaves_no_half_a_file(tmp_path: Path) -> None:
    channel = OutboxChannel(tmp_path)
    folder = tmp_path / MAIL.day
    folder.mkdir()
    # Where the temporary file would be written stands a device that is always full.
    (folder / f"01-a.eml.{os.getpid()}.part").symlink_to("/dev/full")
    found = channel.send(MAIL)
    assert found.outcome is Outcome.TRY_AGAIN
    assert "space" in (found.error or "")
    assert os.listdir(folder) == []
