"""Logs: one line an event on stderr, as JSON off a terminal, with ids of ours and nothing else of a person.

Tracebacks hold the frames and the kinds of errors, never their texts or variables: an error quotes what it choked on,
which may be a customer's name, an amount or a key. The lines of other people's libraries go the same way.
"""

from __future__ import annotations

import errno
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import structlog
from structlog.typing import EventDict, Processor


def configure_logging(level: int = logging.INFO) -> None:
    """Log from now on: for people on a terminal, as JSON elsewhere. Libraries are heard from WARNING on."""
    terminal = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_texts,
    ]
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if terminal:
        last = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_StandardError()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(_StandardError())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    handler.addFilter(_drop_texts)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _StandardError:
    """Standard error as it is at that moment. A line that can't be written is lost: work doesn't stop for it."""

    def write(self, text: str) -> int:
        """Write, or lose it."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if it can be."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def _library(_logger: Any, _name: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    return {**event, "library": record.name} if record is not None else event


def _drop_texts(record: logging.LogRecord) -> bool:
    """Errors among a library's arguments are told by their kind; a stack that it formatted itself is left out."""
    if isinstance(record.args, tuple):
        record.args = tuple(_kind(one) if isinstance(one, BaseException) else one for one in record.args)
    record.exc_text = None
    return True


def _without_texts(_logger: Any, _name: str, event: EventDict) -> EventDict:
    told = event.pop("exc_info", None)
    if not told:
        return event
    error = told if isinstance(told, BaseException) else told[1] if isinstance(told, tuple) else sys.exc_info()[1]
    return {**event, "exception": traceback_without_texts(error)} if error is not None else event


def traceback_without_texts(error: BaseException) -> str:
    """Frames and kinds of an error and of those that led to it, the first cause first."""
    return "\n".join(_parts(error))


def _parts(error: BaseException) -> Iterator[str]:
    led = error.__cause__ if error.__cause__ is not None or error.__suppress_context__ else error.__context__
    if led is not None:
        yield from _parts(led)
        yield "which led to"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    yield _kind(error)


def _kind(error: BaseException) -> str:
    """Its class, with the code that the database or the system gave it."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    if code is None and isinstance(error, OSError) and error.errno is not None:
        code = errno.errorcode.get(error.errno)
    return f"{kind} ({code})" if code else kind
