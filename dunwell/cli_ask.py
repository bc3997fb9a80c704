"""`dunwell ask` and `dunwell report`: the assistant's answers and the reports in a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from domain.errors import BadInput
from domain.money import Money
from dunwell import cli_support as support

if TYPE_CHECKING:
    from domain.questions import Answer, Cell, Row
    from domain.reports import Report

WIDE = 240
SHOWN_ROWS = 20
"""Rows of a table in the terminal; `--json` has them all."""


def mount(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("ask")(ask)
    app.add_typer(report_app, name="report")
    app.command("slack")(slack)


def parse_day(text: str | None, option: str) -> date | None:
    """`2026-03-09` → a day. Raises BadInput naming the option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text!r} is not a day; write it as 2026-03-09") from None


def plain(cell: object) -> object:
    """A cell as JSON has it: money as a decimal string of its currency's decimals, days in ISO form."""
    if isinstance(cell, Money):
        return f"{cell.amount:f}"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Mapping):
        return {key: plain(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [plain(value) for value in cell]
    return cell


def answer_json(answer: Answer) -> dict[str, object]:
    """The answer as one object: understood, question, answer, amounts, rows, choices."""
    return {
        "understood": answer.understood,
        "question": plain(dict(answer.question)),
        "answer": answer.text,
        "amounts": [{"currency": m.currency, "amount": f"{m.amount:f}"} for m in answer.amounts],
        "rows": [plain(dict(row)) for row in answer.rows],
        "choices": [{"number": c.number, "name": c.name} for c in answer.choices],
    }


def ask(
    text: Annotated[list[str], typer.Argument(help="The question, in plain words.")],
    asker: Annotated[
        str | None, typer.Option("--as", metavar="USER", help="Who asks; without it the operator, who sees all.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="The day whose figures are meant.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Ask about accounts in plain words: `dunwell ask "what does Acme owe?" --as maria`."""
    from bot.questions import understand_question
    from workflows.answer_question import answer_text, find_asker

    services = support.open_services()
    day = parse_day(as_of, "--as-of")
    person = find_asker(services.database, asker)
    answer = answer_text(services, person, " ".join(text), understand_question, as_of=day)
    if as_json:
        typer.echo(json.dumps(answer_json(answer), ensure_ascii=False, indent=2))
        return
    show(answer, Console())


def slack(
    pings: Annotated[bool, typer.Option("--pings", help="Only send the pings that are due, then stop.")] = False,
) -> None:
    """The assistant in Slack over Socket Mode, until stopped; over HTTP it is part of `dunwell serve`."""
    from bot.notifier import send_pings
    from dunwell.settings import load_settings
    from dunwell.slack import run_slack, slack_client

    settings = load_settings()
    services = support.open_services(settings)
    if pings:
        print(f"{send_pings(services, slack_client(settings))} sent")
        return
    run_slack(settings, services)


def show(answer: Answer, console: Console) -> None:
    """The answer as text, its table below it."""
    console.print(answer.text, highlight=False, markup=False, soft_wrap=True)
    if len(answer.rows) > 1 or (answer.rows and "customer" not in answer.question):
        console.print(table_of(answer.rows, SHOWN_ROWS, console.width), highlight=False)
    left = len(answer.rows) - SHOWN_ROWS + answer.more_rows
    if left > 0:
        console.print(f"and {left} more (--json has more)", highlight=False)


def table_of(rows: Sequence[Row], limit: int | None = None, width: int | None = None) -> Table:
    """Rows as a table: empty columns left out, amounts to the right, the last ones dropped where `width` is short."""
    columns = [c for c in rows[0] if any(row.get(c) not in (None, "", 0) for row in rows)]
    cells = [[_cell(row.get(c)) for c in columns] for row in rows[:limit]]
    titles = [c.replace("_", " ") for c in columns]
    widths = [max(cell_len(line[p]) for line in [titles, *cells]) for p in range(len(columns))]
    shown = len(columns)
    while width is not None and shown > 3 and sum(widths[:shown]) + 2 * (shown - 1) > width:
        shown -= 1
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title, column in zip(titles[:shown], columns, strict=False):
        amount = any(isinstance(row.get(column), Money | int | Decimal) for row in rows)
        table.add_column(title, justify="right" if amount else "left", no_wrap=True)
    for line in cells:
        table.add_row(*line[:shown])
    return table


def _cell(cell: Cell) -> str:
    if isinstance(cell, Money):
        return f"{cell.amount:,f}"
    return "" if cell is None else str(plain(cell))


report_app = typer.Typer(help="Reports: aging, days sales outstanding, silenced money, reasons.", no_args_is_help=True)
Who = Annotated[str | None, typer.Option("--as", metavar="USER", help="Who asks; without it the operator.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="The day whose figures are meant.")]
Format = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")]
InCurrency = Annotated[str | None, typer.Option("--currency", help="One currency only.")]
OfCustomer = Annotated[str | None, typer.Option("--customer", metavar="NUMBER", help="One customer only.")]


@report_app.command("aging")
def report_aging(
    by: Annotated[
        str, typer.Option("--by", help="customer, collector, territory, entity, currency, country or segment.")
    ] = "customer",
    as_of: AsOf = None,
    buckets: Annotated[str, typer.Option("--buckets", help="Last days past due of the buckets.")] = "30,60,90",
    currency: InCurrency = None,
    customer: OfCustomer = None,
    asker: Who = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Open amounts by days past due, counted from the due date; currencies apart."""
    from domain.aging import parse_bounds
    from workflows.answer_question import find_asker, present_day
    from workflows.build_report import Narrowing, aging_report

    services = support.open_services()
    narrowing = Narrowing(customer, currency, parse_day(as_of, "--as-of"))
    person, today = find_asker(services.database, asker), present_day(services)
    bounds = parse_bounds(buckets)
    with aging_report(services, person, today, narrowing, by=by, bounds=bounds) as report:
        write_report(report, format_, output)


@report_app.command("dso")
def report_dso(
    as_of: AsOf = None,
    days: Annotated[int, typer.Option("--days", help="Window of the simple form.")] = 90,
    currency: InCurrency = None,
    customer: OfCustomer = None,
    asker: Who = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Days sales outstanding per legal entity and currency, simple and by countback."""
    from workflows.answer_question import find_asker, present_day
    from workflows.build_report import Narrowing, dso_report

    services = support.open_services()
    narrowing = Narrowing(customer, currency, parse_day(as_of, "--as-of"))
    person, today = find_asker(services.database, asker), present_day(services)
    write_report(dso_report(services, person, today, narrowing, days=days), format_, output)


@report_app.command("silenced")
def report_silenced(
    currency: InCurrency = None,
    customer: OfCustomer = None,
    asker: Who = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Overdue money that pauses, promises and disputes hold back today, by reason and age."""
    from workflows.report_silenced import silenced_report

    _write_present(silenced_report, currency, customer, asker, format_, output)


@report_app.command("reasons")
def report_reasons(
    currency: InCurrency = None,
    customer: OfCustomer = None,
    asker: Who = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Why overdue money isn't paid, by the reason that each customer told last."""
    from workflows.report_silenced import reasons_report

    _write_present(reasons_report, currency, customer, asker, format_, output)


def _write_present(
    make: Callable[..., Report],
    currency: str | None,
    customer: str | None,
    asker: str | None,
    format_: str,
    output: Path | None,
) -> None:
    """A report of the ledger as it stands today."""
    from workflows.answer_question import find_asker, present_day
    from workflows.build_report import Narrowing

    services = support.open_services()
    person, today = find_asker(services.database, asker), present_day(services)
    write_report(make(services, person, today, Narrowing(customer, currency)), format_, output)


def write_report(report: Report, format_: str, output: Path | None) -> None:
    """The report in a format, to a file or standard output. Raises BadInput for a format that there isn't."""
    if format_ not in ("table", "json", "csv", "xlsx"):
        raise BadInput(f"format {format_!r} is not known; choose table, json, csv or xlsx")
    if format_ == "xlsx":
        from exchange.reports import write_xlsx

        path = output or Path(f"{report.name}-{report.as_of.isoformat()}.xlsx")
        print(f"{path}: {write_xlsx(report, path):,} rows")
        return
    if output is not None:
        with output.open("w", encoding="utf-8", newline="") as stream:
            count = _write_text(report, format_, stream)
        print(f"{output}: {count:,} rows")
        return
    _write_text(report, format_, sys.stdout)


def _write_text(report: Report, format_: str, stream: TextIO) -> int:
    from exchange.reports import write_csv, write_json

    if format_ == "json":
        return write_json(report, stream)
    if format_ == "csv":
        return write_csv(report, stream)
    console = Console(file=stream)
    rows = list(report.rows)
    console.print(f"{report.name} as of {report.as_of.isoformat()}", highlight=False)
    if rows:
        # A file or a pipe is wide enough for every column; a terminal shows those that fit.
        width = console.width if console.is_terminal else WIDE
        console.width = width
        totals = [total for total in report.totals if total not in rows]  # by currency each line is its total
        console.print(table_of([*rows, *totals], None, width), highlight=False)
    else:
        console.print("nothing to report", highlight=False)
    for note in report.notes:
        console.print(note, style="dim", highlight=False)
    return len(rows)
