"""`dunwell demo`: an invented company's receivables, one day's run, and the application to look at them."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.errors import NotReady
from domain.parties import Channel
from domain.touches import TouchStatus
from dunwell import cli_support as support
from dunwell.cli_support import Day

if TYPE_CHECKING:
    from dunwell.demo import DemoReport
    from dunwell.settings import Settings
    from workflows.services import Services


def mount(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Don't start the application afterwards.")] = False,
    date_: Day = None,
) -> None:
    """Make up a ledger, play five weeks and a day of it, and show what went out. Starts anew each time."""
    from dunwell.demo import default_day, demo_settings, play_demo
    from dunwell.settings import load_settings

    settings = demo_settings(load_settings())
    day = support.the_day(date_) if date_ else default_day(support.the_day(None))
    listening = None if once else _listen(settings)
    print(f"Making the demo in {settings.data_dir} …")
    report, services = play_demo(settings, day, lambda line: print(f"  {line}"))
    print_demo(services, report)
    if listening is not None:
        _serve(settings, services, listening)
    services.database.dispose()


def print_demo(services: Services, report: DemoReport) -> None:
    """What was planned, sent and skipped on the demo's day, where it lies, and what to try."""
    from workflows import browse

    overview = browse.read_overview(services)
    print(f"\n{report.day:%A} {report.day.day} {report.day:%B %Y}")
    print(
        textwrap.fill(
            f"{report.earlier_messages} messages went out on {report.earlier_days} earlier days and {report.replies} "
            f"answers came in; for this day {sum(overview.statuses.values())} messages were planned. A new "
            "installation's first plans wait for a person's yes: here the demo's AR manager, Helen Brandt, gave it. "
            "The final demands of this day still wait for theirs.",
            width=79,
        )
    )
    print()
    _print_languages(browse.read_day(services, report.day))
    print()
    support.print_table(("step", "messages"), [(_words(k), v) for k, v in overview.stages.items()], right=(1,))
    print()
    skipped = [(_words(reason), count) for reason, count in overview.skips.items()]
    support.print_table(("left alone, because", "items"), skipped, right=(1,))
    _print_hints(report, services)


def _print_languages(counts: list[Any]) -> None:
    """Messages by locale and channel; those that didn't go have a column of their own."""
    cells: Counter[tuple[str, str]] = Counter()
    for row in counts:
        gone = row.status in (TouchStatus.SENT, TouchStatus.DELIVERED)
        cells[row.locale, row.channel if gone else _words(row.status)] += row.messages
    columns = sorted({column for _, column in cells}, key=lambda column: (column not in set(Channel), column))
    locales = sorted({locale for locale, _ in cells})
    rows = [(locale, *(cells[locale, column] or "" for column in columns)) for locale in locales]
    totals = ("together", *(sum(cells[locale, column] for locale in locales) for column in columns))
    support.print_table(("sent in", *columns), [*rows, totals], right=range(1, len(columns) + 1))


def _words(code: str) -> str:
    return code.replace("_", " ")


def _print_hints(report: DemoReport, services: Services) -> None:
    command = _command()
    print("\nMails (.eml), letters (.html) and text messages (.json):")
    print(f"  {services.outbox_dir / report.day.isoformat()}\n")
    print(f"Try:  export DUNWELL_DATA_DIR={report.folder}")
    for words in (
        'ask "what does Acme owe?" --as helen.brandt',
        'ask "what does Acme Freight owe?" --as james.whitfield',
        'ask "who broke a promise this month?" --as helen.brandt',
        'ask "which disputes block orders?" --as grace.mercer',
        f"why C2005 --date {report.day}",
        "tasks --as anna.keller",
        "rehearse --days 14",
        "report aging --by currency",
        "audit verify",
    ):
        print(f"      {command} {words}")


def _command() -> str:
    """How the reader's shell finds this program: by its place below here (make's PATH is its own), else by name."""
    program = Path(sys.argv[0]).absolute()
    if program.is_relative_to(Path.cwd()):
        return str(program.relative_to(Path.cwd()))
    return "dunwell" if shutil.which("dunwell") else str(program)


def _listen(settings: Settings) -> socket.socket:
    """A listening socket, taken first: whether the port is free is known before five weeks are played."""
    made = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((settings.host, settings.port))
    except OSError as error:
        made.close()
        raise NotReady(
            f"port {settings.port} of {settings.host} can't be had ({error.strerror}); set DUNWELL_PORT to a free one, "
            "or run `dunwell demo --once`"
        ) from None
    return made


def _serve(settings: Settings, services: Services, listening: socket.socket) -> None:
    import uvicorn

    from dunwell.application import build_application

    config = uvicorn.Config(build_application(settings, services), log_level="warning")
    print(f"\nLook at it:  http://{settings.host}:{settings.port}/   (stop with Ctrl-C)", flush=True)
    # uvicorn shuts down by itself at Ctrl-C and then passes it on: the demo ended as it should.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
