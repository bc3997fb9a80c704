"""A question as understood → its answer, within what the asker may see. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from domain.errors import BadInput
from domain.name_index import Directory, Named
from domain.parties import Customer, User
from domain.questions import Answer, Choice, Question, QuestionKind, scope_of
from storage import names
from storage.database import Database
from workflows.answers import commitments, contact, credit, invoice, items, metrics, money
from workflows.answers.asking import Ask
from workflows.directory import load_directory
from workflows.services import Services

K = QuestionKind


Understand = Callable[[str, date, Directory], Question | None]
"""Text, day and directory → Question: the grammar, handed in by whoever asks."""

ANSWERS: Mapping[QuestionKind, Callable[[Ask], Answer]] = {
    K.SUMMARY: money.answer_summary,
    K.BALANCE: money.answer_balance,
    K.OVERDUE: money.answer_overdue,
    K.AGING: money.answer_aging,
    K.OPEN_ITEMS: items.answer_open_items,
    K.DUE: items.answer_due,
    K.OLDEST: items.answer_oldest,
    K.LARGEST: items.answer_largest,
    K.TOP_OVERDUE: lambda ask: items.answer_top(ask, overdue=True),
    K.TOP_BALANCE: lambda ask: items.answer_top(ask, overdue=False),
    K.WHY: contact.answer_why,
    K.LAST_CONTACT: contact.answer_last_contact,
    K.CONTACTED: contact.answer_contacted,
    K.NOT_CONTACTED: contact.answer_not_contacted,
    K.REPLIES: contact.answer_replies,
    K.OPTED_OUT: contact.answer_opted_out,
    K.CONTACTS: contact.answer_contacts,
    K.OWNER: contact.answer_owner,
    K.PROMISES: commitments.answer_promises,
    K.PROMISE_RATE: commitments.answer_promise_rate,
    K.DISPUTES: commitments.answer_disputes,
    K.BLOCKING_DISPUTES: commitments.answer_blocking_disputes,
    K.BLOCKED_ORDERS: commitments.answer_blocked_orders,
    K.ORDERS: commitments.answer_orders,
    K.TASKS: commitments.answer_tasks,
    K.EXPOSURE: credit.answer_exposure,
    K.HEADROOM: credit.answer_headroom,
    K.CREDIT_LIMIT: credit.answer_limit,
    K.OVER_LIMIT: credit.answer_over_limit,
    K.UNAPPLIED: lambda ask: credit.answer_credits(ask, "unapplied_cash"),
    K.CREDITS: lambda ask: credit.answer_credits(ask, ask.question.status),
    K.PAYMENTS: credit.answer_payments,
    K.DSO: metrics.answer_dso,
    K.CUSTOMERS: metrics.answer_customers,
}


def find_asker(database: Database, code: str | None) -> User | None:
    """The person who asks; None for the operator at the machine. Raises BadInput for a code that nobody has."""
    if code is None:
        return None
    with database.read() as connection:
        user = names.load_user(connection, code)
        if user is None:
            known = ", ".join(names.user_codes(connection)) or "nobody yet; import users first"
            raise BadInput(f"there is no user {code!r}; known are: {known}")
    return user


def find_slack_user(database: Database, slack_id: str) -> User | None:
    """The person of ours who is this member in Slack, or None."""
    with database.read() as connection:
        return names.load_user_by_slack(connection, slack_id)


def present_day(services: Services) -> date:
    """Today, in the time zone of the first legal entity."""
    with services.database.read() as connection:
        zone = names.entity_zone(connection)
    return services.now().astimezone(ZoneInfo(zone)).date()


def answer_text(
    services: Services,
    asker: User | None,
    text: str,
    understand: Understand,
    *,
    as_of: date | None = None,
    chosen: str | None = None,
) -> Answer:
    """What `asker` typed → the answer. `as_of` is the day whose figures are meant; None is the ledger as it stands.

    `chosen` is the number of the account that the asker picked where a name was not clear.
    """
    today = as_of or present_day(services)
    directory = load_directory(services.database, scope_of(asker))
    question = understand(text, today, directory)
    if question is None:
        return not_understood(text)
    if chosen is not None:
        clear = [name for name in question.names if directory.match(name).taken is not None]
        question = replace(question, names=(*clear, chosen))
    return answer_question(services, asker, question, directory, today=today, as_of=as_of)


def not_understood(text: str) -> Answer:
    """Says so, with three examples; never a guess."""
    shown = " ".join(text.split())[:80]
    return Answer(
        understood=False,
        text=(
            f"I didn't understand “{shown}”. Try, for instance: “what does NAME owe?”, “why wasn't NAME contacted "
            "today?”, “top 10 overdue in EUR”; “help” lists more."
        ),
        question={"text": text},
    )


def answer_question(
    services: Services,
    asker: User | None,
    question: Question,
    directory: Directory,
    *,
    today: date,
    as_of: date | None = None,
) -> Answer:
    """A question as understood → the answer, in one consistent reading of the ledger."""
    as_of = question.as_of or as_of
    if question.kind is K.HELP:
        return Answer(text=HELP, question={"kind": "help"})
    if question.pronoun:
        return replace(_ask_which(), question=_said(question, None))
    with services.database.read() as connection:
        ask = Ask(
            services, connection, question, scope_of(asker), as_of or today, services.now(), as_of, None, asker,
            names.entity_zone(connection),
        )  # fmt: skip
        return _resolve(ask, directory)


def _resolve(ask: Ask, directory: Directory) -> Answer:
    """Whom it is about, by what the asker may see; then the answer of its kind."""
    taken: list[Named] = []
    for name in ask.question.names:
        found = directory.match(name)
        if found.taken is None:
            return replace(_unclear(name, found.choices, found.near, found.total), question=_said(ask.question, None))
        taken.append(found.taken)
    documents: list[int] = []
    if ask.question.reference is not None:
        documents, owners = _find_reference(ask)
        if not owners and not documents:
            return replace(_unknown_reference(ask.question.reference), question=_said(ask.question, None))
        taken = taken or [Named(o, "", "") for o in owners]
    if taken:
        ask = replace(ask, customers=tuple(_customers(ask, [t.id for t in taken])))
    if ask.question.kind is K.INVOICE or (documents and ask.question.kind in (K.BALANCE, K.DUE, K.PAYMENTS)):
        answer = _about_reference(ask, documents)
    else:
        answer = ANSWERS[ask.question.kind](ask)
    return replace(answer, question=_said(ask.question, ask))


def _about_reference(ask: Ask, documents: list[int]) -> Answer:
    return invoice.answer_invoice(ask, documents) if documents else commitments.answer_orders(ask)


def _customers(ask: Ask, ids: list[int]) -> list[Customer]:
    if ask.question.group:
        ids = [i for each in ids for i in [each, *names.load_children(ask.connection, each)]]
    return names.load_customers(ask.connection, list(dict.fromkeys(ids)))


def _find_reference(ask: Ask) -> tuple[list[int], list[int]]:
    """Documents that a typed number means, and whose they are; an order's owner when it is an order."""
    reference = ask.question.reference or ""
    orders = names.find_orders(ask.connection, ask.scope, reference)
    if orders and ask.question.kind in (K.ORDERS, K.BLOCKED_ORDERS):
        return [], [o.customer_id for o in orders]
    documents = names.find_documents(ask.connection, ask.scope, reference)
    owners = {d.customer_id: None for d in names.documents_as_of(ask.connection, documents)}
    if not documents:
        return [], [o.customer_id for o in orders]
    return documents, list(owners)


def _unclear(name: str, choices: tuple[Named, ...], near: tuple[Named, ...], total: int) -> Answer:
    if choices:
        more = f" (the first {len(choices)} of {total})" if total > len(choices) else ""
        listed = ", ".join(f"{c.name} ({c.number})" for c in choices)
        return Answer(
            text=f"“{name}” may be {total} accounts{more}: {listed}. Which one?",
            choices=tuple(Choice(c.number, c.name) for c in choices),
        )
    hint = f" Did you mean {' or '.join(f'{n.name} ({n.number})' for n in near)}?" if near else ""
    return Answer(text=f"I know no account like “{name}”.{hint}", choices=tuple(Choice(n.number, n.name) for n in near))


def _unknown_reference(reference: str) -> Answer:
    return Answer(text=f"I know no invoice, purchase order, order or account “{reference}”.")


def _ask_which() -> Answer:
    return Answer(text="Which account? Please name it, for instance: what does Acme owe?")


def _said(question: Question, ask: Ask | None) -> dict[str, object]:
    """The question as it was understood and resolved, for whoever wants to check."""
    said: dict[str, object] = {"kind": str(question.kind), "text": question.text}
    if ask is not None and ask.customers:
        said["customer"] = ask.customers[0].number
        said["customer_name"] = ask.customers[0].name
        if len(ask.customers) > 1:
            said["customers"] = [c.number for c in ask.customers]
    elif question.names:
        said["names"] = list(question.names)
    if question.period is not None:
        said["period"] = {"label": question.period.label, "from": question.period.first, "to": question.period.last}
    if ask is not None:
        said["as_of"] = ask.today
    for key in ("reference", "currency", "limit", "over_days", "up_to_days", "at_least", "status", "by"):
        value = getattr(question, key)
        if value is not None:
            said["invoice" if key == "reference" else key] = value
    for key in ("mine", "group"):
        if getattr(question, key):
            said[key] = True
    return said


HELP = (
    "Ask about an account by name or number: what does Acme owe · how much is Acme overdue · aging for Acme · open "
    "invoices of Acme · status of INV-123 · why wasn't Acme contacted today · when did we last contact Acme · what did "
    "Acme promise · disputes of Acme · exposure of Acme · headroom of Acme · unapplied cash of Acme. Or about all of "
    "yours: who broke a promise this week · which disputes block orders · top 10 overdue in EUR · what is due in the "
    "next 7 days · who is over 90 days · who is opted out · tasks for me · dso."
)
