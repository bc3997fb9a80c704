"""The real Bolt app, signed requests, and a stand-in for Slack that records what it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from bot.notifier import send_pings
from domain.disputes import DisputeReason
from storage.pings import count_events, pings_of
from storage.tables import audit_entry, dispute
from tests.integration.bot.ledger import TODAY, Ledger
from tests.integration.bot.slack import Workspace, workspace
from workflows.manage_dispute import dispute_invoices


@pytest.fixture
def slack(lite: Ledger) -> Iterator[Workspace]:
    with workspace(lite.services) as made:
        yield made


def block_text(call: dict) -> str:
    return json.dumps(call.get("blocks", []), ensure_ascii=False)


def test_the_slash_command_is_answered_to_the_asker_alone(slack: Workspace) -> None:
    assert slack.command("U-ANN", "what does Acme GmbH owe?").status_code == 200
    said = slack.slack.wait_for("respond")[0]
    assert "4,000.00 EUR, 70.00 USD" in said["text"]
    assert said["response_type"] == "ephemeral"


def test_a_tampered_or_wrongly_signed_or_old_request_is_refused(slack: Workspace) -> None:
    assert slack.command("U-ANN", "what does Acme GmbH owe?", after="&text=everything").status_code == 401
    assert slack.command("U-ANN", "what does Acme GmbH owe?", secret="another").status_code == 401
    assert slack.command("U-ANN", "what does Acme GmbH owe?", age=600).status_code == 401
    unsigned = slack.send(b"{}", {"Content-Type": "application/json"})
    assert unsigned.status_code == 401
    assert slack.slack.calls == []


def test_slacks_first_question_for_the_address_is_answered(slack: Workspace) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"})
    answered = slack.post(body, "application/json")
    assert (answered.status_code, "abc" in answered.text) == (200, True)


def test_a_mention_is_answered_to_the_asker_and_a_direct_message_in_place(slack: Workspace) -> None:
    slack.event({"type": "app_mention", "user": "U-ANN", "channel": "C1", "text": "<@UBOT> aging for Acme GmbH"})
    told = slack.slack.wait_for("chat.postEphemeral")[0]
    assert (told["channel"], told["user"], "31-60" in told["text"]) == ("C1", "U-ANN", True)
    slack.event({"type": "message", "channel_type": "im", "user": "U-SUE", "channel": "D9", "text": "my accounts"})
    assert "2 customers" in slack.slack.wait_for("chat.postMessage")[0]["text"]


def test_an_event_that_slack_sends_again_is_answered_once(slack: Workspace, lite: Ledger) -> None:
    event = {"type": "message", "channel_type": "im", "user": "U-ANN", "channel": "D9", "text": "dso"}
    for _ in range(3):
        assert slack.event(event, "Ev-again").status_code == 200
    slack.event(event | {"text": "help"}, "Ev-other")
    said = slack.slack.wait_for("chat.postMessage", 2)
    assert len(said) == 2
    with lite.database.read() as connection:
        assert count_events(connection) == 2


def test_what_bots_and_channels_say_to_each_other_is_not_answered(slack: Workspace) -> None:
    base = {"type": "message", "user": "U-ANN", "channel": "D9", "text": "dso"}
    slack.event(base | {"channel_type": "im", "bot_id": "B1"})
    slack.event(base | {"channel_type": "im", "subtype": "message_changed"})
    slack.event(base | {"channel_type": "channel", "channel": "C1"})
    slack.command("U-ANN", "help")
    slack.slack.wait_for("respond")
    assert slack.slack.of("chat.postMessage") == []


def test_a_stranger_is_refused_politely_and_learns_nothing(slack: Workspace) -> None:
    slack.command("U-NOBODY", "what does Acme GmbH owe?")
    slack.command("U-NOBODY", "what does Zorblax owe?")
    said = [call["text"] for call in slack.slack.wait_for("respond", 2)]
    assert said[0] == said[1]
    assert "I don't know you yet" in said[0]


def test_several_matches_come_with_buttons_and_a_click_answers(slack: Workspace) -> None:
    slack.command("U-ANN", "how much is Acme overdue")
    asked = slack.slack.wait_for("respond")[0]
    buttons = next(b for b in asked["blocks"] if b["type"] == "actions")["elements"]
    assert [b["text"]["text"] for b in buttons] == ["Acme GmbH (C-001)", "Acme France SAS (C-002)"]
    slack.click("U-ANN", buttons[1]["action_id"], buttons[1]["value"])
    assert "Acme France SAS (C-002): 300.00 EUR overdue" in slack.slack.wait_for("respond", 2)[1]["text"]


def test_a_rep_sees_own_accounts_only_in_slack_too(slack: Workspace) -> None:
    slack.command("U-SAM", "what does Northwind owe")
    assert "I know no account like" in slack.slack.wait_for("respond")[0]["text"]


def blocked_order(ledger: Ledger) -> str:
    """All that is overdue of Acme GmbH is disputed; order SO-1 is blocked, its rep is Sue. Returns the dispute."""
    for invoice, ref in (("US-1", "a"), ("INV-101", "b")):
        made = dispute_invoices(
            ledger.services, None, [(ledger.ids[invoice], None)], DisputeReason.PRICE, day=TODAY, source="desk",
            source_ref=ref,
        )  # fmt: skip
    ledger.order("SO-1", "C-001", 50_000, "blocked", rep="sue")
    with ledger.database.read() as connection:
        return str(connection.execute(select(dispute.c.public_id).where(dispute.c.id == made.dispute_id)).scalar_one())


def audited(ledger: Ledger, action: str) -> int:
    with ledger.database.read() as connection:
        return connection.execute(select(func.count()).where(audit_entry.c.action == action)).scalar_one()


def test_a_dispute_that_blocks_an_order_pings_its_rep_once(slack: Workspace, lite: Ledger) -> None:
    blocked_order(lite)
    assert [send_pings(lite.services, slack.client) for _ in range(3)] == [2, 0, 0]
    said = slack.slack.of("chat.postMessage")
    assert {call["channel"] for call in said} == {"U-SUE"}
    text = block_text(said[1])
    assert all(
        word in text for word in ("SO-1", "Acme GmbH", "price", "1,000.00 EUR", "INV-101", "Take it", "Escalate")
    )
    assert audited(lite, "ping.reserved") == 2


def test_a_ping_that_slack_refuses_is_noted_and_not_sent_again(slack: Workspace, lite: Ledger) -> None:
    blocked_order(lite)
    slack.slack.answers["chat.postMessage"] = {"ok": False, "error": "channel_not_found"}
    assert send_pings(lite.services, slack.client) == 0
    with lite.database.read() as connection:
        assert pings_of(connection, 1) == [{"state": "failed", "error": "channel_not_found"}]
    del slack.slack.answers["chat.postMessage"]
    assert send_pings(lite.services, slack.client) == 0


def test_buttons_act_once_and_say_so_the_second_time(slack: Workspace, lite: Ledger) -> None:
    key = blocked_order(lite)
    for _ in range(3):
        slack.click("U-SUE", "dispute_take", key)
    said = slack.slack.wait_for("respond", 3)
    assert sum("took the dispute" in call["text"] for call in said) == 1
    assert sum("you have it already" in call["text"] for call in said) == 2
    assert audited(lite, "dispute.taken") == 1
    slack.click("U-SUE", "dispute_escalate", key)
    slack.click("U-SUE", "dispute_escalate", key)
    assert any("to Ann Moor" in call["text"] for call in slack.slack.wait_for("respond", 5))
    assert audited(lite, "dispute.escalated") == 1


def test_a_dispute_is_settled_in_a_modal(slack: Workspace, lite: Ledger) -> None:
    key = blocked_order(lite)
    slack.click("U-SUE", "dispute_resolve", key)
    view = slack.slack.wait_for("views.open")[0]["view"]
    answer = {
        "type": "view_submission",
        "user": {"id": "U-SUE"},
        "view": {
            "id": "V1", "type": "modal", "callback_id": view["callback_id"],
            "private_metadata": view["private_metadata"],
            "state": {"values": {
                "how": {"how": {"type": "radio_buttons", "selected_option": {"value": "reject"}}},
                "why": {"why": {"type": "plain_text_input", "value": "as ordered"}},
            }},
        },
    }  # fmt: skip
    assert slack.interaction(answer).status_code == 200
    told = slack.slack.wait_for("chat.update")[0]
    assert (told["channel"], told["ts"], "the invoice stands" in told["text"]) == ("D1", "17.000", True)
    slack.interaction(answer)
    slack.slack.wait_for("chat.update", 2)
    assert audited(lite, "dispute.rejected") == 1


def test_somebody_elses_dispute_can_not_be_clicked(slack: Workspace, lite: Ledger) -> None:
    key = blocked_order(lite)
    slack.click("U-OTTO", "dispute_take", key)
    assert "no dispute" in slack.slack.wait_for("chat.postEphemeral")[0]["text"]
    assert audited(lite, "dispute.taken") == 0


def test_a_fault_of_ours_is_told_with_a_reference_and_no_details(lite: Ledger) -> None:
    def broken(services):
        from dataclasses import replace

        def no_clock():
            raise RuntimeError("the clock fell off the wall")

        return replace(services, now=no_clock)

    with workspace(lite.services, broken) as slack:
        slack.command("U-ANN", "what does Acme GmbH owe?")
        said = slack.slack.wait_for("chat.postEphemeral")[0]["text"]
    assert "Reference" in said
    assert "clock" not in said


def test_the_home_page_tells_what_waits(slack: Workspace) -> None:
    slack.event({"type": "app_home_opened", "user": "U-MARIA", "tab": "home", "channel": "D1"})
    view = slack.slack.wait_for("views.publish")[0]["view"]
    assert view["type"] == "home"
    assert "Good day, Maria Keane" in json.dumps(view)
