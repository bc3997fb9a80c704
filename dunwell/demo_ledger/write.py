"""Write the demo's ledger as files of our plain form: what an ERP's nightly export would be."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dunwell.demo_ledger.companies import Company, read_companies
from dunwell.demo_ledger.documents import (
    CREDIT_COLUMNS,
    INVOICE_COLUMNS,
    ORDER_COLUMNS,
    PAYMENT_COLUMNS,
    USUAL_MAJOR,
    make_rows,
)
from dunwell.demo_ledger.people import ENTITIES, ENTITY_COLUMNS, TEAM, USER_COLUMNS, USERS
from dunwell.demo_ledger.stories import EXTRAS, Extra

CUSTOMER_COLUMNS = (
    "number,name,country,locale,timezone,currency,territory,segment,collector,sales_rep,parent,credit_limit,terms_days,"
    "email,phone"
)
CONTACT_COLUMNS = "customer,name,role,email,phone,locale"


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The files of one export, in the order in which they are imported: kind → path."""

    as_of: date
    paths: dict[str, Path]


def write_ledger(folder: Path, day: date, *, as_of: date | None = None) -> DemoFiles:
    """Write the ledger of the demo's `day`, as an export of `as_of` (default: the day itself) shows it, to `folder`."""
    as_of = as_of or day
    rows, companies = make_rows(day, as_of), read_companies()
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "entities": (ENTITY_COLUMNS, ENTITIES),
        "users": (USER_COLUMNS, [(u[0], u[1], f"{u[0]}@calder-instruments.example", *u[2:]) for u in USERS]),
        "customers": (CUSTOMER_COLUMNS, [_customer(company) for company in companies]),
        "contacts": (CONTACT_COLUMNS, [row for company in companies for row in _contacts(company)]),
        "invoices": (INVOICE_COLUMNS, rows.invoices),
        "credits": (CREDIT_COLUMNS, rows.credits),
        "payments": (PAYMENT_COLUMNS, rows.payments),
        "orders": (ORDER_COLUMNS, rows.orders),
    }
    return DemoFiles(as_of, {kind: _write(folder / f"{kind}.csv", *content) for kind, content in written.items()})


def _write(path: Path, columns: str, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split(","))
        writer.writerows(rows)
    return path


def _customer(company: Company) -> tuple[str, ...]:
    usual = USUAL_MAJOR[company.currency] * company.size
    limit = usual * EXTRAS.get(company.story, Extra()).limit // 1000
    return (
        company.number,
        company.name,
        company.country,
        company.locale,
        company.timezone,
        company.currency,
        company.territory,
        company.segment,
        *TEAM[company.territory],
        company.parent,
        str(limit),
        str(company.terms_days),
        company.mail,
        company.phone,
    )


def _contacts(company: Company) -> list[tuple[str, ...]]:
    """The accounts-payable contact; for some a ladder above it, or somebody who reads another language."""
    if not company.contact:
        return []
    people = [(company.contact, "ap", company.mail, company.phone, "")]
    domain = company.mail.partition("@")[2]
    if company.story in ("several_contacts", "chased") and domain:
        people.append(("", "finance_head", f"finance@{domain}", "", ""))
    if company.story == "several_contacts":
        people.append(("Joel Anders", "ap_manager", f"joel.anders@{domain}", "", ""))
        people.append(("Rita Sands", "buyer", f"purchasing@{domain}", "", ""))
    if company.country == "BE":
        people.append(("Anke Peeters", "other", f"anke.peeters@{domain}", "", "en_GB"))
    return [(company.number, *person) for person in people]
