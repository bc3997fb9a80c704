"""Migrations: bring a database to the newest schema, and tell whether it is there."""

from __future__ import annotations

from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from domain.errors import NotReady
from storage.database import Database


def _config(location: str) -> Config:
    config = Config()
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate to `revision`, each migration in its own transaction."""
    with as_file(files("storage") / "migrations") as location, database.engine.connect() as connection:
        config = _config(str(location))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def head() -> str:
    """The newest revision that this version of Dunwell knows."""
    with as_file(files("storage") / "migrations") as location:
        found = ScriptDirectory.from_config(_config(str(location))).get_current_head()
    assert found is not None
    return found


def current(database: Database) -> str | None:
    """The database's revision; None for an empty database."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_head(database: Database) -> None:
    """Raise NotReady unless the database is at the newest revision."""
    found, wanted = current(database), head()
    if found != wanted:
        raise NotReady(
            f"the database is at revision {found or 'none'}, this version needs {wanted}; run `dunwell migrate`"
        )
