"""Broken policies: each is refused with file, line and field, what was read and what is expected."""

from textwrap import dedent

import pytest

from domain.errors import BadInput
from outreach.cadence.loading import load_policies, parse_policies

GOOD = """\
policy: test
applies_to: everybody
steps:
  - code: first
    after_due: 5
    template: first
"""


def _refused(text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_policies({"p.yaml": dedent(text)})
    return str(caught.value).splitlines()


def _steps(*lines: str, more: str = "") -> str:
    entries = "\n".join(f"  - {{{line}}}" for line in lines)
    return f"policy: test\napplies_to: everybody\n{more}steps:\n{entries}\n"


BROKEN = [
    (
        "an unknown field, with the one that was meant",
        GOOD + "grace_day: 3\n",
        "p.yaml:7: grace_day: read an unknown field; expected did you mean 'grace_days'?",
    ),
    (
        "an unknown field of a step",
        _steps("code: a, after_due: 5, template: first, tonne: firm"),
        "p.yaml:4: steps[1].tonne: read an unknown field; expected did you mean 'tone'?",
    ),
    (
        "a provider to fail over to that there isn't",
        GOOD + "failover: {email: pigeon}\n",
        "p.yaml:7: failover.email: read 'pigeon'; expected ",
    ),
    (
        "another provider for a channel that has only one",
        GOOD + "failover: {sms: smtp}\n",
        "p.yaml:7: failover.sms: read an unknown field; expected ",
    ),
    (
        "a word where days belong",
        _steps("code: a, after_due: soon, template: first"),
        "p.yaml:4: steps[1].after_due: read 'soon'; expected whole days",
    ),
    (
        "half a day",
        _steps("code: a, after_due: 2.5, template: first"),
        "p.yaml:4: steps[1].after_due: read '2.5'; expected whole days",
    ),
    ("a sign instead of before_due", _steps("code: a, after_due: -3, template: first"), "never by a sign"),
    (
        "day 0 where the threshold day counts",
        _steps("code: a, after_due: 0, template: first"),
        "p.yaml:4: steps[1].after_due: read '0'; expected whole days from 1",
    ),
    (
        "a code given twice",
        _steps("code: a, after_due: 5, template: first", "code: a, after_due: 9, template: second"),
        "p.yaml:5: steps[2].code: read 'a' a second time",
    ),
    (
        "steps out of order",
        _steps("code: a, after_due: 9, template: first", "code: b, after_due: 5, template: second"),
        "p.yaml:5: steps[2].after_due: read '5'; expected a day after that of step 'a'",
    ),
    (
        "two steps on one day",
        _steps("code: a, after_due: 5, template: first", "code: b, after_due: 5, template: second"),
        "a day after that of step 'a'",
    ),
    (
        "a step before due behind one after due",
        _steps("code: a, after_due: 5, template: first", "code: b, before_due: 5"),
        "p.yaml:5: steps[2].before_due: read '5'; expected a day after",
    ),
    (
        "no steps at all",
        "policy: test\napplies_to: everybody\n",
        "p.yaml:1: steps: read none; expected at least one step",
    ),
    (
        "an empty list of steps",
        "policy: test\napplies_to: everybody\nsteps: []\n",
        "p.yaml:3: steps: read none; expected at least one step",
    ),
    (
        "a minimum in an unknown currency",
        GOOD + "minimum: {EURO: 10.00}\n",
        "p.yaml:7: minimum.EURO: read 'EURO'; expected an ISO 4217 code",
    ),
    (
        "a minimum with more decimals than the currency",
        GOOD + "minimum: {JPY: 10.50}\n",
        "p.yaml:7: minimum.JPY: read '10.50'; expected an amount such as 25.00 (amount 10.50 has more decimals",
    ),
    (
        "a negative minimum",
        GOOD + "minimum: {EUR: -1.00}\n",
        "minimum.EUR: read '-1.00'; expected an amount of 0 or more",
    ),
    (
        "a final demand without approval",
        _steps("code: a, after_due: 30, template: final"),
        "p.yaml:4: steps[1].approval: read 'nothing'; expected required",
    ),
    (
        "a final demand that says it needs none",
        _steps("code: a, after_due: 30, template: final, approval: none"),
        "steps[1].approval: read 'none'; expected required",
    ),
    (
        "two final demands",
        _steps(
            "code: a, after_due: 30, template: final, approval: required",
            "code: b, after_due: 40, template: final, approval: required",
        ),
        "a message behind the final demand 'a'",
    ),
    (
        "a reminder behind the final demand",
        _steps(
            "code: a, after_due: 30, template: final, approval: required", "code: b, after_due: 40, template: second"
        ),
        "nothing but a call there",
    ),
    (
        "past-due words before the due date",
        _steps("code: a, before_due: 60, template: second"),
        "p.yaml:4: steps[1].template: read 'second'; expected one of before_due",
    ),
    (
        "words of before due after it",
        _steps("code: a, after_due: 6, template: before_due"),
        "expected one of first, second, final",
    ),
    (
        "no side of the due date",
        _steps("code: a, template: first"),
        "p.yaml:4: steps[1]: read nothing; expected one of before_due, on_due, after_due, after_previous",
    ),
    (
        "both sides of the due date",
        _steps("code: a, template: first, before_due: 3, after_due: 3"),
        "read before_due and after_due; expected one of",
    ),
    (
        "an unknown channel",
        _steps("code: a, after_due: 5, template: first, channels: [mail]"),
        "steps[1].channels: read 'mail'; expected one of email, sms, letter, call; did you mean 'email'?",
    ),
    (
        "a channel twice",
        _steps("code: a, after_due: 5, template: first, channels: [sms, sms]"),
        "steps[1].channels: read 'sms' a second time",
    ),
    (
        "an unknown role",
        GOOD + "recipients: [boss]\n",
        "p.yaml:7: recipients: read 'boss'; expected one of ap, ap_manager",
    ),
    (
        "an unknown tone",
        GOOD + "tone: angry\n",
        "p.yaml:7: tone: read 'angry'; expected one of friendly, standard, firm",
    ),
    ("no code of its own", GOOD.replace("policy: test\n", ""), "policy: read nothing; expected the policy's code"),
    (
        "nobody it is for",
        GOOD.replace("applies_to: everybody\n", ""),
        "applies_to: read nothing; expected everybody, or any of",
    ),
    (
        "a country by name",
        GOOD.replace("everybody", "{countries: [Japan]}"),
        "p.yaml:2: applies_to.countries: read 'Japan'; expected two capitals",
    ),
    ("an unknown kind of customer", GOOD.replace("everybody", "{segment: [key]}"), "did you mean 'segments'?"),
    (
        "a field twice",
        GOOD + "policy: other\n",
        "p.yaml:7: policy: read the field a second time; expected it once (line 1)",
    ),
    (
        "a flag that is none",
        GOOD + "due_date_rolls: maybe\n",
        "p.yaml:7: due_date_rolls: read 'maybe'; expected true or false",
    ),
    (
        "a fee over a hundred percent",
        _steps("code: a, after_due: 5, template: first, fee: {percent: 150}"),
        "steps[1].fee.percent: read '150'; expected a percentage",
    ),
    (
        "a fee that is no mapping",
        _steps("code: a, after_due: 5, template: first, fee: 10"),
        "steps[1].fee: read '10'; expected a mapping",
    ),
    (
        "a repetition without an end",
        _steps("code: a, after_due: 5, template: first, repeat: {every_days: 14}"),
        "steps[1].repeat.times: read nothing; expected a whole number",
    ),
    (
        "an account's cycle with a step before due",
        _steps("code: a, before_due: 5", more="cycle: account\n"),
        "steps[1].before_due: read '5'; expected after_due or after_previous",
    ),
    (
        "steps where nobody is written to",
        GOOD + "never_contact: intercompany\n",
        "p.yaml:3: steps: read steps; expected no steps",
    ),
    (
        "a threshold day of another name",
        GOOD + "threshold_day: included\n",
        "threshold_day: read 'included'; expected counts",
    ),
    (
        "a code that can't be a stage",
        _steps("code: 'a:b', after_due: 5, template: first"),
        "steps[1].code: read 'a:b'; expected letters",
    ),
    ("a list instead of a policy", "- a\n- b\n", "p.yaml:1: file: read a list; expected a mapping of fields"),
    ("an empty file", "", "p.yaml:1: file: read nothing; expected a policy"),
    ("no YAML", "policy: [a\n", "p.yaml:2: file: read"),
    ("a tab as indentation", "policy: a\nsteps:\n\t- code: b\n", "p.yaml:3: file: read"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_policy_is_refused_with_its_place(text: str, expected: str) -> None:
    errors = _refused(text)
    assert any(expected in error for error in errors), errors
    assert len(errors) == 1, errors


def test_all_errors_of_all_files_come_at_once_in_the_order_of_their_lines() -> None:
    with pytest.raises(BadInput) as caught:
        parse_policies(
            {
                "b.yaml": "policy: b\napplies_to: everybody\ntone: angry\nsteps: []\n",
                "a.yaml": "policy: a\napplies_to: everybody\nsteps:\n  - {code: x, after_due: no, template: first}\n",
            }
        )
    assert [line.split(": read")[0] for line in str(caught.value).splitlines()] == [
        "a.yaml:4: steps[1].after_due",
        "b.yaml:3: tone",
        "b.yaml:4: steps",
    ]


def test_two_policies_that_are_equally_specific_for_somebody_are_refused() -> None:
    key = GOOD.replace("everybody", "{segments: [key, gold]}")
    gold = GOOD.replace("everybody", "{segments: [gold]}").replace("policy: test", "policy: other")
    with pytest.raises(BadInput, match=r"b.yaml:1: applies_to: read the same customers as a.yaml"):
        parse_policies({"a.yaml": key, "b.yaml": gold})


def test_two_policies_of_one_code_are_refused() -> None:
    with pytest.raises(BadInput, match=r"b.yaml:1: policy: read 'test'; expected a code that a.yaml doesn't have"):
        parse_policies({"a.yaml": GOOD, "b.yaml": GOOD.replace("everybody", "{countries: [JP]}")})


def test_norway_is_a_country_and_not_a_no() -> None:
    book = parse_policies({"n.yaml": GOOD.replace("everybody", "{countries: [NO, SE]}")})
    assert book.policies[0].applies_to.countries == {"NO", "SE"}


def test_amounts_are_read_as_written_not_as_floats() -> None:
    book = parse_policies({"p.yaml": GOOD + "minimum: {EUR: 0.29, JPY: 1000, KWD: 1.005}\n"})
    assert book.policies[0].minimum == {"EUR": 29, "JPY": 1_000, "KWD": 1_005}


def test_a_missing_folder_and_an_empty_one_are_told(tmp_path) -> None:
    with pytest.raises(BadInput, match="doesn't exist"):
        load_policies(tmp_path / "none")
    with pytest.raises(BadInput, match=r"no \.yaml file"):
        load_policies(tmp_path)


def test_a_folder_of_policies_is_read_and_its_fingerprint_follows_its_text(tmp_path) -> None:
    (tmp_path / "p.yaml").write_text(GOOD)
    first = load_policies(tmp_path)
    (tmp_path / "p.yaml").write_text(GOOD.replace("after_due: 5", "after_due: 6"))
    assert first.texts == {"p.yaml": GOOD}
    assert load_policies(tmp_path).sha256 != first.sha256
    assert load_policies(tmp_path / "p.yaml").policies[0].code == "test"
