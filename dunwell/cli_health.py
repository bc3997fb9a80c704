"""The command `health`: how well messages arrive."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dunwell import cli_support as support
from dunwell.cli_support import Json

COUNTS = ("accepted", "delivered", "deferred", "bounced", "complained", "unknown", "refused")
RATES = ("delivered", "deferred", "bounced", "complained")


def mount(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("health")(health)


def health(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days, today included.")] = 7,
    domains: Annotated[int, typer.Option("--domains", min=1, help="How many domains by themselves.")] = 30,
    as_json: Json = False,
) -> None:
    """How well messages arrive: by provider, and by the domain of who should get them."""
    from workflows.sending_health import sending_health

    services = support.open_services()
    try:
        found = sending_health(services, days, limit=domains)
    finally:
        services.database.dispose()
    if as_json:
        lines = {name: [_as_json(line) for line in getattr(found, name)] for name in ("providers", "domains")}
        left = {"events_waiting": found.events_waiting, "events_failed": found.events_failed}
        support.print_json({"since": found.since.isoformat(), **lines, **left})
        return
    print(f"messages planned since {found.since}, by provider and by recipients' domain")
    rows = [_row(line) for line in (*found.providers, *found.domains)]
    support.print_table(["provider", "channel", "domain", *COUNTS], rows, right=range(3, 3 + len(COUNTS)))
    print(f"events that wait: {found.events_waiting}; that could not be applied: {found.events_failed}")


def _as_json(line: Any) -> dict[str, Any]:
    return {**asdict(line), "rates": {name: line.rate(name) for name in RATES}}


def _row(line: Any) -> list[str]:
    shown = [line.provider, line.channel, line.domain]
    for name in COUNTS:
        rate = line.rate(name) if name in RATES else None
        count = f"{getattr(line, name):,}"
        shown.append(count if rate is None else f"{count} ({rate:.1%})")
    return shown
