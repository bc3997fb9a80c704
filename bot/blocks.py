"""Answers, pings and disputes → Slack blocks. Pure. Slack's limits are checked here: its own library knows too few."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.disputes import SUSPENDS, DisputeEvent
from domain.money import Money
from domain.questions import Answer, Cell, Row
from workflows.manage_dispute import SETTLES, DisputeView
from workflows.ping_sales import Ping

MOST_BLOCKS = 50
MOST_TEXT = 3_000
MOST_BUTTON = 75
MOST_VALUE = 2_000
MOST_ACTIONS = 25
MOST_HEADER = 150
SHOWN_ROWS = 15

TAKE = "dispute_take"
ESCALATE = "dispute_escalate"
RESOLVE = "dispute_resolve"
RESOLVE_VIEW = "dispute_resolve_view"
CHOOSE = "ask_choose"
"""Action and view ids: what a click is called."""

Block = dict[str, Any]


def escape(text: str) -> str:
    """Text as Slack shows it: `&`, `<` and `>` would begin a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, most: int) -> str:
    """At most so many characters, an ellipsis in the last place."""
    return text if len(text) <= most else text[: most - 1] + "…"


def section(text: str) -> Block:
    """A paragraph of Slack's markup."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": clip(text, MOST_TEXT)}}


def answer_blocks(answer: Answer, asked: str) -> list[Block]:
    """An answer: its text, its table cut with "and N more", buttons where several accounts may be meant."""
    blocks = [section(escape(answer.text))]
    if len(answer.rows) > 1 or (answer.rows and "customer" not in answer.question):
        blocks.append(_table(answer.rows, answer.more_rows))
    if answer.choices:
        buttons = [
            _button(CHOOSE, f"{c.name} ({c.number})", json.dumps({"n": c.number, "q": clip(asked, 400)}), str(place))
            for place, c in enumerate(answer.choices[:MOST_ACTIONS])
        ]
        blocks.append({"type": "actions", "elements": buttons})
    return check_blocks(blocks)


def _button(action: str, label: str, value: str, suffix: str = "", style: str | None = None) -> Block:
    made: Block = {
        "type": "button",
        "action_id": f"{action}:{suffix}" if suffix else action,
        "text": {"type": "plain_text", "text": clip(label, MOST_BUTTON)},
        "value": value,
    }
    return made | {"style": style} if style else made


_HIDDEN = frozenset({"dispute", "task", "po_number", "entity", "original", "promised", "source", "made_on", "template"})


def _table(rows: Sequence[Row], more: int) -> Block:
    """Rows as aligned columns in a code block, as many as fit."""
    columns = [c for c in rows[0] if c not in _HIDDEN and any(_cell(r.get(c)) for r in rows)]
    for shown in range(min(SHOWN_ROWS, len(rows)), 0, -1):
        text = _aligned(columns, rows[:shown], len(rows) - shown + more)
        if len(text) <= MOST_TEXT:
            return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return section(f"and {len(rows) + more} rows")


def _aligned(columns: Sequence[str], rows: Sequence[Row], left: int) -> str:
    cells = [[c.replace("_", " ") for c in columns], *[[_cell(r.get(c)) for c in columns] for r in rows]]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    right = [any(isinstance(r.get(c), Money | int | Decimal) for r in rows) for c in columns]
    lines = [
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    ]
    # A row of three back-ticks would end the code block.
    body = escape("\n".join(lines)).replace("```", "'''")
    return f"```{body}```" + (f"\nand {left} more" if left > 0 else "")


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, Money):
        return f"{cell.amount:,f}"
    if isinstance(cell, date):
        return cell.isoformat()
    return clip(str(cell).replace("\n", " "), 32)


def ping_blocks(ping: Ping) -> list[Block]:
    """The message to a sales rep: which order is stopped, by what, and the three buttons."""
    text = (
        f"*Order {escape(ping.order)}* of {escape(ping.customer_name)} ({escape(ping.customer_number)}), "
        f"{_said(ping.order_amount)}, is blocked by a dispute.\n"
        f"*What it is about:* {escape(ping.reason.replace('_', ' '))}, {_said(ping.disputed)} on "
        f"{escape(', '.join(ping.invoices[:10]))}, open since {ping.opened_on.isoformat()}.\n"
        f"*What stops the order:* {escape(ping.why)}."
    )
    return check_blocks([section(text), dispute_buttons(ping.dispute)])


def _said(money: Money) -> str:
    return f"{money.amount:,f} {money.currency}"


def dispute_buttons(public_id: str) -> Block:
    """Take it, resolve, escalate."""
    return {
        "type": "actions",
        "block_id": f"dispute:{public_id}",
        "elements": [
            _button(TAKE, "Take it", public_id, style="primary"),
            _button(RESOLVE, "Resolve", public_id),
            _button(ESCALATE, "Escalate", public_id),
        ],
    }


def acted_blocks(before: Sequence[Mapping[str, Any]], view: DisputeView, said: str) -> list[Block]:
    """The message after a click: its text, what was done, and the buttons while the dispute is open."""
    kept: list[Block] = [dict(b) for b in before if b.get("type") == "section"][:5] or [section(_about(view))]
    kept.append({"type": "context", "elements": [{"type": "mrkdwn", "text": clip(escape(said), MOST_TEXT)}]})
    if view.status in SUSPENDS:
        kept.append(dispute_buttons(view.public_id))
    return check_blocks(kept)


def _about(view: DisputeView) -> str:
    return (
        f"{escape(view.customer_name)} ({escape(view.customer_number)}): {escape(view.reason)}, "
        f"{_said(Money(view.amount_minor, view.currency))} on {escape(', '.join(view.invoices[:10]))}"
    )


def resolve_view(view: DisputeView, channel: str, ts: str) -> dict[str, Any]:
    """The modal in which somebody says how a dispute is settled and why."""
    options = [
        {"text": {"type": "plain_text", "text": clip(words[:1].upper() + words[1:], 75)}, "value": str(event)}
        for event, words in SETTLES.items()
    ]
    return {
        "type": "modal",
        "callback_id": RESOLVE_VIEW,
        "private_metadata": json.dumps({"dispute": view.public_id, "channel": channel, "ts": ts}),
        "title": {"type": "plain_text", "text": "Settle the dispute"},
        "submit": {"type": "plain_text", "text": "Settle"},
        "close": {"type": "plain_text", "text": "Not now"},
        "blocks": check_blocks(
            [
                section(_about(view)),
                {
                    "type": "input",
                    "block_id": "how",
                    "label": {"type": "plain_text", "text": "How is it settled?"},
                    "element": {"type": "radio_buttons", "action_id": "how", "options": options},
                },
                {
                    "type": "input",
                    "block_id": "why",
                    "label": {"type": "plain_text", "text": "Why? It goes into the audit trail."},
                    "element": {
                        "type": "plain_text_input",
                        "action_id": "why",
                        "multiline": True,
                        "max_length": 1000,
                    },
                },
            ]
        ),
    }


def settlement_of(view: Mapping[str, Any]) -> tuple[str, DisputeEvent, str]:
    """A submitted modal → (public id of the dispute, how it is settled, why)."""
    values = view["state"]["values"]
    chosen = (values["how"]["how"].get("selected_option") or {}).get("value", "")
    public_id = json.loads(view["private_metadata"])["dispute"]
    return public_id, DisputeEvent(chosen), values["why"]["why"].get("value") or ""


def home_blocks(name: str, answers: Sequence[tuple[str, Answer]]) -> list[Block]:
    """The home page: what waits for somebody, heading by heading."""
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": clip(f"Good day, {name}", MOST_HEADER)}}
    ]
    for heading, answer in answers:
        blocks += [{"type": "divider"}, section(f"*{escape(heading)}*\n{escape(answer.text)}")]
        if answer.rows:
            blocks.append(_table(answer.rows[:5], len(answer.rows) - min(5, len(answer.rows)) + answer.more_rows))
    return check_blocks(blocks)


def check_blocks(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, held against Slack's limits. Raises ValueError for what Slack would refuse: a bug of ours."""
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        raise ValueError(f"{len(blocks)} blocks; Slack takes 1 to {MOST_BLOCKS}")
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    if len(ids) != len(set(ids)) or any(len(i) > 255 for i in ids):
        raise ValueError("block ids must differ and have at most 255 characters")
    for block in blocks:
        _check_block(block)
    return list(blocks)


def _check_block(block: Block) -> None:
    kind = block["type"]
    if kind == "section" and not 1 <= len(block["text"]["text"]) <= MOST_TEXT:
        raise ValueError(f"a section of {len(block['text']['text'])} characters; Slack takes 1 to {MOST_TEXT}")
    if kind == "header" and len(block["text"]["text"]) > MOST_HEADER:
        raise ValueError(f"a header of more than {MOST_HEADER} characters")
    if kind == "context" and len(block["elements"]) > 10:
        raise ValueError("a context of more than 10 elements")
    if kind != "actions":
        return
    elements = block["elements"]
    names = [e["action_id"] for e in elements]
    if not 1 <= len(elements) <= MOST_ACTIONS or len(set(names)) != len(names):
        raise ValueError(f"{len(elements)} buttons, or two of one name; Slack takes 1 to {MOST_ACTIONS}")
    for element in elements:
        if len(element["text"]["text"]) > MOST_BUTTON or len(element["value"]) > MOST_VALUE:
            raise ValueError("a button's words or value are too long")
        if len(element["action_id"]) > 255:
            raise ValueError("an action id is too long")
