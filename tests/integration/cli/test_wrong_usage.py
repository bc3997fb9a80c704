"""Whatever is typed wrongly is answered in a line or two, with the exit code that is documented, never a traceback."""

from __future__ import annotations

import shlex

import pytest

from tests.integration.cli.books import DAY
from tests.integration.cli.shell import Shell

BAD_INPUT = """
run --date 2026-13-01
run --date yesterday
run --entity ZZ
rehearse --days 0
rehearse --days soon
why
why NOBODY
why Acme
why C01 --date 31.12.2026
ask
ask balance --as nobody
ask balance --as-of 2026-02-30
report aging --by moon
report aging --format pdf
report aging --buckets x,y
report aging --buckets 30,20
report aging --currency EURO
report aging --customer NOBODY
report dso --days 0
import widgets file.csv
import invoices
import invoices missing.csv
import invoices .
import invoices invoices.csv --as-of soon
import invoices invoices.csv --scope ZZ
import invoices invoices.csv --encoding klingon
import invoices invoices.csv --delimiter ,,
import invoices invoices.csv --authority both
import invoices customers.csv
receive
receive missing.eml
log-call NOBODY
log-call C01 --outcome shouted
log-call C01 --promise 2020-01-01 --date 2026-06-17
log-call C01 --promise 2026-07-01 --amount 12.50 --date 2026-06-17
log-call C01 --promise 2026-07-01 --amount 12,50 --currency USD --date 2026-06-17
log-call C01 --promise 2026-07-01 --amount 99999999 --currency USD --date 2026-06-17
log-call C01 --promise 2026-07-01 --invoice NOTHING --date 2026-06-17
approve
approve nothing --as boss
approve-plan 99 --as boss
settle nothing sent --as boss
settle nothing maybe --as boss
done 999 paid --as maria
done many paid
replies handle 99 --as maria
audit verify --head junk
frobnicate
--frobnicate
migrate now
tasks --as nobody
serve --port abc
""".strip().splitlines()


@pytest.mark.parametrize("line", BAD_INPUT)
def test_bad_input_is_told_in_a_line_or_two(office: Shell, line: str) -> None:
    said = office(*shlex.split(line))
    assert said.code == 2, said
    lines = said.err.strip().splitlines()
    assert 1 <= len(lines) <= 2, said.err
    assert said.err.startswith("dunwell: ")
    assert "something went wrong" not in said.err
    assert "Traceback" not in said.err + said.out


@pytest.mark.parametrize("group", ["report", "import", "audit"])
def test_a_group_alone_shows_what_it_holds(office: Shell, group: str) -> None:
    said = office(group)
    assert said.code == 2
    assert "Usage" in said.out + said.err
    assert "something went wrong" not in said.err


def test_deciding_without_a_name_is_not_allowed(office: Shell) -> None:
    said = office("approve", "nothing")
    assert said.code == 3
    assert "--as" in said.err


def test_a_report_that_cant_be_written_names_the_place(office: Shell) -> None:
    said = office("report", "aging", "--as-of", DAY, "--format", "csv", "--output", "no/such/folder.csv")
    assert said.code == 1
    assert "no/such/folder.csv" in said.err


def test_a_sick_installation_ends_the_doctor_with_one(shell: Shell) -> None:
    shell.environment["DUNWELL_TEMPLATES_DIR"] = str(shell.folder / "nowhere")
    said = shell("doctor")
    assert "BAD" in said.out
    assert said.code == 1


def test_an_altered_trail_ends_the_audit_with_one(shell: Shell) -> None:
    shell.load("entities", "code,name,country,timezone", ("MAIN", "Orbis", "DE", "Europe/Berlin"), day="2026-06-17")
    head = shell.ok("audit", "verify").out.split()[-1]
    other = head[:-1] + ("0" if head[-1] != "0" else "1")
    said = shell("audit", "verify", "--head", other)
    assert said.code == 1
    assert "altered" in said.err


def test_a_new_installation_says_what_is_missing(shell: Shell) -> None:
    for line in ("run", "rehearse"):
        said = shell(line)
        assert said.code == 2
        assert "dunwell import" in said.err
