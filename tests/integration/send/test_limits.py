"""What providers get is bounded: rates, daily caps, breakers, and who takes over; a run out of the ordinary waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from domain.breaker import OPENS_AFTER, Breaker
from domain.errors import BadInput
from domain.pacing import read_rates
from domain.parties import Channel
from domain.touches import TouchStatus
from dunwell.bootstrap import build_services
from dunwell.settings import load_settings
from outreach.cadence.policy import PolicyBook
from outreach.channels.base import Delivery, Outcome
from storage.pacing import provider_states
from storage.tables import message, message_attempt, provider_state, run, task
from tests.fakes.channels import ScriptedChannel, by
from tests.fakes.ledgers import DAY, NOON, at, messages, plan_day, seed_ledger, statuses
from workflows.approvals import approve_plan
from workflows.ask_approvals import ask_for_approvals
from workflows.send_messages import drain
from workflows.services import Services

DOWN = Delivery(Outcome.TRY_AGAIN, error="connection refused", channel_down=True)
WAIT = Delivery(Outcome.TRY_AGAIN, error="429 slow down", channel_down=True, retry_after_seconds=600)
LOST = Delivery(Outcome.UNKNOWN, error="connection lost", channel_down=True)


def named(name: str, *script: Delivery) -> ScriptedChannel:
    channel = ScriptedChannel(*script)
    channel.name = name
    return channel


def later(services: Services, minutes: int) -> Services:
    """As if so many minutes had passed, for messages and for providers."""
    with services.database.write() as unit:
        for column in ("not_before", "probe_until"):
            back = {"sqlite": f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{minutes} minutes')"}.get(
                unit.dialect, f"{column} - interval '{minutes} minutes'"
            )
            unit.connection.execute(text(f"UPDATE provider_state SET {column} = {back}"))
        unit.commit()
    return at(services, services.now() + timedelta(minutes=minutes))


def health(services: Services) -> tuple[str, int]:
    """The breaker's state, and how many troubles in a row were counted."""
    with services.database.read() as connection:
        state = provider_states(connection, ["smtp"])["smtp"]
    return str(state.breaker), state.failures


def test_a_rate_that_is_used_up_holds_its_own_messages_only_and_counts_no_try(empty: Services) -> None:
    seed_ledger(empty.database, 6)
    plan_day(empty)
    with empty.database.write() as unit:
        unit.connection.execute(text("UPDATE customer SET phone = '+35386123450' || id"))
        to_phones = "UPDATE message SET channel = 'sms', address = '+35386123450' || customer_id WHERE id % 2 = 0"
        unit.connection.execute(text(to_phones))
        unit.commit()
    mail, sms = named("smtp"), named("twilio")
    services = replace(by(empty, mail), channels={Channel.EMAIL: mail, Channel.SMS: sms}, rates=read_rates("smtp:1/h"))
    assert drain(services) == {"sent": 4}  # it doesn't wait for the hour
    assert (len(mail.given), len(sms.given)) == (1, 3)
    waiting = [row for row in messages(empty.database) if row.status == TouchStatus.PLANNED]
    assert [(row.channel, row.attempts, row.not_before) for row in waiting] == [("email", 0, NOON)] * 2


def test_a_rate_of_one_country_or_creditor_leaves_the_others_their_turn(empty: Services) -> None:
    seed_ledger(empty.database, 4)
    plan_day(empty)
    with empty.database.write() as unit:
        unit.connection.execute(text("UPDATE customer SET country = 'US' WHERE id <= 2"))
        unit.commit()
    mail = named("smtp")
    services = replace(by(empty, mail), rates=read_rates("smtp/US:1/h,smtp@OTHER:1/h"))
    # The oldest two are for the US: the second of them has no room, and keeps nobody from theirs.
    assert drain(services) == {"sent": 3}
    assert statuses(empty.database) == ["sent", "planned", "sent", "sent"]


def test_a_drain_waits_for_the_room_that_a_rate_soon_has(empty: Services) -> None:
    seed_ledger(empty.database, 5)
    plan_day(empty)
    services = replace(by(empty, named("smtp")), rates=read_rates("smtp:4/s"))
    assert drain(services, seconds=20) == {"sent": 5}


def test_a_daily_cap_is_not_passed_and_the_rest_stays_planned(empty: Services) -> None:
    seed_ledger(empty.database, 5)
    plan_day(empty)
    services = replace(by(empty, named("smtp")), daily_caps={"smtp": 3})
    assert drain(services) == {"sent": 3}
    assert drain(services) == {}
    assert statuses(empty.database).count(TouchStatus.PLANNED) == 2
    with empty.database.write() as unit:
        unit.connection.execute(text("UPDATE provider_day SET day = '2026-01-01'"))
        unit.commit()
    assert drain(services) == {"sent": 2}


def test_a_provider_that_asks_to_be_left_alone_is_by_every_worker(empty: Services) -> None:
    seed_ledger(empty.database, 3)
    plan_day(empty)
    drain(by(empty, named("smtp", WAIT)))
    other = named("smtp")
    assert drain(by(empty, other)) == {}
    assert other.given == []
    assert health(by(empty, other)) == (Breaker.CLOSED, 0)
    assert drain(later(by(empty, other), 11)) == {"sent": 3}


def test_a_breaker_opens_for_all_workers_tries_with_one_message_and_closes(empty: Services) -> None:
    seed_ledger(empty.database, 8)
    plan_day(empty)
    ours = by(empty, named("smtp", *[DOWN] * 20))
    for _ in range(OPENS_AFTER):
        drain(ours)
    assert health(ours) == (Breaker.OPEN, OPENS_AFTER)
    theirs = named("smtp", DOWN)
    assert drain(by(empty, theirs)) == {}
    # After its pause one message tries; it fails, and nothing more goes for longer.
    soon = later(by(empty, theirs), 2)
    assert drain(soon) == {"planned": 1}
    assert health(soon) == (Breaker.OPEN, OPENS_AFTER + 1)
    assert drain(soon) == {}
    well = later(soon, 20)
    assert drain(well, limit=8) == {"sent": 8}
    assert health(well) == (Breaker.CLOSED, 0)


def test_while_somebody_tries_nobody_else_does(empty: Services) -> None:
    seed_ledger(empty.database, 4)
    plan_day(empty)
    ours = by(empty, named("smtp", *[DOWN] * OPENS_AFTER))
    for _ in range(OPENS_AFTER):
        drain(ours)
    others: list[dict[str, int]] = []
    soon = later(empty, 2)
    trying = ScriptedChannel(during=lambda _: others.append(drain(by(soon, named("smtp")))) if not others else None)
    trying.name = "smtp"
    assert drain(by(soon, trying)) == {"sent": 4}
    assert others == [{}]


def with_failover(services: Services, own: ScriptedChannel, spare: ScriptedChannel, *codes: str) -> Services:
    policies = tuple(
        replace(policy, failover={Channel.EMAIL: spare.name} if policy.code in codes else {})
        for policy in services.policies.policies
    )
    return replace(by(services, own), spares={spare.name: spare}, policies=PolicyBook(policies))


def test_a_policy_may_name_who_takes_over_and_only_its_customers_mail_goes_there(empty: Services) -> None:
    seed_ledger(empty.database, 6)
    plan_day(empty)
    codes = sorted({row.policy for row in messages(empty.database)})
    with empty.database.write() as unit:
        unit.connection.execute(update(message).where(message.c.id > 4).values(policy="other"))
        unit.commit()
    own, spare = named("sendgrid", *[DOWN] * OPENS_AFTER), named("smtp")
    services = with_failover(empty, own, spare, *codes)
    for _ in range(OPENS_AFTER):
        drain(services)
    assert spare.given == []
    assert drain(at(services, NOON + timedelta(minutes=1))) == {"sent": 4}
    assert (len(own.given), len(spare.given)) == (OPENS_AFTER, 4)
    with empty.database.read() as connection:
        tries = connection.execute(
            select(message_attempt.c.provider, message_attempt.c.outcome)
            .where(message_attempt.c.message_id == messages(empty.database)[0].id)
            .order_by(message_attempt.c.number)
        ).all()
    assert [tuple(one) for one in tries][-1] == ("smtp", "accepted")
    assert ("sendgrid", "try_again") in [tuple(one) for one in tries]
    assert {row.provider for row in messages(empty.database) if row.status == "sent"} == {"smtp"}


def test_a_message_in_doubt_never_fails_over(empty: Services) -> None:
    seed_ledger(empty.database, OPENS_AFTER + 1)
    plan_day(empty)
    codes = sorted({row.policy for row in messages(empty.database)})
    own, spare = named("sendgrid", *[LOST] * OPENS_AFTER), named("smtp")
    services = with_failover(empty, own, spare, *codes)
    for _ in range(OPENS_AFTER):
        drain(services)
    assert drain(services) == {"sent": 1}
    assert statuses(empty.database).count(TouchStatus.UNKNOWN) == OPENS_AFTER
    assert {one.public_id for one in own.given}.isdisjoint({one.public_id for one in spare.given})


def test_a_policy_that_names_a_provider_that_is_not_set_up_is_refused_at_start(tmp_path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "p.yaml").write_text(
        "policy: p\napplies_to: everybody\nfailover: {email: smtp}\n"
        "steps:\n  - {code: a, after_due: 5, template: first}\n"
    )
    with pytest.raises(BadInput, match="DUNWELL_SPARE_CHANNELS"):
        build_services(load_settings(data_dir=tmp_path, policies_dir=folder))
    made = build_services(load_settings(data_dir=tmp_path, policies_dir=folder, spare_channels="smtp"))
    assert [spare.name for spare in made.spares.values()] == ["smtp"]
    made.database.dispose()


@pytest.mark.parametrize(
    "settings",
    [
        {"rates": "smtp"},
        {"rates": "sengrid:1/s"},
        {"daily_caps": "smtp"},
        {"daily_caps": "smpt:10"},
        {"spare_channels": "pigeon"},
    ],
)
def test_a_limit_that_can_not_be_read_is_refused_at_start(tmp_path, settings: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        build_services(load_settings(data_dir=tmp_path, **settings))


def test_a_number_that_said_no_to_the_provider_is_written_to_no_more(planned: Services) -> None:
    told = Delivery(Outcome.REFUSED, error="400 unsubscribed (21610)", opted_out=True)
    assert drain(by(planned, ScriptedChannel(told)), limit=1) == {"failed": 1}
    row = messages(planned.database)[0]
    with planned.database.read() as connection:
        noes = connection.execute(text("SELECT channel, address, source FROM opt_out WHERE lifted_at IS NULL")).all()
        assert connection.execute(select(task.c.id).where(task.c.cause == "send_failed")).first() is None
    assert [tuple(no) for no in noes] == [(row.channel, row.address, "provider:scripted")]


def test_a_run_far_out_of_the_ordinary_waits_and_says_so(empty: Services) -> None:
    seed_ledger(empty.database, 60)
    with empty.database.write() as unit:
        for n in range(6):
            unit.connection.execute(
                run.insert().values(
                    public_id=f"old-{n}", entity_id=1, business_day=DAY - timedelta(days=10 + n), kind="cadence",
                    status="finished", counts={"messages": 2}, started_at=NOON,
                )
            )  # fmt: skip
        unit.commit()
    plan_day(empty)
    ask_for_approvals(empty)
    with empty.database.read() as connection:
        newest = connection.execute(select(run).order_by(run.c.business_day.desc()).limit(1)).one()
        (note,) = connection.execute(select(task.c.note).where(task.c.cause == "approve_plan")).scalars()
    assert (newest.status, newest.counts["times_usual"]) == ("awaiting_approval", 30)
    assert "this run would send 30 times the usual volume: approve" in note
    channel = ScriptedChannel()
    assert drain(by(empty, channel)) == {}
    assert approve_plan(empty, newest.id, by="ar_manager") == 60
    assert drain(by(empty, channel), limit=2) == {"sent": 2}


def test_what_no_limit_holds_costs_no_row(planned: Services) -> None:
    assert drain(by(planned, ScriptedChannel())) == {"sent": 3}
    with planned.database.read() as connection:
        assert connection.execute(select(provider_state)).all() == []
        assert connection.execute(text("SELECT count(*) FROM pace")).scalar() == 0
