"""The steps of a policy file: each read for itself, then all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

import yaml

from domain.currencies import EXPONENTS
from domain.errors import BadInput
from domain.money import parse_amount
from domain.parties import Channel, ContactRole
from domain.touches import When
from outreach.cadence.policy import Anchor, CycleScope, Fee, Step, Template, Tone
from outreach.cadence.yaml_reader import Fields, shown

_STEP_TEMPLATES = {
    When.BEFORE_DUE: (Template.BEFORE_DUE,),
    When.ON_DUE: (Template.ON_DUE,),
    When.AFTER_DUE: (Template.FIRST, Template.SECOND, Template.FINAL),
}
"""Words that fit the side of the due date: nothing reads as past due before it is."""

_MOST_REPEATS = 24


@dataclass(frozen=True, slots=True)
class StepDefaults:
    """What a policy says once for all its steps."""

    cycle: CycleScope
    inclusive: bool
    channels: tuple[Channel, ...]
    recipients: tuple[ContactRole, ...]
    tone: Tone
    copy_sales_rep: bool

    @classmethod
    def read(cls, fields: Fields, cycle: CycleScope, inclusive: bool) -> StepDefaults:
        """The policy's own channels, recipients, tone and copy."""
        return cls(
            cycle=cycle,
            inclusive=inclusive,
            channels=fields.take_choices("channels", Channel, (Channel.EMAIL,)),
            recipients=fields.take_choices("recipients", ContactRole, (ContactRole.ACCOUNTS_PAYABLE,)),
            tone=fields.take_choice("tone", Tone, Tone.STANDARD) or Tone.STANDARD,
            copy_sales_rep=fields.take_flag("copy_sales_rep", False),
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """A step with the lines that speak of it and how often it comes again."""

    step: Step
    fields: Fields
    day_key: str
    every: int | None
    times: int


def read_steps(fields: Fields, defaults: StepDefaults, excluded: bool) -> tuple[Step, ...]:
    """The steps of a policy, repeats written out, offsets set. Problems are noted in `fields.problems`."""
    read: list[_Read] = []

    def read_one(node: yaml.Node, at: str) -> None:
        entry = Fields.of(node, at, fields.problems)
        if entry is not None:
            step = _read_step(entry, defaults)
            entry.refuse_unknown()
            if step is not None:
                read.append(step)

    before = len(fields.problems.found)
    count = fields.take_list("steps", read_one)
    if excluded:
        if "steps" in fields:
            fields.wrong("steps", "no steps, because `never_contact` says that nobody is written to", "steps")
        return ()
    if count == 0 and len(fields.problems.found) == before:
        fields.wrong("steps", "at least one step", "none")
    steps = _with_offsets(read)
    _check_order(steps)
    _check_final(steps)
    return tuple(repeat for one in steps for repeat in _written_out(one))


def _read_step(entry: Fields, defaults: StepDefaults) -> _Read | None:
    code = entry.take_text("code", expected="the step's code, a word such as first")
    if code is None and "code" not in entry:
        entry.wrong("code", "the step's code, a word such as first")
    elif code is not None and not code.replace("_", "").replace("-", "").isalnum():
        entry.wrong("code", "letters, digits, _ and - only: it names the stage for ever")
    place = _read_when(entry, defaults)
    template = _read_template(entry, place[0] if place else None)
    channels = entry.take_choices("channels", Channel, defaults.channels)
    approval = _read_approval(entry, template)
    every, times = _read_repeat(entry, template)
    step = Step(
        code=code or "",
        when=place[0] if place else When.AFTER_DUE,
        days=place[1] if place else 0,
        template=template or Template.FIRST,
        offset=0,
        anchor=place[2] if place else Anchor.DUE,
        channels=channels,
        recipients=entry.take_choices("recipients", ContactRole, defaults.recipients),
        tone=entry.take_choice("tone", Tone, defaults.tone) or defaults.tone,
        approval=approval,
        fee=_read_fee(entry),
        copy_sales_rep=entry.take_flag("copy_sales_rep", defaults.copy_sales_rep),
    )
    return _Read(step, entry, place[3], every, times) if place and template and code else None


def _read_when(entry: Fields, defaults: StepDefaults) -> tuple[When, int, Anchor, str] | None:
    """Side of the due date, days, what they count from, and the key that says so."""
    keys = [key for key in ("before_due", "on_due", "after_due", "after_previous") if key in entry]
    if len(keys) != 1:
        read = " and ".join(keys) or "nothing"
        entry.problems.add(entry.line, entry.at, read, "one of before_due, on_due, after_due, after_previous")
        return None
    key = keys[0]
    if key != "after_due" and key != "after_previous" and defaults.cycle is CycleScope.ACCOUNT:
        entry.wrong(key, "after_due or after_previous: an account's cycle begins with its oldest overdue item")
        return None
    if key == "on_due":
        if not entry.take_flag("on_due", True):
            entry.wrong("on_due", "true, or no such step")
        return When.ON_DUE, 0, Anchor.DUE, key
    # On the due day itself nothing is past due, so a step of day 0 needs the day after to be its first.
    least = 0 if key == "after_due" and not defaults.inclusive else 1
    days = entry.take_days(key, None, least=least)
    anchor = Anchor.PREVIOUS if key == "after_previous" else Anchor.DUE
    if key == "after_due" and entry.take_flag("to_month_end", False):
        anchor = Anchor.MONTH_END
    if days is None:
        return None
    return (When.BEFORE_DUE if key == "before_due" else When.AFTER_DUE), days, anchor, key


def _read_template(entry: Fields, when: When | None) -> Template | None:
    allowed = _STEP_TEMPLATES[when] if when else tuple(t for group in _STEP_TEMPLATES.values() for t in group)
    default = allowed[0] if len(allowed) == 1 else None
    found = entry.take_choice("template", Template, default, allowed)
    if when is not None and found is None and "template" not in entry:
        entry.wrong("template", "one of " + ", ".join(allowed))
    return found


def _read_approval(entry: Fields, template: Template | None) -> bool:
    value = entry.take_text("approval")
    if value not in (None, "required", "none"):
        entry.wrong("approval", "required or none")
    if template is Template.FINAL and value != "required":
        entry.wrong("approval", "required: a final demand never goes without a person's yes", repr(value or "nothing"))
    return value == "required" or template is Template.FINAL


def _read_repeat(entry: Fields, template: Template | None) -> tuple[int | None, int]:
    node = entry.node("repeat")
    if node is None:
        return None, 0
    inner = Fields.of(node, entry.name("repeat"), entry.problems)
    if inner is None:
        return None, 0
    every = inner.take_days("every_days", None, least=1)
    times = inner.take_days("times", None, least=1, most=_MOST_REPEATS)
    for key in ("every_days", "times"):
        if key not in inner:
            inner.wrong(key, "a whole number")
    inner.refuse_unknown()
    if template not in (None, Template.FIRST, Template.SECOND):
        entry.wrong("repeat", "no repetition of these words", f"a repeated {template}")
    return every, times or 0


def _read_fee(entry: Fields) -> Fee | None:
    node = entry.node("fee")
    if node is None:
        return None
    inner = Fields.of(node, entry.name("fee"), entry.problems)
    if inner is None:
        return None
    percent = inner.take_text("percent")
    if percent is None:
        return Fee(fixed=_amounts(inner))
    inner.refuse_unknown()
    try:
        value = Decimal(percent)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 < value <= 100:
        inner.wrong("percent", "a percentage of the original amount, over 0 and at most 100")
        return None
    return Fee(percent=value)


def read_amounts(fields: Fields, key: str) -> dict[str, int]:
    """A mapping of currency to amount in major units → minor units. Unknown currencies and bad amounts are problems."""
    node = fields.node(key)
    if node is None:
        return {}
    inner = Fields.of(node, fields.name(key), fields.problems)
    return _amounts(inner) if inner is not None else {}


def _amounts(fields: Fields) -> dict[str, int]:
    found: dict[str, int] = {}
    for currency in fields.all_keys():
        node = fields.node(currency)
        if currency not in EXPONENTS:
            fields.wrong(currency, "an ISO 4217 code such as EUR", repr(currency))
        elif not isinstance(node, yaml.ScalarNode):
            fields.wrong(currency, "an amount such as 25.00", shown(node) if node else None)
        else:
            try:
                minor = parse_amount(node.value, currency).minor
            except BadInput as error:
                fields.wrong(currency, f"an amount such as 25.00 ({error})")
            else:
                found[currency] = minor
                if minor < 0:
                    fields.wrong(currency, "an amount of 0 or more")
    return found


def _with_offsets(read: Sequence[_Read]) -> list[_Read]:
    """Sets each step's signed days to the due date; a step that counts from the previous one stands behind it."""
    found: list[_Read] = []
    offset = 0
    for one in read:
        step = one.step
        if step.anchor is Anchor.PREVIOUS:
            offset = max(offset, 0) + step.days
        else:
            offset = -step.days if step.when is When.BEFORE_DUE else step.days
        found.append(replace(one, step=replace(step, offset=offset)))
        offset += (one.every or 0) * one.times
    return found


def _check_order(steps: Sequence[_Read]) -> None:
    seen: set[str] = set()
    last: int | None = None
    behind: str | None = None
    for one in steps:
        step, entry = one.step, one.fields
        if step.code in seen:
            entry.wrong("code", "a code that no other step of the policy has", f"{step.code!r} a second time")
        seen.add(step.code)
        on_due_twice = step.when is When.ON_DUE and last == 0
        day_zero = step.when is When.AFTER_DUE and step.offset == 0 and last == 0
        if last is not None and step.offset <= last and not (day_zero and not on_due_twice):
            entry.wrong(one.day_key, f"a day after that of step {behind!r}: steps stand in the order of their days")
        last, behind = step.offset + (one.every or 0) * one.times, step.code


def _check_final(steps: Sequence[_Read]) -> None:
    final: str | None = None
    for one in steps:
        if final is not None and one.step.channels != (Channel.CALL,):
            one.fields.problems.add(
                one.fields.line,
                one.fields.at,
                f"a message behind the final demand {final!r}",
                "nothing but a call there: a last word is said once",
            )
        if one.step.template is Template.FINAL and final is None:
            final = one.step.code


def _written_out(one: _Read) -> list[Step]:
    """A step and its repetitions: `third`, `third+1`, `third+2` …, each a stage of its own."""
    step = one.step
    again = []
    for count in range(1, one.times + 1):
        every = one.every or 0
        days = every if step.anchor is Anchor.PREVIOUS else step.days + every * count
        again.append(replace(step, code=f"{step.code}+{count}", days=days, offset=step.offset + every * count))
    return [step, *again]
