"""Parts of a run: ranges of customers, each planned once, by whichever process takes it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from storage.tables.outreach import message
from storage.types import JSON, UtcDateTime, metadata

run_chunk = Table(
    "run_chunk",
    metadata,
    # The customers (after_id, to_id]. Whoever plans them holds this row locked until the plan is written with it.
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("after_id", BigInteger, primary_key=True, autoincrement=False),
    Column("to_id", BigInteger, nullable=False),
    Column("planned_at", UtcDateTime),
    # What was planned: messages, touches, calls, tasks.
    Column("counts", JSON),
)

# Days are looked at as a whole: the outbox of a day, the days there are.
Index("ix_message_planned_on", message.c.planned_on)
