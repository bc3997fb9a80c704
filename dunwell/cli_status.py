"""Commands of whoever keeps it running: how it stands, a copy of it, and what follows when a copy was put back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotAllowed
from dunwell import cli_support as support
from dunwell.cli_support import As, Json

if TYPE_CHECKING:
    from workflows.read_status import Status


class Settle(StrEnum):
    """What became of everything that a restoration put in doubt."""

    SENT = "sent"
    NOT_SENT = "not-sent"


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("status")(status)
    app.command("backup")(backup)
    app.command("restore-check")(restore_check)
    app.command("restored")(restored)


def status(json_: Json = False) -> None:
    """Today's runs, the queue, processes, providers, what waits. Exit code 1 when something needs a person."""
    from domain.alerts import judge_alerts
    from dunwell.settings import load_settings
    from workflows.read_status import read_status
    from workflows.watch import limits_of, read_facts

    settings = load_settings()
    services = support.open_services(settings)
    found = read_status(services)
    limits = limits_of(services, grace_minutes=settings.alert_grace_minutes, doubts=settings.alert_doubts)
    troubles = [alert.text for alert in judge_alerts(read_facts(services), limits, services.now())]
    services.database.dispose()
    if json_:
        support.print_json({**asdict(found), "troubles": troubles})
    else:
        _print(found, troubles)
    if troubles:
        raise typer.Exit(1)


def _print(found: Status, troubles: list[str]) -> None:
    runs = [
        (
            run.entity,
            run.day or "none yet",
            (run.status or "").replace("_", " "),
            support.counts_text(run.messages),
            f"{run.ledger_as_of or 'never'}{' (stale)' if run.ledger_stale else ''}",
        )
        for run in found.runs
    ]
    support.print_table(("entity", "newest run", "state", "messages", "ledger as of"), runs)
    queue = support.counts_text(found.queue) or "empty"
    print(f"\nQueue: {queue}; {found.due:,} may go now{_since(found.oldest_due, found.at, ', the oldest for ')}")
    waiting = _since(found.oldest_reply, found.at, ", the oldest for ")
    print(f"In doubt: {found.doubts:,}. Replies that wait: {found.replies_waiting:,}{waiting}")
    print(f"Events not read yet: {found.inbound_waiting:,}. Audit entries not sealed yet: {found.unsealed:,}")
    print(f"Last tick: {_ago(found.tick_age_seconds)}. Last sign of a worker: {_ago(found.worker_age_seconds)}")
    if found.processes:
        rows = [(p.kind, p.host, p.pid, p.version, p.state, f"{p.seen_at:%Y-%m-%d %H:%M:%S}") for p in found.processes]
        print()
        support.print_table(("process", "host", "pid", "version", "state", "last sign (UTC)"), rows)
    for provider in found.providers:
        if provider.breaker != "closed":
            print(f"Provider {provider.name}: {provider.breaker.replace('_', ' ')}")
    for box in found.mailboxes:
        read = f"read {_ago((found.at - box.read_at).total_seconds())}" if box.read_at else "never read"
        print(f"Mailbox {box.name}: {read}{f'; failed {box.failures} times: {box.error}' if box.error else ''}")
    print("\nNothing needs a person." if not troubles else "")
    for text in troubles:
        print(f"! {text}")


def _since(since: datetime | None, at: datetime, words: str) -> str:
    return f"{words}{_length((at - since).total_seconds())}" if since else ""


def _ago(seconds: float | None) -> str:
    return "never" if seconds is None else f"{_length(seconds)} ago"


def _length(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} seconds"


def backup(file: Annotated[Path, typer.Argument(help="A new file for the copy.")]) -> None:
    """Copy the SQLite database while it is in use. A copy that is put back sends nothing before `dunwell restored`."""
    from storage.backup import copy_sqlite

    services = support.open_services()
    size = copy_sqlite(services.database, file, services.now())
    services.database.dispose()
    print(f"{file}: {size:,} bytes. The audit key ({services.data_dir / 'audit.key'}) is not in it; keep both.")


def restore_check(json_: Json = False) -> None:
    """Look a restored database over: schema, references, ledger sums, audit trail. Exit code 1 when it isn't whole."""
    from workflows.restore import check_database

    services = support.open_services()
    found = check_database(services)
    services.database.dispose()
    if json_:
        support.print_json(asdict(found))
    else:
        print(
            f"As of {found.as_of or 'never'}; {found.links:,} entries of the trail are sealed, {found.unsealed:,} not."
        )
        print(f"On their way: {support.counts_text(found.on_their_way) or 'nothing'}")
        for problem in found.problems:
            print(f"BAD  {problem}")
        print("BAD: it is not whole." if found.problems else "Whole: schema, references, ledger sums and trail hold.")
        if found.held:
            print(f"Nothing is sent: {found.held}. When it is in its place: `dunwell restored --as USER`.")
    if found.problems:
        raise typer.Exit(1)


def restored(
    user: As = None,
    settle: Annotated[
        Settle | None, typer.Option("--settle", help="What became of all that was on its way; one by one if left out.")
    ] = None,
) -> None:
    """Say that this database was restored: what was on its way is in doubt, plans wait for a yes, sending goes on."""
    from workflows.restore import confirm_restored, settle_restored

    if user is None:
        raise NotAllowed("deciding needs a name: add --as USER")
    services = support.open_services()
    done = confirm_restored(services, by=user)
    print(
        f"The database is as of {done.as_of or 'never'}. In doubt, for they may have gone: {done.in_doubt:,} messages."
    )
    print(f"Plans refused: {done.plans_refused}. Events left to people: {done.events_left}.")
    if settle is not None:
        count = settle_restored(services, sent=settle is Settle.SENT, by=user, note="settled with the restoration")
        print(f"Settled as {settle}: {count:,} messages.")
    print(
        "Load the newest ledger. Each entity's next plan waits for a yes (`dunwell waiting`): its steps may have gone."
    )
    services.database.dispose()
