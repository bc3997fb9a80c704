"""Commands about what people do: tasks, done, log-call, migrate, audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from domain.errors import BadInput
from dunwell import cli_support as support
from dunwell.cli_support import As, Day, Entity, Json


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("tasks")(tasks)
    app.command("done")(done)
    app.command("log-call")(log_call)
    app.command("migrate")(migrate)
    app.add_typer(audit_app, name="audit")


def tasks(user: As = None, json_: Json = False) -> None:
    """What waits for a person: cause, owner, due day, money at stake."""
    from workflows.list_tasks import list_open_tasks

    rows = list_open_tasks(support.open_services(), user)
    if json_:
        support.print_json(rows)
        return
    for r in rows:
        who = f"{r['customer'] or ''} {r['customer_name'] or ''}".strip()
        stake = support.money_text(r["stake_minor"], r["stake_currency"])
        parts = (f"due {r['due_on']}", str(r["cause"]).replace("_", " "), who, stake, r["owner"] or "no owner")
        print(f"{r['id']:>5}  " + " · ".join(part for part in parts if part))
        if r["note"]:
            print(f"       {r['note']}")
    if not rows:
        print("No tasks wait.")


def done(
    task: int,
    outcome: Annotated[str, typer.Argument(help="What came of it.")],
    user: As = None,
) -> None:
    """Close a task with its outcome."""
    from workflows.list_tasks import finish_task

    fresh = finish_task(support.open_services(), task, outcome, user)
    print(f"Task {task} is done." if fresh else f"Task {task} was closed before; nothing was changed.")


def log_call(
    customer: str,
    outcome: Annotated[str, typer.Option("--outcome", help="reached, promised, no_answer, voicemail, …")] = "reached",
    note: Annotated[str, typer.Option("--note", help="What was said.")] = "",
    promise: Annotated[str | None, typer.Option("--promise", metavar="DAY", help="The day they promised.")] = None,
    amount: Annotated[str | None, typer.Option("--amount", help="How much, if not all that is overdue.")] = None,
    currency: Annotated[str | None, typer.Option("--currency")] = None,
    invoice: Annotated[list[str] | None, typer.Option("--invoice", help="Which invoices; may be repeated.")] = None,
    entity: Entity = None,
    date_: Day = None,
    user: As = None,
    json_: Json = False,
) -> None:
    """Log a call: it counts as contact, closes the task to call, and records a promise if one was made."""
    from domain.money import parse_amount
    from workflows.explain import find_customer
    from workflows.log_call import Call, entities_owed
    from workflows.log_call import log_call as record

    services = support.open_services()
    customer_id, number, name = find_customer(services, customer)
    known = support.the_entities(services, entity)
    if len(known) > 1:
        owed = entities_owed(services, customer_id)
        known = [e for e in known if e[0] in owed] or known
    if len(known) > 1:
        raise BadInput(f"about which legal entity? add --entity, one of: {', '.join(e[1] for e in known)}")
    if amount is not None and currency is None:
        raise BadInput("an amount needs its currency: add --currency EUR")
    entity_id, _, zone = known[0]
    logged = record(
        services,
        Call(
            customer_id,
            entity_id,
            support.the_day(date_, zone),
            "promised" if promise and outcome == "reached" else outcome,
            note,
            support.the_day(promise, zone) if promise else None,
            parse_amount(amount, currency).minor if amount and currency else None,
            currency,
            tuple(invoice or ()),
            user,
        ),
    )
    if json_:
        support.print_json(asdict(logged))
        return
    print(f"Logged for {number} {name}." + (" The promise is open." if logged.promise_id else ""))


def migrate() -> None:
    """Bring the database to this version's schema."""
    from dunwell.bootstrap import build_services
    from dunwell.settings import load_settings
    from storage import migrate as migrations

    services = build_services(load_settings())
    before = migrations.current(services.database)
    migrations.upgrade(services.database)
    print(f"Database: revision {before or 'none'} → {migrations.current(services.database)}")


audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)


@audit_app.command("verify")
def audit_verify(
    head: Annotated[str | None, typer.Option("--head", metavar="COUNT:HASH", help="An exported head.")] = None,
    json_: Json = False,
) -> None:
    """Seal what isn't yet, then check every link. Exit code 1 when anything was altered."""
    from workflows.verify_audit import verify_audit

    found = verify_audit(support.open_services(), head)
    if json_:
        support.print_json(asdict(found))
    elif found.problem is None:
        print(f"{found.linked:,} entries verified; head {found.linked}:{found.head}")
    else:
        support.console_error(f"the audit trail was altered: {found.problem}")
    if found.problem is not None:
        raise typer.Exit(1)
