"""Commands about the day: run, rehearse, why."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.errors import NotAllowed
from domain.volume import volume_sentence
from dunwell import cli_support as support
from dunwell.cli_support import As, Day, Entity, Json

if TYPE_CHECKING:
    from workflows.run_cadence import RunReport
    from workflows.services import Services


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("run")(run)
    app.command("rehearse")(rehearse)
    app.command("why")(why)


def run(
    date_: Day = None,
    entity: Entity = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be planned; write and send nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Approve the plan, where it waits for a yes.")] = False,
    user: As = None,
    json_: Json = False,
) -> None:
    """Plan the day and send what may go now. Running it again adds nothing."""
    if dry_run:
        _dry_run(date_, entity, json_)
        return
    from dataclasses import replace

    from workflows.ask_approvals import ask_for_approvals
    from workflows.run_cadence import run_cadence

    services = support.open_services()
    support.require_templates(services)
    reports: list[dict[str, Any]] = []
    for entity_id, code, zone in support.the_entities(services, entity):
        day = support.the_day(date_, zone)
        now = support.start_of(day, zone)
        dated = day != support.the_day(None, zone)
        mine = replace(services, now=partial(_fixed, now)) if dated else services
        report = run_cadence(mine, entity_id, day)
        ask_for_approvals(mine)
        if yes and report.status == "awaiting_approval":
            _approve(mine, report, user)
        sent = _send(mine, entity_id, day, dated=dated)
        reports.append(_told(mine, report.run_id, code, day, sent))
    if json_:
        support.print_json(reports)
        return
    for told in reports:
        print_run(told)


def _fixed(instant: datetime) -> datetime:
    return instant


def _approve(services: Services, report: RunReport, user: str | None) -> None:
    from workflows.approvals import approve_plan

    if user is None:
        raise NotAllowed("approving a plan needs a name: add --as USER (an AR manager, credit manager or admin)")
    approve_plan(services, report.run_id, by=user)


def _send(services: Services, entity_id: int, day: date, *, dated: bool) -> dict[str, int]:
    from workflows.send_messages import drain
    from workflows.tick import close_finished_runs

    if dated:
        sent = drain(services, services.now() + timedelta(days=2), seconds=3600, each_at_its_hour=True)
    else:
        sent = drain(services, seconds=3600)
    close_finished_runs(services)
    return sent


def _told(services: Services, run_id: int, code: str, day: date, sent: dict[str, int]) -> dict[str, Any]:
    from workflows.run_cadence import message_counts, report_run

    report = report_run(services, run_id)
    return {
        "entity": code,
        "day": day.isoformat(),
        "status": report.status,
        "messages": report.messages,
        "touches": report.touches,
        "calls": report.calls,
        "tasks": report.tasks,
        "stale": report.stale,
        "times_usual": report.times_usual,
        "sent_now": sent,
        "skipped": dict(report.skipped),
        "by": message_counts(services, run_id),
        "outbox": str(services.outbox_dir),
    }


def print_run(told: dict[str, Any]) -> None:
    """A run for people: what was planned and sent by language, channel and step; what was skipped and why."""
    print(
        f"{told['entity']} {told['day']}: {told['messages']:,} messages, {told['calls']:,} calls, run {told['status']}"
    )
    if told["stale"]:
        print("  The ledger is older than one business day: nothing is sent until a newer import.")
    if told["times_usual"] is not None:
        print(f"  {volume_sentence(told['times_usual']).capitalize()}.")
    if told["status"] == "awaiting_approval":
        print("  The plan waits for a yes: `dunwell approve-plan` or `dunwell run --yes --as USER`.")
    if told["by"]:
        rows = [(r["locale"], r["channel"], r["template"], r["status"], r["messages"]) for r in told["by"]]
        support.print_table(("language", "channel", "step", "state", "messages"), rows, right=(4,))
    if told["skipped"]:
        ordered = sorted(told["skipped"].items(), key=lambda pair: -pair[1])
        reasons = [(reason.replace("_", " "), f"{items:,}") for reason, items in ordered]
        support.print_table(("not contacted because", "items"), reasons, right=(1,))
    print(f"  Outbox: {told['outbox']}")


def _dry_run(date_: str | None, entity: str | None, json_: bool) -> None:
    from workflows.rehearse import entity_codes, plan_only

    services = support.open_services()
    told: list[dict[str, Any]] = []
    zones = {e[0]: e[2] for e in entity_codes(services)}
    for entity_id, code, _ in support.the_entities(services, entity):
        day = support.the_day(date_, zones[entity_id])
        messages, skipped = plan_only(services, entity_id, day)
        by = Counter((m.locale, str(m.channel), m.template) for m in messages)
        told.append(
            {
                "entity": code,
                "day": day.isoformat(),
                "messages": len(messages),
                "by": [
                    {"locale": k[0], "channel": k[1], "template": k[2], "messages": n} for k, n in sorted(by.items())
                ],
                "skipped": dict(skipped),
            }
        )
    if json_:
        support.print_json(told)
        return
    for one in told:
        print(f"{one['entity']} {one['day']}: {one['messages']:,} messages would be planned (nothing was written)")
        rows = [(r["locale"], r["channel"], r["template"], r["messages"]) for r in one["by"]]
        support.print_table(("language", "channel", "step", "messages"), rows, right=(3,))
        print(f"  Not contacted: {support.counts_text(one['skipped'])}")


def rehearse(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days.")] = 30,
    date_: Day = None,
    entity: Entity = None,
    json_: Json = False,
) -> None:
    """A calendar of who would get what, when, in which language. Writes and sends nothing."""
    from workflows.rehearse import customer_labels, rehearse_days

    services = support.open_services()
    rows: list[dict[str, Any]] = []
    for entity_id, code, zone in support.the_entities(services, entity):
        start = support.the_day(date_, zone)
        found = list(rehearse_days(services, entity_id, start, days))
        labels = customer_labels(services, [m.customer_id for _, m in found])
        rows += [
            {
                "day": day.isoformat(),
                "entity": code,
                "customer": labels[m.customer_id],
                "step": m.head_stage,
                "channel": str(m.channel),
                "language": m.locale,
                "to": m.address,
                "items": sum(len(t.document_ids) for t in m.touches),
                "amount": support.money_text(m.asked_minor, m.currency),
                "needs_approval": m.needs_approval,
            }
            for day, m in found
        ]
    rows.sort(key=lambda r: (r["day"], r["entity"], r["customer"]))
    if json_:
        support.print_json(rows)
        return
    columns = ("day", "customer", "step", "channel", "language", "items", "amount")
    table = [(*(r[c] for c in columns), "yes" if r["needs_approval"] else "") for r in rows]
    support.print_table((*columns, "needs a yes"), table, right=(5, 6))


def why(customer: str, date_: Day = None, json_: Json = False) -> None:
    """Why a customer was contacted on a day, or not: every open item with its reason."""
    from workflows.explain import explain, find_customer

    services = support.open_services()
    customer_id, number, name = find_customer(services, customer)
    zones = {zone for _, _, zone in support.the_entities(services, None)}
    day = support.the_day(date_, sorted(zones)[0])
    found = explain(services, customer_id, day)
    if json_:
        support.print_json({"customer": number, "name": name, "day": day, "items": [asdict(w) for w in found]})
        return
    print(f"{number} {name}, {day}")
    if not found:
        print("  No open items on that day.")
    rows = [
        (
            w.entity,
            w.invoice,
            ("would be contacted" if w.planned and w.outcome == "waits" else w.outcome.replace("_", " ")),
            (w.reason or "").replace("_", " "),
            " ".join(str(part) for part in (w.stage, w.channel, w.locale, w.address) if part),
        )
        for w in found
    ]
    support.print_table(("entity", "invoice", "outcome", "reason", "step"), rows)
    if any(w.planned for w in found):
        print("  (no run of that day: this is what the planner would do with the ledger as it is now)")
