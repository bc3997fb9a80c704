"""The demo's invoices, payments, credits and orders of a day: rows of our plain form, the same for the same day."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.money import Money, exponent
from dunwell.demo_ledger.companies import Company, read_companies
from dunwell.demo_ledger.people import TEAM
from dunwell.demo_ledger.stories import EXTRAS, PAID_BEFORE, STORIES, Item

INVOICE_COLUMNS = (
    "number,customer,issued,due,amount,currency,po_number,order,legal_entity,disputed_amount,instalment,kind"
)
PAYMENT_COLUMNS = "reference,customer,date,amount,currency,invoice,method,legal_entity"
CREDIT_COLUMNS = "number,customer,date,amount,currency,invoice,legal_entity"
ORDER_COLUMNS = "number,customer,date,amount,currency,sales_rep,status,legal_entity"

USUAL_MAJOR = {
    "EUR": 1200,
    "USD": 1300,
    "GBP": 1050,
    "CHF": 1250,
    "CAD": 1700,
    "MXN": 23_000,
    "JPY": 190_000,
    "KWD": 390,
}
"""An invoice of a company of size 1, in major units."""


@dataclass(slots=True)
class Rows:
    """Rows of each kind, every cell as text."""

    invoices: list[tuple[str, ...]] = field(default_factory=list)
    payments: list[tuple[str, ...]] = field(default_factory=list)
    credits: list[tuple[str, ...]] = field(default_factory=list)
    orders: list[tuple[str, ...]] = field(default_factory=list)


def latest_leap_day(day: date) -> date:
    """The newest 29 February before `day`."""
    year = day.year if day > date(day.year, 2, 28) and calendar.isleap(day.year) and day.month > 2 else day.year - 1
    while not calendar.isleap(year):
        year -= 1
    return date(year, 2, 29)


def make_rows(day: date, as_of: date) -> Rows:
    """The ledger of the demo's `day` as an export of `as_of` shows it: nothing that was issued or paid later."""
    rows = Rows()
    for company in read_companies():
        _Account(company, day, as_of, rows).write()
    return rows


def text_of(minor: int, currency: str) -> str:
    """Minor units as our files write them: a plain decimal with the currency's decimals."""
    return str(Money(minor, currency).amount)


class _Account:
    """Writes one company's rows."""

    def __init__(self, company: Company, day: date, as_of: date, rows: Rows) -> None:
        self.company, self.day, self.as_of, self.rows = company, day, as_of, rows
        # Seeded by the number: the same amounts on every run, and for a company whatever its neighbours.
        self.random = random.Random(f"calder {company.number}")
        self.serial = int(company.number[1:]) * 10

    def write(self) -> None:
        """Items in the order of their due days, then what stands beside them."""
        items = sorted(PAID_BEFORE + STORIES[self.company.story], key=lambda item: item.due)
        oldest_open = ("", 0)
        for item in items:
            number, amount = self._invoice(item)
            if not oldest_open[1] and item.due <= 0 and (item.paid is None or item.paid[0] < 100):
                oldest_open = (number, amount)
        self._extras(*oldest_open)

    def _usual(self, currency: str, part: int) -> int:
        scale: int = 10 ** exponent(currency)
        spread = self.random.randint(850, 1200)
        minor = USUAL_MAJOR[currency] * scale * self.company.size * part * spread // 1_000_000
        return minor if scale > 1 else round(minor, -1)

    def _invoice(self, item: Item) -> tuple[str, int]:
        self.serial += 1
        currency = item.currency or self.company.currency
        entity = item.entity or self.company.entity
        amount = self._usual(currency, item.part)
        number = f"{entity}-{self.serial}"
        po_number = f"PO-{self.random.randint(10_000, 99_999)}" if self.serial % 3 else ""
        due = latest_leap_day(self.day) if item.leap else self.day + timedelta(days=item.due)
        issued = due - timedelta(days=self.company.terms_days)
        if issued > self.as_of:
            return number, amount
        parts = _split(amount, 1 + len(item.instalments))
        dues = [due, *(self.day + timedelta(days=days) for days in item.instalments)]
        for instalment, (part, part_due) in enumerate(zip(parts, dues, strict=True), start=1):
            disputed = part * item.disputed // 100 if item.disputed else 0
            self.rows.invoices.append(
                (
                    number,
                    self.company.number,
                    issued.isoformat(),
                    part_due.isoformat(),
                    text_of(part, currency),
                    currency,
                    po_number,
                    item.order,
                    entity,
                    text_of(disputed, currency),
                    str(instalment),
                    "debit_memo" if item.debit_memo else "invoice",
                )
            )
        if item.paid:
            percent, days = item.paid
            self._payment(number, amount * percent // 100, currency, entity, self.day + timedelta(days=days))
        return number, amount

    def _payment(self, invoice: str, minor: int, currency: str, entity: str, on: date) -> None:
        if on > self.as_of:
            return
        method = "direct_debit" if self.company.segment == "key" else "bank_transfer"
        named = invoice or f"ACC-{self.company.number}"
        row = (f"PAY-{named}", self.company.number, on.isoformat(), text_of(minor, currency), currency, invoice)
        self.rows.payments.append((*row, method, entity))

    def _extras(self, oldest: str, amount: int) -> None:
        extra = EXTRAS.get(self.company.story)
        if extra is None:
            return
        currency, entity = self.company.currency, self.company.entity
        if extra.unapplied:
            self._payment("", amount * extra.unapplied // 100, currency, entity, self.day - timedelta(days=3))
        if extra.credit and self.day - timedelta(days=10) <= self.as_of:
            self.rows.credits.append(
                (
                    f"CM-{self.serial}",
                    self.company.number,
                    (self.day - timedelta(days=10)).isoformat(),
                    text_of(amount * extra.credit // 100, currency),
                    currency,
                    oldest if extra.credit_names_item else "",
                    entity,
                )
            )
        for index, (status, part) in enumerate(extra.orders, start=1):
            on = self.day - timedelta(days=4 * index)
            if on <= self.as_of:
                number = f"SO-{self.company.number[1:]}{index}"
                money = text_of(self._usual(currency, part), currency)
                rep = TEAM[self.company.territory][1]
                self.rows.orders.append(
                    (number, self.company.number, on.isoformat(), money, currency, rep, status, entity)
                )


def _split(amount: int, parts: int) -> Iterator[int]:
    each = amount // parts
    yield from [each] * (parts - 1)
    yield amount - each * (parts - 1)
