"""Server-rendered pages: one Jinja environment, and how values read on a page."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.money import Money

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "ja": "日本語"}
"""Language code → its own name."""


def money(minor: int | None, currency: str) -> str:
    """Minor units → `1,234.50 EUR`, with the currency's decimals; nothing for None."""
    return "" if minor is None else f"{Money(minor, currency).amount:,} {currency}"


def day(value: date | None) -> str:
    """A date → `9 Mar 2026`: can't be misread on either side of an ocean."""
    return f"{value.day} {value:%b %Y}" if value else ""


def moment(value: datetime | None) -> str:
    """An instant → `9 Mar 2026 07:15 UTC`."""
    return f"{day(value.date())} {value:%H:%M} UTC" if value else ""


def words(code: str) -> str:
    """A code such as `not_due` as words."""
    return code.replace("_", " ")


def language(locale: str) -> str:
    """A locale or language code → the language's own name."""
    code = locale.partition("_")[0]
    return LANGUAGES.get(code, code)


def span(count: int, one: str, many: str = "") -> str:
    """`1 message`, `3 messages`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("templates", "pages"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(money=money, day=day, moment=moment, words=words, language=language)
    made.globals.update(span=span)
    return made


def show(request: Request, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    """Render a page of `templates/pages/`."""
    text = _environment().get_template(template).render(path=request.url.path, **values)
    return HTMLResponse(text, status_code=status_code)


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """The one style sheet of the pages."""
    source, _, _ = _environment().loader.get_source(_environment(), "desk.css")  # type: ignore[union-attr]
    return source
