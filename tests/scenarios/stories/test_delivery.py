"""What became of a message, told by the provider, and what the next run makes of it (numbers as in the field cases)."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from domain.delivery import DeliveryEvent, DeliveryKind
from domain.parties import Channel
from tests.scenarios.stories.house import House, Mail, at, day_after
from web.twilio_events import read_consent, read_status
from workflows.list_tasks import finish_task
from workflows.record_delivery import apply_events, heed_now, store_events

CONTACTS = """customer,name,role,email,phone
C1,Ada,ap,ada@acme.example,+353871234567
C1,Bob,ap,bob@acme.example,+353877654321
"""
BY_MAIL_THEN_SMS = """
policy: only
applies_to: everybody
channels: [email, sms]
recipients: [ap]
grace_days: 0
min_interval_days: 1
steps:
  - {code: first, after_due: 5, template: first}
  - {code: second, after_due: 15, template: second}
"""
BY_SMS = BY_MAIL_THEN_SMS.replace("[email, sms]", "[sms]")
NUMBER = "+353871234567"
_numbers = count(1)


def told(
    house: House, kind: DeliveryKind, day: int, *, mail: Mail | None = None, address: str = "", **more: Any
) -> dict[str, int]:
    """A provider tells something on a day, at nine; it is applied at once."""
    moment: datetime = at(day_after(day), more.pop("hour", 9))
    event = DeliveryEvent(
        "sendgrid", f"event-{next(_numbers)}", kind, more.pop("channel", Channel.EMAIL), moment,
        public_id=mail.public_id if mail else None, address=address, **more,
    )  # fmt: skip
    services = house.on(day_after(day), 23)
    store_events(services, [event])
    return apply_events(services)


def opened(house: House, policy: str = BY_MAIL_THEN_SMS) -> House:
    house.load("customers", "number,name,country,locale,timezone,currency,collector\n"
               "C1,Acme Ltd,IE,en-IE,Europe/Dublin,EUR,kim\n", day_after(-60))  # fmt: skip
    house.do("UPDATE customer SET email = NULL")
    house.load("contacts", CONTACTS, day_after(-60))
    house.follow(policy)
    house.invoice("INV-1", due=day_after(-7))
    return house


def test_16_a_bounce_reopens_the_step_and_the_next_run_writes_to_the_next_contact(house: House) -> None:
    opened(house)
    [first] = house.day(day_after(0))
    assert first.to == "ada@acme.example"
    assert told(house, DeliveryKind.BOUNCED, 0, mail=first, code="5.1.1", reason="no such user") == {"moved": 1}
    assert house.rows("SELECT status, status_reason FROM message") == [("bounced", "bounced (5.1.1: no such user)")]
    [task] = house.tasks("bounced")
    assert (task["owner"], task["customer"]) == ("kim", "C1")
    assert "ada@acme.example" in task["note"]
    [second] = house.day(day_after(1))
    assert second.to == "bob@acme.example"
    assert second.subject == first.subject, "the same step, open again"
    told(house, DeliveryKind.BOUNCED, 1, mail=second)
    assert house.day(day_after(2)) == []
    assert [sms["to"] for sms in house.texts()] == [NUMBER]
    stages = house.rows("SELECT stage FROM touch WHERE dropped_reason IS NULL")
    assert stages == [("first",)], "one step, one message that arrived"


def test_16_when_nobody_is_left_the_reason_says_so_and_closing_the_task_tries_again(small_house: House) -> None:
    house = small_house
    opened(house, BY_MAIL_THEN_SMS.replace("[email, sms]", "[email]"))
    for number in (0, 1):
        [mail] = house.day(day_after(number))
        told(house, DeliveryKind.BOUNCED, number, mail=mail)
    assert house.day(day_after(2)) == []
    assert house.why(day_after(2)) == {"INV-1": ("skipped", "undeliverable")}
    ada, _ = house.tasks("bounced")
    finish_task(house.on(day_after(2), 12), ada["id"], "the mailbox works again", "kim")
    [mail] = house.day(day_after(3))
    assert mail.to == "ada@acme.example"


def test_16_an_address_that_was_corrected_is_tried(small_house: House) -> None:
    house = small_house
    opened(house, BY_MAIL_THEN_SMS.replace("[email, sms]", "[email]"))
    for number in (0, 1):
        [mail] = house.day(day_after(number))
        told(house, DeliveryKind.BOUNCED, number, mail=mail)
    house.load("contacts", "customer,name,role,email\nC1,Ada,ap,ada.new@acme.example\n", day_after(2))
    [mail] = house.day(day_after(2))
    assert mail.to == "ada.new@acme.example"


def test_a_planned_message_to_an_address_that_died_meanwhile_does_not_go(house: House) -> None:
    opened(house)
    house.export(day_after(0))
    house.plan(day_after(0))
    told(house, DeliveryKind.BOUNCED, 0, address="Ada@Acme.example", hour=5)
    house.send(day_after(0))
    assert house.mails() == []
    assert house.rows("SELECT status, status_reason FROM message") == [("cancelled", "undeliverable")]
    [mail] = house.day(day_after(1))
    assert mail.to == "bob@acme.example"


def test_what_is_deferred_or_bounces_softly_changes_nothing(small_house: House) -> None:
    house = small_house
    opened(house)
    [mail] = house.day(day_after(0))
    told(house, DeliveryKind.DEFERRED, 0, mail=mail, code="4.2.1")
    told(house, DeliveryKind.SOFT_BOUNCED, 0, mail=mail, code="4.2.2")
    assert house.rows("SELECT status FROM message") == [("sent",)]
    assert house.tasks() == []
    assert house.day(day_after(1)) == []
    assert told(house, DeliveryKind.DELIVERED, 1, mail=mail) == {"moved": 1}
    assert house.rows("SELECT status FROM message") == [("delivered",)]


def test_a_mail_given_up_three_times_in_a_month_ends_the_trying(small_house: House) -> None:
    house = small_house
    opened(house, BY_MAIL_THEN_SMS.replace("[email, sms]", "[email]"))
    to = []
    for number in range(4):
        [mail] = house.day(day_after(number))
        to.append(mail.to)
        told(house, DeliveryKind.FAILED, number, mail=mail, code="4.2.2", reason="mailbox full")
    assert to == ["ada@acme.example"] * 3 + ["bob@acme.example"]
    assert len(house.tasks("bounced")) == 1


def test_who_calls_it_spam_gets_no_more_on_that_channel_and_the_collector_is_told(small_house: House) -> None:
    house = small_house
    opened(house)
    [mail] = house.day(day_after(0))
    told(house, DeliveryKind.COMPLAINED, 0, mail=mail)
    assert house.rows("SELECT status FROM message") == [("delivered",)], "who complains of it has it"
    assert house.rows("SELECT address, source FROM opt_out") == [("ada@acme.example", "complaint:sendgrid")]
    [task] = house.tasks("spam_complaint")
    assert task["owner"] == "kim"
    later = house.days(range(1, 12))
    assert {m.to for mails in later.values() for m in mails} == {"bob@acme.example"}


def test_6_an_unsubscription_told_to_the_provider_alone_holds_until_it_is_taken_back(small_house: House) -> None:
    house = small_house
    opened(house, BY_MAIL_THEN_SMS.replace("[email, sms]", "[email]"))
    house.do("DELETE FROM contact WHERE name = 'Bob'")
    told(house, DeliveryKind.OPTED_OUT, -1, address="ada@acme.example")
    assert house.day(day_after(0)) == []
    assert house.why(day_after(0)) == {"INV-1": ("skipped", "opted_out")}
    told(house, DeliveryKind.OPTED_IN, 0, address="ada@acme.example")
    [mail] = house.day(day_after(1))
    assert mail.to == "ada@acme.example"


def test_6_a_no_told_late_does_not_undo_a_newer_yes_nor_a_yes_a_newer_no(house: House) -> None:
    told(house, DeliveryKind.OPTED_IN, 3, address="ada@acme.example")
    told(house, DeliveryKind.OPTED_OUT, 2, address="ada@acme.example")
    assert house.rows("SELECT address FROM opt_out WHERE lifted_at IS NULL") == []
    told(house, DeliveryKind.OPTED_OUT, 5, address="ada@acme.example")
    told(house, DeliveryKind.OPTED_IN, 4, address="ada@acme.example")
    assert house.rows("SELECT address FROM opt_out WHERE lifted_at IS NULL") == [("ada@acme.example",)]


def status_callback(house: House, public_id: str, status: str, day: int, code: str = "") -> None:
    form = {"MessageSid": f"SM-{public_id}", "MessageStatus": status, "To": NUMBER, "ErrorCode": code}
    services = house.on(day_after(day), 9)
    store_events(services, read_status(form, public_id, services.now()))
    apply_events(services)


def test_18_a_stop_known_only_to_twilio_stops_text_messages_and_start_restores_them(house: House) -> None:
    opened(house, BY_SMS)
    house.do("DELETE FROM contact WHERE name = 'Bob'")
    house.day(day_after(0))
    [(public_id,)] = house.rows("SELECT public_id FROM message")
    status_callback(house, public_id, "failed", 0, "21610")
    assert house.rows("SELECT status FROM message") == [("bounced",)]
    assert house.rows("SELECT channel, address FROM opt_out WHERE lifted_at IS NULL") == [("sms", NUMBER)]
    house.day(day_after(1))
    assert house.why(day_after(1)) == {"INV-1": ("skipped", "opted_out")}
    assert len(house.texts()) == 1
    services = house.on(day_after(1), 12)
    start = read_consent({"MessageSid": "SM9", "From": NUMBER, "Body": "Start", "OptOutType": "START"}, services.now())
    assert start is not None
    heed_now(services, start)
    house.day(day_after(2))
    assert [sms["to"] for sms in house.texts()] == [NUMBER, NUMBER]


def test_18_the_word_twilio_recognised_stops_at_once_what_is_already_planned(small_house: House) -> None:
    house = small_house
    opened(house, BY_SMS)
    house.do("DELETE FROM contact WHERE name = 'Bob'")
    house.export(day_after(0))
    house.plan(day_after(0))
    services = house.on(day_after(0), 5)
    stop = read_consent({"MessageSid": "SM1", "From": NUMBER, "Body": "Basta", "OptOutType": "STOP"}, services.now())
    assert stop is not None
    heed_now(services, stop)
    house.send(day_after(0))
    assert house.texts() == []
    assert house.rows("SELECT status, status_reason FROM message") == [("cancelled", "opted_out")]
