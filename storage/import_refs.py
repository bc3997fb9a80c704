"""What staged rows refer to, checked by set: unknown parties, doubled keys, contradictions to the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table

from storage.import_stage import Stage, run
from storage.import_upsert import drop_ready, make_ready

ENTITY_KINDS = ("invoices", "credits", "payments", "orders")
"""Kinds whose rows belong to a legal entity and a customer."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A staged row that can't go in: its line, the field at fault, what it says, and what was expected."""

    kind: str
    line: int
    field: str
    value: str
    expected: str


def find_problems(
    connection: Connection,
    kinds: Collection[str],
    keys: dict[str, tuple[str, ...]],
    scope: str | None,
    *,
    every_double: bool = False,
) -> Iterator[Problem]:
    """Every problem of the staged rows of `kinds`, by natural `keys`; rows must belong to `scope` if it is given.

    `every_double`: of rows with one key the first is a problem too, for whoever takes the problems out.
    """
    for kind in kinds:
        yield from _doubled(connection, kind, keys[kind], every=every_double)
        if kind in ENTITY_KINDS:
            yield from _entities(connection, kind, scope)
        if kind in (*ENTITY_KINDS, "contacts"):
            yield from _customers(connection, kind)
        for check in _OWN.get(kind, ()):
            yield from check(connection)


_refused = Table("stage_refused", MetaData(), Column("line", Integer), prefixes=["TEMPORARY"])


def drop_rows(stage: Stage, kind: str, lines: Iterable[int]) -> None:
    """Take refused rows out of the staging area."""
    _refused.create(stage.connection)
    stage.load(_refused, [(line,) for line in lines])
    run(stage.connection, f"DELETE FROM stage_{kind} WHERE line IN (SELECT line FROM stage_refused)")
    _refused.drop(stage.connection)


def _problems(rows: Any, kind: str, field: str, expected: str) -> Iterator[Problem]:
    """Rows of (line, value, …) → problems; `expected` may use {0}, {1} … of what follows the value."""
    for line, value, *rest in rows:
        yield Problem(kind, int(line), field, str(value), expected.format(*rest))


def _doubled(connection: Connection, kind: str, key: tuple[str, ...], *, every: bool) -> Iterator[Problem]:
    """Rows whose natural key stands in the file before: which of them is right can't be known."""
    same = " AND ".join(f's."{name}" IS NOT DISTINCT FROM m."{name}"' for name in key)
    plain = ", ".join(f'"{name}"' for name in key)
    shown = next((name for name in ("number", "reference", "id", "code", "key") if name in key), key[0])
    doubled = make_ready(
        connection,
        "ready_doubled",
        f"""SELECT {plain}, MIN(line) AS first_line FROM stage_{kind} GROUP BY {plain} HAVING COUNT(*) > 1""",
    )
    rows = []
    if doubled:
        rows = run(
            connection,
            f"""SELECT s.line, s."{shown}", m.first_line FROM ready_doubled m JOIN stage_{kind} s
            ON {same} {"" if every else "WHERE s.line > m.first_line"} ORDER BY s.line""",
        ).all()
    drop_ready(connection, "ready_doubled")
    hint = {
        "payments": "; a payment of several invoices needs a reference for each, such as {{ref}}/1",
        "invoices": "; instalments of one invoice are numbered in the column instalment",
    }.get(kind, "")
    words = f"a key ({', '.join(key)}) that occurs once; it stands in line {{0}} already{hint}"
    yield from _problems(rows, kind, "email" if shown == "key" else shown, words)


def _entities(connection: Connection, kind: str, scope: str | None) -> Iterator[Problem]:
    unknown = run(
        connection,
        f"""SELECT s.line, s.legal_entity FROM stage_{kind} s
        WHERE s.legal_entity IN (SELECT o.legal_entity
            FROM (SELECT DISTINCT legal_entity FROM stage_{kind}) o
            WHERE NOT EXISTS (SELECT 1 FROM legal_entity e WHERE e.code = o.legal_entity)
            AND NOT EXISTS (SELECT 1 FROM stage_entities n WHERE n.code = o.legal_entity)
            AND NOT (o.legal_entity = 'MAIN' AND NOT EXISTS (SELECT 1 FROM legal_entity)))
        ORDER BY s.line""",
    ).all()
    yield from _problems(
        unknown, kind, "legal_entity", "a legal entity that is known; import it first (`dunwell import entities`)"
    )
    if scope is not None:
        outside = run(
            connection,
            f"SELECT line, legal_entity FROM stage_{kind} WHERE legal_entity <> :scope ORDER BY line",
            scope=scope,
        ).all()
        yield from _problems(outside, kind, "legal_entity", f"rows of {scope} only, as --scope says")


def _entity_rows(connection: Connection) -> Iterator[Problem]:
    """Rows of one entity differ in their bank details only."""
    for column in ("name", "country", "timezone"):
        rows = run(
            connection,
            f"""SELECT s.line, s.{column}, f.line, s.code FROM stage_entities s JOIN stage_entities f ON f.code = s.code
            AND f.line = (SELECT MIN(o.line) FROM stage_entities o WHERE o.code = s.code)
            WHERE s.{column} <> f.{column} ORDER BY s.line""",
        ).all()
        yield from _problems(rows, "entities", column, f"the same {column} as line {{0}} gives {{1}}")


def _customers(connection: Connection, kind: str) -> Iterator[Problem]:
    rows = run(
        connection,
        f"""SELECT s.line, s.customer FROM stage_{kind} s
        WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.number = s.customer)
        AND NOT EXISTS (SELECT 1 FROM stage_customers n WHERE n.number = s.customer) ORDER BY s.line""",
    ).all()
    yield from _problems(rows, kind, "customer", "a customer that is known; import customers first")


def _parents(connection: Connection) -> Iterator[Problem]:
    rows = run(
        connection,
        """SELECT s.line, s.parent FROM stage_customers s WHERE s.parent IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.number = s.parent)
        AND NOT EXISTS (SELECT 1 FROM stage_customers n WHERE n.number = s.parent) ORDER BY s.line""",
    ).all()
    yield from _problems(rows, "customers", "parent", "a customer that is known or in this file")
    yield from _circles(connection)


def _circles(connection: Connection) -> Iterator[Problem]:
    """Parents that lead back to where they began: A under B under A."""
    staged = run(connection, "SELECT number, parent, line FROM stage_customers WHERE parent IS NOT NULL").all()
    if not staged:
        return
    stored = run(connection, "SELECT c.number, p.number FROM customer c JOIN customer p ON p.id = c.parent_id").all()
    above: dict[str, str] = {str(number): str(parent) for number, parent in stored}
    above.update({number: parent for number, parent, _ in staged})
    for number, parent, line in sorted(staged, key=lambda row: int(row.line)):
        seen, at = {number}, parent
        while at is not None and at not in seen:
            seen.add(at)
            at = above.get(at)
        if at == number:
            yield Problem("customers", int(line), "parent", parent, "a parent that isn't below the customer itself")


def _time_zones(connection: Connection) -> Iterator[Problem]:
    """A new customer in a country of several zones must say which: messages are sent in the customer's hours."""
    rows = run(
        connection,
        """SELECT s.line, '', s.country FROM stage_customers s WHERE s.timezone IS NULL AND s.default_timezone IS NULL
        AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.number = s.number) ORDER BY s.line""",
    ).all()
    yield from _problems(rows, "customers", "timezone", "an IANA time zone; {0} has several, it can't be assumed")


def _managers(connection: Connection) -> Iterator[Problem]:
    rows = run(
        connection,
        """SELECT s.line, s.manager FROM stage_users s WHERE s.manager IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM app_user u WHERE u.code = s.manager)
        AND NOT EXISTS (SELECT 1 FROM stage_users n WHERE n.id = s.manager) ORDER BY s.line""",
    ).all()
    yield from _problems(rows, "users", "manager", "a user that is known or in this file")


def _slack_ids(connection: Connection) -> Iterator[Problem]:
    rows = run(
        connection,
        """SELECT s.line, s.slack_id, o.owner FROM stage_users s JOIN (
            SELECT slack_id, id AS owner FROM stage_users
            UNION ALL SELECT u.slack_id, u.code FROM app_user u
            WHERE NOT EXISTS (SELECT 1 FROM stage_users n WHERE n.id = u.code)) o
        ON o.slack_id = s.slack_id AND o.owner <> s.id ORDER BY s.line""",
    ).all()
    yield from _problems(rows, "users", "slack_id", "a Slack id of one person; {0} has it too")


def _relabelled(connection: Connection) -> Iterator[Problem]:
    """An invoice never changes its currency (amounts are never relabelled)."""
    rows = run(
        connection,
        """SELECT s.line, s.currency, d.currency FROM stage_invoices s
        JOIN legal_entity e ON e.code = s.legal_entity
        JOIN document d ON d.entity_id = e.id AND d.number = s.number AND d.instalment = s.instalment
        WHERE d.currency <> s.currency ORDER BY s.line""",
    ).all()
    yield from _problems(rows, "invoices", "currency", "{0}, as this invoice is known; currencies are never relabelled")


def _instalments(connection: Connection) -> Iterator[Problem]:
    """Instalments of one invoice have one customer, currency and day of issue."""
    if not run(connection, "SELECT 1 FROM stage_invoices WHERE instalment > 1 LIMIT 1").first():
        return
    for column in ("customer", "currency", "issued"):
        rows = run(
            connection,
            f"""SELECT s.line, s.{column}, m.number FROM stage_invoices s JOIN (
                SELECT legal_entity, number FROM stage_invoices GROUP BY legal_entity, number
                HAVING COUNT(*) > 1 AND MIN({column}) <> MAX({column})) m
            ON m.legal_entity = s.legal_entity AND m.number = s.number ORDER BY s.line""",
        ).all()
        yield from _problems(rows, "invoices", column, f"the same {column} in every instalment of invoice {{0}}")


_OWN = {
    "entities": (_entity_rows,),
    "customers": (_parents, _time_zones),
    "users": (_managers, _slack_ids),
    "invoices": (_relabelled, _instalments),
}
