"""Does this installation stand? One line a thing: configuration, database, policies, templates, channels, zones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.calendars import zone_of
from domain.errors import DunwellError
from dunwell.bootstrap import audit_key, build_channels
from dunwell.settings import Settings, load_settings
from dunwell.worker import make_broker
from outreach.cadence.loading import load_policies
from outreach.compose.checks import check_templates
from outreach.compose.template_set import load_templates
from storage import migrate
from storage.database import Database
from storage.messages import timezones_in_use

LITTLE_SPACE = 500_000_000
"""Bytes of free disk below which the doctor speaks up: the outbox and the database grow by the day."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `text` says what was found and, when it isn't well, what to do."""

    name: str
    ok: bool
    text: str


def examine() -> list[Finding]:
    """Look at everything; one thing's trouble doesn't keep the others from being looked at. Sends nothing."""
    try:
        settings = load_settings()
    except DunwellError as error:
        return [Finding("configuration", False, str(error))]
    database = Database(settings.url)
    try:
        return list(_examine(settings, database))
    finally:
        database.dispose()


def _examine(settings: Settings, database: Database) -> Iterator[Finding]:
    yield Finding("configuration", True, f"data in {settings.data_dir}, database {_shown(database)}")
    yield _look("data folder", lambda: _data_folder(settings))
    yield _look("database", lambda: _database(database))
    yield _look("policies", lambda: _policies(settings))
    yield _look("templates", lambda: _templates(settings))
    yield _look("work", lambda: _broker(settings))
    yield from _channels(settings)
    yield _look("time zones", lambda: _zones(database))


def _look(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, check())
    except DunwellError as error:
        return Finding(name, False, str(error))
    except OSError as error:
        return Finding(name, False, f"{error.strerror or error}: {error.filename or ''}".strip())


class _Unwell(DunwellError):
    """Something that the doctor found for itself."""


def _shown(database: Database) -> str:
    return database.url.render_as_string(hide_password=True)


def _data_folder(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    audit_key(settings)
    free = shutil.disk_usage(settings.data_dir).free
    if free < LITTLE_SPACE:
        raise _Unwell(f"{settings.data_dir} has only {free // 1_000_000} MB left; make room")
    return f"{settings.data_dir} can be written to, {free // 1_000_000_000} GB free; the audit key is there"


def _database(database: Database) -> str:
    migrate.require_head(database)
    return f"reached; at revision {migrate.head()}, the newest"


def _policies(settings: Settings) -> str:
    book = load_policies(settings.policies_dir)
    return f"{len(book.policies)} read: {', '.join(sorted(p.code for p in book.policies))}"


def _templates(settings: Settings) -> str:
    templates = load_templates(settings.templates_dir)
    problems = check_templates(templates)
    if problems:
        raise _Unwell("\n  ".join([f"{len(problems)} problems", *problems]))
    return f"complete in {', '.join(templates.folders)}"


def _broker(settings: Settings) -> str:
    url = settings.amqp_url.get_secret_value()
    broker = make_broker(url)
    if not url:
        return "done in the process (DUNWELL_AMQP_URL is empty)"
    from dramatiq.errors import BrokerError

    try:
        broker.declare_queue("dunwell", ensure=True)  # type: ignore[call-arg]
    except (BrokerError, OSError) as error:
        raise _Unwell(f"RabbitMQ can't be reached: {error}; check DUNWELL_AMQP_URL") from None
    finally:
        broker.close()
    return "RabbitMQ reached"


def _channels(settings: Settings) -> Iterator[Finding]:
    try:
        channels = build_channels(settings)
    except DunwellError as error:
        yield Finding("channels", False, str(error))
        return
    for channel, adapter in channels.items():
        trouble = adapter.check()
        yield Finding(f"channel {channel}", trouble is None, trouble or f"{adapter.name} is ready")


def _zones(database: Database) -> str:
    winter, summer = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    berlin = zone_of("Europe/Berlin")
    if winter.astimezone(berlin).utcoffset() == summer.astimezone(berlin).utcoffset():
        raise _Unwell("the time zone data knows no summer time; install the tzdata package")
    try:
        migrate.require_head(database)
        used = timezones_in_use(database)
    except DunwellError:
        used = []  # told on its own line
    for name in used:
        zone_of(name)
    return f"data is there; {len(used)} zones in use are known"
