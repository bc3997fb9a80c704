"""Our own form: the kinds of file, their fields, and what each field takes. docs/import.md prints it for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.documents import DocumentKind, OrderStatus
from domain.parties import ContactRole, UserRole

MAIN_ENTITY = "MAIN"
"""The legal entity of rows that name none."""


class Kind(StrEnum):
    """What one row of a file stands for."""

    ENTITIES = "entities"
    USERS = "users"
    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    INVOICES = "invoices"
    CREDITS = "credits"
    PAYMENTS = "payments"
    ORDERS = "orders"
    RATES = "rates"


IN_ORDER = tuple(Kind)
"""The order in which kinds of one file go in: whoever is referred to first."""


class Type(StrEnum):
    """What a field holds."""

    KEY = "key"
    TEXT = "text"
    LINES = "lines"
    DATE = "date"
    AMOUNT = "amount"
    INTEGER = "integer"
    CURRENCY = "currency"
    COUNTRY = "country"
    LOCALE = "locale"
    TIMEZONE = "timezone"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of our form. `leans_on` names the field (currency, country) that gives the cell its sense.

    `default` stands for an empty cell and for a column that isn't there; `blank` for an empty cell of one that is.
    """

    name: str
    type: Type
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    leans_on: str | None = None
    most: int = 200
    hint: str = ""
    blank: str | None = None


def _key(name: str, *, required: bool = False, default: str | None = None, most: int = 120) -> Field:
    return Field(name, Type.KEY, required, default, most=most)


def _amount(name: str, *, required: bool = False, leans_on: str = "currency", hint: str = "") -> Field:
    return Field(name, Type.AMOUNT, required, leans_on=leans_on, hint=hint)


_CURRENCY = Field("currency", Type.CURRENCY, required=True)
_ENTITY = _key("legal_entity", default=MAIN_ENTITY, most=40)
_NEGATIVE_INVOICE = "; what the customer is owed belongs into a credits file (`dunwell import credits`)"
_NEGATIVE_PAYMENT = "; money that went back is entered as a correction of its payment"

FIELDS: dict[Kind, tuple[Field, ...]] = {
    Kind.ENTITIES: (
        _key("code", required=True, most=40),
        Field("name", Type.TEXT, required=True),
        Field("country", Type.COUNTRY, required=True),
        Field("timezone", Type.TIMEZONE, required=True),
        Field("address", Type.LINES, most=500),
        Field("registration", Type.LINES, most=300),
        Field("sender_name", Type.TEXT),
        Field("sender_email", Type.EMAIL),
        Field("phone", Type.PHONE, leans_on="country"),
        Field("currency", Type.CURRENCY),
        Field("holder", Type.TEXT),
        Field("bank_name", Type.TEXT),
        Field("account", Type.KEY, most=60),
        Field("bic", Type.KEY, most=20),
    ),
    Kind.USERS: (
        _key("id", required=True, most=80),
        Field("name", Type.TEXT, required=True),
        Field("email", Type.EMAIL),
        Field("role", Type.CHOICE, required=True, choices=tuple(UserRole)),
        Field("territory", Type.TEXT, most=80),
        _key("manager", most=80),
        _key("slack_id", most=40),
        _amount("limit", leans_on="limit_currency"),
        Field("limit_currency", Type.CURRENCY, default="USD"),
    ),
    Kind.CUSTOMERS: (
        _key("number", required=True, most=80),
        Field("name", Type.TEXT, required=True),
        Field("country", Type.COUNTRY, required=True),
        Field("locale", Type.LOCALE),
        Field("timezone", Type.TIMEZONE),
        Field("currency", Type.CURRENCY, required=True),
        Field("territory", Type.TEXT, most=80),
        Field("segment", Type.TEXT, most=80),
        _key("collector", most=80),
        _key("sales_rep", most=80),
        _key("parent", most=80),
        _amount("credit_limit"),
        Field("terms_days", Type.INTEGER),
        Field("email", Type.EMAIL),
        Field("phone", Type.PHONE, leans_on="country"),
    ),
    Kind.CONTACTS: (
        _key("customer", required=True, most=80),
        Field("name", Type.TEXT),
        Field("role", Type.CHOICE, default=ContactRole.ACCOUNTS_PAYABLE, choices=tuple(ContactRole)),
        Field("email", Type.EMAIL),
        Field("phone", Type.PHONE),
        Field("locale", Type.LOCALE),
    ),
    Kind.INVOICES: (
        _key("number", required=True),
        _key("customer", required=True, most=80),
        Field("issued", Type.DATE, required=True),
        Field("due", Type.DATE, required=True),
        _amount("amount", required=True, hint=_NEGATIVE_INVOICE),
        _CURRENCY,
        _key("po_number"),
        _key("order"),
        _ENTITY,
        _amount("paid_amount"),
        # A dispute that the source told of and whose cell is empty now is over: blanked, it must restore dunning.
        Field("disputed_amount", Type.AMOUNT, leans_on="currency", blank="0"),
        Field("instalment", Type.INTEGER, default="1"),
        Field("kind", Type.CHOICE, default=DocumentKind.INVOICE, choices=tuple(DocumentKind)),
    ),
    Kind.CREDITS: (
        _key("number", required=True),
        _key("customer", required=True, most=80),
        Field("date", Type.DATE, required=True),
        _amount("amount", required=True, hint="; a credit is written as a positive amount (or `negate` in a mapping)"),
        _CURRENCY,
        _key("invoice"),
        _ENTITY,
    ),
    Kind.PAYMENTS: (
        _key("reference", required=True, most=160),
        _key("customer", required=True, most=80),
        Field("date", Type.DATE, required=True),
        _amount("amount", required=True, hint=_NEGATIVE_PAYMENT),
        _CURRENCY,
        _key("invoice"),
        Field("method", Type.TEXT, most=40),
        _ENTITY,
    ),
    Kind.ORDERS: (
        _key("number", required=True),
        _key("customer", required=True, most=80),
        Field("date", Type.DATE, required=True),
        _amount("amount", required=True),
        _CURRENCY,
        _key("sales_rep", most=80),
        Field("status", Type.CHOICE, default=OrderStatus.OPEN, choices=tuple(OrderStatus)),
        _ENTITY,
    ),
    Kind.RATES: (
        Field("date", Type.DATE, required=True),
        Field("base", Type.CURRENCY, required=True),
        Field("quote", Type.CURRENCY, required=True),
        Field("rate", Type.RATE, required=True),
        Field("source", Type.TEXT, required=True),
    ),
}

NATURAL_KEY: dict[Kind, tuple[str, ...]] = {
    Kind.ENTITIES: ("code", "currency"),
    Kind.USERS: ("id",),
    Kind.CUSTOMERS: ("number",),
    Kind.CONTACTS: ("customer", "email", "phone", "name"),
    Kind.INVOICES: ("legal_entity", "number", "instalment"),
    Kind.CREDITS: ("legal_entity", "number"),
    Kind.PAYMENTS: ("legal_entity", "reference"),
    Kind.ORDERS: ("legal_entity", "number"),
    Kind.RATES: ("base", "quote", "date"),
}
"""What identifies a row; two rows of one file with the same key are refused."""


def field_names(kind: Kind) -> tuple[str, ...]:
    """The names of a kind's fields, in the order of the form (and of a checked row's values)."""
    return tuple(field.name for field in FIELDS[kind])
