"""Mails in files: `.eml`, mbox and Maildir, one after the other; never more than one of them in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.refusal import FileRefused, refuse_file

LARGEST = 64 * 1024 * 1024
"""No mail is larger; a file that has one is something else."""
_CHUNK = 1 << 20
_BEGINS = re.compile(rb"From \S.{0,200}\d\d:\d\d")
"""How a mail of an mbox begins (RFC 4155): sender and time. Words that begin with "From" have no time in them."""
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER = re.compile(rb"(?:>?From .*\r?\n)?[!-9;-~]+[ \t]*:")


@dataclass(frozen=True, slots=True)
class FiledMail:
    """A mail and where it stands. `done` and `size` are bytes of the file, for telling how far reading is."""

    raw: bytes
    place: str
    done: int
    size: int


def mails_in(path: Path) -> Iterator[FiledMail]:
    """The mails of a file or a Maildir folder, in order. Raises FileRefused saying what is wrong and what to do."""
    try:
        if path.is_dir():
            yield from _maildir(path)
            return
        with path.open("rb") as file:
            head = file.read(4096)
        if not head.strip():
            raise refuse_file(str(path), "is empty; give a mail as it came (.eml), an mbox file or a Maildir folder")
        if _BEGINS.match(head):
            yield from _mbox(path)
        else:
            yield _single(path, head)
    except OSError as error:
        raise refuse_file(str(path), f"{error.strerror or error}") from None


def _single(path: Path, head: bytes) -> FiledMail:
    if not _HEADER.match(head.lstrip(b"\r\n\xef\xbb\xbf")):
        raise refuse_file(
            str(path), "is no mail: it doesn't begin with header fields (From: …); export it as .eml, mbox or Maildir"
        )
    size = path.stat().st_size
    if size > LARGEST:
        raise refuse_file(str(path), f"is a mail of {size:,} bytes; none may be larger than {LARGEST:,}")
    return FiledMail(path.read_bytes().lstrip(b"\r\n\xef\xbb\xbf"), str(path), size, size)


def _maildir(path: Path) -> Iterator[FiledMail]:
    folders = [path / name for name in ("new", "cur") if (path / name).is_dir()]
    if not folders:
        raise refuse_file(str(path), "is a folder, but no Maildir: it has no `new` or `cur`; give files or a Maildir")
    files = sorted(one for folder in folders for one in folder.iterdir() if one.is_file() and one.name[:1] != ".")
    for number, one in enumerate(files, 1):
        if one.stat().st_size > LARGEST:
            raise refuse_file(str(one), f"is larger than a mail may be ({LARGEST:,} bytes)")
        yield FiledMail(one.read_bytes(), str(one), number, len(files))


def _mbox(path: Path) -> Iterator[FiledMail]:
    """The mails of an mbox, line by line: a mail begins where "From …" stands below an empty line."""
    size, done, number = path.stat().st_size, 0, 0
    lines: list[bytes] = []
    held = 0
    empty_above = True
    with path.open("rb") as file:
        while line := file.readline(_CHUNK):
            if empty_above and line.startswith(b"From ") and _BEGINS.match(line):
                if held:
                    yield FiledMail(_whole(lines), f"{path}, mail {number}", done, size)
                number, lines, held = number + 1, [], 0
            else:
                lines.append(line)
                held += len(line)
                if held > LARGEST:
                    raise refuse_file(str(path), f"mail {number} is larger than a mail may be ({LARGEST:,} bytes)")
            done += len(line)
            empty_above = line in (b"\n", b"\r\n")
    if held:
        yield FiledMail(_whole(lines), f"{path}, mail {number}", done, size)


def _whole(lines: list[bytes]) -> bytes:
    if lines and lines[-1] in (b"\n", b"\r\n"):  # the empty line before the next one
        lines = lines[:-1]
    return _QUOTED.sub(rb"\1", b"".join(lines))


__all__ = ["FileRefused", "FiledMail", "mails_in"]
