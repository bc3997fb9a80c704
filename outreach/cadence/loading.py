"""Policies from their files. What a file may say is described in `docs/policies.md`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import combinations
from pathlib import Path

import yaml

from domain.errors import BadInput
from domain.parties import Channel
from outreach.cadence.policy import AppliesTo, CycleScope, Grouping, Policy, PolicyBook
from outreach.cadence.step_reader import StepDefaults, read_amounts, read_steps
from outreach.cadence.yaml_reader import Fields, Problems, read_document


class MailProvider(StrEnum):
    """Whom mail can go by, as policies name them."""

    SENDGRID = "sendgrid"
    SMTP = "smtp"


def load_policies(source: Path | Iterable[Path] | None = None) -> PolicyBook:
    """The policies of a folder's `*.yaml`, of the files named, or (None) those that come with the product.

    Raises BadInput with every error of every file, a line each: file, line, field, what was read, what is expected.
    """
    found: list[Path] | list[Traversable]
    if source is None:
        found = [entry for entry in files("policies").iterdir() if entry.name.endswith((".yaml", ".yml"))]
    elif isinstance(source, Path):
        if not source.exists():
            raise BadInput(f"policies: {source} doesn't exist; name a folder of .yaml files, or a file")
        found = [*source.glob("*.yaml"), *source.glob("*.yml")] if source.is_dir() else [source]
    else:
        found = list(source)
    if not found:
        raise BadInput(f"policies: no .yaml file in {source}; a policy is needed to contact anybody")
    return parse_policies({str(getattr(file, "name", file)): file.read_text("utf-8") for file in found})


def parse_policies(texts: Mapping[str, str]) -> PolicyBook:
    """File name → text, as a book. Raises BadInput with every error, a line each."""
    errors: list[str] = []
    read: list[tuple[str, Policy]] = []
    for file, text in sorted(texts.items()):
        problems = Problems(file)
        policy = _read_policy(text, problems)
        errors += problems.lines()
        if policy is not None and not problems.found:
            read.append((file, policy))
    errors += _clashes(read)
    if errors:
        raise BadInput("\n".join(errors))
    book = PolicyBook(tuple(policy for _, policy in read))
    book.texts = {Path(file).name: text for file, text in sorted(texts.items())}
    written = "\0".join(f"{file}\0{text}" for file, text in book.texts.items())
    book.sha256 = hashlib.sha256(written.encode()).hexdigest()
    return book


def _read_policy(text: str, problems: Problems) -> Policy | None:
    fields = read_document(text, problems)
    if fields is None:
        return None
    code = fields.take_text("policy", expected="the policy's code, a word such as key-accounts")
    if "policy" not in fields:
        fields.wrong("policy", "the policy's code, a word such as key-accounts")
    applies_to = _read_applies_to(fields)
    excluded = fields.take_text("never_contact", expected="the reason why these customers are never written to")
    cycle = fields.take_choice("cycle", CycleScope, CycleScope.INVOICE) or CycleScope.INVOICE
    inclusive = _read_threshold(fields)
    defaults = StepDefaults.read(fields, cycle, inclusive)
    steps = read_steps(fields, defaults, excluded is not None)
    policy = Policy(
        code=code or "",
        steps=steps,
        applies_to=applies_to,
        cycle=cycle,
        grouping=fields.take_choice("grouping", Grouping, Grouping.CUSTOMER) or Grouping.CUSTOMER,
        inclusive=inclusive,
        grace_days=fields.take_days("grace_days", 0) or 0,
        due_date_rolls=fields.take_flag("due_date_rolls", True),
        min_interval_days=_or(fields.take_days("min_interval_days", 5), 5),
        minimum=read_amounts(fields, "minimum"),
        tone=defaults.tone,
        contact_cap_per_week=fields.take_days("contact_cap_per_week", None, least=1, most=7),
        promise_reminder_days=fields.take_days("promise_reminder_days", None, least=1, most=30),
        promise_grace_days=_or(fields.take_days("promise_grace_days", 3, most=60), 3),
        excluded=excluded,
        failover=_read_failover(fields),
    )
    fields.take_text("description", expected="a sentence")
    fields.refuse_unknown()
    return policy


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _read_threshold(fields: Fields) -> bool:
    value = fields.take_text("threshold_day", "counts")
    if value not in ("counts", "day_after"):
        fields.wrong("threshold_day", "counts (a step of day 5 is due on day 5) or day_after (on day 6)")
    return value != "day_after"


def _read_applies_to(fields: Fields) -> AppliesTo:
    node = fields.node("applies_to")
    if node is None:
        fields.wrong("applies_to", "everybody, or any of customers, segments, territories, countries")
        return AppliesTo()
    if isinstance(node, yaml.ScalarNode):
        if node.value != "everybody":
            fields.wrong("applies_to", "everybody, or any of customers, segments, territories, countries")
        return AppliesTo()
    inner = Fields.of(node, "applies_to", fields.problems)
    if inner is None:
        return AppliesTo()
    applies_to = AppliesTo(*(inner.take_texts(key) for key in ("customers", "segments", "territories", "countries")))
    for country in sorted(applies_to.countries):
        if len(country) != 2 or not country.isalpha() or not country.isupper():
            inner.wrong("countries", "two capitals of ISO 3166 such as JP", repr(country))
    inner.refuse_unknown()
    if not any(applies_to.rank) and not fields.problems.found:
        fields.wrong(
            "applies_to", "everybody, or at least one of customers, segments, territories, countries", "nobody"
        )
    return applies_to


def _read_failover(fields: Fields) -> dict[Channel, str]:
    node = fields.node("failover")
    inner = Fields.of(node, "failover", fields.problems) if node is not None else None
    if inner is None:
        return {}
    taker = inner.take_choice("email", MailProvider, None)
    inner.refuse_unknown()
    return {Channel.EMAIL: str(taker)} if taker is not None else {}


def _clashes(read: list[tuple[str, Policy]]) -> list[str]:
    """Policies of one code, and pairs that are equally specific for the same customer."""
    errors = []
    for (file, one), (other_file, other) in combinations(read, 2):
        if one.code == other.code:
            errors.append(f"{other_file}:1: policy: read {other.code!r}; expected a code that {file} doesn't have")
        elif one.applies_to.rank == other.applies_to.rank and _overlap(one.applies_to, other.applies_to):
            errors.append(
                f"{other_file}:1: applies_to: read the same customers as {file}; expected one of the two to be more "
                "specific (customers before segments, territories, countries, everybody)"
            )
    return errors


def _overlap(one: AppliesTo, other: AppliesTo) -> bool:
    pairs = (
        (one.customers, other.customers),
        (one.segments, other.segments),
        (one.territories, other.territories),
        (one.countries, other.countries),
    )
    return all(not mine or not yours or mine & yours for mine, yours in pairs)
