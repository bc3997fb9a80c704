"""One way out for everything that goes wrong: known errors are told, unknown ones get a reference that the log has."""

from __future__ import annotations

from http import HTTPStatus
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from domain.errors import BadInput, DunwellError, NotAllowed, NotReady
from web.guard import OPEN_PATHS
from web.pages import show

log = structlog.get_logger(__name__)

_STATUS: tuple[tuple[type[DunwellError], int], ...] = ((BadInput, 400), (NotAllowed, 403), (NotReady, 503))


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(DunwellError, _known)
    app.add_exception_handler(Exception, _unknown)


def _answer(request: Request, status: int, message: str, reference: str = "") -> Response:
    if request.url.path.startswith(OPEN_PATHS):
        return PlainTextResponse(f"{message}{f' (reference {reference})' if reference else ''}\n", status)
    title = HTTPStatus(status).phrase
    return show(request, "error.html", status, title=title, message=message, reference=reference)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code, str(error.detail))


async def _misread(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Names of fields only: what was sent may be anybody's data.
    fields = ", ".join(str(problem["loc"][-1]) for problem in error.errors())
    return _answer(request, 400, f"This part of the address can't be read: {fields}.")


async def _known(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    return _answer(request, status, str(error))


async def _unknown(request: Request, error: Exception) -> Response:
    reference = uuid4().hex[:10]
    log.error("web.failed", reference=reference, path=request.url.path, exc_info=error)
    return _answer(request, 500, "Something went wrong here; nothing was changed.", reference)
