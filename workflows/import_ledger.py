"""Import a file into the ledger: checked and staged without a lock, swapped in whole or refused whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from domain.errors import BadInput, NotReady
from exchange.fields import NATURAL_KEY, Kind
from exchange.rejected import RefusalLog
from storage.database import Database, UnitOfWork
from storage.import_record import newest_batch, stage_doubts
from storage.import_refs import find_problems
from storage.import_scope import EntityState, entity_codes, entity_states, forget_paid_amounts
from storage.import_stage import Stage, open_stage
from storage.ledger_import import Resolved, change_ranges, insert_invoices, resolve_invoices
from workflows.import_apply import AMEND_CHUNK, Swap, amend_invoices, apply_everything, make_main
from workflows.import_authority import Authorities, judge_authorities
from workflows.import_guards import refuse_closing_too_much, refuse_older_export, refuse_older_list
from workflows.import_request import ImportReport, ImportRequest, KindCounts, Progress, silent
from workflows.import_rows import Filled, drop_refused, fill_stage, keep_problem, write_rejected

CHUNKED_FROM = 50_000
"""This many new (or changed) invoices go in by several short transactions instead of one."""
CHUNK = 25_000


class ImportRefused(BadInput):
    """The file is refused whole; `log` has every refusal."""

    def __init__(self, log: RefusalLog) -> None:
        super().__init__(log.message())
        self.log = log


@dataclass(slots=True)
class _Prepared:
    """What was found out before the first lock."""

    filled: Filled
    states: list[EntityState]
    authorities: Authorities
    scope: str | None
    newest: int
    resolved: Resolved | None = None
    close: bool = False
    statements: list[str] = field(default_factory=list)
    rejected: bool = False


def import_file(
    database: Database,
    request: ImportRequest,
    *,
    now: datetime,
    progress: Progress = silent,
    timer: Callable[[], float] = lambda: 0.0,
) -> ImportReport:
    """Import one file. `now` is the present instant, `request.as_of` the day that the export speaks of.

    `timer` gives seconds (to measure how long the ledger was locked).

    Raises BadInput (ImportRefused with every bad cell) for what is wrong with the file, NotAllowed for what needs a
    yes, NotReady when another import got in between. Whatever is raised, the ledger is as it was.
    """
    if request.as_of > now.date() + timedelta(days=1):
        raise BadInput(f"--as-of {request.as_of} is in the future; it is the day that the export speaks of")
    if request.complete and request.kind is not Kind.INVOICES:
        raise BadInput("--complete is for invoices: a list of all open items of a scope")
    sha256 = _sha256(request)
    with open_stage(database) as stage:
        with stage.reading():
            prepared = _prepare(stage, request, progress)
        if prepared.resolved is None and not request.dry_run:
            _make_main_first(stage, prepared, request, now)
        swap = Swap(stage, request, prepared.filled, prepared.states, prepared.authorities, prepared.scope, now)
        swap.close, swap.resolved = prepared.close, prepared.resolved
        lock = _Lock(timer)
        _write_in_chunks(swap, prepared, lock, progress)
        progress("writing", 0.0)
        with lock.held(stage) as unit:
            _refuse_overtaken(unit, prepared)
            outcome = apply_everything(swap, sha256, partial(progress, "writing"))
            if not request.dry_run:
                unit.commit()
        progress("writing", 1.0)
    rejected = {kind: len(lines) for kind, lines in prepared.filled.refused.items()}
    return ImportReport(
        request.path.name,
        request.as_of,
        request.dry_run,
        tuple(
            KindCounts(kind, c.inserted, c.updated, c.unchanged, outcome.closed.get(kind, 0), rejected.get(kind, 0))
            for kind, c in outcome.counts.items()
        ),
        (prepared.filled.table.statement, *prepared.statements, *outcome.statements),
        tuple(outcome.created_users),
        request.beside(".rejected.csv") if prepared.rejected else None,
        None if request.dry_run else outcome.batch,
        lock.longest,
    )


def _sha256(request: ImportRequest) -> str:
    if not request.path.is_file():
        return ""  # reading it says in words what is wrong
    with request.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _prepare(stage: Stage, request: ImportRequest, progress: Progress) -> _Prepared:
    """Stage the rows and check everything that can be checked before the ledger is locked."""
    connection = stage.connection
    stage.create()
    with RefusalLog(request.beside(".refused.csv")) as log:
        filled = fill_stage(stage, request, log, progress)
        progress("checking", 0.0)
        scope = _scope(request, entity_codes(connection))
        _check_references(stage, request, filled, scope, log)
        states = entity_states(connection, filled.kinds)
        authorities = judge_authorities(states, filled, request)
    prepared = _Prepared(filled, states, authorities, scope, newest_batch(connection))
    named = True
    doubted: set[str] = set()
    if log.count:
        doubted, named = write_rejected(request, filled)
        prepared.rejected = True
        prepared.statements.append(f"{log.count:,} faults: those rows are in {request.beside('.rejected.csv')}")
    stage_doubts(stage, doubted)
    forget_paid_amounts(connection, authorities.ignored)
    if request.complete:
        prepared.close = named and scope is not None
        if not named:
            prepared.statements.append("nothing was closed: a refused row names no customer, it may be any open item")
        elif scope is not None:
            refuse_closing_too_much(stage, request, scope)
        refuse_older_list(request, states)
    if filled.kinds == (Kind.INVOICES,) and all(state.id is not None for state in states):
        resolved = resolve_invoices(connection, filled.present(Kind.INVOICES), complete=request.complete)
        prepared.resolved = resolved
        refuse_older_export(stage, request, states)
    progress("checking", 1.0)
    return prepared


def _scope(request: ImportRequest, known: list[str]) -> str | None:
    """The legal entity that a complete list covers: named, or the only one there is."""
    if request.scope is not None and known and request.scope not in known:
        raise BadInput(f"--scope {request.scope}: no such legal entity; known are {', '.join(known)}")
    if request.complete and request.scope is None:
        if len(known) > 1:
            raise BadInput(f"--complete needs --scope ENTITY, one of {', '.join(known)}")
        return known[0] if known else None
    return request.scope


def _check_references(stage: Stage, request: ImportRequest, filled: Filled, scope: str | None, log: RefusalLog) -> None:
    """Refuse the file for any bad cell or reference; under --accept-valid take those rows out instead."""
    keys = {str(kind): NATURAL_KEY[kind] for kind in filled.kinds}
    if Kind.CONTACTS in filled.kinds:
        keys[Kind.CONTACTS] = ("customer", "key")
    find = partial(find_problems, stage.connection, filled.kinds, keys, scope, every_double=request.accept_valid)
    if request.accept_valid:
        drop_refused(stage, filled)
    before = -1
    while log.count != before:
        before = log.count
        for problem in find():
            keep_problem(filled, log, problem)
        if not request.accept_valid:
            break
        drop_refused(stage, filled)  # and look again: a row may have leant on one that was taken out
    if log.count and not request.accept_valid:
        raise ImportRefused(log)


def _make_main_first(stage: Stage, prepared: _Prepared, request: ImportRequest, now: datetime) -> None:
    """A first list of invoices only: MAIN is made in a moment of its own, so that the many can follow in chunks."""
    if prepared.filled.kinds != (Kind.INVOICES,) or prepared.authorities.switch:
        return
    with stage.swap() as unit:
        statement = make_main(stage, now)
        unit.commit()
    if statement is not None:
        prepared.statements.append(statement)
    with stage.reading() as connection:
        present = prepared.filled.present(Kind.INVOICES)
        prepared.resolved = resolve_invoices(connection, present, complete=request.complete)


def _write_in_chunks(swap: Swap, prepared: _Prepared, lock: _Lock, progress: Progress) -> None:
    """Many new or changed invoices go in by short transactions, each whole in itself."""
    resolved, stage, request = swap.resolved, swap.stage, swap.request
    if resolved is None or request.dry_run or swap.authorities.switch:
        return
    if resolved.new >= CHUNKED_FROM:
        for first in range(1, resolved.new + 1, CHUNK):
            with lock.held(stage) as unit:
                _refuse_overtaken(unit, prepared)
                inserted = insert_invoices(unit.connection, first, first + CHUNK - 1, request.as_of, swap.now)
                unit.commit()
            swap.inserted_before += inserted
            progress("writing", swap.inserted_before / resolved.new)
    if resolved.changed >= CHUNKED_FROM:
        with stage.reading() as connection:
            ranges = change_ranges(connection, AMEND_CHUNK)
        for number, ids in enumerate(ranges, start=1):
            with lock.held(stage) as unit:
                _refuse_overtaken(unit, prepared)
                amend_invoices(swap, ids)
                unit.commit()
            progress("writing", number / len(ranges))
        swap.amended_before = True


def _refuse_overtaken(unit: UnitOfWork, prepared: _Prepared) -> None:
    if newest_batch(unit.connection) != prepared.newest:
        raise NotReady("another import finished while this one was being checked; run it again")


class _Lock:
    """Measures how long the ledger's writers had to wait at most."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self.longest = 0.0
        self._timer = timer

    @contextmanager
    def held(self, stage: Stage) -> Iterator[UnitOfWork]:
        with stage.swap() as unit:
            start = self._timer()
            try:
                yield unit
            finally:
                self.longest = max(self.longest, self._timer() - start)
