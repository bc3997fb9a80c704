"""Whether people are shown what is in doubt, by the commands that they use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from storage.database import Database

CHECKOUT = Path(__file__).parents[2]
COMMANDS = ("tasks", "waiting")


def not_shown(database: Database, folder: Path, unknown: Collection[str]) -> list[str]:
    """A line for each message in doubt that `dunwell tasks` or `dunwell waiting` doesn't name."""
    url = database.url.render_as_string(hide_password=False)
    told = {**os.environ, "DUNWELL_DATABASE_URL": url, "DUNWELL_DATA_DIR": str(folder)}
    found = []
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "dunwell", command], cwd=CHECKOUT, env=told, stdout=subprocess.PIPE, text=True,
            check=True,
        )  # fmt: skip
        found += [f"`dunwell {command}` doesn't show {which}" for which in unknown if which not in done.stdout]
    return found
