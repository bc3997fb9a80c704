"""The invented book that `bench/ledger.py` writes: who buys, in which currency, how late; the same on every machine.

Shape: customers are a fifth of the invoices, invoices per customer by Zipf (exponent 0.8: the largest of 200,000 holds
some 15,000 of 1,000,000), due dates spread evenly from 60 days ahead to 180 days past, 5 % of invoices promised, 3 %
disputed, 8 % part-paid, and every step of the shipped policies that was reached before today already done. Segment
"small" (one cycle an account) is left out: its customers always go through the planner, and would hide the rest.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from domain.parties import Channel, Customer
from outreach.cadence.loading import load_policies
from outreach.cadence.policy import Step

DAY = date(2026, 3, 10)
"""The day that is planned: a Tuesday on which no country of the book has a holiday."""

NOW = datetime.combine(DAY, time(5), UTC)

MARKETS = (
    # share, country, locale, time zone, currency, second currency
    (26, "DE", "de_DE", "Europe/Berlin", "EUR", "USD"),
    (22, "US", "en_US", "America/New_York", "USD", "CAD"),
    (14, "FR", "fr_FR", "Europe/Paris", "EUR", "CHF"),
    (12, "GB", "en_GB", "Europe/London", "GBP", "EUR"),
    (10, "ES", "es_ES", "Europe/Madrid", "EUR", "USD"),
    (9, "JP", "ja_JP", "Asia/Tokyo", "JPY", "USD"),
    (4, "CH", "de_CH", "Europe/Zurich", "CHF", "EUR"),
    (3, "KW", "en_GB", "Asia/Kuwait", "KWD", "USD"),
)
USUAL_MINOR = {
    "EUR": 180_000,
    "USD": 190_000,
    "GBP": 150_000,
    "CHF": 200_000,
    "CAD": 240_000,
    "JPY": 280_000,
    "KWD": 550_000,
}

DISPUTED_EVERY, PROMISED_EVERY, PART_PAID_EVERY, SECOND_CURRENCY_EVERY = 33, 20, 12, 40


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer, and how many invoices of the book are its own."""

    id: int
    market: int
    invoices: int
    segment: str


@dataclass(slots=True)
class Item:
    """One open invoice. Amounts in minor units of `currency`."""

    id: int
    customer_id: int
    currency: str
    issued: date
    due: date
    amount: int
    open: int
    disputed: int
    promised: int
    step: Step | None

    @property
    def touched_on(self) -> date | None:
        """The day of the newest step done."""
        return self.due + timedelta(days=self.step.offset) if self.step else None

    @property
    def written(self) -> bool:
        """Whether its newest step was a message, not a call."""
        return self.step is not None and self.step.channels[0] is not Channel.CALL


def make_buyers(size: int) -> Iterator[Buyer]:
    """Customers of a book of `size` invoices, by id; the largest are spread over the ids."""
    count = max(1, size // 5)
    weights = [(rank + 1) ** -0.8 for rank in range(count)]
    spare, total = size - count, sum(weights)
    ends = [int(spare * running / total + 0.5) for running in accumulate(weights)]
    shares = [1 + end - start for start, end in zip([0, *ends], ends, strict=False)]
    chance = random.Random(20260310)
    chance.shuffle(shares)
    markets = [index for index, market in enumerate(MARKETS) for _ in range(market[0])]
    for number, invoices in enumerate(shares, start=1):
        segment = "key" if invoices > 100 else "watch" if chance.randrange(10) == 0 else "standard"
        yield Buyer(number, chance.choice(markets), invoices, segment)


def make_items(buyers: list[Buyer]) -> Iterator[Item]:
    """Every invoice, by customer."""
    chance, policies = random.Random(13), load_policies()
    number = 0
    for buyer in buyers:
        _, country, _, _, main, second = MARKETS[buyer.market]
        policy = policies.choose(Customer(buyer.id, "", "", country, "", "", "", None, buyer.segment))
        steps = policy.steps if policy else ()
        for _ in range(buyer.invoices):
            number += 1
            currency = second if chance.randrange(SECOND_CURRENCY_EVERY) == 0 else main
            late = chance.randrange(-60, 181)
            amount = int(USUAL_MINOR[currency] * chance.lognormvariate(0, 0.9)) + 1
            open_minor = amount - amount * chance.randrange(1, 90) // 100 if number % PART_PAID_EVERY == 0 else amount
            due = DAY - timedelta(days=late)
            disputed = open_minor // (1 + number % 3) if number % DISPUTED_EVERY == 0 else 0
            promised = open_minor - disputed if number % PROMISED_EVERY == 0 and late > 0 else 0
            done = max((step for step in steps if step.offset < late), key=lambda step: step.offset, default=None)
            yield Item(
                number, buyer.id, currency, due - timedelta(30), due, amount, open_minor, disputed, promised, done
            )
