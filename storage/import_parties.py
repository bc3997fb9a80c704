"""Legal entities, users, customers and contacts out of the staging area into their tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from storage.import_stage import run
from storage.import_upsert import Counts, drop_ready, make_ready, upsert

_ENTITY = ("name", "country", "timezone", "address", "registration", "sender_name", "sender_email", "phone")
_NEVER_NULL = ("address", "registration", "sender_name")
_BANK = ("holder", "bank_name", "account", "bic")
_CUSTOMER = (
    "number", "name", "name_folded", "country", "locale", "timezone", "currency", "territory", "segment",
    "collector_id", "sales_rep_id", "parent_id", "credit_limit_minor", "terms_days", "email", "phone",
)  # fmt: skip
_FIELD_OF = {
    "name_folded": "name",
    "collector_id": "collector",
    "sales_rep_id": "sales_rep",
    "parent_id": "parent",
    "credit_limit_minor": "credit_limit",
    "manager_id": "manager",
    "limit_minor": "limit",
    "limit_currency": "limit",
}
"""Column → the field of the form that it is made of, where the names differ."""


def _spoken_of(columns: Collection[str], present: Collection[str]) -> list[str]:
    """The columns that a file speaks of: a column that it doesn't have is left alone on update."""
    return [column for column in columns if _FIELD_OF.get(column, column) in present]


def apply_entities(connection: Connection, present: Collection[str], now: datetime) -> Counts:
    """Legal entities (one row each; further rows of one code add bank details of other currencies)."""
    quoted = ", ".join(f"COALESCE(s.{c}, '') AS {c}" if c in _NEVER_NULL else f"s.{c} AS {c}" for c in _ENTITY)
    make_ready(
        connection,
        "ready_entities",
        f"""SELECT s.line, s.code, {quoted}, e.id AS existing_id FROM stage_entities s
        LEFT JOIN legal_entity e ON e.code = s.code
        WHERE s.line = (SELECT MIN(o.line) FROM stage_entities o WHERE o.code = s.code)""",
    )
    counts = upsert(
        connection,
        "legal_entity",
        "ready_entities",
        insert=("code", *_ENTITY),
        update=_spoken_of(_ENTITY, present),
        now=now,
    )
    if "currency" in present:
        banks = ", ".join(f"COALESCE(s.{column}, '') AS {column}" for column in _BANK)
        make_ready(
            connection,
            "ready_banks",
            f"""SELECT s.line, e.id AS entity_id, s.currency, {banks}, b.id AS existing_id FROM stage_entities s
            JOIN legal_entity e ON e.code = s.code
            LEFT JOIN entity_bank b ON b.entity_id = e.id AND b.currency = s.currency
            WHERE s.currency IS NOT NULL""",
        )
        banked = upsert(
            connection,
            "entity_bank",
            "ready_banks",
            insert=("entity_id", "currency", *_BANK),
            update=_spoken_of(_BANK, present),
            now=None,
        )
        if banked.inserted or banked.updated:
            counts = _with_banks(connection, counts, banked)
    drop_ready(connection, "ready_entities", "ready_banks")
    return counts


def _with_banks(connection: Connection, counts: Counts, banked: Counts) -> Counts:
    """An entity whose bank details alone changed counts as updated."""
    changed = min(counts.unchanged, banked.inserted + banked.updated) if counts.inserted == 0 else 0
    return Counts(counts.inserted, counts.updated + changed, counts.unchanged - changed)


def ensure_main(connection: Connection, now: datetime) -> str | None:
    """Make the legal entity MAIN where none exists at all. Returns its country, or None if there was one."""
    if run(connection, "SELECT COUNT(*) FROM legal_entity").scalar_one():
        return None
    country = run(
        connection,
        """SELECT country FROM (SELECT country FROM customer UNION ALL SELECT country FROM stage_customers) c
        GROUP BY country ORDER BY COUNT(*) DESC, country LIMIT 1""",
    ).scalar()
    run(
        connection,
        """INSERT INTO legal_entity
        (code, name, country, timezone, address, registration, sender_name, updated_at)
        VALUES ('MAIN', 'MAIN', :country, 'UTC', '', '', '', :now)""",
        country=country or "US",
        now=now,
    )
    return str(country or "US")


def apply_users(connection: Connection, present: Collection[str], now: datetime) -> Counts:
    """Users by id. A manager may stand later in the same file."""
    plain = ("name", "email", "role", "territory", "slack_id", "limit_minor", "limit_currency")
    make_ready(
        connection,
        "ready_users",
        """SELECT s.line, s.id AS code, s.name, s.email, s.role, s.territory, s.slack_id, s."limit" AS limit_minor,
        CASE WHEN s."limit" IS NULL THEN NULL ELSE s.limit_currency END AS limit_currency, s.manager,
        u.id AS existing_id FROM stage_users s LEFT JOIN app_user u ON u.code = s.id""",
    )
    counts = upsert(
        connection, "app_user", "ready_users", insert=("code", *plain), update=_spoken_of(plain, present), now=now
    )
    if "manager" in present:
        counts += _link(connection, "app_user", "code", "ready_users", "manager", now)
    drop_ready(connection, "ready_users")
    return counts


def make_unknown_users(connection: Connection, kind: str, field: str, role: str, now: datetime) -> list[str]:
    """Users that a file names (customers' collector, orders' sales rep) and nobody knows yet are made. Their codes."""
    unknown = f"""SELECT DISTINCT s.{field} AS code FROM stage_{kind} s WHERE s.{field} IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM app_user u WHERE u.code = s.{field})"""
    codes = [str(code) for code in run(connection, f"{unknown} ORDER BY 1").scalars()]
    if codes:
        run(
            connection,
            f"""INSERT INTO app_user (code, name, role, updated_at)
            SELECT k.code, k.code, :role, :now FROM ({unknown}) k""",
            role=role,
            now=now,
        )
    return codes


def apply_customers(connection: Connection, present: Collection[str], now: datetime) -> Counts:
    """Customers by number. Locale and time zone left open keep what is known, else what the country implies."""
    make_ready(
        connection,
        "ready_customers",
        """SELECT s.line, s.number, s.name, s.name_folded, s.country,
        COALESCE(s.locale, c.locale, s.default_locale) AS locale,
        COALESCE(s.timezone, c.timezone, s.default_timezone) AS timezone,
        s.currency, s.territory, s.segment, k.id AS collector_id, r.id AS sales_rep_id, s.parent,
        s.credit_limit AS credit_limit_minor, s.terms_days, s.email, s.phone, c.id AS existing_id
        FROM stage_customers s LEFT JOIN customer c ON c.number = s.number
        LEFT JOIN app_user k ON k.code = s.collector LEFT JOIN app_user r ON r.code = s.sales_rep""",
    )
    plain = tuple(column for column in _CUSTOMER if column != "parent_id")
    update = _spoken_of([column for column in plain if column != "number"], present)
    counts = upsert(connection, "customer", "ready_customers", insert=plain, update=update, now=now)
    if "parent" in present:
        counts += _link(connection, "customer", "number", "ready_customers", "parent", now)
    drop_ready(connection, "ready_customers")
    return counts


def _link(connection: Connection, target: str, key: str, ready: str, name: str, now: datetime) -> Counts:
    """Set `<name>_id` of rows to the id of the row that they name in the same table. Counts moves of unchanged rows."""
    column = f"{name}_id"
    wanted = f"""(SELECT r.existing_id, t.id AS row_id, p.id AS link_id FROM {ready} r
        JOIN {target} t ON t.{key} = r.{key if key == "number" else "code"}
        LEFT JOIN {target} p ON p.{key} = r.{name})"""
    before = run(
        connection,
        f"""SELECT COUNT(*) FROM {wanted} w JOIN {target} t ON t.id = w.row_id
        WHERE w.existing_id IS NOT NULL AND t.{column} IS DISTINCT FROM w.link_id AND t.updated_at <> :now""",
        now=now,
    ).scalar_one()
    run(
        connection,
        f"""UPDATE {target} SET {column} = w.link_id, updated_at = :now FROM {wanted} w
        WHERE {target}.id = w.row_id AND {target}.{column} IS DISTINCT FROM w.link_id""",
        now=now,
    )
    return Counts(0, int(before), -int(before))


def apply_contacts(connection: Connection, present: Collection[str], now: datetime) -> Counts:
    """Contacts by customer and mail address (else number, else name)."""
    plain = ("name", "role", "email", "phone", "locale")
    make_ready(
        connection,
        "ready_contacts",
        """SELECT s.line, c.id AS customer_id, s.key, s.name, s.role, s.email, s.phone, s.locale, k.id AS existing_id
        FROM stage_contacts s JOIN customer c ON c.number = s.customer
        LEFT JOIN contact k ON k.customer_id = c.id AND k.key = s.key""",
    )
    counts = upsert(
        connection,
        "contact",
        "ready_contacts",
        insert=("customer_id", "key", *plain),
        update=_spoken_of(plain, present),
        now=now,
    )
    drop_ready(connection, "ready_contacts")
    return counts
