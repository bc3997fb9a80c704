"""A folder of invoice PDFs and proofs of delivery: which file belongs to which invoice number, by its name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput

MAX_BYTES = 25 * 2**20
"""Larger than any mail server takes."""

_MAGIC = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".tif": (b"II*\x00", b"MM\x00*"),
    ".tiff": (b"II*\x00", b"MM\x00*"),
}
_PROOF = re.compile(r"(?:^|[\s_.\-])(?:pod|proof|proof[ _-]of[ _-]delivery|delivery|lieferschein)(?:$|[\s_.\-])", re.I)
_PROOF_ENDS = re.compile(r"^(?:pod|proof)[\s_.\-]+|[\s_.\-]+(?:pod|proof|proof[ _-]of[ _-]delivery|delivery)$", re.I)
_OUTSIDE = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A readable file. `kind` is invoice or proof_of_delivery; `folded` the invoice number as file names write it."""

    path: Path
    kind: str
    folded: str
    sha256: str
    size: int


def fold_number(number: str) -> str:
    """An invoice number as it is compared with file names, which can't hold every sign: letters and digits only."""
    return _OUTSIDE.sub("", number.casefold())


def find_documents(folder: Path) -> Iterator[FoundFile | tuple[Path, str]]:
    """The files of a folder and its subfolders by name; what can't be taken comes as (path, why).

    A proof of delivery has `pod`, `proof` or `delivery` in its name, or lies in a folder of such a name.
    Raises BadInput when there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder")
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name.startswith("."):
            continue
        problem = _problem(path)
        if problem is not None:
            yield path, problem
            continue
        inner = path.relative_to(folder).parent.parts
        proof = bool(_PROOF.search(path.stem)) or any(_PROOF.search(part) for part in inner)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        folded = fold_number(_PROOF_ENDS.sub("", path.stem) if proof else path.stem)
        yield FoundFile(path, "proof_of_delivery" if proof else "invoice", folded, digest, path.stat().st_size)


def _problem(path: Path) -> str | None:
    if path.is_symlink():
        return "is a link; put the file itself there"
    magic = _MAGIC.get(path.suffix.lower())
    if magic is None:
        return f"is no {', '.join(sorted({suffix[1:] for suffix in _MAGIC}))}"
    size = path.stat().st_size
    if size > MAX_BYTES:
        return f"has {size:,} bytes; at most {MAX_BYTES:,} are taken"
    with path.open("rb") as file:
        head = file.read(16)
    return None if head.startswith(magic) else f"is not what its name says ({path.suffix}): its first bytes differ"
