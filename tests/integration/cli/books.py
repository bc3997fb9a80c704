"""An invented ledger as files, and its figures counted apart from Dunwell: by plain Python over the same rows."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tests.integration.cli.shell import Shell

DAY = date(2026, 6, 17)  # a Wednesday
ZERO = Decimal(0)
PLACES = {"JPY": 0, "KWD": 3}
Sums = dict[str, Decimal]

CUSTOMERS = [
    ("C01", "Acme Freight Inc.", "US", "America/New_York", "USD", "maria", "tom", 9000),
    ("C02", "Acme Foods LLC", "US", "America/Chicago", "USD", "james", "ana", ""),
    ("C03", "Northwind Traders", "US", "America/New_York", "USD", "maria", "tom", 30000),
    ("C04", "Müller Maschinenbau GmbH", "DE", "Europe/Berlin", "EUR", "james", "ana", ""),
    ("C05", "Société Lumière SARL", "FR", "Europe/Paris", "EUR", "maria", "tom", ""),
    ("C06", "アクメ商事株式会社", "JP", "Asia/Tokyo", "JPY", "james", "", ""),
    ("C07", "Kuwait Gulf Trading", "KW", "Asia/Kuwait", "KWD", "maria", "", ""),
    ("C08", "Total Energy Supplies", "GB", "Europe/London", "GBP", "james", "ana", ""),
]


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-PLACES.get(currency, 2)))


@dataclass
class Invoice:
    number: str
    customer: str
    issued: date
    due: date
    amount: Decimal
    currency: str
    instalment: int | str = ""
    paid: Decimal = ZERO
    paid_on: date | None = None
    credited: Decimal = ZERO
    disputed: Decimal = ZERO

    def open_on(self, day: date) -> Decimal:
        if self.issued > day:
            return ZERO
        paid = self.paid if self.paid_on is not None and self.paid_on <= day else ZERO
        return self.amount - paid - self.credited


@dataclass
class Books:
    invoices: list[Invoice] = field(default_factory=list)
    payments: list[tuple[object, ...]] = field(default_factory=list)
    credits: list[tuple[object, ...]] = field(default_factory=list)
    unapplied: Sums = field(default_factory=lambda: defaultdict(Decimal))
    memos: Sums = field(default_factory=lambda: defaultdict(Decimal))

    def open_items(
        self,
        *customers: str,
        day: date = DAY,
        late: tuple[int, int] = (-9999, 9999),
        due: tuple[date, date] = (date.min, date.max),
    ) -> list[Invoice]:
        """Open invoices of these customers (of all, if none): so many days past due, due within a span."""
        return [
            i
            for i in self.invoices
            if (not customers or i.customer in customers)
            and i.open_on(day) > 0
            and late[0] <= (day - i.due).days <= late[1]
            and due[0] <= i.due <= due[1]
        ]


def total(items: Iterable[Invoice], day: date = DAY) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for item in items:
        sums[item.currency] += item.open_on(day)
    return dict(sums)


def make_books(seed: int = 11) -> Books:
    """Part-paid, instalments, credits named and unnamed, unapplied cash, disputes; due today and at bucket edges."""
    rnd, books = random.Random(seed), Books()
    for customer, *_, currency, _, _, _ in CUSTOMERS:
        for place, late in enumerate((-40, -6, -1, 0, 1, 30, 31, 60, 61, 90, 91, 120)):
            if rnd.random() < 0.35:
                continue
            amount = rounded(Decimal(rnd.randint(100_000, 9_000_000)) / 1000, currency)
            due = DAY - timedelta(days=late)
            number = f"{rnd.choice(('INV', 'RE'))}-{customer[1:]}{place:02d}"
            item = Invoice(number, customer, due - timedelta(days=30), due, amount, currency)
            books.invoices += _instalments(item) if place == 9 else [item]
    for item in books.invoices:
        if not item.instalment and item.issued <= DAY:
            _settle(books, item, rnd)
    return books


def _instalments(item: Invoice) -> list[Invoice]:
    third = rounded(item.amount / 3, item.currency)
    last = item.amount - 2 * third
    return [
        Invoice(item.number, item.customer, item.issued, item.due + timedelta(days=30 * n), part, item.currency, n + 1)
        for n, part in enumerate((third, third, last))
    ]


def _settle(books: Books, item: Invoice, rnd: random.Random) -> None:
    chance, reference = rnd.random(), f"P{len(books.payments) + len(books.credits):03d}"
    if chance < 0.35:
        item.paid = item.amount if chance < 0.1 else rounded(item.amount * rnd.randint(10, 80) / 100, item.currency)
        item.paid_on = min(DAY, item.issued + timedelta(days=rnd.randint(1, 35)))
        over = rounded(Decimal(25), item.currency) if chance < 0.05 else ZERO
        row = (reference, item.customer, item.paid_on, item.paid + over, item.currency, item.number)
        books.payments.append(row)
        books.unapplied[item.currency] += over
    elif chance < 0.45:
        books.payments.append((reference, item.customer, DAY, rounded(Decimal(77), item.currency), item.currency, ""))
        books.unapplied[item.currency] += rounded(Decimal(77), item.currency)
    elif chance < 0.55:
        item.credited = rounded(item.amount / 10, item.currency)
        books.credits.append((f"CR{reference}", item.customer, item.issued, item.credited, item.currency, item.number))
    elif chance < 0.62:
        books.credits.append(
            (f"CR{reference}", item.customer, DAY, rounded(Decimal(40), item.currency), item.currency, "")
        )
        books.memos[item.currency] += rounded(Decimal(40), item.currency)
    elif chance < 0.75:
        item.disputed = rounded(item.amount * rnd.choice((30, 100)) / 100, item.currency)


def import_books(books: Books, shell: Shell) -> None:
    """All of it through `dunwell import`."""
    day = DAY.isoformat()
    shell.load("entities", "code,name,country,timezone", ("MAIN", "Orbis Inc.", "US", "America/New_York"), day=day)
    users = [("boss", "ar_manager"), ("maria", "collector"), ("james", "collector"), ("tom", "sales"), ("ana", "sales")]
    shell.load("users", "id,name,role", *((code, code.title(), role) for code, role in users), day=day)
    columns = "number,name,country,timezone,currency,collector,sales_rep,credit_limit,email"
    shell.load("customers", columns, *((*c, f"ap@{c[0].lower()}.example") for c in CUSTOMERS), day=day)
    shell.load(
        "invoices",
        "number,customer,issued,due,amount,currency,instalment,disputed_amount",
        *(
            (i.number, i.customer, i.issued, i.due, i.amount, i.currency, i.instalment, i.disputed or "")
            for i in books.invoices
        ),
        day=day,
    )
    shell.load("payments", "reference,customer,date,amount,currency,invoice", *books.payments, day=day)
    shell.load("credits", "number,customer,date,amount,currency,invoice", *books.credits, day=day)
