"""Health, for whoever watches processes: open to any host, since it tells nothing but yes or a word on what is missing.

Whether a ledger is fresh or a provider well is no part of it: a process isn't made well by being started anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from workflows.read_health import database_trouble
from workflows.services import Services

Check = Callable[[], str | None]
"""Looks at one thing; what is wrong with it, None when it is well. Raises nothing."""


def health_routes(services: Services, checks: Mapping[str, Check] | None = None) -> APIRouter:
    """`/healthz`: the process answers. `/readyz`: it can work, else 503 with a line for each thing that is missing.

    `checks` are looked at beside the database: name → check.
    """
    routes = APIRouter(include_in_schema=False)
    wanted = {"database": lambda: database_trouble(services), **(checks or {})}

    @routes.get("/healthz")
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    def readyz() -> PlainTextResponse:
        found = {name: check() for name, check in wanted.items()}
        missing = [f"{name}: {trouble}" for name, trouble in found.items() if trouble is not None]
        return PlainTextResponse("\n".join(missing or ["ready"]) + "\n", 503 if missing else 200)

    return routes
