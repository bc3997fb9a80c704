"""Mapping files (TOML): how somebody else's export becomes our form. Read strictly: an unknown word is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from exchange.amounts import NumberStyle
from exchange.cells import ReadOptions, normal_name
from exchange.dates import date_parser
from exchange.fields import FIELDS, IN_ORDER, Kind, Type, field_names

REPEATS = ("refuse", "same", "first", "last")
"""What two rows with one key mean: an error; the same thing said twice; the first or the last of them counts."""

TESTS = ("equals", "not_equals", "starts_with", "empty", "by_as_of", "after_as_of", "sign")
SIGNS = ("negative", "zero", "positive")


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one column. `words` hold what it is compared with, lower case."""

    column: str
    test: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A field made of others: a column's value (`copy`) or text with {columns} when all conditions hold.

    `otherwise` is what it is when they don't; without it the cell is empty.
    """

    copy: str | None = None
    text: str | None = None
    when: tuple[Condition, ...] = ()
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class FileStyle:
    """How the file is written. Nothing here is guessed but encoding and delimiter."""

    read: ReadOptions = field(default_factory=ReadOptions)
    numbers: NumberStyle = field(default_factory=NumberStyle)
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class KindMapping:
    """How the rows of a file make one kind: where each field comes from."""

    kind: Kind
    columns: Table[str, str] = field(default_factory=dict)
    constants: Table[str, str] = field(default_factory=dict)
    values: Table[str, Table[str, str]] = field(default_factory=dict)
    derive: Table[str, Derived] = field(default_factory=dict)
    date_formats: Table[str, str] = field(default_factory=dict)
    only: tuple[Condition, ...] = ()
    negate: frozenset[str] = frozenset()
    repeat: str = "refuse"

    @property
    def fields(self) -> frozenset[str]:
        """The fields that get a value from this mapping."""
        return frozenset(self.columns) | frozenset(self.constants) | frozenset(self.derive)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file: the style of the file, rows that are no data, and the kinds that it makes."""

    name: str
    style: FileStyle = field(default_factory=FileStyle)
    skip: tuple[Condition, ...] = ()
    kinds: tuple[KindMapping, ...] = ()
    plain: bool = False


def plain_mapping(kind: Kind) -> Mapping:
    """Our own form: every column is named like its field."""
    names = field_names(kind)
    known = frozenset(normal_name(name) for name in names)
    form = KindMapping(kind, columns={name: name for name in names})
    return Mapping("plain form", FileStyle(read=ReadOptions(known=known)), kinds=(form,), plain=True)


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises BadInput with the place and what was expected."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"mapping {path}: there is no such file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"mapping {path.name} can't be read as TOML: {error}") from None
    return _Reader(path.name).mapping(content)


class _Reader:
    """Walks the parsed TOML and refuses what it doesn't know, naming the place."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fault(self, place: str, expected: str) -> BadInput:
        return BadInput(f"mapping {self.name}, {place}: {expected}")

    def table(self, value: object, place: str, allowed: frozenset[str] | None = None) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fault(place, "must be a table")
        for key in value:
            if allowed is not None and key not in allowed:
                raise self.fault(place, f"{key!r} is not known; known are {', '.join(sorted(allowed))}")
        return value

    def text(self, value: object, place: str) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self.fault(place, "must be text")
        return str(value)

    def mapping(self, content: dict[str, Any]) -> Mapping:
        kinds = tuple(kind for kind in IN_ORDER if kind in content)
        allowed = frozenset({"name", "file", "skip"}) | frozenset(IN_ORDER)
        self.table(content, "top level", allowed)
        if not kinds:
            raise self.fault("top level", f"names no kind; add a section such as [invoices] (of {', '.join(IN_ORDER)})")
        style = self.style(content.get("file", {}))
        skip = self.conditions(content.get("skip", []), "skip")
        made = tuple(self.kind(kind, content[kind]) for kind in kinds)
        named = [column for form in made for column in form.columns.values()]
        known = frozenset(normal_name(column) for column in named)
        style = replace(style, read=replace(style.read, known=known))
        return Mapping(str(content.get("name", self.name)), style, skip, made)

    def style(self, value: object) -> FileStyle:
        names = frozenset({"encoding", "delimiter", "sheet", "header_line", "decimal", "thousands", "date_format"})
        table = self.table(value, "[file]", names)
        line = table.get("header_line", 1)
        if not isinstance(line, int) or isinstance(line, bool) or not 1 <= line <= 1000:
            raise self.fault("[file] header_line", "must be a line number from 1 to 1000")
        decimal, thousands = table.get("decimal", "."), table.get("thousands")
        if decimal not in (".", ","):
            raise self.fault("[file] decimal", 'must be "." or ","')
        if thousands is not None and (thousands not in (".", ",", " ", "'", "’") or thousands == decimal):
            raise self.fault("[file] thousands", "must be one of . , ' or a blank, and not the decimal mark")
        form = table.get("date_format")
        if form is not None:
            self.check_date_format(form, "[file] date_format")
        texts = {
            key: self.text(table[key], f"[file] {key}") for key in ("encoding", "delimiter", "sheet") if key in table
        }
        read = ReadOptions(texts.get("encoding"), texts.get("delimiter"), texts.get("sheet"), line)
        return FileStyle(read, NumberStyle(decimal, thousands), None if form is None else str(form))

    def check_date_format(self, form: object, place: str) -> None:
        try:
            date_parser(self.text(form, place))
        except ValueError as error:
            raise self.fault(place, str(error)) from None

    def kind(self, kind: Kind, value: object) -> KindMapping:
        place = f"[{kind}]"
        allowed = frozenset({"columns", "constants", "values", "derive", "date_format", "only", "negate", "repeat"})
        table = self.table(value, place, allowed)
        names = frozenset(field_names(kind))
        columns = self.texts(table.get("columns", {}), f"{place} columns", names)
        constants = self.texts(table.get("constants", {}), f"{place} constants", names)
        values = {
            name: {key.strip().lower(): self.text(to, f"{place} values.{name}") for key, to in inner.items()}
            for name, inner in self.tables(table.get("values", {}), f"{place} values", names).items()
        }
        derive = {
            name: self.derived(inner, f"{place} derive.{name}")
            for name, inner in self.tables(table.get("derive", {}), f"{place} derive", names).items()
        }
        formats = self.texts(table.get("date_format", {}), f"{place} date_format", names)
        for name, form in formats.items():
            self.check_date_format(form, f"{place} date_format.{name}")
        repeat = table.get("repeat", "refuse")
        if repeat not in REPEATS:
            raise self.fault(f"{place} repeat", f"must be one of {', '.join(REPEATS)}")
        only = self.conditions(table.get("only", []), f"{place} only")
        made = KindMapping(
            kind, columns, constants, values, derive, formats, only, self.negated(table, place, kind), repeat
        )
        self.check_sources(made, place)
        return made

    def check_sources(self, form: KindMapping, place: str) -> None:
        counted = [*form.columns, *form.constants, *form.derive]
        for name in counted:
            if counted.count(name) > 1:
                raise self.fault(place, f"field {name!r} has two sources; keep one of columns, constants, derive")
        missing = [f.name for f in FIELDS[form.kind] if f.required and f.name not in form.fields]
        if missing:
            raise self.fault(place, f"the field{'s' * (len(missing) > 1)} {', '.join(missing)} must have a source")

    def negated(self, table: dict[str, Any], place: str, kind: Kind) -> frozenset[str]:
        amounts = [f.name for f in FIELDS[kind] if f.type is Type.AMOUNT]
        given = table.get("negate", [])
        if not isinstance(given, list) or any(name not in amounts for name in given):
            raise self.fault(
                f"{place} negate", f"must be a list of amount fields ({', '.join(amounts) or 'none here'})"
            )
        return frozenset(given)

    def texts(self, value: object, place: str, names: frozenset[str]) -> dict[str, str]:
        return {key: self.text(inner, f"{place}.{key}") for key, inner in self.table(value, place, names).items()}

    def tables(self, value: object, place: str, names: frozenset[str]) -> dict[str, dict[str, Any]]:
        return {key: self.table(inner, f"{place}.{key}") for key, inner in self.table(value, place, names).items()}

    def derived(self, value: dict[str, Any], place: str) -> Derived:
        table = self.table(value, place, frozenset({"copy", "text", "when", "otherwise"}))
        given = {key: self.text(table[key], f"{place}.{key}") for key in ("copy", "text", "otherwise") if key in table}
        if ("copy" in given) == ("text" in given):
            raise self.fault(place, "needs either copy (a column) or text (with {columns})")
        when = self.conditions(table.get("when", []), f"{place}.when")
        return Derived(given.get("copy"), given.get("text"), when, given.get("otherwise"))

    def conditions(self, value: object, place: str) -> tuple[Condition, ...]:
        if not isinstance(value, list):
            raise self.fault(place, "must be a list of conditions")
        return tuple(self.condition(inner, place) for inner in value)

    def condition(self, value: object, place: str) -> Condition:
        table = self.table(value, place, frozenset({"column", *TESTS}))
        tests = [test for test in TESTS if test in table]
        if "column" not in table or len(tests) != 1:
            raise self.fault(place, f"a condition needs `column` and one of {', '.join(TESTS)}")
        given = table[tests[0]]
        listed = given if isinstance(given, list) else [given]
        words: tuple[str, ...]
        if tests[0] in ("empty", "by_as_of", "after_as_of"):
            if not isinstance(given, bool):
                raise self.fault(place, f"{tests[0]} must be true or false")
            words = ("true" if given else "false",)
        else:
            words = tuple(self.text(word, place).strip().lower() for word in listed)
        if tests[0] == "sign" and any(word not in SIGNS for word in words):
            raise self.fault(place, f"sign must be one of {', '.join(SIGNS)}")
        return Condition(self.text(table["column"], place), tests[0], words)
