"""The command `dunwell`.

Exit codes: 0 done · 1 an error told in a line · 2 bad input, nothing changed · 3 not allowed · 4 something must stand
first · 70 a fault of Dunwell's own, with a reference · 130 stopped by the user.
"""

from __future__ import annotations

import sys
import traceback
import uuid

import click
import typer

from domain.errors import DunwellError
from dunwell import cli_ask, cli_cadence, cli_demo, cli_import, cli_operate, cli_people, cli_replies
from dunwell.cli_support import console_error, write_fault

app = typer.Typer(
    name="dunwell",
    help="Collections assistant and outreach bot for business-to-business accounts receivable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (cli_import, cli_cadence, cli_ask, cli_replies, cli_people, cli_operate, cli_demo):
    part.mount(app)


def main() -> None:
    """Entry point: runs a command, tells errors in a line or two, never with a traceback."""
    try:
        app(standalone_mode=False)
    except DunwellError as error:
        console_error(str(error))
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        console_error("stopped")
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 — the outermost edge: a reference instead of a traceback
        reference = uuid.uuid4().hex[:8]
        where = write_fault(reference, "".join(traceback.format_exception(error)))
        console_error(
            f"something went wrong in Dunwell itself ({type(error).__name__}); reference {reference}, {where}"
        )
        sys.exit(70)


if __name__ == "__main__":
    main()
