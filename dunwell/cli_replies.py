"""Commands about answers: understand, receive, replies."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.errors import BadInput, NotAllowed
from dunwell import cli_support as support
from dunwell.cli_support import As, Json

if TYPE_CHECKING:
    from exchange.mail_files import FiledMail

replies_app = typer.Typer(help="Answers that wait for a person.", invoke_without_command=True)


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("understand")(understand)
    app.command("receive")(receive)
    app.add_typer(replies_app, name="replies")


def understand() -> None:
    """Read replies as JSON, one a line, from standard input; write what each says, one a line. Changes nothing."""
    from outreach.replies.jsonl import main

    main(sys.stdin, sys.stdout)


def receive(
    files: Annotated[
        list[Path], typer.Argument(help="Mails as they came (.eml), mbox files or Maildir folders.", metavar="FILE…")
    ],
    json_: Json = False,
) -> None:
    """Take mails in as if they had just come: each is stored once, understood, and acted on or given to a person."""
    from dataclasses import asdict

    from workflows.receive_files import receive_files

    done = receive_files(support.open_services(), files, _tell_progress)
    if json_:
        support.print_json(asdict(done))
        return
    print(
        f"{done.received} received{f', {done.known} known already' if done.known else ''}; {done.replies} read, "
        f"{done.replies - done.waiting} settled, {done.waiting} for a person"
        + (f", {done.failed} could not be read" if done.failed else "")
    )


def _tell_progress(mail: FiledMail, number: int) -> None:
    if number % 500 == 0:
        print(f"{mail.place}: {number:,} mails, {100 * mail.done // max(1, mail.size)} % of it", file=sys.stderr)


@replies_app.callback()
def replies(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that were handled, too.")] = False,
    json_: Json = False,
) -> None:
    """Answers that wait for a person, the oldest first, with what they seem to say."""
    if context.invoked_subcommand is not None:
        return
    from workflows.handle_reply import list_waiting_replies

    found = list_waiting_replies(support.open_services(), everything=everything)
    if json_:
        support.print_json(found)
        return
    if not found:
        print("No reply waits.")
        return
    for r in found:
        who = f"{r['customer'] or 'unknown sender'} {r['customer_name'] or ''}".strip()
        says = ", ".join(intent.replace("_", " ") for intent in r["intents"]) or "nothing understood"
        print(f"{r['id']:>5}  {r['received_at'][:16].replace('T', ' ')} · {who} · {says}")
        words = " ".join(line for line in r["text"].splitlines() if not line.startswith(">"))
        print(f"       “{textwrap.shorten(words, 200, placeholder=' …')}”")
        why = "; ".join(r["doubts"]) or r["outcome"]
        if why:
            print(f"       {why}")
        for line in (*_evidence(r), *_offers(r)):
            print(f"       {line}")


def _evidence(r: Mapping[str, Any]) -> list[str]:
    found = [f"{e['finding'].replace('_', ' ')}: “{textwrap.shorten(e['quote'], 90)}”" for e in r["evidence"][:4]]
    return [line for line in found if line]


def _offers(r: Mapping[str, Any]) -> list[str]:
    lines = []
    if r["proposed_contact"]:
        told = " · ".join(part for part in r["proposed_contact"].values() if part)
        lines.append(f"proposes a contact: {told}; `dunwell replies handle {r['id']} --accept --as USER` takes it")
    suggested = (r["suggestion"] or {}).get("intents")
    if suggested:
        said = ", ".join(f"{s['intent'].replace('_', ' ')} (“{textwrap.shorten(s['quote'], 60)}”)" for s in suggested)
        lines.append(f"a second opinion: {said}")
    lines += [f"perhaps from {c['customer']} {c.get('name', '')}: {c['why']}" for c in r["candidates"][:5]]
    return lines


@replies_app.command("handle")
def handle(
    reply: Annotated[str, typer.Argument(help="The reply's number.")],
    outcome: Annotated[str, typer.Option("--outcome", help="What came of it.")] = "handled",
    accept: Annotated[bool, typer.Option("--accept", help="Take the promise, plan or contact it offers.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="It was no insolvency: go on writing.")] = False,
    user: As = None,
    json_: Json = False,
) -> None:
    """Close a reply: its silence ends, its task is done, what it offers is taken (--accept) or refused."""
    from dataclasses import asdict

    from workflows.handle_reply import handle_reply

    done = handle_reply(support.open_services(), reply, by=user, outcome=outcome, accept=accept, resume=resume)
    if json_:
        support.print_json(asdict(done))
    elif not done.fresh:
        print(f"Reply {reply} was handled before; nothing was changed.")
    else:
        taken = f" {done.promises} promise(s) {'taken' if accept else 'refused'}." if done.promises else ""
        print(f"Reply {reply} is handled; {done.pauses} pause(s) lifted, {done.tasks} task(s) done.{taken}")


@replies_app.command("accept")
def accept_reading(
    reply: Annotated[str, typer.Argument(help="The reply's number.")], user: As = None, json_: Json = False
) -> None:
    """Say that a reply was read rightly: what it says is done, and it is kept as an example."""
    _review(reply, None, user, None, json_)


@replies_app.command("correct")
def correct_reading(
    reply: Annotated[str, typer.Argument(help="The reply's number.")],
    intent: Annotated[list[str] | None, typer.Option("--intent", help="What it says, such as hardship.")] = None,
    promise: Annotated[list[str] | None, typer.Option("--promise", metavar="DAY[=AMOUNT]", help="Each part.")] = None,
    dispute: Annotated[str | None, typer.Option("--dispute", metavar="REASON[=AMOUNT]", help="Contested.")] = None,
    paid: Annotated[str | None, typer.Option("--paid", metavar="DAY", help="Paid on that day, or 'unknown'.")] = None,
    invoice: Annotated[list[str] | None, typer.Option("--invoice", help="Which invoices; all if left out.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Whose it is, where that isn't clear.")] = None,
    user: As = None,
    json_: Json = False,
) -> None:
    """Say what a reply really says: that is done instead, and kept as an example to learn from."""
    told = _told(intent or [], promise or [], dispute, paid, invoice or [])
    if not told["intents"]:
        raise BadInput("say what the reply says: --promise, --dispute, --paid or --intent")
    _review(reply, told, user, customer, json_)


def _told(
    intents: list[str], promise: list[str], dispute: str | None, paid: str | None, invoices: list[str]
) -> dict[str, Any]:
    """The options as a reading in the form of `dunwell understand`."""
    parts = [dict(zip(("date", "amount"), (*part.split("=", 1), None), strict=False)) for part in promise]
    reason, _, contested = (dispute or "").partition("=")
    found = list(intents)
    for name, told in (
        ("payment_plan" if len(parts) > 2 else "promise_to_pay", parts), ("dispute", dispute), ("already_paid", paid),
    ):  # fmt: skip
        if told and name not in found:
            found.append(name)
    return {
        "intents": found,
        "promise": {"installments": parts, "invoices": invoices} if parts else None,
        "dispute": {"reason": reason, "invoices": invoices, "amount": contested or None} if dispute else None,
        "paid": {"date": None if paid == "unknown" else paid, "invoices": invoices} if paid else None,
    }


def _review(reply: str, told: dict[str, Any] | None, user: str | None, customer: str | None, json_: bool) -> None:
    from dataclasses import asdict

    from workflows.review_reply import review_reply

    if user is None:
        raise NotAllowed("reading a reply needs a name: add --as USER")
    done = review_reply(support.open_services(), reply, told, by=user, customer=customer)
    if json_:
        support.print_json(asdict(done))
    elif not done.fresh:
        print(f"Reply {reply} was handled before; nothing was changed.")
    else:
        acts = ", ".join(act.replace("_", " ") for act in done.acts) or "nothing more to do"
        print(f"Reply {reply}: {acts}{'; the customer is told' if done.answered else ''}.")
        for line in done.left:
            print(f"  left to you: {line}")


@replies_app.command("export")
def export_replies(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")] = None,
) -> None:
    """Replies that people have read, as labelled JSON lines: customers' own words, so mind whom they go to."""
    import json

    from workflows.review_reply import export_labelled

    services = support.open_services()
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in export_labelled(services))
    if output is None:
        sys.stdout.writelines(lines)
        return
    with output.open("w", encoding="utf-8") as stream:
        stream.writelines(lines)
