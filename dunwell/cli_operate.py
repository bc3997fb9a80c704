"""Commands of whoever runs Dunwell and of whoever decides: serve, worker, scheduler, doctor, send, approve, settle."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from domain.errors import BadInput, NotAllowed
from domain.volume import volume_sentence
from dunwell import cli_support as support
from dunwell.cli_support import As, Json

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="A message's id, as `dunwell waiting` shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why not, in words.")]


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for name, command in (
        ("serve", serve),
        ("worker", worker),
        ("scheduler", scheduler),
        ("doctor", doctor),
        ("send", send),
        ("waiting", waiting),
        ("approve", approve),
        ("reject", reject),
        ("approve-plan", approve_plan),
        ("reject-plan", reject_plan),
        ("settle", settle),
    ):
        app.command(name)(command)


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Instead of DUNWELL_HOST.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Instead of DUNWELL_PORT.")] = None,
) -> None:
    """The application with its scheduler and worker, until stopped."""
    from dunwell.serve import run_application
    from dunwell.settings import load_settings

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings(**given)
    _log()
    services = support.open_services(settings)
    support.require_templates(services)
    run_application(settings, services)


def worker() -> None:
    """Background work alone, until stopped. Several machines: set DUNWELL_AMQP_URL and PostgreSQL."""
    from dunwell.serve import run_worker
    from dunwell.settings import load_settings

    settings = load_settings()
    _log()
    services = support.open_services(settings)
    support.require_templates(services)
    run_worker(settings, services)


def scheduler() -> None:
    """The clock alone, until stopped. Any number may run."""
    from dunwell.serve import run_scheduler
    from dunwell.settings import load_settings

    settings = load_settings()
    _log()
    run_scheduler(settings, support.open_services(settings))


def _log() -> None:
    from dunwell.bootstrap import configure_logging

    configure_logging()


def doctor(json_: Json = False) -> None:
    """Look at settings, database, policies, templates, channels, time zones. Exit code 1 when one isn't well."""
    from dunwell.doctor import examine

    found = examine()
    if json_:
        support.print_json([asdict(one) for one in found])
    else:
        for one in found:
            print(f"{'ok ' if one.ok else 'BAD'}  {one.name}: {one.text}")
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def send(json_: Json = False) -> None:
    """Send what is due now, once. A running worker does this by itself."""
    from workflows.send_messages import drain
    from workflows.tick import give_claims_back

    services = support.open_services()
    support.require_templates(services)
    give_claims_back(services)
    done = drain(services, seconds=3600)
    if json_:
        support.print_json(done)
        return
    print(support.counts_text(done) or "Nothing was due.")


def waiting(json_: Json = False) -> None:
    """Plans and messages that wait for a person's yes, and messages of which nobody knows whether they went."""
    from workflows.ask_approvals import list_doubts, list_waiting, list_waiting_runs

    services = support.open_services()
    plans, messages, doubts = list_waiting_runs(services), list_waiting(services), list_doubts(services)
    if json_:
        support.print_json({"plans": plans, "messages": messages, "doubts": doubts})
        return
    if not plans and not messages and not doubts:
        print("Nothing waits.")
    if plans:
        rows = [(p["run_id"], p["entity"], p["day"], support.counts_text(p["counts"])) for p in plans]
        support.print_table(("plan", "entity", "day", "holds"), rows)
        for plan in plans:
            times = plan["counts"].get("times_usual")
            if times is not None:
                print(f"Plan {plan['run_id']}: {volume_sentence(times)}.")
    if messages:
        support.print_table(("message", "customer", "step", "amount"), [_message_row(m) for m in messages], right=(3,))
    if doubts:
        print("In doubt: find out whether it arrived, then `dunwell settle MESSAGE sent` or `not-sent`.")
        told = [(*_message_row(m), m["status_reason"] or "") for m in doubts]
        support.print_table(("message", "customer", "step", "amount", "why"), told, right=(3,))


def _message_row(row: dict[str, Any]) -> tuple[str, str, str, str]:
    amount = support.money_text(row["asked_minor"], row["currency"])
    return row["public_id"], row["customer_name"], row["template"], amount


def approve(message: MessageId, user: As = None) -> None:
    """Say yes to a message that waits, such as a final demand."""
    from workflows.approvals import approve_message

    after = approve_message(support.open_services(), message, by=_named(user))
    print(f"Approved; the message is {str(after).replace('_', ' ')}.")


def reject(message: MessageId, reason: Reason, user: As = None) -> None:
    """Say no to a message that waits: it is cancelled, and its invoices rest for two weeks."""
    from workflows.approvals import reject_message

    reject_message(support.open_services(), message, by=_named(user), reason=reason)
    print("Rejected; the message is cancelled.")


def approve_plan(
    plan: Annotated[int | None, typer.Argument(help="A plan's number; may be left out when one waits.")] = None,
    user: As = None,
) -> None:
    """Say yes to a run's whole plan."""
    from workflows.approvals import approve_plan as decide

    services = support.open_services()
    count = decide(services, _the_plan(services, plan), by=_named(user))
    print(f"Approved: {count:,} messages may go in their hours; `dunwell send` or a worker sends them.")


def reject_plan(
    reason: Reason,
    plan: Annotated[int | None, typer.Argument(help="A plan's number; may be left out when one waits.")] = None,
    user: As = None,
) -> None:
    """Say no to a run's whole plan: its messages are cancelled, their steps are free."""
    from workflows.approvals import reject_plan as decide

    services = support.open_services()
    count = decide(services, _the_plan(services, plan), by=_named(user), reason=reason)
    print(f"Rejected: {count:,} messages are cancelled.")


class Settled(StrEnum):
    """What became of a message in doubt."""

    SENT = "sent"
    NOT_SENT = "not-sent"


def settle(
    message: MessageId,
    outcome: Annotated[Settled, typer.Argument(help="What you found out.")],
    note: Annotated[str, typer.Option("--note", help="How you know.")] = "",
    user: As = None,
) -> None:
    """Say what became of a message in doubt. Not sent: the next run plans its steps anew."""
    from workflows.settle_message import settle_unknown

    sent = outcome is Settled.SENT
    after = settle_unknown(support.open_services(), message, sent=sent, by=_named(user), note=note)
    print(f"Settled; the message is {after}.")


def _named(user: str | None) -> str:
    if user is None:
        raise NotAllowed("deciding needs a name: add --as USER")
    return user


def _the_plan(services: Any, plan: int | None) -> int:
    from workflows.ask_approvals import list_waiting_runs

    if plan is not None:
        return plan
    found = list_waiting_runs(services)
    if len(found) != 1:
        known = ", ".join(f"{p['run_id']} ({p['entity']} {p['day']})" for p in found) or "none"
        raise BadInput(f"which plan? those that wait: {known}")
    return int(found[0]["run_id"])
