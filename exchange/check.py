"""Rows of cells → rows of typed values, or a refusal of every bad cell with line, column, value and expectation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from exchange.cells import Cell, normal_name
from exchange.fields import FIELDS, Field, Kind, Type
from exchange.mapping import Derived, KindMapping, Mapping
from exchange.parsers import parser_of
from exchange.refusal import BadCell, Refusal, refuse_file, shorten
from exchange.rowrules import ROW_RULES
from exchange.sources import CellFault, Source, all_hold, derived_source
from exchange.values import Parser, as_text

REASON_COLUMN = "rejected_because"
"""The last column of a file of rejected rows; ignored when the mended file is imported again."""

Values: TypeAlias = tuple[object, ...]
"""A checked row: a value a field of its kind, in the form's order; None for an empty cell."""


@dataclass(slots=True)
class _Plan:
    """Where one field's cell comes from and how it is read."""

    field: Field
    position: int
    index: int
    source: Source | None
    column: str
    parse: Parser
    values: dict[str, str] | None
    leans_on: int
    constant: str | None


class RowChecker:
    """Checks the rows of one file for one kind. `present` are the fields that the file speaks of."""

    def __init__(
        self,
        file: str,
        columns: Sequence[str],
        mapping: Mapping,
        form: KindMapping,
        as_of: date,
        entity: str | None = None,
    ) -> None:
        """`as_of` is the export's day; `entity` the legal entity of rows that name none (default MAIN).

        Raises FileRefused when columns are missing or, in our own form, unknown.
        """
        self.file, self.kind, self._width = file, form.kind, len(columns)
        self._index = {normal_name(name): at for at, name in enumerate(columns) if name}
        self._columns = columns
        self._unnamed = [at for at, name in enumerate(columns) if not name]
        self._refuse_unfit_columns(mapping, form)
        by_as_of = (self._index, mapping.style, as_of)
        self._skip = all_hold(mapping.skip, *by_as_of, self._missing, any_of=True)
        self._only = all_hold(form.only, *by_as_of, self._missing)
        self._rule = ROW_RULES.get(self.kind)
        plans = [self._plan(at, field, mapping, form, as_of, entity) for at, field in enumerate(FIELDS[self.kind])]
        # Whatever a cell leans on (currency, country) is read before it.
        self._plans = sorted(plans, key=lambda plan: plan.leans_on >= 0)
        self.present = frozenset(plan.field.name for plan in plans if plan.index >= 0 or plan.source or plan.constant)
        names = [field.name for field in FIELDS[self.kind]]
        self._customer_plan = self._plan_of_customer(plans, names)

    def check(self, line: int, cells: Sequence[Cell], refusals: list[Refusal]) -> Values | None:
        """The row's values, or None when it is left out by the mapping or refused; refusals are added to the list."""
        if len(cells) != self._width:
            refusals.append(Refusal(self.file, line, None, None, self._width_words(len(cells))))
            return None
        try:
            if (self._skip is not None and self._skip(cells)) or (self._only is not None and not self._only(cells)):
                return None
        except CellFault as fault:
            refusals.append(Refusal(self.file, line, fault.column, shorten(as_text(fault.cell)), fault.expected))
            return None
        values: list[object] = [None] * len(self._plans)
        before = len(refusals)
        for plan in self._plans:
            self._read(plan, line, cells, values, refusals)
        for at in self._unnamed:
            if as_text(cells[at]).strip():
                refusals.append(
                    Refusal(self.file, line, f"{at + 1} (no name)", shorten(cells[at]), "no value under no column name")
                )
        if len(refusals) == before and self._rule is not None:
            for position, expected in self._rule(values):
                plan = next(plan for plan in self._plans if plan.position == position)
                refusals.append(Refusal(self.file, line, plan.column, _shown(values[position], cells, plan), expected))
        return tuple(values) if len(refusals) == before else None

    def customer_of(self, cells: Sequence[Cell]) -> str | None:
        """The customer number that a refused row names, if it can be read."""
        plan = self._customer_plan
        if plan is None or len(cells) != self._width:
            return None
        values: list[object] = [None] * len(self._plans)
        self._read(plan, 0, cells, values, [])
        found = values[plan.position]
        return found if isinstance(found, str) else None

    def column_of(self, field: str) -> str:
        """The file's name of the column that a field comes from."""
        return next(plan.column for plan in self._plans if plan.field.name == field)

    def _read(
        self, plan: _Plan, line: int, cells: Sequence[Cell], values: list[object], refusals: list[Refusal]
    ) -> None:
        cell: Cell
        try:
            if plan.index >= 0:
                cell = cells[plan.index]
            elif plan.source is not None:
                cell = plan.source(cells)
            else:
                cell = plan.constant or ""
            if cell == "" or (isinstance(cell, str) and not cell.strip() and cell.strip("\t\r") == ""):
                cell = ""
            if plan.values is not None and cell != "":
                cell = self._translated(plan.values, cell)
            if cell == "":
                if plan.field.required:
                    raise BadCell("a value; this column must not be empty")
                there = plan.index >= 0 or plan.source is not None
                stands_for = plan.field.blank if there and plan.field.blank is not None else plan.field.default
                if stands_for is None:
                    return
                cell = stands_for
            lean = ""
            if plan.leans_on >= 0:
                found = values[plan.leans_on]
                if found is None and plan.field.type is Type.AMOUNT:
                    return  # without a currency there is no amount; the currency's own cell is refused
                lean = str(found) if found is not None else ""
            values[plan.position] = plan.parse(cell, lean)
        except BadCell as fault:
            refusals.append(Refusal(self.file, line, plan.column, shorten(as_text(cell)), str(fault)))
        except CellFault as deeper:
            refusals.append(Refusal(self.file, line, deeper.column, shorten(as_text(deeper.cell)), deeper.expected))

    @staticmethod
    def _translated(table: dict[str, str], cell: Cell) -> Cell:
        try:
            return table[as_text(cell).strip().lower()]
        except KeyError:
            raise BadCell(f"one of the mapping's values: {shorten(', '.join(sorted(table)))}") from None

    def _plan(
        self, position: int, field: Field, mapping: Mapping, form: KindMapping, as_of: date, entity: str | None
    ) -> _Plan:
        index, source, constant, column = -1, None, form.constants.get(field.name), field.name
        if field.name in form.columns:
            index = self._index.get(normal_name(form.columns[field.name]), -1)
            column = self._columns[index] if index >= 0 else field.name
        elif field.name in form.derive:
            derived: Derived = form.derive[field.name]
            source = derived_source(derived, self._index, mapping.style, as_of, self._missing)
            column = derived.copy or field.name
        if field.name == "legal_entity" and entity is not None:
            field = Field(field.name, field.type, False, entity, most=field.most)
        in_file_style = index >= 0 or (source is not None)
        style = mapping.style if in_file_style else None
        leans_on = -1
        if field.leans_on is not None:
            leans_on = [f.name for f in FIELDS[self.kind]].index(field.leans_on)
        table = form.values.get(field.name)
        return _Plan(
            field,
            position,
            index,
            source,
            column,
            parser_of(field, style, form.date_formats.get(field.name), field.name in form.negate),
            dict(table) if table is not None else None,
            leans_on,
            constant,
        )

    def _plan_of_customer(self, plans: list[_Plan], names: list[str]) -> _Plan | None:
        for name in ("customer", "number") if self.kind is Kind.CUSTOMERS else ("customer",):
            if name in names:
                return plans[names.index(name)]
        return None

    def _refuse_unfit_columns(self, mapping: Mapping, form: KindMapping) -> None:
        """Required columns must be there; in our own form every other column must be one of ours."""
        required = [f.name for f in FIELDS[self.kind] if f.required]
        wanted = required if mapping.plain else list(form.columns)
        missing = [
            form.columns[name]
            for name in wanted
            if name in form.columns and normal_name(form.columns[name]) not in self._index
        ]
        if missing:
            raise refuse_file(
                self.file,
                f"column{'s' * (len(missing) > 1)} {', '.join(missing)} missing; the line of names has "
                f"{shorten(', '.join(name for name in self._columns if name))}",
                line=1,
            )
        if mapping.plain:
            ours = {normal_name(f.name) for f in FIELDS[self.kind]} | {normal_name(REASON_COLUMN)}
            unknown = [name for name in self._columns if name and normal_name(name) not in ours]
            if unknown:
                raise refuse_file(
                    self.file,
                    f"column{'s' * (len(unknown) > 1)} {', '.join(shorten(name) for name in unknown)} not known in "
                    f"{self.kind}; the form has {', '.join(f.name for f in FIELDS[self.kind])}; "
                    "for another form use --mapping",
                    line=1,
                )

    def _missing(self, column: str) -> Exception:
        return refuse_file(self.file, f"the mapping speaks of column {column!r}, which is not in the file", line=1)

    def _width_words(self, found: int) -> str:
        return f"as many cells as column names ({self._width}); this row has {found}: a delimiter or quote is misplaced"


def _shown(value: object, cells: Sequence[Cell], plan: _Plan) -> str:
    return shorten(as_text(cells[plan.index])) if plan.index >= 0 else shorten(value)
