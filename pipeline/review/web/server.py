"""Runs the app until it is interrupted."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import webbrowser
from collections.abc import Callable, Iterator
from threading import Timer

import uvicorn

from pipeline.errors import UsageError
from pipeline.review.api import Review
from pipeline.review.web.app import create_app
from pipeline.review.web.guard import Access, is_loopback


def serve(
    review: Review,
    *,
    reviewer: str | None,
    host: str,
    port: int,
    language: str,
    token: str | None,
    open_browser: bool,
    say: Callable[[str], None],
) -> None:
    """Serve the app until Ctrl-C. Raises UsageError where it cannot listen, or where others could reach it without a key."""
    if token is None and not is_loopback(host):
        raise UsageError(f"{host} can be reached by others, who would need no key: use 127.0.0.1")
    with _listening(host, port) as listener:
        port = listener.getsockname()[1]
        access = Access(host, port, token)
        address = _address(host, port) + (f"?token={token}" if token else "")
        app = create_app(review, reviewer=reviewer, language=language, access=access, say=say)
        config = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, date_header=False, lifespan="off", timeout_graceful_shutdown=3
        )
        server = uvicorn.Server(config)
        say(f"reviewing at {address} (Ctrl-C ends)")
        if open_browser:
            # After a moment, in which the server starts; the socket listens already, so that a quick browser waits.
            opening = Timer(0.3, webbrowser.open, [address])
            opening.daemon = True
            opening.start()
        # uvicorn ends well on the first interrupt and passes it on when all is closed.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _address(host: str, port: int) -> str:
    """An address to open: a browser cannot go to "all addresses"."""
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Raises UsageError."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError, OverflowError) as error:
        raise UsageError(f"cannot listen at {host}:{port}: {getattr(error, 'strerror', None) or error}") from error
    with listener:
        try:
            if os.name == "posix":
                # Elsewhere this would let two programs have one port.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(128)
        except (OSError, OverflowError) as error:
            raise UsageError(_problem(host, port, error)) from error
        yield listener


def _problem(host: str, port: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return f"port {port} of {host} is taken, perhaps by another review: end that one, or choose another port with --port"
    if number == errno.EACCES:
        return f"port {port} is for programs of the system: choose one above 1023 with --port"
    if number == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine"
    return f"cannot listen at {host}:{port}: {getattr(error, 'strerror', None) or error}"
