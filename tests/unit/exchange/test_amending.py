"""What an import does to a known invoice: the entries always sum to the new residual, and nobody owes a negative."""

from hypothesis import given
from hypothesis import strategies as st

from domain.documents import EntryKind
from storage.ledger_import import InvoiceChange
from workflows.import_amend import plan_amendment

minor = st.integers(0, 10**6)


@st.composite
def changes(draw):
    amount = draw(minor)
    paid = draw(st.integers(0, amount))
    applied = draw(st.integers(0, amount - paid))
    written_off = draw(st.integers(0, amount - paid - applied))
    left = amount - paid - applied - written_off
    closed = draw(st.sampled_from([0, left]))
    return InvoiceChange(
        1, amount, left - closed, paid, closed, applied, paid + draw(st.sampled_from([0, 7])) if paid else None,
        draw(minor), draw(st.none() | minor), draw(st.booleans()),
    )  # fmt: skip


@given(changes())
def test_the_entries_lead_from_the_old_residual_to_the_new_one(change):
    made = plan_amendment(change)
    assert change.open + sum(value for _, value in made.entries) + made.release == made.open
    assert made.open >= 0
    assert 0 <= made.release <= change.applied


@given(changes())
def test_told_twice_nothing_happens_the_second_time(change):
    made = plan_amendment(change)
    sums = dict.fromkeys(EntryKind, 0)
    for kind, value in made.entries:
        sums[kind] += value
    again = InvoiceChange(
        1,
        change.told_amount,
        made.open,
        change.paid_by_source - sums[EntryKind.PAID_BY_SOURCE],
        change.closed_by_source - sums[EntryKind.REOPENED_BY_SOURCE],
        change.applied - made.release,
        change.source_paid if made.source_paid is None else made.source_paid,
        change.told_amount,
        change.told_paid,
        change.told_open,
    )
    second = plan_amendment(again)
    assert (second.entries, second.open, second.release) == ((), made.open, 0)
    assert second.excess == made.excess


@given(changes())
def test_what_was_paid_is_either_counted_or_unapplied(change):
    made = plan_amendment(change)
    if change.told_paid is not None:
        taken = sum(value for kind, value in made.entries if kind is EntryKind.PAID_BY_SOURCE)
        assert change.paid_by_source - taken + made.excess == change.told_paid
