"""Commands about answers: understand, receive, replies."""

from __future__ import annotations

import sys
import textwrap
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import BadInput
from dunwell import cli_support as support
from dunwell.cli_support import As, Json

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
    files: Annotated[list[Path], typer.Argument(help="Mails as files (.eml), as they came.", metavar="FILE…")],
    json_: Json = False,
) -> None:
    """Take mails in as if they had just come: each is stored once, understood, and acted on or given to a person."""
    from dataclasses import asdict

    from workflows.receive_reply import process_inbound, store_inbound

    services = support.open_services()
    new = 0
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror or error}; nothing more was received") from None
        new += store_inbound(services, provider="file", event_id=sha256(raw).hexdigest(), kind="email", raw=raw)
    done = process_inbound(services)
    if json_:
        support.print_json({"received": new, **asdict(done)})
        return
    known = len(files) - new
    print(
        f"{new} received{f', {known} known already' if known else ''}; {done.replies} read, "
        f"{done.replies - done.waiting} settled, {done.waiting} for a person"
        + (f", {done.failed} could not be read" if done.failed else "")
    )


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


@replies_app.command("handle")
def handle(
    reply: Annotated[str, typer.Argument(help="The reply's number.")],
    outcome: Annotated[str, typer.Option("--outcome", help="What came of it.")] = "handled",
    accept: Annotated[bool, typer.Option("--accept", help="Take the promise or plan that it offers.")] = False,
    user: As = None,
    json_: Json = False,
) -> None:
    """Close a reply: its silence ends, its task is done, an offered promise is taken (--accept) or refused."""
    from dataclasses import asdict

    from workflows.handle_reply import handle_reply

    done = handle_reply(support.open_services(), reply, by=user, outcome=outcome, accept=accept)
    if json_:
        support.print_json(asdict(done))
    elif not done.fresh:
        print(f"Reply {reply} was handled before; nothing was changed.")
    else:
        taken = f" {done.promises} promise(s) {'taken' if accept else 'refused'}." if done.promises else ""
        print(f"Reply {reply} is handled; {done.pauses} pause(s) lifted, {done.tasks} task(s) done.{taken}")
