"""`dunwell import` as a person at a terminal meets it."""

import json

import pytest
from typer.testing import CliRunner

from domain.errors import BadInput
from dunwell.cli_import import import_app

CUSTOMERS = "number,name,country,currency\nC1,Acme,GB,EUR\n"
INVOICES = "number,customer,issued,due,amount,currency\nA1,C1,2026-05-01,2026-05-31,100.00,EUR\n"


@pytest.fixture
def terminal(sqlite_url, tmp_path, monkeypatch):
    """Runs a command in an empty folder with a fresh database."""
    monkeypatch.setenv("DUNWELL_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DUNWELL_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "invoices.csv").write_text(INVOICES)
    runner = CliRunner()

    def run(*arguments):
        result = runner.invoke(import_app, arguments, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.output

    return run


def test_an_import_says_what_it_did_and_how_it_read_the_file(terminal):
    terminal("customers", "customers.csv")
    output = terminal("invoices", "invoices.csv", "--as-of", "2026-06-15")
    assert "invoices.csv, as of 2026-06-15" in output
    assert "invoices: 1 inserted, 0 updated, 0 unchanged" in output
    assert "read as UTF-8, delimiter comma" in output
    assert "0 inserted, 0 updated, 1 unchanged" in terminal("invoices", "invoices.csv", "--as-of", "2026-06-15")


def test_json_for_machines(terminal):
    told = json.loads(terminal("customers", "customers.csv", "--as-of", "2026-06-15", "--json"))
    assert told["counts"][0]["inserted"] == 1
    assert told["as_of"] == "2026-06-15"


def test_bad_input_ends_with_code_two_and_one_message(terminal, tmp_path):
    (tmp_path / "bad.csv").write_text(INVOICES.replace("100.00", "ten"))
    terminal("customers", "customers.csv")
    with pytest.raises(BadInput, match=r"bad.csv, line 2, column amount: read 'ten'") as refused:
        terminal("invoices", "bad.csv")
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--as-of", "15.06.2026"), "write it as 2026-03-09"),
        (("--as-of", "2999-01-01"), "is in the future"),
        (("--authority", "bank"), "paid_amount or payments"),
        (("--mapping", "nowhere.toml"), "there is no such file"),
        (("--scope", "XX", "--complete"), "no such legal entity|legal entity"),
        (("--encoding", "klingon"), "encoding 'klingon' is not known"),
        (("--delimiter", "::"), "is not one character"),
    ],
)
def test_a_wrong_option_is_told(terminal, options, words):
    terminal("customers", "customers.csv")
    terminal("invoices", "invoices.csv")
    with pytest.raises(BadInput, match=words):
        terminal("invoices", "invoices.csv", *options)


def test_a_folder_of_documents_is_linked_by_number(terminal, tmp_path):
    terminal("customers", "customers.csv")
    terminal("invoices", "invoices.csv")
    folder = tmp_path / "scans"
    (folder / "pod").mkdir(parents=True)
    (folder / "a1.pdf").write_bytes(b"%PDF-1.7 invoice")
    (folder / "A1_POD.pdf").write_bytes(b"%PDF-1.7 delivery note")
    (folder / "pod" / "A1.png").write_bytes(b"\x89PNG\r\n\x1a\n photo")
    assert "documents: 3 linked, 0 unchanged, 0 left out" in terminal("documents", "scans")
    assert "documents: 0 linked, 3 unchanged" in terminal("documents", "scans")
    (folder / "ZZ.pdf").write_bytes(b"%PDF-1.7 whose?")
    (folder / "A1 copy.exe").write_bytes(b"MZ")
    with pytest.raises(BadInput, match="2 files can't be linked"):
        terminal("documents", "scans")
    assert "0 linked, 3 unchanged, 2 left out" in terminal("documents", "scans", "--accept-valid")
