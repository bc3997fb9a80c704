"""Who is who: legal entities, customers, contacts, and the people who work with Dunwell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How somebody is reached. `CALL` makes a task for a collector; `LETTER` a page to post."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"


class ContactRole(StrEnum):
    """What a contact is for; the recipient ladder of a policy goes up in this order."""

    ACCOUNTS_PAYABLE = "ap"
    AP_MANAGER = "ap_manager"
    FINANCE_HEAD = "finance_head"
    BUYER = "buyer"
    OTHER = "other"


class UserRole(StrEnum):
    """What a person of ours may see and decide."""

    COLLECTOR = "collector"
    SALES = "sales"
    CREDIT_MANAGER = "credit_manager"
    AR_MANAGER = "ar_manager"
    AUDITOR = "auditor"
    ADMIN = "admin"


SEES_EVERYTHING = frozenset({UserRole.CREDIT_MANAGER, UserRole.AR_MANAGER, UserRole.AUDITOR, UserRole.ADMIN})
"""Roles that see every account; a collector sees the own portfolio, sales the own accounts."""


@dataclass(frozen=True, slots=True)
class LegalEntity:
    """A creditor of ours. Entities never share a message, a balance or a credit."""

    id: int
    code: str
    name: str
    country: str
    timezone: str


@dataclass(frozen=True, slots=True)
class User:
    """A person of ours. `limit_minor` is the authority limit in `limit_currency`; None: the role decides."""

    id: int
    code: str
    name: str
    role: UserRole
    email: str | None = None
    territory: str | None = None
    slack_id: str | None = None
    limit_minor: int | None = None
    limit_currency: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at the customer's. `id` 0 is the address on the customer's own record."""

    id: int
    name: str | None
    role: ContactRole
    email: str | None = None
    phone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A company that is billed. `locale` is a CLDR identifier (de_AT), `timezone` an IANA name, `country` ISO 3166."""

    id: int
    number: str
    name: str
    country: str
    locale: str
    timezone: str
    currency: str
    territory: str | None = None
    segment: str | None = None
    collector_id: int | None = None
    sales_rep_id: int | None = None
    parent_id: int | None = None
    credit_limit_minor: int | None = None
    terms_days: int | None = None
