"""The demo: five weeks of an invented company's receivables played through the real workflows, then its day.

Each played day is an export of that day, imported; a run, planned, approved and sent to the file outbox; and what
customers answered, received and understood. Nothing here decides anything: it is what an operator and customers do.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

from domain.calendars import is_business_day
from domain.errors import BadInput
from domain.tasks import TaskCause
from dunwell.bootstrap import build_services
from dunwell.demo_ledger import write_ledger
from dunwell.demo_ledger.people import AR_MANAGER
from dunwell.demo_ledger.replies import REPLIES, DemoReply
from dunwell.settings import Settings, load_settings
from exchange.fields import Kind
from storage import migrate
from workflows import browse, browse_account
from workflows.approvals import approve_message, approve_plan, waiting_messages
from workflows.explain import find_customer
from workflows.import_ledger import import_file
from workflows.import_request import ImportRequest
from workflows.list_tasks import list_open_tasks
from workflows.log_call import Call, log_call
from workflows.receive_reply import process_inbound, store_inbound
from workflows.rehearse import entity_codes
from workflows.run_cadence import RunReport, run_cadence
from workflows.send_messages import drain
from workflows.services import Services
from workflows.tick import tick

WEEKS_BEFORE = (35, 28, 21, 14, 7)
"""Days before the demo's day on which an earlier run is played: enough for every step to have come."""

MARK = "demo.marker"
"""A file in the demo's folder: without it the folder is somebody's, and is not emptied."""

MASTER_DATA = frozenset({"entities", "users", "customers", "contacts"})
"""Kinds that don't change from export to export: imported once."""

Say = Callable[[str], None]


@dataclass(slots=True)
class DemoReport:
    """What the demo's day did."""

    day: date
    folder: Path
    runs: list[RunReport] = field(default_factory=list)
    earlier_messages: int = 0
    earlier_days: int = len(WEEKS_BEFORE)
    replies: int = 0


def default_day(today: date) -> date:
    """The newest day, today included, on which offices are open in each language's main country."""
    day = today
    while not all(is_business_day(country, day) for country in ("DE", "ES", "FR", "GB", "JP", "US")):
        day -= timedelta(days=1)
    return day


def demo_settings(settings: Settings) -> Settings:
    """The demo's own folder and database below the data folder, and the file outbox whatever else is set."""
    return load_settings(
        **{
            **settings.model_dump(),
            "data_dir": settings.data_dir / "demo",
            "database_url": "",
            "email_channel": "outbox",
            "sms_channel": "outbox",
        }
    )


def play_demo(settings: Settings, day: date, say: Say) -> tuple[DemoReport, Services]:
    """Make the demo anew for `day`. `settings` are the demo's own; `say` is told each thing that is done.

    Raises BadInput when the demo's folder holds something that no demo made.
    """
    folder = settings.data_dir
    _start_anew(folder)
    services = build_services(settings, now=lambda: _morning(day))
    migrate.upgrade(services.database)
    report = DemoReport(day, folder)
    for back in WEEKS_BEFORE:
        earlier = day - timedelta(days=back)
        report.earlier_messages += sum(run.messages for run in _play_day(services, folder, day, earlier, past=True))
        report.replies += _play_replies(services, day, earlier, earlier + timedelta(days=7))
        say(f"{earlier}: imported, planned, approved, sent")
    report.runs = _play_day(services, folder, day, day, past=False)
    return report, services


def _start_anew(folder: Path) -> None:
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise BadInput(f"{folder} holds something that no demo made; set DUNWELL_DATA_DIR to another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("made by `dunwell demo`: the next one starts this folder anew\n")


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def _play_day(services: Services, folder: Path, demo_day: date, day: date, *, past: bool) -> list[RunReport]:
    """One day: the export of that day goes in, each entity's run is planned, approved and sent."""
    mine = replace(services, now=lambda: _morning(day))
    files = write_ledger(folder / "import" / day.isoformat(), demo_day, as_of=day)
    known = bool(entity_codes(mine))
    for kind, path in files.paths.items():
        if known and kind in MASTER_DATA:
            continue
        request = ImportRequest(Kind(kind), path, day, reports=folder, actor=AR_MANAGER)
        import_file(services.database, request, now=_morning(day))
    reports = []
    for entity_id, _, _ in entity_codes(mine):
        report = run_cadence(mine, entity_id, day)
        if report.status == "awaiting_approval":
            approve_plan(mine, report.run_id, by=AR_MANAGER)
        reports.append(report)
    if past:
        for public_id in waiting_messages(mine):
            approve_message(mine, public_id, by=AR_MANAGER)
    drain(mine, _morning(day) + timedelta(days=2), seconds=600, each_at_its_hour=True)
    if past:
        _log_calls(mine, day)
    tick(mine)
    return reports


def _log_calls(services: Services, day: date) -> None:
    """The collectors tried everybody whom the day's plan told them to call, and reached nobody."""
    entities = {code: entity_id for entity_id, code, _ in entity_codes(services)}
    for task in list_open_tasks(services):
        if task["cause"] == TaskCause.CALL:
            customer_id, _, _ = find_customer(services, task["customer"])
            entity_id = entities[task["entity"]]
            log_call(services, Call(customer_id, entity_id, day, "no_answer", "left a message", by=task["owner"]))


def _play_replies(services: Services, demo_day: date, after: date, before: date) -> int:
    """What customers answered from the day `after` until the day before `before`. Returns how many were received."""
    count = 0
    for answer in REPLIES:
        day = demo_day + timedelta(days=answer.days)
        if not after <= day < before:
            continue
        mine = replace(services, now=lambda day=day: datetime.combine(day, time(9, 30), UTC))  # type: ignore[misc]
        mail = _answer(mine, answer, demo_day)
        if mail is not None:
            store_inbound(mine, provider="demo", event_id=f"{answer.customer}:{answer.days}", kind="email", raw=mail)
            process_inbound(mine)
            count += 1
    return count


def _answer(services: Services, answer: DemoReply, demo_day: date) -> bytes | None:
    """The answer as a mail to the newest one in the file outbox that its customer got; None if there was none."""
    account = browse_account.read_account(services, answer.customer)
    assert account is not None
    for event in account.events:
        page = browse.read_message(services, event.link.rpartition("/")[2]) if event.link else None
        if page is None or page.content is None or page.content.raw is None:
            continue
        got = message_from_bytes(page.content.raw, policy=default)
        invoice = next((item.number for item in page.items if item.number), "")
        reply = EmailMessage(policy=SMTP)
        reply["From"] = str(got["To"])
        reply["To"] = str(got["Reply-To"])
        prefix = "Automatic reply" if answer.automatic else "Re"
        reply["Subject"] = f"{prefix}: {got['Subject']}"
        reply["Message-ID"] = f"<demo-{answer.customer.lower()}{answer.days}@customer.example>"
        reply["In-Reply-To"] = reply["References"] = str(got["Message-ID"])
        if answer.automatic:
            reply["Auto-Submitted"] = "auto-replied"
        quoted = "\n".join(f"> {line}" for line in page.content.text.splitlines()[:8])
        reply.set_content(f"{answer.text(demo_day, account.row.locale, invoice)}\n\n{quoted}\n")
        return reply.as_bytes()
    return None
