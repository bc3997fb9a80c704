"""Messages per second on one core: rendering, and finished mails, against templates whose values are all made ready."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from outreach.compose.context import Stage
from outreach.compose.mail import MailAddress, MailHeaders, build_mail
from outreach.compose.render import fill, prepare, render
from outreach.compose.samples import sample_letter
from outreach.compose.template_set import load_templates

LOCALES = ("en_GB", "es_ES", "fr_FR", "de_DE", "ja_JP")
ROWS = 5
SENT_AT = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def _per_second(acts: list[Callable[[int], Any]], seconds: float = 0.5, rounds: int = 5) -> list[float]:
    """Best calls per CPU second of each act, called with 0, 1, 2 …

    CPU time and turns in rotation: what else runs on the machine then lowers all of them alike, or none.
    """
    best = [0.0] * len(acts)
    for _ in range(rounds):
        for place, act in enumerate(acts):
            done, start = 0, time.process_time()
            while (elapsed := time.process_time() - start) < seconds:
                for _ in range(50):
                    act(done)
                    done += 1
            best[place] = max(best[place], done / elapsed)
    return best


def _figure(name: str, value: float, unit: str, floor: float, goal: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value),
        "unit": unit,
        "floor": round(floor),
        "ratio": round(value / floor, 2),
        "goal": goal,
    }


def run() -> list[dict[str, Any]]:
    """Measured figures: `value` in `unit`, the `floor` measured beside it, value / floor, and the goal in words."""
    templates = load_templates()
    letters = [sample_letter(Stage.FIRST, locale, lines=ROWS) for locale in LOCALES]
    drafts = [prepare(templates, letter) for letter in letters]
    messages = [render(templates, letter) for letter in letters]

    def headers(number: int) -> MailHeaders:
        return MailHeaders(
            sender=MailAddress("ar@nordwind.example", "Nordwind Trading"),
            to=(MailAddress("ap@tanaka.example", "田中商事　経理部"),),
            sent_at=SENT_AT,
            message_id=f"<{number}@nordwind.example>",
            dunwell_id=f"m-{number}",
        )

    count = len(LOCALES)
    floor, rendered, built, finished = _per_second(
        [
            lambda n: fill(templates, drafts[n % count]),
            lambda n: render(templates, letters[n % count]),
            lambda n: build_mail(messages[n % count], headers(n)),
            lambda n: build_mail(render(templates, letters[n % count]), headers(n)),
        ]
    )
    what = f"five languages in turn, {ROWS} rows"
    return [
        _figure(f"render subject, text, HTML, SMS ({what})", rendered, "messages/s", floor, "≥ 2000/s, ratio ≥ 0.5"),
        _figure("mail bytes from a rendered message", built, "mails/s", floor, "faster than rendering"),
        _figure(f"context to finished mail bytes ({what})", finished, "mails/s", floor, "≥ 500/s"),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
