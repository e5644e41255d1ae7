"""The app over one review: routes, guard and what is said when something goes wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from pipeline.errors import HealthTriplesError
from pipeline.review.api import Review
from pipeline.review.web.guard import Access, Guard
from pipeline.review.web.pages import Pages
from pipeline.review.web.viewer import Viewers

_ON_LOOPBACK: Final = Access("127.0.0.1", 8500)


def create_app(
    review: Review,
    *,
    reviewer: str | None = None,
    language: str = "nl",
    access: Access = _ON_LOOPBACK,
    say: Callable[[str], None] = print,
) -> ASGIApp:
    """The app; ``say`` gets the trace of a bug."""
    pages = Pages(review, Viewers(access.port, reviewer, language))

    def expected(request: Request, error: Exception) -> Response:
        return pages.problem(request, error)

    def unexpected(request: Request, error: Exception) -> Response:
        say("".join(traceback.format_exception(error)))
        return pages.problem(request, error)

    def refuse(scope: Scope, status: HTTPStatus, key: str) -> Response:
        return pages.refuse(Request(scope), status, key, pages.words(Request(scope))(key))

    app = Starlette(
        routes=pages.routes(),
        exception_handlers={HTTPException: expected, HealthTriplesError: expected, Exception: unexpected},
    )
    return Guard(app, access, refuse)
