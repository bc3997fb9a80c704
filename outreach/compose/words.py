"""The short words of a locale (column heads, labels, headings), checked when they are read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import Any

from domain.errors import NotReady


@dataclass(frozen=True, slots=True)
class Words:
    """One locale's words, by the names that layouts use. Every field must stand in the language's `words.toml`."""

    language_name: str
    sentence_gap: str
    colon: str
    col_invoice: str
    col_issued: str
    col_due: str
    col_days: str
    col_amount: str
    col_open: str
    col_status: str
    po_number: str
    status_overdue: str
    status_due: str
    status_later: str
    note_disputed: str
    note_promised: str
    note_fee: str
    subtotal: str
    total_open: str
    total_disputed: str
    total_promised: str
    credit_memo: str
    unapplied_cash: str
    net: str
    pay_now: str
    heading_before_due: str
    heading_on_due: str
    heading_first: str
    heading_second: str
    heading_final: str
    heading_promise_broken: str
    how_to_pay: str
    holder: str
    bank: str
    iban: str
    bic: str
    account_number: str
    routing: str
    payment_reference: str
    answer: str
    answer_button: str
    customer_number: str
    our_reference: str
    phone: str
    email: str


WORD_NAMES = frozenset(field.name for field in fields(Words))
Replacements = tuple[tuple[str, str], ...]


def read_words(text: str, where: str) -> tuple[dict[str, str], Replacements | None]:
    """A `words.toml` → its words, and its `replace` table (None where it has none: a region then uses its language's).

    Raises NotReady, naming `where`, for TOML that can't be read, an unknown key or a value that isn't text.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotReady(f"{where}: not readable as TOML ({error})") from None
    pairs = data.pop("replace", None)
    unknown = sorted(set(data) - WORD_NAMES)
    if unknown:
        raise NotReady(f"{where}: unknown words {', '.join(unknown)}; known are {', '.join(sorted(WORD_NAMES))}")
    # Only the gap between sentences may be nothing: Japanese has none.
    bad = sorted(k for k, v in data.items() if not isinstance(v, str) or not (v or k == "sentence_gap"))
    if bad:
        raise NotReady(f"{where}: {', '.join(bad)} must be text in quotes")
    return data, None if pairs is None else _replacements(pairs, where)


def _replacements(pairs: Any, where: str) -> Replacements:
    if not isinstance(pairs, list) or not all(
        isinstance(p, list) and len(p) == 2 and all(isinstance(x, str) for x in p) for p in pairs
    ):
        raise NotReady(f'{where}: `replace` is a list of pairs such as [" :", "\\u00a0:"]')
    return tuple((old, new) for old, new in pairs)


def replace_all(text: str, pairs: Replacements) -> str:
    """`text` with each pair's first replaced by its second, in order."""
    for old, new in pairs:
        text = text.replace(old, new)
    return text
