"""A company that uses Dunwell, day by day: what its operator and its customers do, and what they then see.

Everything goes through the real workflows: exports are CSV files, messages are read from the file outbox, answers come
in as mails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from sqlalchemy import text

from domain.parties import User, UserRole
from exchange.fields import Kind
from outreach.cadence.loading import load_policies
from storage.database import Database
from tests.fakes.ledgers import make_services
from workflows.approvals import approve_message, approve_plan, waiting_messages
from workflows.explain import explain, find_customer
from workflows.import_ledger import import_file
from workflows.import_request import ImportReport, ImportRequest
from workflows.list_tasks import list_open_tasks
from workflows.receive_reply import Processed, process_inbound, store_inbound
from workflows.run_cadence import RunReport, run_cadence, the_entity
from workflows.send_messages import drain
from workflows.services import Services

ENTITIES = """code,name,country,timezone,sender_email,currency,account,bic
MAIN,Emerald Supplies Ltd,IE,Europe/Dublin,ar@emerald.example,EUR,IE29AIBK93115212345678,AIBKIE2D
"""
USERS = """id,name,role,manager,limit,limit_currency
kim,Kim Keane,collector,max,,EUR
sam,Sam Sales,sales,,,EUR
cora,Cora Credit,credit_manager,,5000,EUR
max,Max Moran,ar_manager,,50000,EUR
ann,Ann Auditor,auditor,,,EUR
"""
CUSTOMERS = """number,name,country,locale,timezone,currency,collector,sales_rep,email
C1,Acme Ltd,IE,en-IE,Europe/Dublin,EUR,kim,sam,ap@acme.example
"""
INVOICES = "number,customer,issued,due,amount,currency,legal_entity"
PAYMENTS = "reference,customer,date,amount,currency,invoice,legal_entity"
CREDITS = "number,customer,date,amount,currency,invoice,legal_entity"

MONDAY = date(2026, 3, 9)
"""A Monday without holidays; the stories begin here."""


def day_after(days: int) -> date:
    """So many days after the Monday on which the stories begin (negative: before)."""
    return MONDAY + timedelta(days=days)


def at(day: date, hour: float = 4.0, zone: Any = UTC) -> datetime:
    """An instant of a day, early in the morning unless told otherwise."""
    return datetime.combine(day, time(int(hour), round(hour % 1 * 60)), zone)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the customer gets it."""

    day: str
    public_id: str
    parsed: EmailMessage

    @property
    def to(self) -> str:
        """The recipient's address."""
        return str(self.parsed["To"].addresses[0].addr_spec)

    @property
    def subject(self) -> str:
        """The subject in plain characters."""
        return str(self.parsed["Subject"])

    @property
    def text(self) -> str:
        """The plain text."""
        return str(self.parsed.get_body(("plain",)).get_content())

    @property
    def html(self) -> str:
        """The page."""
        return str(self.parsed.get_body(("html",)).get_content())


class House:
    """Its ledger as the ERP would export it, and Dunwell beside it.

    `invoices`, `payments` and `credits` are the rows of the next export.
    """

    def __init__(self, database: Database, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.services = make_services(database, folder, at(MONDAY), **settings)
        self.invoices: dict[str, str] = {}
        self.payments: list[str] = []
        self.credits: list[str] = []
        self._files = 0
        self._answers = 0

    # What the operator does.

    def open(self, customers: str = CUSTOMERS, *, entities: str = ENTITIES, contacts: str = "") -> House:
        """Import who is who."""
        first = day_after(-60)
        for kind, content in (("entities", entities), ("users", USERS), ("customers", customers)):
            self.load(kind, content, first)
        if contacts:
            self.load("contacts", contacts, first)
        return self

    def load(self, kind: str, content: str, day: date, **options: Any) -> ImportReport:
        """Import `content` as a file of `kind`, an export of `day`."""
        self._files += 1
        path = self.folder / options.pop("name", f"{kind}-{self._files}.csv")
        path.write_text(content, encoding="utf-8")
        request = ImportRequest(Kind(kind), path, day, **options)
        return import_file(self.services.database, request, now=at(day, 3))

    def invoice(
        self, number: str, customer: str = "C1", *, due: date, amount: str = "100.00", currency: str = "EUR",
        entity: str = "MAIN",
    ) -> None:  # fmt: skip
        """An invoice of the next export, issued thirty days before it is due."""
        issued = due - timedelta(days=30)
        self.invoices[f"{entity} {number}"] = f"{number},{customer},{issued},{due},{amount},{currency},{entity}"

    def pays(
        self, amount: str, day: date, *, invoice: str = "", customer: str = "C1", currency: str = "EUR",
        entity: str = "MAIN",
    ) -> None:  # fmt: skip
        """A payment of the next export."""
        number = f"P{len(self.payments) + 1}"
        self.payments.append(f"{number},{customer},{day},{amount},{currency},{invoice},{entity}")

    def credit(self, amount: str, day: date, *, invoice: str = "", customer: str = "C1", currency: str = "EUR") -> None:
        """A credit memo of the next export."""
        self.credits.append(f"K{len(self.credits) + 1},{customer},{day},{amount},{currency},{invoice},MAIN")

    def export(self, day: date) -> None:
        """Import the export of a day: all invoices, credits and payments so far."""
        self.load("invoices", "\n".join([INVOICES, *self.invoices.values()]), day)
        if self.credits:
            self.load("credits", "\n".join([CREDITS, *self.credits]), day)
        self.load("payments", "\n".join([PAYMENTS, *self.payments]), day)

    def on(self, day: date, hour: float = 4.0) -> Services:
        """The services at an instant of a day."""
        instant = at(day, hour)
        return replace(self.services, now=lambda: instant)

    def plan(self, day: date, entity: str = "MAIN") -> RunReport:
        """Plan a day's run."""
        services = self.on(day)
        return run_cadence(services, the_entity(services, entity), day)

    def send(self, day: date) -> dict[str, int]:
        """Send what is planned, each message in its own hours."""
        return drain(self.on(day), at(day) + timedelta(days=2), each_at_its_hour=True)

    def day(self, day: date, *entities: str) -> list[Mail]:
        """A whole day: export, plan, send. Returns the mails that went out by it."""
        before = {mail.public_id for mail in self.mails()}
        self.export(day)
        for entity in entities or ("MAIN",):
            self.plan(day, entity)
        self.send(day)
        return [mail for mail in self.mails() if mail.public_id not in before]

    def days(self, numbers: Iterable[int], *entities: str) -> dict[int, list[Mail]]:
        """Whole days, counted from the first Monday; those of them on which mails went out."""
        found: dict[int, list[Mail]] = {}
        for number in numbers:
            if mails := self.day(day_after(number), *entities):
                found.setdefault(number, []).extend(mails)
        return found

    def follow(self, policy: str) -> None:
        """This text is the only policy from now on."""
        folder = self.folder / "policies"
        folder.mkdir(exist_ok=True)
        (folder / "only.yaml").write_text(policy)
        self.services = replace(self.services, policies=load_policies(folder))

    def do(self, statement: str, **bound: Any) -> None:
        """What somebody did by another way than ours."""
        with self.services.database.write() as unit:
            unit.connection.execute(text(statement), bound)
            unit.commit()

    def approve_plan(self, report: RunReport, by: str = "max") -> int:
        """Say yes to a plan."""
        return approve_plan(self.on(report.day), report.run_id, by=by)

    def approve_all(self, day: date, by: str = "max") -> None:
        """Say yes to every message that waits for its own."""
        services = self.on(day)
        for public_id in waiting_messages(services):
            approve_message(services, public_id, by=by)

    # What the customer does.

    def answer(
        self, mail: Mail, words: str, day: date, *, hour: float = 10, sender: str = "", **headers: str
    ) -> Processed:
        """The customer answers a mail, the mail quoted below; it is stored and processed at once."""
        raw = self.answer_as_bytes(mail, words, sender=sender, **headers)
        self.arrives(raw, day, hour)
        return process_inbound(self.on(day, hour))

    def answer_as_bytes(self, mail: Mail, words: str, *, sender: str = "", **headers: str) -> bytes:
        """An answer to a mail as it travels. Headers are named with underscores."""
        self._answers += 1
        reply = EmailMessage()
        reply["From"] = sender or mail.to
        reply["To"] = str(mail.parsed["Reply-To"])
        reply["Subject"] = f"Re: {mail.subject}"
        reply["Message-ID"] = f"<answer-{self._answers}@customer.example>"
        reply["In-Reply-To"] = reply["References"] = str(mail.parsed["Message-ID"])
        for name, value in headers.items():
            reply[name.replace("_", "-")] = value
        quoted = "\n".join(f"> {line}" for line in mail.text.splitlines()[:12])
        reply.set_content(f"{words}\n\n{quoted}\n")
        return reply.as_bytes()

    def arrives(self, raw: bytes, day: date, hour: float = 10, *, event_id: str = "", kind: str = "email") -> bool:
        """Something comes in and is stored; nobody has read it yet."""
        self._answers += 1
        return store_inbound(
            self.on(day, hour), provider="test", event_id=event_id or f"event-{self._answers}", kind=kind, raw=raw
        )

    def texts_us(self, number: str, body: str, day: date, **form: str) -> Processed:
        """Somebody sends a text message."""
        self.arrives(json.dumps({"From": number, "Body": body, **form}).encode(), day, kind="sms")
        return process_inbound(self.on(day, 10))

    # What is to be seen.

    def mails(self) -> list[Mail]:
        """All mails in the outbox, by day and as they were planned."""
        found = []
        for path in sorted(self.services.outbox_dir.rglob("*.eml")):
            parsed = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(parsed, EmailMessage)
            found.append(Mail(path.parent.name, path.stem, parsed))
        return found

    def asks(self) -> list[Mail]:
        """The mails that ask for something: answers to the customer's own mails left out."""
        answers = {row[0] for row in self.rows("SELECT public_id FROM message WHERE purpose = 'answer'")}
        return [mail for mail in self.mails() if mail.public_id not in answers]

    def texts(self) -> list[dict[str, Any]]:
        """All text messages and letters in the outbox."""
        return [json.loads(path.read_text()) for path in sorted(self.services.outbox_dir.rglob("*.json"))]

    def why(self, day: date, customer: str = "C1") -> dict[str, tuple[str, str | None]]:
        """Invoice → (outcome, reason) of a customer and day."""
        services = self.on(day)
        customer_id, _, _ = find_customer(services, customer)
        return {item.invoice: (item.outcome, item.reason) for item in explain(services, customer_id, day)}

    def tasks(self, *causes: str) -> list[dict[str, Any]]:
        """Open tasks, of these causes or all."""
        return [task for task in list_open_tasks(self.services) if not causes or task["cause"] in causes]

    def user(self, code: str) -> User:
        """A person by code."""
        [row] = self.rows("SELECT id, name, role FROM app_user WHERE code = :code", code=code)
        return User(row[0], code, row[1], UserRole(row[2]))

    def customer_id(self, number: str = "C1") -> int:
        """A customer's id."""
        return find_customer(self.services, number)[0]

    def rows(self, statement: str, **bound: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, as plain tuples."""
        with self.services.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement), bound)]
