"""The operator's handbook says what the program says."""

from __future__ import annotations

from pathlib import Path

from dunwell.settings import Settings
from dunwell.settings_table import settings_table

HANDBOOK = Path(__file__).parents[3] / "docs" / "operating.md"


def test_the_handbook_lists_every_setting_as_it_is() -> None:
    assert settings_table() in HANDBOOK.read_text(encoding="utf-8"), "run `python -m dunwell.settings_table`"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
