"""The policies that come with the product."""

import pytest

from domain.touches import When
from outreach.cadence.loading import load_policies
from outreach.cadence.policy import CycleScope, Template
from tests.unit.cadence.build import customer

BOOK = load_policies()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "default"),
        ({"country": "JP"}, "japan"),
        ({"segment": "key"}, "key-accounts"),
        ({"segment": "key", "country": "JP"}, "key-accounts"),
        ({"segment": "watch", "country": "US"}, "strict"),
        ({"segment": "small"}, "small-balances"),
        ({"segment": "another"}, "default"),
    ],
)
def test_the_most_specific_policy_wins(changes: dict[str, str], code: str) -> None:
    assert BOOK.choose(customer(**changes)).code == code


@pytest.mark.parametrize("policy", BOOK.policies, ids=lambda policy: policy.code)
def test_a_shipped_policy_asks_a_person_before_it_is_grave(policy) -> None:
    for step in policy.steps:
        assert step.approval == (step.template is Template.FINAL)
        assert step.when is not When.BEFORE_DUE or policy.cycle is CycleScope.INVOICE
    assert policy.min_interval_days >= 3


def test_together_they_show_sms_calls_letters_and_the_rep_in_copy() -> None:
    channels = {channel for policy in BOOK.policies for step in policy.steps for channel in step.channels}
    assert {"email", "sms", "letter", "call"} <= channels
    assert BOOK.by_code("key-accounts").tone == "friendly"
    assert all(step.copy_sales_rep for step in BOOK.by_code("key-accounts").steps)
