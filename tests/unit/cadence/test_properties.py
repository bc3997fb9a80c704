"""What must hold whatever happens in whatever order: runs, payments, promises, disputes, edits of the policy."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.account import OptOut, PastContact, Pause, PauseKind
from domain.parties import Channel
from domain.promises import Promise, PromiseStatus
from domain.touches import SkipReason, TouchStatus
from outreach.cadence.eligibility import hold_reason, judge_item, recheck
from outreach.cadence.policy import PolicyBook, Template
from outreach.cadence.view import AccountView, PlanOptions
from tests.unit.cadence.build import ANY_LEDGER, Story, account, book, cash, contact, done, item, plan

START = date(2026, 3, 2)
CODES = ("early", "due", "one", "two", "three", "last")


def _policy(
    offsets: tuple[int, int, int, int], grouping: str, interval: int, threshold: str, channels: str
) -> PolicyBook:
    one, two, three, last = offsets
    return book(
        f"""
        code: early, before_due: 3
        code: due, on_due: true
        code: one, after_due: {one}, template: first
        code: two, after_due: {two}, template: second
        code: three, after_due: {three}, template: second
        code: last, after_due: {last}, template: final, approval: required
        """,
        f"grouping: {grouping}\nmin_interval_days: {interval}\nthreshold_day: {threshold}\nchannels: {channels}\n",
    )


POLICIES = st.builds(
    _policy,
    st.sampled_from([(5, 15, 25, 40), (1, 2, 3, 4), (3, 10, 11, 30), (7, 8, 30, 31)]),
    st.sampled_from(["customer", "invoice"]),
    st.sampled_from([0, 3, 7]),
    st.sampled_from(["counts", "day_after"]),
    st.sampled_from(["[email]", "[email, sms, letter]", "[sms, email]"]),
)

EVENTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 12)),
    st.tuples(st.just("run again"), st.just(0)),
    st.tuples(st.just("pay"), st.integers(1, 3)),
    st.tuples(st.just("promise"), st.integers(1, 3)),
    st.tuples(st.just("dispute"), st.integers(1, 3)),
    st.tuples(st.just("let go"), st.integers(1, 3)),
    st.tuples(st.just("break a promise"), st.integers(1, 3)),
    st.tuples(st.just("opt out"), st.integers(0, 1)),
    st.tuples(st.just("edit"), POLICIES),
)


def _happens(story: Story, event: str, value: object) -> None:
    """One event of the field."""
    if event == "edit":
        story.policies = value
    elif event == "opt out":
        addresses = {OptOut(Channel.EMAIL, "ada@acme.example"), OptOut(Channel.SMS, "+4930123456")}
        story.set(opt_outs=frozenset(sorted(addresses, key=str)[: int(value)]))
    elif event == "break a promise":
        broken = story.account.broken_promises
        promise = Promise(len(broken) + 1, "EUR", 100, START, START, PromiseStatus.BROKEN, ((int(value), 100),))
        story.set(broken_promises=(*broken, promise))
    elif event in ("pay", "promise", "dispute", "let go"):
        one = next(one for one in story.account.items if one.id == value)
        changes = {
            "pay": {"residual": one.residual - one.residual // 3},
            "promise": {"promised": one.residual},
            "dispute": {"disputed": one.residual // 2},
            "let go": {"promised": 0, "disputed": 0},
        }[event]
        story.change(one.id, **changes)


@settings(max_examples=150, deadline=None)
@given(POLICIES, st.lists(st.integers(-10, 20), min_size=3, max_size=3), st.lists(EVENTS, max_size=25))
def test_no_step_is_skipped_repeated_or_doubled_on_a_day_in_any_order_of_events(policies, late, events) -> None:
    items = [item(id, due=START - timedelta(days=days)) for id, days in enumerate(late, start=1)]
    story = Story(account(*items), policies)
    day, history = START, {1: [], 2: [], 3: []}
    for event, value in [*events, *[("wait", 9)] * 8]:
        _happens(story, event, value)
        day += timedelta(days=value if event == "wait" else 0)
        for document, stage in story.run(day).items():
            history[document].append((stage, day))
    for seen in history.values():
        stages, days = [stage for stage, _ in seen], [day for _, day in seen]
        steps = [stage for stage in stages if ":" not in stage]
        after_due = [CODES.index(stage) for stage in steps if stage in CODES[2:]]
        assert len(set(stages)) == len(stages), "a step is done once"
        assert len(set(days)) == len(days), "one step a day"
        assert after_due == list(range(2, 2 + len(after_due))), "no after-due step is skipped"
        assert steps == sorted(steps, key=CODES.index), "steps keep their order"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([0, 3, 7]), st.lists(EVENTS.filter(lambda event: event[0] != "edit"), max_size=25))
def test_an_accounts_cycle_skips_and_repeats_no_step_either(interval: int, events) -> None:
    policies = book(
        """
        code: one, after_due: 5, template: first
        code: two, after_due: 12, template: second
        code: three, after_previous: 6, template: second
        """,
        f"cycle: account\nmin_interval_days: {interval}\n",
    )
    late = (3, 9, 30)
    story = Story(account(*(item(id, due=START - timedelta(days=ago)) for id, ago in enumerate(late, 1))), policies)
    day, seen = START, []
    for event, value in [*events, *[("wait", 9)] * 6]:
        _happens(story, event, value)
        day += timedelta(days=value if event == "wait" else 0)
        today = set(story.run(day).values())
        assert len(today) <= 1, "one step of the account a day"
        seen += [(stage, day) for stage in today]
    steps = [stage for stage, _ in seen if ":" not in stage]
    assert steps == ["one", "two", "three"][: len(steps)]
    assert len({stage for stage, _ in seen}) == len(seen)
    assert len({day for _, day in seen}) == len(seen)


AMOUNT = st.integers(0, 20_000)
DONE = st.sampled_from(
    [
        (),
        (done("first", 5, START),),
        (done("first", 5, START), done("gone", 9, START)),
        (done("before_due", -3, START),),
    ]
)
ITEMS = st.builds(
    lambda id, late, residual, disputed, promised, pending, currency, stages, status, off: item(
        id,
        due=START - timedelta(days=late),
        residual=residual,
        disputed=disputed,
        promised=promised,
        credit_pending=pending,
        currency=currency,
        stages_done=stages,
        pending=status,
        written_off=off,
    ),
    st.integers(1, 10_000),
    st.integers(-20, 60),
    st.integers(-100, 20_000),
    AMOUNT | st.just(0),
    AMOUNT | st.just(0),
    st.just(0) | AMOUNT,
    st.sampled_from(["EUR", "USD"]),
    DONE,
    st.sampled_from([None, None, None, *TouchStatus]),
    st.sampled_from([False, False, False, True]),
)
PAUSES = st.builds(
    Pause,
    st.sampled_from(PauseKind),
    st.just(START),
    st.none(),
    st.none() | st.integers(1, 10_000),
    st.none() | st.just(11),
)
CONTACTS = st.builds(
    lambda ago, automated, currency: PastContact(
        START - timedelta(days=ago), Channel.EMAIL, currency, 1, (), automated
    ),
    st.integers(0, 20),
    st.booleans(),
    st.sampled_from(["EUR", "USD", None]),
)
ACCOUNTS = st.builds(
    lambda items, pauses, contacts, credit, promises, addressed: account(
        *items,
        pauses=tuple(pauses),
        past_contacts=tuple(contacts),
        credits=(cash(credit),) if credit else (),
        broken_promises=tuple(
            Promise(n, "EUR", 1, START, START, PromiseStatus.BROKEN, ((one.id, 1),))
            for n, one in enumerate(items)
            if promises
        ),
        contacts=(contact(),) if addressed else (),
    ),
    st.lists(ITEMS, max_size=8, unique_by=lambda one: one.id),
    st.lists(PAUSES, max_size=1),
    st.lists(CONTACTS, max_size=2),
    st.sampled_from([0, 0, 500, 50_000]),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)
BOOKS = st.sampled_from(
    [
        book(
            f"""
            {"" if cycle == "account" else "code: before_due, before_due: 3"}
            code: first, after_due: 5, template: first
            code: second, after_due: 15, template: second
            code: call, after_due: 22, template: second, channels: [call]
            code: final, after_due: 30, template: final, approval: required
            """.replace("\n            \n", "\n"),
            f"cycle: {cycle}\ngrouping: {grouping}\nminimum: {{EUR: 10.00}}\n",
        )
        for cycle in ("invoice", "account")
        for grouping in ("customer", "invoice")
    ]
)
OPTIONS = st.sampled_from([ANY_LEDGER, PlanOptions(ledger_max_age=None, contact_cap_per_week=1)])
DAYS = st.integers(0, 6).map(lambda ahead: START + timedelta(days=ahead))


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, BOOKS, OPTIONS, DAYS)
def test_every_item_ends_in_exactly_one_touch_or_skip(snapshot, policies, options, day) -> None:
    found = plan(snapshot, day, policies, options)
    outcomes = [document for message in found.messages for touch in message.touches for document in touch.document_ids]
    outcomes += [document for skip in found.skips for document in skip.document_ids]
    assert sorted(outcomes) == sorted(one.id for one in snapshot.items)


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, BOOKS, OPTIONS, DAYS)
def test_what_is_asked_is_positive_and_never_more_than_may_be(snapshot, policies, options, day) -> None:
    items = {one.id: one for one in snapshot.items}
    for message in plan(snapshot, day, policies, options).messages:
        assert {touch.currency for touch in message.touches} == {message.currency}
        for touch in message.touches:
            mine = [items[document] for document in touch.document_ids]
            assert touch.asked_minor == sum(one.askable for one in mine)
            for one in mine:
                assert 0 < one.residual - one.disputed - one.promised - one.credit_pending <= one.residual
                assert one.currency == message.currency
                assert not one.written_off


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, BOOKS, OPTIONS, DAYS)
def test_a_message_is_one_a_group_and_grave_words_wait_for_a_person(snapshot, policies, options, day) -> None:
    found = plan(snapshot, day, policies, options)
    if policies.policies[0].grouping == "customer":
        groups = [(message.entity_id, message.currency) for message in found.to_send]
        assert len(set(groups)) == len(groups)
    for message in found.to_send:
        assert message.needs_approval == any(touch.template is Template.FINAL for touch in message.touches)
        assert message.not_before < message.not_after
        assert not any(one.holds(day) and one.kind is PauseKind.INSOLVENCY for one in snapshot.pauses)


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, BOOKS, DAYS)
def test_the_plan_follows_the_verdict_on_each_item(snapshot, policies, day) -> None:
    found = plan(snapshot, day, policies, ANY_LEDGER)
    policy = policies.policies[0]
    touched = {document: touch for m in found.messages for touch in m.touches for document in touch.document_ids}
    skipped = {document: skip.reason for skip in found.skips for document in skip.document_ids}
    of_the_message = {
        SkipReason.COVERED_BY_CREDIT, SkipReason.BELOW_MINIMUM, SkipReason.NO_ADDRESS, SkipReason.OPTED_OUT,
        SkipReason.PAUSED, SkipReason.CONTACT_CAP, SkipReason.NOT_A_BUSINESS_DAY,
    }  # fmt: skip
    for one in snapshot.items:
        verdict = judge_item(one, snapshot, policy, day, ANY_LEDGER)
        if isinstance(verdict, SkipReason):
            assert skipped[one.id] == verdict
        elif one.id in touched:
            assert touched[one.id].stage == verdict.code
        else:
            assert skipped[one.id] in of_the_message


@settings(max_examples=150, deadline=None)
@given(ACCOUNTS, BOOKS, DAYS)
def test_the_second_look_at_an_unchanged_account_keeps_everything(snapshot, policies, day) -> None:
    for message in plan(snapshot, day, policies, ANY_LEDGER).messages:
        look = recheck(
            message.touches,
            snapshot,
            policies.policies[0],
            day,
            channel=message.channel,
            contact_id=message.contact_id,
            address=message.address,
            options=ANY_LEDGER,
        )
        assert (look.kept, look.stopped) == (message.touches, None)


@settings(max_examples=150, deadline=None)
@given(ACCOUNTS, ACCOUNTS, BOOKS, DAYS)
def test_the_second_look_never_asks_for_what_is_no_longer_owed(planned, fresh, policies, day) -> None:
    view = AccountView(fresh, policies.policies[0], day, ANY_LEDGER)
    now = {one.id: one for one in fresh.items}
    for message in plan(planned, day, policies, ANY_LEDGER).messages:
        look = recheck(
            message.touches,
            fresh,
            policies.policies[0],
            day,
            channel=message.channel,
            contact_id=message.contact_id,
            address=message.address,
            options=ANY_LEDGER,
        )
        assert len(look.kept) + len(look.dropped) == len(message.touches)
        for touch in look.kept:
            assert touch.asked_minor == sum(now[document].askable for document in touch.document_ids) > 0
            assert all(hold_reason(now[document], view) is None for document in touch.document_ids)


@settings(max_examples=200, deadline=None)
@given(ACCOUNTS, BOOKS, OPTIONS, DAYS)
def test_a_second_run_of_the_day_adds_nothing(snapshot, policies, options, day) -> None:
    story = Story(snapshot, policies, options)
    first = story.run(day)
    again = story.run(day)
    assert not set(first) & set(again)
    assert [message for message in story.plan.messages if policies.policies[0].grouping == "customer"] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=6, unique_by=lambda one: one.id), BOOKS)
def test_how_items_are_grouped_into_messages_changes_no_steps(items, policies) -> None:
    policy = policies.policies[0]
    together = [judge_item(one, account(*items), policy, START, ANY_LEDGER) for one in items]
    if policy.cycle == "invoice":
        assert together == [judge_item(one, account(one), policy, START, ANY_LEDGER) for one in items]
    regrouped = replace(policy, grouping="invoice" if policy.grouping == "customer" else "customer")
    assert together == [judge_item(one, account(*items), regrouped, START, ANY_LEDGER) for one in items]
