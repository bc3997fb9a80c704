"""What commands share: consoles, days, services, faults kept for whoever mends them."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from domain.errors import BadInput, NotReady
from dunwell import clock
from dunwell.settings import Settings, load_settings

if TYPE_CHECKING:
    from workflows.services import Services


Json = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
Day = Annotated[str | None, typer.Option("--date", metavar="DAY", help="A day such as 2026-03-09; today if left out.")]
Entity = Annotated[str | None, typer.Option("--entity", metavar="CODE", help="One legal entity; all if left out.")]
As = Annotated[str | None, typer.Option("--as", metavar="USER", help="Who you are: a user's id.")]


def console_error(message: str) -> None:
    """A line on stderr."""
    print(f"dunwell: {message}", file=sys.stderr)


def write_fault(reference: str, details: str) -> str:
    """Keep a fault's details in a file of the temporary folder. Returns a clause that says where."""
    path = Path(tempfile.gettempdir()) / f"dunwell-fault-{reference}.txt"
    try:
        path.write_text(details, encoding="utf-8")
    except OSError:
        return "details could not be written"
    return f"details in {path}"


def the_day(text: str | None, timezone: str = "UTC") -> date:
    """A day given as 2026-03-09; today in `timezone` when none is. Raises BadInput for anything else."""
    if text is None:
        return clock.today(timezone)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"day {text!r} is not one; write it as 2026-03-09") from None


def start_of(day: date, timezone: str) -> datetime:
    """Midnight of a day in a zone, in UTC: the instant that a dated run takes for now."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def open_services(settings: Settings | None = None, *, at: datetime | None = None) -> Services:
    """Services over a migrated database. `at` replaces the clock's now. Raises NotReady when migrations are missing.

    A SQLite file of our own that isn't there yet, or is older, is migrated without being asked.
    """
    from dunwell.bootstrap import build_services
    from storage import migrate

    chosen = settings or load_settings()
    services = build_services(chosen, now=(lambda: at) if at is not None else clock.utc_now)
    if services.database.is_sqlite and migrate.current(services.database) != migrate.head():
        migrate.upgrade(services.database)
    migrate.require_head(services.database)
    return services


def require_templates(services: Services) -> None:
    """Raise NotReady unless every template, part and variable is there: found at start, not at a customer's letter."""
    from outreach.compose.checks import check_templates

    problems = check_templates(services.templates)
    if problems:
        more = f" (and {len(problems) - 1} more; `dunwell doctor` lists them)" if len(problems) > 1 else ""
        raise NotReady(f"templates are not complete: {problems[0]}{more}")


def print_json(value: Any) -> None:
    """One JSON value on stdout; days and instants in ISO form."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> None:
    """A table on stdout. `right` are the columns of numbers."""
    from rich.console import Console
    from rich.table import Table

    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for index, name in enumerate(columns):
        # Days, amounts and codes stay whole; names and notes take what is left of the line.
        short = max((len(row[index]) for row in cells), default=0) <= 14
        align: Literal["left", "right"] = "right" if index in right else "left"
        table.add_column(name, justify=align, no_wrap=short or index in right, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console = Console()
    # Into a file or a pipe a row is one line, however long.
    (console if console.is_terminal else Console(width=400)).print(table)


def money_text(minor: int | None, currency: str | None) -> str:
    """Minor units as a person reads them on a terminal: 1,234.50 EUR."""
    from domain.money import Money

    if minor is None or not currency:
        return ""
    return f"{Money(int(minor), currency).amount:,} {currency}"


def counts_text(counts: Mapping[str, int]) -> str:
    """`not due 12, promised 3`, the largest first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in ordered)


def the_entities(services: Services, code: str | None) -> list[tuple[int, str, str]]:
    """Entities as (id, code, time zone): all, or the one of `code`. Raises BadInput when there is none."""
    from workflows.rehearse import entity_codes

    known = entity_codes(services)
    if not known:
        raise BadInput("there is no ledger yet; `dunwell import` brings one, `dunwell demo` makes one up")
    chosen = [e for e in known if code in (None, e[1])]
    if not chosen:
        raise BadInput(f"there is no legal entity {code!r}; there are: {', '.join(e[1] for e in known)}")
    return chosen
