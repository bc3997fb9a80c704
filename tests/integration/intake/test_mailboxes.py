"""Mailboxes read over IMAP: each mail once, whatever breaks, however many read."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput
from outreach.channels import mailboxes as adapter
from outreach.channels.mailboxes import read_mailboxes
from storage.database import Database
from storage.tables import inbound_event, mailbox, promise, reply
from tests.fakes.certificates import make_certificate, trust
from tests.fakes.imap_server import ImapServer
from tests.fakes.ledgers import make_services, seed_ledger
from tests.fakes.ports import free_port
from tests.integration.replies.helpers import mail
from workflows.poll_mailboxes import Polled, poll_mailboxes
from workflows.receive_reply import process_inbound, store_inbound
from workflows.services import Services


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as made:
        yield made


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    seed_ledger(database, 2)
    return make_services(database, tmp_path)


def reading(services: Services, *servers: ImapServer, query: str = "", password: str = "") -> Services:
    """Services that read these servers' mailboxes, at every turn."""
    boxes = read_mailboxes(",".join(s.address(query) for s in servers), password or servers[0].password)
    return replace(services, mailboxes=boxes, limits=replace(services.limits, mailbox_seconds=0))


def words(number: int) -> bytes:
    return mail(
        f"INV-1 will be paid on Friday. {number}", to="ar@us.example", Message_ID=f"<{number}@customer.example>"
    )


def rows(services: Services, table: Any) -> list[Any]:
    with services.database.read() as connection:
        return list(connection.execute(table.select()))


def test_each_mail_is_stored_once_and_then_marked_as_seen(services: Services, server: ImapServer) -> None:
    server.put(words(1), words(2))
    polling = reading(services, server)
    assert poll_mailboxes(polling) == Polled(stored=2)
    assert [m.flags for m in server.mails] == [{"\\Seen"}, {"\\Seen"}]
    server.put(words(3))
    assert poll_mailboxes(polling) == Polled(stored=1)
    assert poll_mailboxes(polling) == Polled()
    assert sorted(bytes(e.raw) for e in rows(services, inbound_event)) == sorted([words(1), words(2), words(3)])
    assert server.fetches == 3


def test_what_somebody_has_read_already_is_read_all_the_same(services: Services, server: ImapServer) -> None:
    server.put(words(1))
    server.mails[0].flags.add("\\Seen")
    assert poll_mailboxes(reading(services, server)) == Polled(stored=1)


def test_a_promise_in_a_mailbox_is_heard(services: Services, server: ImapServer) -> None:
    server.put(mail("INV-1 will be paid on Friday.", to="ar@us.example"))
    polling = reading(services, server)
    poll_mailboxes(polling)
    process_inbound(polling)
    assert [p.status for p in rows(services, promise)] == ["open"]


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE", "IMAP4rev1 AUTH=PLAIN UIDPLUS"])
def test_stored_mails_are_moved_where_that_is_set(services: Services, server: ImapServer, capabilities: str) -> None:
    server.capabilities = capabilities
    server.put(words(1))
    poll_mailboxes(reading(services, server, query="?move=Fertig"))
    assert [m.raw for m in server.moved["Fertig"]] == [words(1)]
    assert server.mails == []


def test_a_connection_that_breaks_in_mid_mail_loses_and_doubles_nothing(services: Services, server: ImapServer) -> None:
    server.put(*(words(n) for n in range(5)))
    server.hang_up_at = 3
    polling = reading(services, server)
    assert poll_mailboxes(polling).failed == 1
    assert [m.flags for m in server.mails[2:]] == [set(), set(), set()]
    [row] = rows(services, mailbox)
    assert (row.failures, row.last_uid) == (1, 2)
    assert "ar@us.example@127.0.0.1/INBOX" in row.error
    assert poll_mailboxes(polling) == Polled(stored=3)
    assert sorted(bytes(e.raw) for e in rows(services, inbound_event)) == sorted(words(n) for n in range(5))
    assert (rows(services, mailbox)[0].failures, rows(services, mailbox)[0].error) == (0, None)


def test_new_numbers_after_a_restoration_bring_nothing_twice(services: Services, server: ImapServer) -> None:
    server.put(words(1), words(2))
    polling = reading(services, server)
    poll_mailboxes(polling)
    server.put(words(3))
    server.renumber()
    assert poll_mailboxes(polling) == Polled(stored=1)
    assert server.since
    process_inbound(polling)
    assert len(rows(services, reply)) == 3
    server.put(words(4))
    assert poll_mailboxes(polling) == Polled(stored=1)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ({"password": "wrong"}, "refuses the login; check DUNWELL_IMAP_MAILBOXES and DUNWELL_IMAP_PASSWORDS"),
        ({"validity": 0}, "no lasting numbers"),
    ],
)
def test_a_mailbox_in_trouble_is_told_and_the_others_are_read(
    services: Services, server: ImapServer, trouble: dict[str, Any], told: str
) -> None:
    with ImapServer(user="other@us.example") as bad:
        for name, value in trouble.items():
            setattr(bad, name, value)
        server.put(words(1))
        polled = poll_mailboxes(reading(services, bad, server, password=server.password))
    assert polled == Polled(stored=1, failed=1)
    assert told in next(row.error for row in rows(services, mailbox) if row.failures)
    assert server.password not in str(rows(services, mailbox))


def test_a_mailbox_that_is_down_is_asked_less_and_less_often(services: Services) -> None:
    boxes = read_mailboxes(f"imap://ar@127.0.0.1:{free_port()}/", "x")
    polling = replace(services, mailboxes=boxes)
    assert poll_mailboxes(polling).failed == 1
    assert poll_mailboxes(polling) == Polled()  # not its turn yet
    assert "no connection" in rows(services, mailbox)[0].error


def test_marks_that_are_refused_hold_up_nothing(services: Services, server: ImapServer) -> None:
    server.refuse_marks = True
    server.put(words(1), words(2))
    polling = reading(services, server, query="?move=Done")
    assert poll_mailboxes(polling) == Polled(stored=2)
    assert poll_mailboxes(polling) == Polled()


def test_processes_that_poll_together_read_each_mail_once(services: Services, server: ImapServer) -> None:
    server.put(*(words(n) for n in range(12)))
    polling = replace(
        reading(services, server), limits=replace(services.limits, mailbox_seconds=600)
    )  # one turn only: whoever is second finds it taken
    found: list[Polled] = []
    together = [threading.Thread(target=lambda: found.append(poll_mailboxes(polling))) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert sum(one.stored for one in found) == 12
    assert server.fetches == 12
    assert len([line for line in server.asked if line.startswith("SELECT")]) == 1


def test_who_stood_still_too_long_hears_that_another_reads_on(services: Services, server: ImapServer) -> None:
    server.put(words(1), words(2), words(3))
    polling = reading(services, server)

    def taken_by_another(uid: int) -> None:
        if uid == 2:
            with services.database.write() as unit:
                unit.connection.execute(mailbox.update().values(lease_owner="another"))
                unit.commit()

    server.before_fetch = taken_by_another
    poll_mailboxes(polling)
    assert (rows(services, mailbox)[0].last_uid, server.fetches) == (1, 2)


def test_the_same_mail_by_mailbox_and_webhook_is_one_reply(services: Services, server: ImapServer) -> None:
    raw = mail("INV-1 will be paid on Friday.", to="ar@us.example")
    server.put(b"Received: from a by b\r\n" + raw)
    polling = reading(services, server)
    poll_mailboxes(polling)
    assert not store_inbound(services, provider="sendgrid", event_id="x", kind="email", raw=raw)
    process_inbound(polling)
    assert len(rows(services, reply)) == len(rows(services, promise)) == 1
    double = next(e for e in rows(services, inbound_event) if e.provider == "sendgrid")
    assert (double.status, bytes(double.raw)) == ("done", b"")
    assert "the same mail as event" in double.error


def test_a_forged_message_id_makes_no_mail_anothers_double(services: Services) -> None:
    first, second = mail("nonsense"), mail("INV-1 will be paid on Friday.")
    assert store_inbound(services, provider="p", event_id="1", kind="email", raw=first)
    assert store_inbound(services, provider="p", event_id="2", kind="email", raw=second)


def test_a_mail_too_large_is_fetched_in_part_and_shown_to_a_person(
    services: Services, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "LARGEST", 2000)
    monkeypatch.setattr(adapter, "BEGINNING", 600)
    server.put(mail("INV-1 will be paid on Friday.\n" + "x\n" * 2000, to="ar@us.example"))
    polling = reading(services, server)
    poll_mailboxes(polling)
    process_inbound(polling)
    assert rows(services, promise) == []
    assert [r.status for r in rows(services, reply)] == ["waiting"]


def test_tls_is_checked_against_the_authorities_that_are_trusted(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "tls")
    with ImapServer(context=certificate.server) as server:
        server.put(words(1))
        polling = reading(services, server)
        assert polling.mailboxes[0].tls
        assert poll_mailboxes(polling).failed == 1
        assert "certificate" in rows(services, mailbox)[0].error
        trust(monkeypatch, certificate)
        assert poll_mailboxes(polling) == Polled(stored=1)


@pytest.mark.parametrize(
    ("given", "passwords", "told"),
    [
        ("imap://ar@mail.us.example/INBOX", "x", "in the clear"),
        ("imaps://ar:secret@mail.us.example", "x", "has a password in it"),
        ("https://ar@mail.us.example", "x", "no address of a mailbox"),
        ("imaps://mail.us.example/INBOX", "x", "no address of a mailbox"),
        ("imaps://ar@mail.us.example", "", "has no password for ar"),
        ("imaps://ar@mail.us.example", '{"other": "x"}', "has no password for ar"),
        ("imaps://ar@mail.us.example", "{oops", "no JSON"),
        ("imaps://ar@h.example,imaps://ar@h.example/INBOX", "x", "twice"),
        ("imaps://ar@h.example:port", "x", "no address"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_to_write(given: str, passwords: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        read_mailboxes(given, passwords)
    assert "secret" not in str(refused.value)


def test_each_mailbox_has_its_own_password() -> None:
    boxes = read_mailboxes(
        "imaps://ar%40us.example@h.example/Eing%C3%A4nge, imaps://de@h.example:1993/",
        '{"ar@us.example@h.example": "one", "de": "two"}',
    )
    assert [(b.user, b.port, b.folder, b.password) for b in boxes] == [
        ("ar@us.example", 993, "Eingänge", "one"),
        ("de", 1993, "INBOX", "two"),
    ]
    assert adapter._utf7("Eingänge & Büro/日本") == "Eing&AOQ-nge &- B&APw-ro/&ZeVnLA-"


def test_a_real_server_is_read_over_tls(
    services: Services, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("dovecot") is None:
        pytest.skip("no Dovecot on this machine")
    folder = tmp_path_factory.mktemp("dovecot")
    certificate = make_certificate(folder)
    trust(monkeypatch, certificate)
    port = free_port()
    (folder / "mail").mkdir()
    (folder / "users").write_text('ar:{PLAIN}o pen"ä:1000:1000::' + str(folder / "mail") + "::\n", encoding="utf-8")
    (folder / "dovecot.conf").write_text(
        f"""protocols = imap
base_dir = {folder}/run
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/authority.pem
ssl_key = <{folder}/key.pem
listen = 127.0.0.1
mail_location = maildir:{folder}/mail
mail_uid = 1000
mail_gid = 1000
first_valid_uid = 100
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
namespace inbox {{
  inbox = yes
  mailbox Done {{
    auto = create
  }}
}}
"""
    )
    for name in ("new", "cur", "tmp"):
        (folder / "mail" / name).mkdir()
    for number in range(3):
        (folder / "mail" / "new" / f"17000000{number}.M{number}.host").write_bytes(words(number))
    subprocess.run(["chown", "-R", "1000:1000", str(folder / "mail")], check=True)
    for parent in (folder, *folder.parents):
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755)
    process = subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")])
    try:
        boxes = read_mailboxes(f"imaps://ar@127.0.0.1:{port}/INBOX?move=Done", 'o pen"ä')
        polling = replace(services, mailboxes=boxes, limits=replace(services.limits, mailbox_seconds=0))
        for _ in range(100):
            polled = poll_mailboxes(polling)
            if not polled.failed:
                break
            threading.Event().wait(0.1)
        assert polled == Polled(stored=3), (rows(services, mailbox)[0].error, (folder / "log").read_text()[-2000:])
        assert poll_mailboxes(polling) == Polled()
        assert len(list((folder / "mail" / ".Done" / "cur").iterdir())) == 3
        assert sorted(bytes(e.raw) for e in rows(services, inbound_event)) == sorted(words(n) for n in range(3))
    finally:
        process.terminate()
        process.wait()
