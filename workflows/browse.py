"""What the desk's pages show, read in one consistent view each. Nothing here changes anything."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from domain.parties import Channel
from outreach.replies.quoting import strip_quoted
from storage import browse
from workflows.preview_message import Preview, preview_message
from workflows.services import Services

PAGE = 100
"""Messages on one page of the outbox."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page: the newest day with messages, what was planned, sent and skipped on it, and what waits."""

    day: date | None
    statuses: dict[str, int]
    languages: dict[str, int]
    channels: dict[str, int]
    stages: dict[str, int]
    skips: dict[str, int]
    entities: list[Any]
    runs: list[Any]
    waiting: dict[str, int]
    tasks: list[Any]
    replies: list[Any]


@dataclass(frozen=True, slots=True)
class OutboxDay:
    """Messages of one day, what they may be narrowed by, and the days there are."""

    day: date | None
    days: list[date]
    messages: list[Any]
    languages: dict[str, int]
    channels: dict[str, int]
    stages: dict[str, int]
    page: int
    more: bool


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, as it lies in the file outbox. `raw` are the bytes of a mail, None for an SMS."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One message: its row, items, attempts; its `content` in the file outbox, or the `preview` of what hasn't gone."""

    row: Any
    items: list[Any]
    attempts: list[Any]
    content: Content | None
    preview: Preview | None = None


def read_overview(services: Services) -> Overview:
    """What happened on the newest day with messages, and what waits for a person."""
    with services.database.read() as connection:
        days = browse.message_days(connection, limit=1)
        runs = browse.newest_runs(connection)
        day = max([*days, *(run.business_day for run in runs)], default=None)
        counts = browse.counts_of_day(connection, day) if day else []
        return Overview(
            day=day,
            statuses=_sum(counts, "status"),
            languages=_languages(counts),
            channels=_sum(counts, "channel"),
            stages=_sum(counts, "template"),
            skips=browse.skip_counts_of_day(connection, day) if day else {},
            entities=browse.entities(connection),
            runs=runs,
            waiting=browse.waiting(connection),
            tasks=browse.open_tasks(connection),
            replies=browse.list_replies(connection, limit=6),
        )


def read_day(services: Services, day: date) -> list[Any]:
    """Messages of a day by language, channel, stage and status: how many."""
    with services.database.read() as connection:
        return browse.counts_of_day(connection, day)


def _sum(counts: list[Any], column: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in counts:
        found[getattr(row, column)] += row.messages
    return dict(found.most_common())


def _languages(counts: list[Any]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in counts:
        found[row.locale.partition("_")[0]] += row.messages
    return dict(found.most_common())


def read_outbox(
    services: Services,
    day: date | None = None,
    *,
    language: str | None = None,
    channel: str | None = None,
    stage: str | None = None,
    page: int = 1,
) -> OutboxDay:
    """One page of a day's messages (default: the newest day), narrowed by language, channel and stage."""
    with services.database.read() as connection:
        days = browse.message_days(connection)
        shown = day or (days[0] if days else None)
        if shown is None:
            return OutboxDay(None, [], [], {}, {}, {}, 1, False)
        counts = browse.counts_of_day(connection, shown)
        found = browse.list_messages(
            connection,
            shown,
            language=language,
            channel=channel,
            stage=stage,
            limit=PAGE + 1,
            offset=PAGE * (page - 1),
        )
    return OutboxDay(
        day=shown,
        days=days,
        messages=found[:PAGE],
        languages=_languages(counts),
        channels=_sum(counts, "channel"),
        stages=_sum(counts, "template"),
        page=page,
        more=len(found) > PAGE,
    )


def read_message(services: Services, public_id: str) -> MessagePage | None:
    """One message with its content, where it went through the file outbox; None for an unknown id."""
    with services.database.read() as connection:
        row = browse.find_message(connection, public_id)
        if row is None:
            return None
        items = browse.items_of_message(connection, row.id)
        attempts = browse.attempts_of_message(connection, row.id)
    content = read_content(services, row)
    preview = None if content else preview_message(services, public_id)
    return MessagePage(row, items, attempts, content, preview)


def read_content(services: Services, row: Any) -> Content | None:
    """What lies in the file outbox of a message that went through it; None if nothing does."""
    if row.provider != "outbox" or not row.provider_ref:
        return None
    folder = services.outbox_dir.resolve()
    path = (folder / row.provider_ref).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        return None
    match row.channel:
        case Channel.EMAIL:
            return _mail(path)
        case Channel.LETTER:
            return Content(headers=(("To", row.address),), text="", html=path.read_text(encoding="utf-8"), raw=None)
        case _:
            return _text_message(path)


def _mail(path: Path) -> Content:
    raw = path.read_bytes()
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    return Content(
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        text=str(text.get_content()) if text else "",
        html=str(html.get_content()) if html else None,
        raw=raw,
    )


def _text_message(path: Path) -> Content:
    told = json.loads(path.read_text(encoding="utf-8"))
    shown = (("To", told["to"]), ("From", told["from"]), ("Parts", str(told["segments"] or "")))
    return Content(headers=shown, text=told["text"], html=None, raw=None)


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply's row, and what its writer said in it: quotes of what it answers left out."""

    row: Any
    said: str


def read_replies(services: Services, status: str | None = None) -> list[Answered]:
    """Replies, newest first; `status` 'waiting' or 'handled'."""
    with services.database.read() as connection:
        rows = browse.list_replies(connection, status=status)
    return [Answered(row, strip_quoted(row.text).reply.strip() or row.text) for row in rows]


def find_customers(services: Services, text: str) -> list[Any]:
    """Customers by number or a part of the name, for the search field."""
    with services.database.read() as connection:
        return browse.list_customers(connection, text.strip())
