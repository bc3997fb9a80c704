"""`dunwell import KIND FILE`: the ledger's files, refused whole and explained, or taken whole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.errors import BadInput
from dunwell import cli_support as support
from dunwell import clock
from dunwell.cli_support import Entity, Json
from exchange.fields import FIELDS, Kind

import_app = typer.Typer(
    help="Files into the ledger: CSV or XLSX, in our own form (docs/import.md) or through a mapping. Refused whole, "
    "with file, line and column of every bad cell, or taken whole; the same file twice changes nothing.",
    no_args_is_help=True,
)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV or XLSX file.")]
_Mapping = Annotated[Path | None, typer.Option("--mapping", metavar="M.toml", help="How this export becomes our form.")]
_AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="The day the export speaks of; today.")]
_Dry = Annotated[bool, typer.Option("--dry-run", help="Do everything, keep nothing.")]
_Complete = Annotated[
    bool, typer.Option("--complete", help="This lists all open items of the scope: close the others.")
]
_Scope = Annotated[str | None, typer.Option("--scope", metavar="ENTITY", help="The legal entity that the file is of.")]
_Valid = Annotated[bool, typer.Option("--accept-valid", help="Take the good rows; bad ones go into FILE.rejected.csv.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Agree to close more than 20 %, or to an older export.")]
_Authority = Annotated[
    str | None,
    typer.Option("--authority", metavar="WHOSE", help="Change whose cash is believed: paid_amount or payments."),
]
_Encoding = Annotated[str | None, typer.Option("--encoding", help="If detection is wrong: cp1252, shift_jis …")]
_Delimiter = Annotated[str | None, typer.Option("--delimiter", help="If detection is wrong; tab for a tabulator.")]
_Sheet = Annotated[str | None, typer.Option("--sheet", help="Which sheet of a workbook.")]
_Reports = Annotated[
    Path | None, typer.Option("--reports", metavar="FOLDER", help="Where refusals are written; beside the file.")
]
_As = Annotated[str, typer.Option("--as", metavar="USER", help="Who imports: a user's id.")]


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.add_typer(import_app, name="import")


def _import_kind(kind: Kind) -> Callable[..., None]:
    """The command of one kind."""

    def command(
        file: _File,
        mapping: _Mapping = None,
        as_of: _AsOf = None,
        dry_run: _Dry = False,
        complete: _Complete = False,
        scope: _Scope = None,
        accept_valid: _Valid = False,
        yes: _Yes = False,
        authority: _Authority = None,
        encoding: _Encoding = None,
        delimiter: _Delimiter = None,
        sheet: _Sheet = None,
        reports: _Reports = None,
        user: _As = "system",
        json_: Json = False,
    ) -> None:
        from workflows.import_ledger import import_file
        from workflows.import_request import ImportRequest

        if authority not in (None, "paid_amount", "payments"):
            raise BadInput(f"--authority {authority!r} is not known; write paid_amount or payments")
        request = ImportRequest(
            kind=kind,
            path=file,
            as_of=_day(as_of),
            mapping=mapping,
            complete=complete,
            scope=scope,
            accept_valid=accept_valid,
            dry_run=dry_run,
            yes=yes,
            authority=authority,
            encoding=encoding,
            delimiter="\t" if delimiter == "tab" else delimiter,
            sheet=sheet,
            reports=reports,
            actor=user,
        )
        services = support.open_services()
        with _progress() as progress:
            report = import_file(
                services.database, request, now=services.now(), progress=progress, timer=clock.monotonic
            )
        if json_:
            support.print_json(report.as_json())
        else:
            _print_report(report)

    command.__doc__ = f"Import {kind}: {', '.join(field.name for field in FIELDS[kind])}."
    return command


for _kind in Kind:
    import_app.command(str(_kind))(_import_kind(_kind))


@import_app.command("documents")
def import_documents_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="PDFs named by invoice number; proofs end in pod.")],
    entity: Entity = None,
    accept_valid: Annotated[bool, typer.Option("--accept-valid", help="Leave out what can't be linked.")] = False,
    dry_run: _Dry = False,
    user: _As = "system",
    json_: Json = False,
) -> None:
    """Link invoice PDFs and proofs of delivery to their invoices, by the files' names."""
    from workflows.import_documents import import_documents

    services = support.open_services()
    chosen = support.the_entities(services, entity)
    if len(chosen) > 1:
        raise BadInput(f"of which legal entity? add --entity, one of: {', '.join(each[1] for each in chosen)}")
    report = import_documents(
        services.database,
        folder,
        entity=chosen[0][1],
        store=services.data_dir / "documents",
        now=services.now(),
        accept_valid=accept_valid,
        dry_run=dry_run,
        actor=user,
    )
    if json_:
        support.print_json({"linked": report.linked, "unchanged": report.unchanged, "left_out": dict(report.left_out)})
        return
    print(report)
    for name, why in report.left_out:
        print(f"  {name} {why}")


def _day(text: str | None) -> date:
    return support.the_day(text)


def _print_report(report: Any) -> None:
    print(f"{report.file}, as of {report.as_of}" + (" (dry run: nothing was kept)" if report.dry_run else ""))
    for counts in report.counts:
        print(f"  {counts}")
    for statement in report.statements:
        print(f"  {statement}")


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr where that is a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, share: bar.update(task, description=what, completed=share)
