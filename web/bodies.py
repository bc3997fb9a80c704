"""Reading what is posted: never more than a limit, and the parts of a form as the bytes that they were."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from web.inbound_mail import Attached


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes. Raises HTTPException 413 as soon as it is known to be longer."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise HTTPException(413, "too large")
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise HTTPException(413, "too large")
    return bytes(read)


def urlencoded(body: bytes) -> dict[str, str]:
    """An urlencoded form. Raises HTTPException 400 when it isn't one."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=1000)
    except ValueError:
        raise HTTPException(400, "not an urlencoded form") from None
    return dict(pairs)


async def multipart(request: Request, body: bytes) -> tuple[dict[str, bytes], list[Attached]]:
    """A multipart form: fields as bytes, and files. Raises HTTPException 400 when it isn't one."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise HTTPException(400, "not a multipart form")
    # Latin-1 gives every byte back: which character set a field has is said inside the form.
    headers = Headers(
        {"content-type": f"multipart/form-data; charset=latin-1; boundary={options[b'boundary'].decode()}"}
    )

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(headers, whole(), max_part_size=len(body) + 1).parse()
    except MultiPartException:
        raise HTTPException(400, "not a multipart form") from None
    fields: dict[str, bytes] = {}
    files: list[Attached] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            files.append(Attached(value.filename or name, value.content_type or "", content))
            await value.close()
        else:
            fields[name] = value.encode("latin-1")
    return fields, files
