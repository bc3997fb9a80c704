"""`dunwell ask` and `dunwell report`: the assistant's answers and the reports in a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.questions import understand_question
from domain.errors import BadInput
from domain.money import Money
from domain.questions import Answer, Cell
from dunwell import clock
from dunwell.settings import load_settings
from storage import migrate
from storage.database import Database
from workflows.answer_question import answer_text, find_asker

SHOWN_ROWS = 20
"""Rows of a table in the terminal; `--json` has them all."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs: the database and the present instant."""

    database: Database
    now: Callable[[], datetime]


def open_reader() -> Reader:
    """The ledger of the settings, migrated. Raises NotReady when it isn't."""
    database = Database(load_settings().url)
    migrate.require_head(database)
    return Reader(database, clock.utc_now)


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
    reader = open_reader()
    day = parse_day(as_of, "--as-of")
    answer = answer_text(reader, find_asker(reader.database, asker), " ".join(text), understand_question, as_of=day)
    if as_json:
        typer.echo(json.dumps(answer_json(answer), ensure_ascii=False, indent=2))
        return
    show(answer, Console())


def show(answer: Answer, console: Console) -> None:
    """The answer as text, its table below it."""
    console.print(answer.text, highlight=False, markup=False, soft_wrap=True)
    if len(answer.rows) > 1 or (answer.rows and not answer.amounts):
        console.print(table_of(answer.rows, SHOWN_ROWS), highlight=False)
    left = len(answer.rows) - SHOWN_ROWS + answer.more_rows
    if left > 0:
        console.print(f"and {left} more (--json has more)", highlight=False)


def table_of(rows: Sequence[Mapping[str, Cell]], limit: int | None = None) -> Table:
    """Rows as a table: columns that are empty everywhere are left out, amounts stand to the right."""
    columns = [c for c in rows[0] if any(row.get(c) not in (None, "", 0) for row in rows)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        amount = any(isinstance(row.get(column), Money | int | Decimal) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if amount else "left", overflow="fold")
    for row in rows[:limit]:
        table.add_row(*[_cell(row.get(column)) for column in columns])
    return table


def _cell(cell: Cell) -> str:
    if isinstance(cell, Money):
        return f"{cell.amount:,f}"
    return "" if cell is None else str(plain(cell))
