"""What an import doesn't do without a yes: close much at once, or let an older export win over a newer one."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import NotAllowed
from storage.import_scope import EntityState, count_missing
from storage.import_stage import Stage
from storage.ledger_import import raises_open
from workflows.import_request import ImportRequest

MOST_CLOSED_PERCENT = 20
"""A complete list that closes more of a scope's open items than this needs a yes (rules.md)."""


def refuse_closing_too_much(stage: Stage, request: ImportRequest, scope: str) -> None:
    """Raises NotAllowed when the complete list would close more than 20 % of the open items, without a yes."""
    missing, open_items = count_missing(stage.connection, scope)
    if missing * 100 > open_items * MOST_CLOSED_PERCENT and not request.yes:
        raise NotAllowed(
            f"{request.path.name} would close {missing:,} of {open_items:,} open items of {scope}, more than "
            f"{MOST_CLOSED_PERCENT} %: is the list really complete? If it is, say --yes; nothing was changed"
        )


def refuse_older_list(request: ImportRequest, states: Sequence[EntityState]) -> None:
    """An older complete list must not close items that a newer one has. Raises NotAllowed without a yes."""
    for state in states:
        if not request.yes and state.ledger_as_of is not None and request.as_of < state.ledger_as_of:
            raise NotAllowed(
                f"{request.path.name} is as of {request.as_of}, the ledger of {state.code} as of "
                f"{state.ledger_as_of}: an older list must not close newer items; if it shall, say --yes"
            )


def refuse_older_export(stage: Stage, request: ImportRequest, states: Sequence[EntityState]) -> None:
    """An older export must not make anybody owe more than a newer one said. Raises NotAllowed without a yes.

    Call after the invoices are resolved.
    """
    newer = [state for state in states if state.ledger_as_of is not None and state.ledger_as_of > request.as_of]
    if not newer or request.yes:
        return
    line = raises_open(stage.connection)
    if line is not None:
        raise NotAllowed(
            f"{request.path.name}, line {line}: this export is as of {request.as_of}, the ledger of {newer[0].code} as "
            f"of {newer[0].ledger_as_of}, and the older one says that more is owed; if it shall win, say --yes"
        )
