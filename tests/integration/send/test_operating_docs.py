"""The operator's handbook says what the program says."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import BadInput
from dunwell.settings import Settings, load_settings
from dunwell.settings_table import settings_table

HANDBOOK = Path(__file__).parents[3] / "docs" / "operating.md"


def test_the_handbook_lists_every_setting_as_it_is() -> None:
    assert settings_table() in HANDBOOK.read_text(encoding="utf-8"), "run `python -m dunwell.settings_table`"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_secrets_may_lie_in_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "dunwell_smtp_password").write_text("from a file")
    found = load_settings(secrets_dir=tmp_path, smtp_user="dunwell")
    assert (found.smtp_user, found.smtp_password.get_secret_value()) == ("dunwell", "from a file")
    with pytest.raises(BadInput, match="not a folder"):
        load_settings(secrets_dir=tmp_path / "nowhere")
