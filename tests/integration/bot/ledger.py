"""A small ledger written by hand, so that every figure of an answer can be counted on one's fingers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from uuid6 import uuid7

from domain.names import fold
from domain.promises import PromiseStatus
from storage import promises
from storage.database import Database
from storage.tables import (
    app_user,
    application,
    credit_memo,
    customer,
    document,
    ledger_entry,
    legal_entity,
    payment,
    promise,
    sales_order,
)
from workflows.services import Services

TODAY = date(2026, 3, 10)
"""A Tuesday."""
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def day(offset: int) -> date:
    """So many days after today; negative before."""
    return TODAY + timedelta(days=offset)


@dataclass
class Ledger:
    """Writes rows in short words and remembers their ids by number."""

    services: Services
    ids: dict[str, int] = field(default_factory=dict)

    _connection: Any = None

    @property
    def database(self) -> Database:
        return self.services.database

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """One transaction for everything written inside."""
        if self._connection is not None:
            yield self._connection
            return
        with self.database.write() as unit:
            self._connection = unit.connection
            try:
                yield unit.connection
                unit.commit()
            finally:
                self._connection = None

    def _add(self, table: Any, **values: Any) -> int:
        with self.writing() as connection:
            return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())

    def entity(self, code: str, timezone: str = "Europe/Dublin") -> None:
        self.ids[code] = self._add(
            legal_entity, code=code, name=f"{code} Ltd", country="IE", timezone=timezone, updated_at=NOW
        )

    def user(self, code: str, role: str, slack_id: str | None = None, name: str | None = None) -> None:
        self.ids[code] = self._add(
            app_user, code=code, name=name or code.title(), role=role, slack_id=slack_id, updated_at=NOW
        )

    def customer(self, number: str, name: str, **more: Any) -> None:
        values: dict[str, Any] = {"country": "IE", "locale": "en_IE", "timezone": "Europe/Dublin", "currency": "EUR"}
        values |= more
        for person in ("collector", "sales_rep", "parent"):
            if person in values:
                values[f"{person}_id"] = self.ids[values.pop(person)]
        self.ids[number] = self._add(
            customer, number=number, name=name, name_folded=fold(name), updated_at=NOW, **values
        )

    def invoice(
        self, number: str, owner: str, due: int, amount: int, currency: str = "EUR", *, paid: int = 0,
        paid_on: int = -1, entity: str = "MAIN", **more: Any,
    ) -> int:  # fmt: skip
        """Amounts in minor units; issued 30 days before due; `paid` on `paid_on` days from today."""
        made = self._add(
            document,
            entity_id=self.ids[entity],
            customer_id=self.ids[owner],
            number=number,
            kind="invoice",
            issued_on=day(due - 30),
            due_on=day(due),
            currency=currency,
            amount_minor=amount,
            open_minor=amount - paid,
            updated_at=NOW,
            **more,
        )
        self.ids[number] = made
        self._add(
            ledger_entry, document_id=made, effective_on=day(due - 30), recorded_at=NOW, kind="issued",
            amount_minor=amount,
        )  # fmt: skip
        if paid:
            self._add(
                ledger_entry, document_id=made, effective_on=day(paid_on), recorded_at=NOW, kind="payment",
                amount_minor=-paid,
            )  # fmt: skip
        return made

    def cash(self, reference: str, owner: str, on: int, amount: int, unapplied: int, applied_to: str) -> None:
        self.ids[reference] = self._add(
            payment, entity_id=self.ids["MAIN"], customer_id=self.ids[owner], reference=reference, received_on=day(on),
            currency="EUR", amount_minor=amount, unapplied_minor=unapplied, updated_at=NOW,
        )  # fmt: skip
        self._add(
            application, payment_id=self.ids[reference], document_id=self.ids[applied_to], effective_on=day(on),
            amount_minor=amount - unapplied,
        )  # fmt: skip

    def credit(self, number: str, owner: str, on: int, amount: int, currency: str = "EUR") -> None:
        self._add(
            credit_memo, entity_id=self.ids["MAIN"], customer_id=self.ids[owner], number=number, issued_on=day(on),
            currency=currency, amount_minor=amount, unapplied_minor=amount, updated_at=NOW,
        )  # fmt: skip

    def order(
        self, number: str, owner: str, amount: int, status: str, rep: str | None = None, currency: str = "EUR"
    ) -> None:
        self.ids[number] = self._add(
            sales_order, entity_id=self.ids["MAIN"], customer_id=self.ids[owner], number=number, ordered_on=day(-5),
            currency=currency, amount_minor=amount, status=status, updated_at=NOW,
            sales_rep_id=self.ids[rep] if rep else None,
        )  # fmt: skip

    def promise(
        self,
        owner: str,
        invoice: str,
        amount: int,
        made: int,
        promised: int,
        status: str = "open",
        judged: int | None = None,
    ) -> int:
        with self.writing() as connection:
            new = promises.NewPromise(
                self.ids[owner], self.ids["MAIN"], "EUR", day(made), day(promised), ((self.ids[invoice], amount),),
                "desk", str(uuid7()), PromiseStatus(status),
            )  # fmt: skip
            key, _ = promises.insert_promise(connection, new, NOW)
            if judged is not None:
                connection.execute(promise.update().where(promise.c.id == key).values(judged_on=day(judged)))
        return key

    def column(self, table: Any, name: str, number: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(table.c[name]).where(table.c.id == self.ids[number])).scalar_one()
