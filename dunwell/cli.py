"""The command `dunwell`.

Exit codes: 0 done · 1 an error told in a line · 2 bad input, nothing changed · 3 not allowed · 4 something must stand
first · 70 a fault of Dunwell's own, with a reference · 130 stopped by the user.
"""

from __future__ import annotations

import errno
import sys
import traceback
import uuid

import typer
from typer.exceptions import TyperException

from domain.errors import DunwellError
from dunwell import (
    cli_ask,
    cli_cadence,
    cli_demo,
    cli_health,
    cli_import,
    cli_operate,
    cli_people,
    cli_privacy,
    cli_replies,
    cli_status,
)
from dunwell.cli_support import console_error, write_fault

STOPPED = 130
"""Exit code of a command that its user stopped."""
_FILE_TROUBLE = frozenset(
    {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.EROFS}
)

app = typer.Typer(
    name="dunwell",
    help="Collections assistant and outreach bot for business-to-business accounts receivable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    cli_import,
    cli_cadence,
    cli_ask,
    cli_replies,
    cli_people,
    cli_privacy,
    cli_operate,
    cli_status,
    cli_health,
    cli_demo,
):
    part.mount(app)


def main() -> None:
    """Entry point: runs a command, tells errors in a line or two, never with a traceback."""
    try:
        code = app(standalone_mode=False)  # the code of a typer.Exit is returned, not raised
    except DunwellError as error:
        console_error(str(error))
        code = error.exit_code
    except TyperException as error:
        code = _tell_wrong_usage(error)
    except typer.Abort:
        code = STOPPED
    except BrokenPipeError:
        code = 0
    except Exception as error:  # noqa: BLE001 — the outermost edge: a reference instead of a traceback
        code = _tell_file_trouble(error) or _tell_fault(error)
    if code == STOPPED:
        console_error("stopped")
    sys.exit(code if isinstance(code, int) else 0)


def _tell_wrong_usage(error: TyperException) -> int:
    """What was wrong with the words of the command line, and where to read what is right. Returns the exit code."""
    said = error.format_message().strip()
    context = getattr(error, "ctx", None)
    if context is not None and context.invoked_subcommand is None and not context.args and not said:
        return error.exit_code  # a group alone: its help was shown
    help_of = f"; `{context.command_path} --help` tells what it takes" if context is not None else ""
    console_error(f"{said.rstrip('.')}{help_of}")
    return error.exit_code


def _tell_file_trouble(error: Exception) -> int | None:
    """A file or folder named by the caller that can't be used: told in a line. None for everything else."""
    if not isinstance(error, OSError) or error.errno not in _FILE_TROUBLE or not error.filename:
        return None
    console_error(f"{error.filename}: {error.strerror}; choose another place, or make this one writable")
    return 1


def _tell_fault(error: Exception) -> int:
    reference = uuid.uuid4().hex[:8]
    where = write_fault(reference, "".join(traceback.format_exception(error)))
    console_error(f"something went wrong in Dunwell itself ({type(error).__name__}); reference {reference}, {where}")
    return 70


if __name__ == "__main__":
    main()
