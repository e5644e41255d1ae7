"""Several processes at work on the articles of a run, with the outcomes in the order of the articles.

Why not a pool of the standard library or another one: when one of its processes dies, ``concurrent.futures`` knows only that the pool is
broken, not which article did it, and neither it nor joblib's loky can end a task that hangs. What is needed is small: a pipe to each
worker, on which a handful of articles goes out and their outcomes come back one by one, in order. The first article without an outcome is
the one that a worker has. A worker reads only when it has answered for all that it was sent, so the two sides never wait for each other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from pipeline.dataset.items import Item
from pipeline.dataset.outcome import TIMEOUT, WORKER_DIED, Loader, Outcome, process, refused
from pipeline.errors import HealthTriplesError, ResourceError, UsageError
from pipeline.garbage import seldom_collected
from pipeline.settings import Settings

CHUNK: Final = 8
"""Articles that are sent at once, so that a worker is not idle while outcomes are written."""
_CHUNK_BYTES: Final = 2**20
_AHEAD: Final = 8
"""Chunks for each worker that may be finished or under way before the oldest article is: the bound of memory."""
_HELD_BYTES: Final = 256 * 2**20
"""The same in bytes, for articles of megabytes."""
_ATTEMPTS: Final = 2
"""An article is given up when it was at hand in so many workers that died: one may be bad luck, or somebody's kill."""
_STARTS: Final = 3
"""Workers that may die one after the other before the first article."""

Ready = TypeVar("Ready")


@dataclass(slots=True)
class _Task:
    number: int
    item: Item
    attempts: int = 0


@dataclass(eq=False, slots=True)
class _Worker:
    process: Any
    pipe: Connection[Any, Any]
    tasks: deque[_Task] = field(default_factory=deque)
    ready: bool = False
    since: float = 0.0
    """When it began with the first of its tasks."""


class Workers(Generic[Ready]):
    """Worker processes that load the extractor once each. ``outcomes`` gives what became of each input, in order.

    ``timeout`` is in seconds for one article, ``max_memory`` in megabytes for one worker. Leaving ends all workers.
    """

    def __init__(self, count: int, load: Loader, settings: Settings, timeout: float | None = None, max_memory: int | None = None) -> None:
        self._arguments = (load, settings, max_memory)
        self._settings = settings
        self._timeout = timeout
        self._count = count
        self._context = multiprocessing.get_context("spawn")  # the same on every system, and no lock of a thread is copied
        self._workers: list[_Worker] = []
        self._failed_starts = 0

    def __enter__(self) -> Self:
        if self._arguments[2] is not None and not hasattr(_resource(), "RLIMIT_AS"):
            raise UsageError("--max-memory: this system knows no such limit")
        try:
            for _ in range(self._count):
                self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.pipe.close()
            worker.process.kill()  # nothing that it could still say is of use
        for worker in self._workers:
            worker.process.join()
        self._workers.clear()

    @property
    def pids(self) -> list[int]:
        """Process ids, for those who watch them."""
        return [worker.process.pid for worker in self._workers]

    def outcomes(self, inputs: Iterable[Item | Ready]) -> Iterator[Outcome | Ready]:
        """What became of each input, in order; what is no item passes through."""
        source = iter(inputs)
        finished: dict[int, Outcome | Ready] = {}
        waiting: deque[_Task] = deque()
        sizes: dict[int, int] = {}  # bytes of what is taken and not given
        taken = given = 0
        more = True
        enough = self._count * CHUNK

        def room() -> bool:
            return taken - given < enough * _AHEAD and sum(sizes.values()) < _HELD_BYTES

        while True:
            while more and room() and len(waiting) < enough and given not in finished:
                try:
                    one = next(source)
                except StopIteration:
                    more = False
                    break
                if isinstance(one, Item):
                    waiting.append(_Task(taken, one))
                else:
                    finished[taken] = one
                sizes[taken] = _size(one)
                taken += 1
                if len(waiting) >= CHUNK and not self._busy():
                    break
            self._send(waiting, all_=not (more and room()))
            while given in finished:
                yield finished.pop(given)
                del sizes[given]
                given += 1
            if not more and given == taken:
                return
            if taken > given and (not (more and room()) or len(waiting) >= enough or self._busy()):
                for number, outcome in self._receive(waiting):
                    finished[number] = outcome
                    sizes[number] = _size(outcome)

    def _busy(self) -> bool:
        """Whether every worker is at work or on its way, so that there is nobody to send anything to."""
        return all(worker.tasks or not worker.ready for worker in self._workers)

    def _send(self, waiting: deque[_Task], *, all_: bool) -> None:
        """Give idle workers something to do; with ``all_`` also what is less than a chunk."""
        for worker in self._workers:
            if worker.tasks or not worker.ready or not waiting:
                continue
            if len(waiting) < CHUNK and not all_ and not waiting[0].attempts:
                return  # more will come
            # towards the end the rest is shared out, so that nobody works on alone
            share = min(CHUNK, -(-len(waiting) // self._count))
            size = 0
            while waiting and len(worker.tasks) < share and size < _CHUNK_BYTES:
                task = waiting.popleft()
                size += len(task.item.data or b"")
                worker.tasks.append(task)
            worker.since = time.monotonic()
            with suppress(OSError):  # a worker that is gone is noticed where answers are awaited
                worker.pipe.send([task.item for task in worker.tasks])

    def _receive(self, waiting: deque[_Task]) -> Iterator[tuple[int, Outcome]]:
        """Wait until something happens, and say which tasks it finished."""
        pause = None
        if self._timeout is not None:
            begun = [worker.since for worker in self._workers if worker.tasks]
            pause = max(0.0, min(begun) + self._timeout - time.monotonic()) if begun else None
        happened = wait([end for worker in self._workers for end in (worker.pipe, worker.process.sentinel)], pause)
        for worker in list(self._workers):
            if worker.pipe in happened or worker.process.sentinel in happened:
                yield from self._listen(worker, waiting)
            elif self._timeout is not None and worker.tasks and time.monotonic() - worker.since > self._timeout:
                task = worker.tasks.popleft()
                message = f"was not finished in {self._timeout:g} seconds; split the file, or give it more time with --timeout"
                yield task.number, refused(task.item, self._settings, "extract", TIMEOUT, message)
                self._replace(worker, waiting)

    def _listen(self, worker: _Worker, waiting: deque[_Task]) -> Iterator[tuple[int, Outcome]]:
        """Take what a worker says, or take note of its end."""
        try:
            while worker.pipe.poll():
                said = worker.pipe.recv()
                if isinstance(said, HealthTriplesError):
                    raise said
                if said is None:
                    worker.ready, self._failed_starts = True, 0
                else:
                    yield worker.tasks.popleft().number, said
                    worker.since = time.monotonic()
        except (EOFError, OSError):
            pass  # its end was closed
        else:
            if worker.process.is_alive():
                return
        worker.process.join()
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                raise ResourceError(f"workers end before their first article ({_cause(worker)}): fewer --workers may fit into the memory")
        if worker.tasks:
            task = worker.tasks[0]
            task.attempts += 1
            if task.attempts >= _ATTEMPTS:
                worker.tasks.popleft()
                message = (
                    f"ended {_ATTEMPTS} worker processes ({_cause(worker)}); please report it with the file, if it was not out of memory"
                )
                yield task.number, refused(task.item, self._settings, "extract", WORKER_DIED, message)
        self._replace(worker, waiting)

    def _replace(self, worker: _Worker, waiting: deque[_Task]) -> None:
        """A new worker in place of one that is dead or must die; its other tasks go first."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        waiting.extendleft(reversed(worker.tasks))
        self._start()

    def _start(self) -> None:
        here, there = self._context.Pipe()
        process = self._context.Process(target=_work, args=(there, *self._arguments), daemon=True)
        with _no_interrupts():  # Ctrl-C reaches every process of a terminal; what to do about it is for this one to say
            process.start()
        there.close()
        self._workers.append(_Worker(process, here))


class _no_interrupts:
    """Processes that are started in here do not hear Ctrl-C."""

    def __enter__(self) -> None:
        self._old: set[int] | None = None
        if sys.platform != "win32":
            self._old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if sys.platform != "win32" and self._old is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._old)


def _size(one: Any) -> int:
    """Bytes that an input or an outcome takes, roughly."""
    return len(one.data or b"") if isinstance(one, Item) else sum(map(len, getattr(one, "lines", ())))


def _cause(worker: _Worker) -> str:
    code = worker.process.exitcode or 0
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _work(pipe: Connection[Any, Any], load: Loader, settings: Settings, max_memory: int | None) -> None:
    """The life of a worker: load, then answer for articles until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        extractor = load()
        extractor.prepare()
        _limit(max_memory)
    except HealthTriplesError as error:
        pipe.send(error)
        return
    with seldom_collected(), suppress(EOFError, OSError):  # the run is over
        pipe.send(None)
        while True:
            for item in pipe.recv():
                pipe.send(process(item, settings, extractor))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _resource() -> Any:
    try:
        import resource
    except ImportError:
        return None
    return resource


def _limit(max_memory: int | None) -> None:
    """What is more than this the system refuses, and Python raises MemoryError, which costs the article."""
    if max_memory is not None:
        resource = _resource()
        resource.setrlimit(resource.RLIMIT_AS, (max_memory * 2**20, max_memory * 2**20))
