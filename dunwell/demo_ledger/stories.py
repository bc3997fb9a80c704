"""What each story's ledger looks like: open items by days to their due date, and what stands against them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One invoice. `due` counts days from the demo's day (negative: overdue); `part` is thousandths of a usual amount.

    `paid` is (per cent, days from the demo's day); `disputed` per cent; `instalments` the due days of further parts;
    `leap` puts the due date on the latest 29 February; `currency` and `entity` differ from the company's where given.
    """

    due: int
    part: int = 1000
    paid: tuple[int, int] | None = None
    disputed: int = 0
    instalments: tuple[int, ...] = ()
    leap: bool = False
    debit_memo: bool = False
    order: str = ""
    currency: str = ""
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """What stands beside the items: cash or a credit memo (per cent of the oldest item), orders, a credit limit.

    `credit_names_item` lets the credit memo name the oldest item. `limit` is per cent of a usual amount.
    """

    unapplied: int = 0
    credit: int = 0
    credit_names_item: bool = False
    orders: tuple[tuple[str, int], ...] = ()
    limit: int = 2500


PAID_BEFORE = (Item(-248, 700, (100, -244)), Item(-161, 900, (100, -149)), Item(-97, 800, (100, -90)))
"""What every company bought and paid earlier."""

STORIES: dict[str, tuple[Item, ...]] = {
    "current": (Item(12), Item(41, 700)),
    "due_soon": (Item(5, 1100), Item(3, 400), Item(34, 600)),
    "due_today": (Item(0, 900), Item(-31, 500, (100, -28)), Item(26, 700)),
    "late": (Item(-11, 800), Item(-5, 500), Item(17, 900)),
    "chased": (
        Item(-47, 900),
        Item(-33, 1200),
        Item(-26, 600),
        Item(-12, 700),
        Item(0, 800),
        Item(9, 500),
        Item(38, 1000),
    ),
    "part_paid": (Item(-24, 1500, (40, -15)), Item(-8, 600), Item(20, 800)),
    "sms": (Item(-9, 300), Item(15, 250)),
    "tiny": (Item(-14, 4), Item(22, 300)),
    "promised": (Item(-19, 1000), Item(-6, 400), Item(30, 700)),
    "kept": (Item(-30, 1100, (100, -11)), Item(-8, 500)),
    "broken": (Item(-30, 1300), Item(-12, 700), Item(14, 500)),
    "disputed_part": (Item(-29, 1400, disputed=35), Item(-13, 600)),
    "disputed_whole": (Item(-22, 900), Item(-9, 500)),
    "leap": (Item(0, 1300, (25, -40), leap=True), Item(-7, 500)),
    "instalments": (Item(-34, 2400, instalments=(-4, 26)), Item(16, 400)),
    "out_of_office": (Item(-14, 700), Item(-3, 300)),
    "already_paid": (Item(-16, 800), Item(-6, 300)),
    "covered": (Item(-9, 600), Item(24, 700)),
    "unapplied": (Item(-21, 1500), Item(-11, 800)),
    "credit_note": (Item(-20, 1000), Item(-6, 500), Item(-15, 400, currency="MXN")),
    "opted_out": (Item(-17, 300),),
    "no_email": (Item(-17, 500), Item(-6, 400)),
    "several_contacts": (Item(-41, 900), Item(-20, 700), Item(-2, 300), Item(3, 400)),
    "two_entities": (Item(-18, 900), Item(-6, 700), Item(-14, 500, currency="EUR", entity="EU")),
    "group_parent": (Item(-15, 1200), Item(-1, 400), Item(21, 900)),
    "order_dispute": (Item(-39, 900, disputed=100, order="SO-7301"), Item(19, 800)),
    "order_block": (Item(-43, 1300), Item(-28, 900, debit_memo=True), Item(10, 600)),
}
"""Story → its open (or partly open) items."""

EXTRAS: dict[str, Extra] = {
    "covered": Extra(unapplied=110),
    "unapplied": Extra(unapplied=30),
    "credit_note": Extra(credit=25),
    "part_paid": Extra(credit=10, credit_names_item=True),
    "order_dispute": Extra(orders=(("blocked", 700), ("released", 300)), limit=6000),
    "order_block": Extra(orders=(("blocked", 900), ("open", 400)), limit=2000),
    "chased": Extra(orders=(("open", 500),), limit=7000),
    "due_soon": Extra(orders=(("open", 300), ("shipped", 400))),
}
"""Story → what stands beside its items; most have nothing."""
