"""The names that an asker may see. The index over all names is built once and kept while no customer changes."""

from __future__ import annotations

import threading
from datetime import datetime
from weakref import WeakKeyDictionary

from domain.name_index import Directory, NameIndex
from domain.questions import Scope
from storage import names
from storage.database import Database

_kept: WeakKeyDictionary[Database, tuple[tuple[int, datetime | None], NameIndex]] = WeakKeyDictionary()
_building = threading.Lock()


def load_directory(database: Database, scope: Scope) -> Directory:
    """The directory of one asker: the shared index, and the ids that `scope` lets them see."""
    with database.read() as connection:
        version = names.names_version(connection)
        seen = names.visible_ids(connection, scope)
        with _building:
            known = _kept.get(database)
            if known is None or known[0] != version:
                known = (version, NameIndex(names.load_names(connection)))
                _kept[database] = known
    return Directory(known[1], seen)
