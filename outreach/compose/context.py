"""What a letter is made from: plain values, checked so that no wrong sum and no mixed currency can be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.documents import CreditKind
from domain.errors import BadInput
from domain.money import CurrencyMismatch, Money


class Stage(StrEnum):
    """What a message is. The code is the folder of its words under `templates/locales/<locale>/`."""

    BEFORE_DUE = "before_due"
    ON_DUE = "on_due"
    FIRST = "first"
    SECOND = "second"
    FINAL = "final"
    PROMISE_BROKEN = "promise_broken"
    STATEMENT = "statement"
    PROMISE_CONFIRMED = "promise_confirmed"
    PROMISE_REMINDER = "promise_reminder"
    DISPUTE_RECEIVED = "dispute_received"
    WE_HAVE_YOUR_MESSAGE = "we_have_your_message"
    OPT_OUT_CONFIRMED = "opt_out_confirmed"
    PAID_CLAIM_RECEIVED = "paid_claim_received"
    INVOICE_COPY = "invoice_copy"


CHASING = (Stage.FINAL, Stage.PROMISE_BROKEN, Stage.SECOND, Stage.FIRST, Stage.ON_DUE, Stage.BEFORE_DUE)
"""Stages that ask for money, gravest first: the order of the sections in a letter that holds several."""

OVERDUE = frozenset({Stage.FINAL, Stage.PROMISE_BROKEN, Stage.SECOND, Stage.FIRST})
"""Stages that say "overdue": never of an invoice whose due date hasn't passed."""

NEEDS_PROMISE = frozenset({Stage.PROMISE_BROKEN, Stage.PROMISE_CONFIRMED, Stage.PROMISE_REMINDER})


class Tone(StrEnum):
    """How a segment is spoken to; changes the words of the first and second reminder."""

    FRIENDLY = "friendly"
    STANDARD = "standard"
    FIRM = "firm"


def known_stage(code: str) -> Stage:
    """The stage of a code as policies and the database write it. Raises BadInput for one that has no templates."""
    try:
        return Stage(code)
    except ValueError:
        raise BadInput(f"step {code!r} has no templates; known are {', '.join(Stage)}") from None


def known_tone(code: str) -> Tone:
    """The tone of a code. Raises BadInput for an unknown one."""
    try:
        return Tone(code)
    except ValueError:
        raise BadInput(f"tone {code!r} is not known; use {', '.join(Tone)}") from None


@dataclass(frozen=True, slots=True)
class LineItem:
    """One open invoice (or instalment) in a letter.

    `residual` is what is open of `amount`; `disputed_minor` and `promised_minor` are the parts of the residual that are
    not asked for now, `fee_minor` the part of it that is a fee or interest. All in the currency of `residual`.
    `stage` is the step that this invoice has reached.
    """

    number: str
    issued_on: date
    due_on: date
    amount: Money
    residual: Money
    days_past_due: int
    stage: Stage
    po_number: str | None = None
    disputed_minor: int = 0
    promised_minor: int = 0
    fee_minor: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "stage", known_stage(self.stage))
        if self.amount.currency != self.residual.currency:
            raise CurrencyMismatch(f"invoice {self.number}: {self.amount} and {self.residual}")
        held = self.disputed_minor + self.promised_minor
        if min(self.disputed_minor, self.promised_minor, self.fee_minor) < 0 or held > max(0, self.residual.minor):
            raise BadInput(
                f"invoice {self.number}: disputed {self.disputed_minor} and promised {self.promised_minor} minor units "
                f"don't fit into the residual {self.residual}; read the account again"
            )

    @property
    def asked(self) -> int:
        """Minor units that are asked for: the residual less what is disputed or promised."""
        return self.residual.minor - self.disputed_minor - self.promised_minor


@dataclass(frozen=True, slots=True)
class CreditLine:
    """An open credit memo or unapplied payment, shown apart. `open` is positive: it is taken off the total."""

    kind: CreditKind
    number: str
    on: date
    open: Money


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where to pay. `routing` is a sort code, routing number or bank branch; `lines` are printed as they stand."""

    holder: str
    bank_name: str | None = None
    iban: str | None = None
    bic: str | None = None
    account_number: str | None = None
    routing: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Creditor:
    """The legal entity that writes. `registration` is what company law wants on its letters, one line each."""

    name: str
    country: str
    sender_email: str
    sender_name: str | None = None
    address_lines: tuple[str, ...] = ()
    registration: tuple[str, ...] = ()
    phone: str | None = None
    bank: BankDetails | None = None


@dataclass(frozen=True, slots=True)
class PromiseNote:
    """A promise that a letter is about: broken, confirmed or soon due. `rest`: open, undisputed and not promised.

    `instalments` are the dated parts of a plan, `amount` then their sum and `promised_on` the day of the first.
    """

    promised_on: date
    amount: Money
    rest: Money | None = None
    instalments: tuple[tuple[date, Money], ...] = ()

    def moneys(self) -> tuple[Money, ...]:
        """Every amount in it."""
        rest = () if self.rest is None else (self.rest,)
        return (self.amount, *rest, *(amount for _, amount in self.instalments))


@dataclass(frozen=True, slots=True)
class LetterContext:
    """Everything that one message says. `total` is the sum of residuals, `net` is total less `credits`.

    `stage` is the head stage: its words open and close the letter. `pay_by` is the one date asked for, `answer_by` the
    last day for papers in a dispute. `contact_name` with `contact_is_person` False is a department. `requested` marks a
    statement that somebody asked for: only such a statement may show a zero or credit balance.
    Raises BadInput or CurrencyMismatch when the parts don't fit.
    """

    stage: Stage
    locale: str
    currency: str
    today: date
    customer_number: str
    customer_name: str
    creditor: Creditor
    total: Money
    net: Money
    tone: Tone = Tone.STANDARD
    lines: tuple[LineItem, ...] = ()
    credits: tuple[CreditLine, ...] = ()
    contact_name: str | None = None
    contact_is_person: bool = True
    reply_url: str | None = None
    pay_by: date | None = None
    answer_by: date | None = None
    promise: PromiseNote | None = None
    sender_person: str | None = None
    reference: str | None = None
    approved_final: bool = False
    requested: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "stage", known_stage(self.stage))
        object.__setattr__(self, "tone", known_tone(self.tone))
        self._check_sums()
        if self.stage in CHASING:
            self._check_chasing()
        if self.stage in NEEDS_PROMISE and self.promise is None:
            raise BadInput(f"a {self.stage} message to {self.customer_name} needs the promise that it is about")
        if self.stage is Stage.STATEMENT and not self.requested and self.net.minor <= 0:
            raise BadInput(
                f"statement for {self.customer_name}: nothing is owed ({self.net}); send it only if asked for"
            )
        if self.reply_url is not None and not self.reply_url.startswith(("https://", "http://")):
            raise BadInput(f"reply link {self.reply_url!r} is not a web address; check the public address setting")

    def _check_sums(self) -> None:
        moneys = [self.total, self.net, *(c.open for c in self.credits), *(line.residual for line in self.lines)]
        if self.promise is not None:
            moneys += self.promise.moneys()
        for money in moneys:
            if money.currency != self.currency:
                raise CurrencyMismatch(f"{money} in a letter in {self.currency} to {self.customer_name}")
        lines = sum(line.residual.minor for line in self.lines)
        if lines != self.total.minor:
            raise BadInput(f"letter to {self.customer_name}: lines sum to {lines} minor units, total is {self.total}")
        if any(credit.open.minor <= 0 for credit in self.credits):
            raise BadInput(f"letter to {self.customer_name}: an open credit is not a positive amount")
        parts = self.promise.instalments if self.promise else ()
        if self.promise and parts and sum(amount.minor for _, amount in parts) != self.promise.amount.minor:
            raise BadInput(f"letter to {self.customer_name}: instalments don't sum to {self.promise.amount}")
        net = lines - sum(credit.open.minor for credit in self.credits)
        if net != self.net.minor:
            raise BadInput(f"letter to {self.customer_name}: total less credits is {net} minor units, not {self.net}")

    def _check_chasing(self) -> None:
        if not any(line.stage is self.stage for line in self.lines):
            raise BadInput(f"letter to {self.customer_name}: no invoice is at the step {self.stage} that heads it")
        if self.stage is not Stage.FINAL and any(line.stage is Stage.FINAL for line in self.lines):
            raise BadInput(f"letter to {self.customer_name}: a final demand can't stand below the head {self.stage}")
        for line in self.lines:
            if line.stage not in CHASING:
                raise BadInput(f"invoice {line.number}: {line.stage} is not a step that asks for money")
            if line.asked <= 0:
                raise BadInput(f"invoice {line.number}: nothing of it may be asked for ({line.residual}, part held)")
            if line.stage in OVERDUE and (line.due_on >= self.today or line.days_past_due <= 0):
                raise BadInput(f"invoice {line.number}: due {line.due_on}, so not overdue on {self.today}")
            if line.stage is Stage.BEFORE_DUE and line.due_on < self.today:
                raise BadInput(f"invoice {line.number}: due {line.due_on}, too late for a note before it is due")
        if self.pay_now.minor <= 0:
            raise BadInput(f"letter to {self.customer_name}: credits cover what is asked for; nothing may be demanded")
        if self.stage is Stage.FINAL and (self.pay_by is None or self.pay_by <= self.today):
            raise BadInput(f"final demand to {self.customer_name}: name a last day to pay after {self.today}")

    @property
    def head_lines(self) -> tuple[LineItem, ...]:
        """Lines that the words of the head stage cover: those at that stage, or all in a message that doesn't chase."""
        if self.stage not in CHASING:
            return self.lines
        return tuple(line for line in self.lines if line.stage is self.stage)

    @property
    def pay_now(self) -> Money:
        """What the letter asks for: the undisputed, unpromised rest of the head stage's invoices.

        Never more than the whole asked amount less credits: credits aren't allocated, but nor is money asked for that
        they cover.
        """
        head = sum(line.asked for line in self.head_lines)
        asked = sum(line.asked for line in self.lines) - sum(credit.open.minor for credit in self.credits)
        return Money(min(head, asked), self.currency)

    @property
    def needs_approval(self) -> bool:
        """Whether any invoice in it is at the final demand (invariant 10)."""
        return self.stage is Stage.FINAL
