"""Commands about personal data: what is held of a customer's people, handed out or erased."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import BadInput, NotAllowed
from dunwell import cli_support as support
from dunwell.cli_support import As, Json

privacy_app = typer.Typer(help="Personal data: hand it out, erase it.", no_args_is_help=True)
Customer = Annotated[str, typer.Argument(help="A customer's number or name.")]


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(privacy_app, name="privacy")


@privacy_app.command("export")
def export(
    customer: Customer,
    file: Annotated[Path, typer.Argument(help="Where to write it, as JSON; must not be there yet.")],
    user: As = None,
) -> None:
    """Write all that is held about a customer and its people into a file that only its owner can read."""
    from workflows.explain import find_customer
    from workflows.privacy import export_personal_data

    by = _named(user)
    services = support.open_services()
    customer_id, number, name = find_customer(services, customer)
    if file.exists():
        raise BadInput(f"{file} is there already; give another name")
    found = export_personal_data(services, customer_id, by=by)
    file.touch(mode=0o600)
    file.write_text(json.dumps(found, ensure_ascii=False, indent=2, default=str), encoding="utf-8")
    held = ", ".join(f"{kind.replace('_', ' ')} {len(rows)}" for kind, rows in found.items() if rows)
    print(f"{number} {name}: {held}; written to {file}")


@privacy_app.command("erase")
def erase(
    customer: Customer,
    reason: Annotated[str, typer.Option("--reason", help="Why, such as the request and its date.")],
    address: Annotated[
        list[str] | None,
        typer.Option("--address", help="One person's address or number; may be repeated. All people if left out."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: erase. It can't be taken back.")] = False,
    user: As = None,
    json_: Json = False,
) -> None:
    """Erase what is held of a customer's people; letters that the law makes keep stay until their term ends."""
    from workflows.explain import find_customer
    from workflows.privacy import erase_personal_data

    by = _named(user)
    services = support.open_services()
    customer_id, number, name = find_customer(services, customer)
    whom = ", ".join(address) if address else "all people"
    if not yes:
        typer.confirm(f"Erase {whom} of {number} {name}? This can't be taken back.", abort=True, err=True)
    found = erase_personal_data(
        services, customer_id, by=by, reason=reason, addresses=set(address) if address else None
    )
    if json_:
        support.print_json(asdict(found))
        return
    print(
        f"Erased at {number} {name}: {found.contacts} contacts, {found.addresses} addresses, {found.notes} notes, "
        f"{found.letters_blanked} letters; {found.messages_cancelled} messages were cancelled."
    )
    for entity, (letters, until) in found.kept.items():
        print(f"Kept: {letters} letters of {entity}, until {until} at the latest, then blanked by themselves.")
    print("Ledger, promises, disputes and the audit trail stay; opt-outs stay in force. Erase at the source as well.")


def _named(user: str | None) -> str:
    if user is None:
        raise NotAllowed("personal data is handed out and erased by a name: add --as USER")
    return user
