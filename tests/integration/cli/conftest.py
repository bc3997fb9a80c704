"""Data folders that a terminal works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.books import Books, import_books, make_books
from tests.integration.cli.shell import Shell


@pytest.fixture(scope="session")
def books() -> Books:
    return make_books()


@pytest.fixture(scope="session")
def office(books: Books, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The invented ledger, imported. Only read by its tests."""
    shell = Shell(tmp_path_factory.mktemp("office"))
    import_books(books, shell)
    return shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A new installation."""
    return Shell(tmp_path)
