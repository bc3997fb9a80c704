"""`dunwell receive`: mails in files, mbox and Maildir; the same again changes nothing."""

from __future__ import annotations

import mailbox
import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import select

from exchange.mail_files import FileRefused, mails_in
from storage.database import Database
from storage.tables import inbound_event
from tests.fakes.ledgers import seed_ledger
from tests.integration.cli.shell import Shell
from tests.integration.replies.helpers import mail


def words(number: int) -> bytes:
    text = f"INV-{number} will be paid on Friday.\n\nFrom here on all is well."
    return mail(text, sender=f"ap{number}@customer.example", to="ar@us.example", Message_ID=f"<{number}@c.example>")


def mbox(path: Path, count: int) -> Path:
    """As other programs write it."""
    made = mailbox.mbox(path)
    for number in range(1, count + 1):
        made.add(words(number))
    made.close()
    return path


def test_an_mbox_is_taken_apart_as_it_was_put_together(tmp_path: Path) -> None:
    found = [one.raw for one in mails_in(mbox(tmp_path / "all.mbox", 3))]
    assert [raw.replace(b"\r\n", b"\n").rstrip() for raw in found] == [
        words(number).replace(b"\r\n", b"\n").rstrip() for number in (1, 2, 3)
    ]


@pytest.fixture
def shell(tmp_path: Path, sqlite_url: str) -> Shell:
    database = Database(sqlite_url)
    seed_ledger(database, 4)
    database.dispose()
    return Shell(tmp_path, DATABASE_URL=sqlite_url)


def test_files_mbox_and_maildir_are_received_once(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(words(1))
    mbox(tmp_path / "two.mbox", 2)
    folder = mailbox.Maildir(tmp_path / "three", create=True)
    for number in (2, 3):
        folder.add(words(number))
    first = shell("receive", "one.eml", "two.mbox", "three", "--json")
    assert first.code == 0, first.err
    assert (first.json["received"], first.json["known"], first.json["replies"]) == (3, 2, 3)
    again = shell("receive", "one.eml", "two.mbox", "three", "--json").json
    assert (again["received"], again["known"], again["replies"]) == (0, 5, 0)
    assert "5 known already" in shell("receive", "one.eml", "two.mbox", "three").out


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.eml", b"", "is empty; give a mail as it came"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", "is no mail: it doesn't begin with header fields"),
        ("notes.txt", b"We will pay on Friday\n", "export it as .eml, mbox or Maildir"),
        ("folder", None, "no Maildir: it has no `new` or `cur`"),
        ("missing.eml", ..., "No such file"),
    ],
)
def test_what_is_no_mail_is_refused_before_anything_is_received(
    shell: Shell, tmp_path: Path, sqlite_url: str, name: str, content: object, told: str
) -> None:
    (tmp_path / "good.eml").write_bytes(words(1))
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is None:
        (tmp_path / name).mkdir()
    said = shell("receive", "good.eml", name)
    assert said.code != 0
    assert name in said.err
    assert told in said.err.replace("\n", " ")
    assert "Traceback" not in said.err
    database = Database(sqlite_url)
    with database.read() as connection:
        assert connection.execute(select(inbound_event.c.id)).all() == []
    database.dispose()


def test_a_large_mbox_is_read_mail_by_mail(tmp_path: Path) -> None:
    path = tmp_path / "large.mbox"
    one = b"From ann Mon Mar  9 10:00:00 2026\n" + b"From: a@b.example\n\n" + (b"words " * 150 + b"\n") * 1000 + b"\n"
    with path.open("wb") as file:
        for _ in range(40):
            file.write(one)
    tracemalloc.start()
    sizes = [(len(found.raw), found.done <= found.size) for found in mails_in(path)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(sizes) == 40
    assert path.stat().st_size > 36_000_000
    assert peak < 6_000_000


def test_a_mail_larger_than_any_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.mail_files.LARGEST", 1000)
    path = tmp_path / "large.mbox"
    path.write_bytes(b"From ann Mon Mar  9 10:00:00 2026\nFrom: a@b.example\n\n" + b"words\n" * 1000)
    with pytest.raises(FileRefused, match="mail 1 is larger than a mail may be"):
        list(mails_in(path))
