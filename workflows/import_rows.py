"""A file's rows through the checks into the staging area; refused ones into the report and the rejected file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.names import fold
from exchange.cells import Cell
from exchange.check import RowChecker, Values
from exchange.fields import NATURAL_KEY, Kind, field_names
from exchange.mapping import KindMapping, Mapping, load_mapping, plain_mapping
from exchange.places import default_locale, default_timezone
from exchange.refusal import Refusal, refuse_file
from exchange.rejected import RefusalLog, RejectedFile
from exchange.table import Table, read_table
from storage.import_refs import Problem, drop_rows
from storage.import_stage import STAGES, Stage
from workflows.import_request import ImportRequest, Progress

_BUFFER = 20_000
_TOLD_EVERY = 2_000


@dataclass(slots=True)
class Filled:
    """What was read: rows a kind, the fields that the file speaks of, the refused lines with their reasons."""

    table: Table
    mapping: Mapping
    checkers: dict[Kind, RowChecker]
    rows: dict[Kind, int] = field(default_factory=dict)
    refused: dict[Kind, dict[int, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    assumed_locales: int = 0
    keep_lines: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that the file makes, in the order in which they go in."""
        return tuple(self.checkers)

    def present(self, kind: Kind) -> frozenset[str]:
        """The fields that the file speaks of."""
        return self.checkers[kind].present


def open_file(request: ImportRequest) -> tuple[Table, Mapping]:
    """The request's file and mapping. Raises BadInput for either, and for a mapping that doesn't make the kind."""
    mapping = plain_mapping(request.kind) if request.mapping is None else load_mapping(request.mapping)
    made = [form.kind for form in mapping.kinds]
    if request.kind not in made:
        raise refuse_file(mapping.name, f"the mapping makes {', '.join(made)}, not {request.kind}")
    told = {name: getattr(request, name) for name in ("encoding", "delimiter", "sheet")}
    options = replace(mapping.style.read, **{name: value for name, value in told.items() if value is not None})
    return read_table(request.path, options), mapping


def fill_stage(stage: Stage, request: ImportRequest, log: RefusalLog, progress: Progress) -> Filled:
    """Read, check and stage every row. Refusals go into the log; nothing is thrown for bad cells.

    Raises BadInput for what is no table or lacks columns.
    """
    table, mapping = open_file(request)
    name = request.path.name
    filled = Filled(
        table,
        mapping,
        {
            form.kind: RowChecker(name, table.columns, mapping, form, request.as_of, request.scope)
            for form in mapping.kinds
        },
        keep_lines=request.accept_valid,
    )
    buffers = {form.kind: _Buffer(stage, form, filled, name) for form in mapping.kinds}
    found: list[Refusal] = []
    for number, (line, cells) in enumerate(table.rows):
        for kind, checker in filled.checkers.items():
            values = checker.check(line, cells, found)
            if values is not None:
                buffers[kind].add(line, values, found)
            if found:
                _keep(filled, log, kind, found)
        if not number % _TOLD_EVERY:
            progress(f"reading {name}", table.done())
    for kind, buffer in buffers.items():
        buffer.finish()
        filled.rows[kind] = buffer.count
        stage.analyze(STAGES[kind].name)
    progress(f"reading {name}", 1.0)
    return filled


def _keep(filled: Filled, log: RefusalLog, kind: Kind, found: list[Refusal]) -> None:
    for refusal in found:
        log.add(refusal)
        if not filled.keep_lines:
            continue
        where = "" if refusal.column is None else f"{refusal.column}: "
        filled.refused[kind].setdefault(refusal.line, []).append(f"{where}{refusal.expected}")
    found.clear()


def keep_problem(filled: Filled, log: RefusalLog, problem: Problem) -> None:
    """A problem of what a row refers to, told like a bad cell."""
    kind = Kind(problem.kind)
    column = filled.checkers[kind].column_of(problem.field)
    _keep(filled, log, kind, [Refusal(filled.table.path.name, problem.line, column, problem.value, problem.expected)])


def drop_refused(stage: Stage, filled: Filled) -> None:
    """Take the refused rows out of the staging area, so that the others can go in."""
    for kind, lines in filled.refused.items():
        drop_rows(stage, kind, lines)


def write_rejected(request: ImportRequest, filled: Filled) -> tuple[set[str], bool]:
    """Write the refused rows beside the file. Returns (customers they name, whether each row's customer is known)."""
    doubted: set[str] = set()
    all_named = True
    reasons: dict[int, list[str]] = defaultdict(list)
    for lines in filled.refused.values():
        for line, words in lines.items():
            reasons[line] += words
    table, _ = open_file(request)
    with RejectedFile(request.beside(".rejected.csv"), table.columns) as file:
        for line, cells in table.rows:
            if line not in reasons:
                continue
            file.add(cells, reasons[line])
            named = _customer(filled, cells)
            all_named = all_named and named is not None
            if named is not None:
                doubted.add(named)
    return doubted, all_named


def _customer(filled: Filled, cells: Sequence[Cell]) -> str | None:
    for checker in filled.checkers.values():
        if (named := checker.customer_of(cells)) is not None:
            return named
    return None


class _Buffer:
    """Rows of one kind on their way into the staging table; doubles are judged here where the mapping allows them."""

    def __init__(self, stage: Stage, form: KindMapping, filled: Filled, file: str) -> None:
        self.count = 0
        self._stage, self._form, self._filled, self._file = stage, form, filled, file
        self._rows: list[Sequence[Any]] = []
        self._complete = _COMPLETIONS.get(form.kind)
        self._names = field_names(form.kind)
        self._key = [self._names.index(name) for name in NATURAL_KEY[form.kind]]
        self._seen: dict[tuple[object, ...], tuple[int, Values]] = {}

    def add(self, line: int, values: Values, found: list[Refusal]) -> None:
        if self._form.repeat == "refuse":
            self._put(line, values)
            return
        key = tuple(values[at] for at in self._key)
        if key not in self._seen or self._form.repeat == "last":
            self._seen[key] = (line, values)
        elif self._form.repeat == "same" and values != self._seen[key][1]:
            first, told = self._seen[key]
            at = next(at for at, value in enumerate(values) if value != told[at])
            column = self._filled.checkers[self._form.kind].column_of(self._names[at])
            expected = f"{told[at]!s}, as line {first} says of the same {self._form.kind}"
            found.append(Refusal(self._file, line, column, str(values[at]), expected))

    def _put(self, line: int, values: Values) -> None:
        more = self._complete(values, self._filled) if self._complete is not None else ()
        self._rows.append((line, *values, *more))
        self.count += 1
        if len(self._rows) >= _BUFFER:
            self._flush()

    def finish(self) -> None:
        for line, values in self._seen.values():
            self._put(line, values)
        self._flush()

    def _flush(self) -> None:
        self._stage.load(STAGES[self._form.kind], self._rows)
        self._rows = []


_CUSTOMER = {name: at for at, name in enumerate(field_names(Kind.CUSTOMERS))}
_CONTACT = {name: at for at, name in enumerate(field_names(Kind.CONTACTS))}


def _complete_customer(values: Values, filled: Filled) -> tuple[object, ...]:
    """The folded name, and what the country implies for language and time zone."""
    country = str(values[_CUSTOMER["country"]])
    if values[_CUSTOMER["locale"]] is None:
        filled.assumed_locales += 1
    return fold(str(values[_CUSTOMER["name"]])), default_locale(country), default_timezone(country)


def _complete_contact(values: Values, _: Filled) -> tuple[object, ...]:
    """The contact's natural key within the customer: mail address, else number, else folded name."""
    email, phone, name = (values[_CONTACT[each]] for each in ("email", "phone", "name"))
    return (email or phone or fold(str(name)),)


_COMPLETIONS: dict[Kind, Callable[[Values, Filled], tuple[object, ...]]] = {
    Kind.CUSTOMERS: _complete_customer,
    Kind.CONTACTS: _complete_contact,
}
