"""Weeks as they may come: exports, payments, answers, calls and disputes at random; what must hold each evening."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from domain.disputes import DisputeEvent, DisputeReason
from domain.errors import BadInput, NotAllowed
from tests.scenarios.stories.house import CUSTOMERS, House, Mail, day_after
from workflows.log_call import OUTCOMES, Call, log_call
from workflows.manage_dispute import dispute_invoices, resolve_dispute
from workflows.run_cadence import the_entity
from workflows.verify_audit import verify_audit

PLACES = (
    ("IE", "en-IE", "Europe/Dublin", "EUR"),
    ("US", "en-US", "America/New_York", "USD"),
    ("DE", "de-DE", "Europe/Berlin", "EUR"),
    ("FR", "fr-FR", "Europe/Paris", "EUR"),
    ("ES", "es-ES", "Europe/Madrid", "EUR"),
    ("JP", "ja-JP", "Asia/Tokyo", "JPY"),
)
SEGMENTS = ("", "watch", "key", "small")
ANSWERS = (
    "We will pay invoice {invoice} on {day:%d} {month} {day:%Y}.",
    "We will pay all overdue invoices on {day:%d} {month} {day:%Y}.",
    "Invoice {invoice} was paid last week.",
    "The goods of invoice {invoice} arrived damaged.",
    "Thank you for your message.",
    "Please call me.",
    "STOP",
    "We are insolvent, please write to the administrator.",
)
MONTHS = ("March", "April", "May")


class Weeks:
    """A house to which things happen."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.chance = house, random.Random(seed)
        self.numbers: dict[str, list[str]] = {}
        header = CUSTOMERS.splitlines()[0] + ",segment"
        rows = []
        self.places = {}
        for n in range(1, 9):
            place = self.places[f"C{n}"] = self.chance.choice(PLACES)
            segment = self.chance.choice(SEGMENTS)
            rows.append(f"C{n},Company {n},{','.join(place)},kim,sam,ap@c{n}.example,{segment}")
        house.load("customers", "\n".join([header, *rows]), day_after(-40))
        for _ in range(20):
            self._invoice(day_after(self.chance.randrange(-60, 30)))

    def _invoice(self, due: date) -> None:
        customer = self.chance.choice(list(self.places))
        currency = self.places[customer][3]
        amount = str(self.chance.randrange(1, 900) * 100) if currency == "JPY" else f"{self.chance.random() * 2000:.2f}"
        number = f"INV-{len(self.house.invoices) + 1:03}"
        self.house.invoice(number, customer, due=due, amount=amount, currency=currency)
        self.numbers.setdefault(customer, []).append(number)

    def happen(self, day: date) -> None:
        """What happens on a day before its run."""
        for event in self.chance.choices([self._new, self._pays, self._credit, self._answer, self._call, self._dispute,
                                          self._settle], k=self.chance.randrange(5)):  # fmt: skip
            event(day)

    def _new(self, day: date) -> None:
        self._invoice(day + timedelta(days=self.chance.randrange(0, 20)))

    def _one(self) -> tuple[str, str]:
        customer = self.chance.choice([c for c in self.numbers if self.numbers[c]])
        return customer, self.chance.choice(self.numbers[customer])

    def _pays(self, day: date) -> None:
        customer, number = self._one()
        amount = f"{self.chance.randrange(1, 3000)}"
        named = number if self.chance.random() < 0.7 else ""
        currency = self.places[customer][3]
        self.house.pays(amount, day - timedelta(days=1), invoice=named, customer=customer, currency=currency)

    def _credit(self, day: date) -> None:
        customer, number = self._one()
        named = number if self.chance.random() < 0.5 else ""
        self.house.credit(
            f"{self.chance.randrange(1, 300)}", day, invoice=named, customer=customer, currency=self.places[customer][3]
        )

    def _answer(self, day: date) -> None:
        mails = self.house.mails()
        if mails:
            later = day + timedelta(days=self.chance.randrange(1, 25))
            mail = self.chance.choice(mails)
            customer = mail.to.partition("@")[2].partition(".")[0].upper()
            words = self.chance.choice(ANSWERS).format(
                invoice=self.chance.choice(self.numbers[customer]), day=later, month=MONTHS[later.month - 3]
            )
            self.house.answer(mail, words, day, hour=5)

    def _call(self, day: date) -> None:
        customer, _ = self._one()
        services = self.house.on(day, 5)
        promised = day + timedelta(days=7) if self.chance.random() < 0.3 else None
        call = Call(
            self.house.customer_id(customer), the_entity(services, "MAIN"), day, self.chance.choice(OUTCOMES),
            promised_on=promised, by="kim",
        )  # fmt: skip
        try:
            log_call(services, call)
        except BadInput:
            assert promised is not None, "nothing to promise"

    def _dispute(self, day: date) -> None:
        _, number = self._one()
        for (document,) in self.house.rows("SELECT id FROM document WHERE number = :n AND open_minor > 0", n=number):
            try:
                dispute_invoices(
                    self.house.on(day, 5), self.house.user("kim"), [(document, None)], DisputeReason.PRICE, day=day,
                    source="desk", source_ref=f"{number}-{day}",
                )  # fmt: skip
            except BadInput:
                return

    def _settle(self, day: date) -> None:
        found = self.house.rows("SELECT public_id FROM dispute WHERE status IN ('open', 'under_review') ORDER BY id")
        if found:
            event = self.chance.choice([DisputeEvent.REJECT, DisputeEvent.UPHOLD, DisputeEvent.WITHDRAW])
            try:
                resolve_dispute(self.house.on(day, 5), found[0][0], event, self.house.user("max"), "settled")
            except NotAllowed:
                return


def check_evening(house: House, day: date, new: list[Mail], opted_out: set[str], open_items: Items) -> None:
    """What must hold of every day."""
    # Money: projections are the sums of their entries, nothing is negative, nothing held beyond what is open.
    assert (
        house.rows(
            """SELECT d.number FROM document d WHERE d.open_minor <> (SELECT SUM(l.amount_minor) FROM ledger_entry l
        WHERE l.document_id = d.id) OR d.open_minor < 0 OR d.disputed_minor > d.open_minor
        OR d.promised_minor > d.open_minor"""
        )
        == []
    )
    # What was asked for today is what may be asked for, to the cent; a message is the sum of its parts.
    asked = house.rows(
        """SELECT d.number, t.asked_minor, d.open_minor - d.disputed_minor - d.promised_minor - d.credit_pending_minor
        FROM touch t JOIN message m ON m.id = t.message_id JOIN document d ON d.id = t.document_id
        WHERE t.dropped_reason IS NULL AND m.status = 'sent' AND m.planned_on = :day AND t.stage NOT LIKE 'promise_r%'
        AND m.purpose = 'cadence'""",
        day=str(day),
    )
    assert [row for row in asked if row[1] != row[2] or row[1] <= 0] == []
    assert (
        house.rows(
            """SELECT m.public_id, m.asked_minor, SUM(t.asked_minor) FROM message m JOIN touch t ON t.message_id = m.id
        AND t.dropped_reason IS NULL WHERE m.status = 'sent' AND m.purpose = 'cadence'
        GROUP BY 1, 2 HAVING m.asked_minor <> SUM(t.asked_minor)"""
        )
        == []
    )
    # One step, one message; at most one message a customer, currency and day that nobody asked for.
    assert (
        house.rows("SELECT cycle_id, stage FROM touch WHERE dropped_reason IS NULL GROUP BY 1, 2 HAVING COUNT(*) > 1")
        == []
    )
    assert (
        house.rows(
            """SELECT customer_id, currency FROM message WHERE purpose = 'cadence' AND status = 'sent'
        AND planned_on = :day GROUP BY 1, 2 HAVING COUNT(*) > 1""",
            day=str(day),
        )
        == []
    )
    for mail in new:
        assert mail.to not in opted_out or mail.public_id in answers(house)
    # Every open item has exactly one outcome with a reason.
    for customer, items in open_items.items():
        told = house.why(day, customer)
        assert sorted(told) == items, (customer, day)
        assert all(reason for outcome, reason in told.values() if outcome not in ("contacted", "waits")), told


Items = dict[str, list[str]]


def items_open(house: House) -> Items:
    """Customer → its open items."""
    found: Items = {number: [] for (number,) in house.rows("SELECT number FROM customer")}
    rows = house.rows(
        """SELECT c.number, d.number FROM document d JOIN customer c ON c.id = d.customer_id WHERE d.open_minor > 0
        ORDER BY 2"""
    )
    for customer, number in rows:
        found[customer].append(number)
    return found


def answers(house: House) -> set[str]:
    return {row[0] for row in house.rows("SELECT public_id FROM message WHERE purpose = 'answer'")}


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_nobody_is_chased_wrongly_and_every_item_has_its_reason(small_house: House, seed: int) -> None:
    weeks = Weeks(small_house, seed)
    sent: Counter[str] = Counter()
    for number in (0, 1, 2, 4, 7, 9, 11, 14, 16, 18, 21, 24, 29, 36, 38):
        day = day_after(number)
        if number:
            weeks.happen(day)
        small_house.export(day)
        small_house.plan(day)
        open_items = items_open(small_house)
        if weeks.chance.random() < 0.5:
            weeks.happen(day)  # between the plan and the sending
        out = {row[0] for row in small_house.rows("SELECT address FROM opt_out WHERE lifted_at IS NULL")}
        new = small_house.day(day)
        check_evening(small_house, day, new, out, open_items)
        for mail in new:
            sent[mail.to] += 1
            customer = mail.to.partition("@")[2].partition(".")[0].upper()
            foreign = {n for c, numbers in weeks.numbers.items() if c != customer for n in numbers}
            assert not [n for n in foreign if n in mail.text]
    assert sum(sent.values()) > 10
    assert verify_audit(small_house.services).problem is None
