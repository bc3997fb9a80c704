"""What Dunwell says in Slack without being asked: pings about orders that disputes block. Each goes once."""

from __future__ import annotations

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.blocks import ping_blocks
from workflows.ping_sales import record_ping, reserve_pings
from workflows.services import Services

log = structlog.get_logger(__name__)


def send_pings(services: Services, client: WebClient) -> int:
    """Send the pings that nobody sent yet. Returns how many Slack took.

    A ping is reserved first: what fails, or is in doubt, is noted and stays with the rep as a task, never sent twice.
    """
    sent = 0
    for ping in reserve_pings(services):
        if ping.rep.slack_id is None:
            record_ping(services, ping, error="the rep has no Slack member id")
            continue
        text = f"Order {ping.order} of {ping.customer_name} is blocked by a dispute: {ping.reason}"
        try:
            found = client.chat_postMessage(channel=ping.rep.slack_id, text=text, blocks=ping_blocks(ping))
        except SlackApiError as error:
            record_ping(services, ping, error=str(error.response.get("error", "refused")))
            log.warning("ping.refused", order=ping.order, error=error.response.get("error"))
        except (SlackClientError, OSError) as error:
            record_ping(services, ping, error=f"not known whether it went: {error}")
            log.warning("ping.unknown", order=ping.order, error=str(error))
        else:
            record_ping(services, ping, channel=str(found["channel"]), ts=str(found["ts"]))
            sent += 1
    return sent
