"""Who looks: what the cookies of a browser say of its reviewer, language and colours, and the key of its forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from pipeline.errors import UsageError
from pipeline.review.events import check_reviewer
from pipeline.review.web.guard import same
from pipeline.review.web.words import LANGUAGES, Words, words_of

THEMES: Final = ("auto", "light", "dark")
_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Viewer:
    """A browser."""

    session: str
    reviewer: str | None
    """None: not said yet."""
    theme: str
    words: Words
    csrf: str
    """Goes with every form; only the app's own pages know it."""


class Viewers:
    """Reads and writes the cookies of one running app, whose forms are valid as long as it runs."""

    def __init__(self, port: int, reviewer: str | None, language: str) -> None:
        self._names = {name: f"review-{name}-{port}" for name in ("session", "reviewer", "language", "theme")}
        self._fixed = reviewer
        self._language = language
        self._secret = secrets.token_bytes(32)

    @property
    def fixed(self) -> bool:
        """Whether the command named the reviewer, so that nobody is asked."""
        return self._fixed is not None

    def of(self, request: Request) -> Viewer:
        """Who asks."""
        cookies = {name: request.cookies.get(cookie, "") for name, cookie in self._names.items()}
        session = cookies["session"] if len(cookies["session"]) == 32 else secrets.token_hex(16)
        language = cookies["language"] if cookies["language"] in LANGUAGES else self._language
        return Viewer(
            session=session,
            reviewer=self._fixed or _reviewer(unquote(cookies["reviewer"])),
            theme=cookies["theme"] if cookies["theme"] in THEMES else THEMES[0],
            words=words_of(language),
            csrf=hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest(),
        )

    def remember(self, viewer: Viewer, request: Request, response: Response) -> None:
        """Give the browser its session where it has none."""
        if request.cookies.get(self._names["session"]) != viewer.session:
            self._set(response, "session", viewer.session, None)

    def choose(self, response: Response, **values: str) -> None:
        """Keep the reviewer, language or theme that was chosen."""
        for name, value in values.items():
            self._set(response, name, quote(value), _YEAR)

    def _set(self, response: Response, name: str, value: str, age: int | None) -> None:
        response.set_cookie(self._names[name], value, httponly=True, samesite="strict", path="/", max_age=age)


def is_ours(viewer: Viewer, csrf: str) -> bool:
    """Whether a form comes from a page that this browser got of this app."""
    return same(viewer.csrf, csrf)


def _reviewer(name: str) -> str | None:
    try:
        return check_reviewer(name) if name else None
    except UsageError:
        return None
