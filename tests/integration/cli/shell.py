"""A finance team's terminal: the real command with its own data folder, and an outbox that can be read."""

from __future__ import annotations

import contextlib
import csv
import email
import email.policy
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dunwell.cli import main


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Shell:
    """Runs `dunwell …` as its entry point does, exit codes and messages included."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.environment = {"DUNWELL_DATA_DIR": str(folder / "data"), "DUNWELL_GOLIVE_RUNS": "0", "COLUMNS": "160"}
        self.environment |= {f"DUNWELL_{name}": value for name, value in settings.items()}
        self.read: set[Path] = set()

    def __call__(self, *words: object) -> Said:
        out, err = io.StringIO(), io.StringIO()
        code: object = 0
        with (
            patch.dict(os.environ, self.environment),
            patch.object(sys, "argv", ["dunwell", *map(str, words)]),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as stopped:
                code = stopped.code
        return Said(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())

    def ok(self, *words: object) -> Said:
        """A command that must succeed."""
        said = self(*words)
        assert said.code == 0, (words, said.err)
        return said

    def write(self, name: str, columns: str, rows: Iterable[Sequence[object]]) -> str:
        """A CSV file of our own form beside the data folder. Returns its name."""
        with (self.folder / name).open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(columns.split(","))
            out.writerows(rows)
        return name

    def load(self, kind: str, columns: str, *rows: Sequence[object], day: str) -> Said:
        """Import rows of one kind as of a day."""
        return self.ok("import", kind, self.write(f"{kind}.csv", columns, rows), "--as-of", day)

    def new_mails(self) -> list[EmailMessage]:
        """Mails in the outbox that weren't read yet, in the order of their files."""
        found = []
        for path in sorted((self.folder / "data" / "outbox").rglob("*.eml")):
            if path not in self.read:
                self.read.add(path)
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                assert isinstance(mail, EmailMessage)
                found.append(mail)
        return found

    def receive(self, to: EmailMessage, body: str) -> Said:
        """The reader of a mail answers it."""
        answer = EmailMessage()
        answer["From"], answer["To"], answer["Subject"] = to["To"], to["Reply-To"], f"Re: {to['Subject']}"
        answer["In-Reply-To"] = to["Message-ID"]
        answer["Message-ID"] = f"<{abs(hash((to['Message-ID'], body)))}@customer.example>"
        answer.set_content(body)
        (self.folder / "answer.eml").write_bytes(answer.as_bytes())
        return self.ok("receive", "answer.eml", "--json")


def text_of(mail: EmailMessage) -> str:
    """The plain words of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
