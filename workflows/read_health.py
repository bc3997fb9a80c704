"""Whether the database can be worked with: reached, and at the newest revision."""

from __future__ import annotations

import structlog

from domain.errors import NotReady
from storage import migrate
from storage.send_queue import TROUBLE
from workflows.services import Services

log = structlog.get_logger(__name__)


def database_trouble(services: Services) -> str | None:
    """What is wrong with it, without a word on where it is; None when it is well."""
    try:
        found, wanted = migrate.current(services.database), migrate.head()
    except (NotReady, TROUBLE) as error:
        log.warning("database.not_reached", kind=type(error).__name__)
        return "not reached"
    return None if found == wanted else f"at revision {found or 'none'}, {wanted} is needed"
