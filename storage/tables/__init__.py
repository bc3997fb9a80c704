"""Tables. State tables are the truth; audit is evidence and never replayed (docs/architecture.md)."""

from storage.tables.asking import message_inquiry, provider_poll
from storage.tables.control import (
    approval,
    audit_entry,
    audit_link,
    contact_log,
    hold,
    import_batch,
    setting,
    task,
)
from storage.tables.delivery import delivery_event, undeliverable
from storage.tables.intake import mail_seen, mailbox
from storage.tables.ledger import (
    application,
    credit_memo,
    document,
    document_file,
    exchange_rate,
    ledger_entry,
    payment,
    sales_order,
)
from storage.tables.operations import alert, process_heartbeat
from storage.tables.outreach import (
    cycle,
    inbound_event,
    message,
    message_attempt,
    policy_version,
    reply,
    run,
    skip,
    touch,
)
from storage.tables.pacing import pace, provider_day, provider_state
from storage.tables.parties import app_user, contact, customer, entity_bank, erasure, legal_entity, opt_out
from storage.tables.planning import run_chunk
from storage.tables.promises import dispute, dispute_document, pause, promise, promise_document
from storage.tables.review import contact_proposal, item_reason, reply_label
from storage.types import metadata

__all__ = [
    "alert",
    "app_user",
    "application",
    "approval",
    "audit_entry",
    "audit_link",
    "contact",
    "contact_log",
    "contact_proposal",
    "credit_memo",
    "customer",
    "cycle",
    "delivery_event",
    "dispute",
    "dispute_document",
    "document",
    "document_file",
    "entity_bank",
    "erasure",
    "exchange_rate",
    "hold",
    "import_batch",
    "inbound_event",
    "item_reason",
    "ledger_entry",
    "legal_entity",
    "mail_seen",
    "mailbox",
    "message",
    "message_attempt",
    "message_inquiry",
    "metadata",
    "opt_out",
    "pace",
    "pause",
    "payment",
    "policy_version",
    "process_heartbeat",
    "promise",
    "promise_document",
    "provider_day",
    "provider_poll",
    "provider_state",
    "reply",
    "reply_label",
    "run",
    "run_chunk",
    "sales_order",
    "setting",
    "skip",
    "task",
    "touch",
    "undeliverable",
]
