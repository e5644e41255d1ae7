"""Events are kept: whoever writes at the same time, whatever is killed, whatever is sent twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.errors import HealthTriplesError, OutputError, ResourceError, UsageError
from pipeline.review.events import EVENT, Answer, Decision, Event, Reason, check_reviewer, new_key
from pipeline.review.store import STORE_FILE, STORE_VERSION, Imported, Store
from tests.reviewing import ROOT, SAMPLING, SEEN, about, added, decision, edit, undo

WRITER = """
import sys
from pathlib import Path
from pipeline.review.store import Store
from tests.reviewing import decision
store = Store(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    print(store.append(decision(number, reviewer=sys.argv[4])).event.key, flush=True)
"""


def writer(folder: Path, first: int, last: int, reviewer: str) -> subprocess.Popen[str]:
    """Another process that writes decisions, and prints the key of each when it is written."""
    arguments = [sys.executable, "-c", WRITER, str(folder), str(first), str(last), reviewer]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def keys(store: Store) -> list[str]:
    """Keys of all events in order."""
    return [recorded.event.key for recorded in store.since()]


def test_events_come_back_as_they_were_with_growing_numbers(tmp_path: Path) -> None:
    events: list[Event] = [decision(1), edit(2, SEEN.statement), added(3), undo(4, "key-00000003")]
    with Store(tmp_path) as store:
        numbers = [store.append(event).number for event in events]
    with Store(tmp_path) as store:
        assert [recorded.event for recorded in store.since()] == events
        assert [recorded.number for recorded in store.since()] == numbers == sorted(set(numbers))
        assert [recorded.event for recorded in store.since(numbers[1])] == events[2:]


def test_the_same_request_twice_counts_once(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        first = store.append(decision(1))
        later = decision(1).model_copy(update={"time": decision(9).time})
        again = store.append(later)
        assert (first.new, again.new) == (True, False)
        assert (again.number, again.event) == (first.number, first.event)
        assert len(store.since()) == 1


def test_a_key_of_another_event_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.append(decision(1))
        with pytest.raises(UsageError, match="the key key-00000001 is that of another event"):
            store.append(decision(1, Answer.WRONG))
        assert len(store.since()) == 1


@pytest.mark.parametrize("statement", ["UPDATE event SET content = ''", "DELETE FROM event"])
def test_nothing_is_changed_or_deleted_by_whatever_program(tmp_path: Path, statement: str) -> None:
    with Store(tmp_path) as store:
        store.append(decision(1))
    connection = sqlite3.connect(tmp_path / STORE_FILE)
    with pytest.raises(sqlite3.IntegrityError, match="events are never"):
        connection.execute(statement)
    connection.close()


def test_a_killed_process_loses_nothing_that_it_had_confirmed(tmp_path: Path) -> None:
    process = writer(tmp_path, 0, 1_000_000, "anna")
    assert process.stdout
    confirmed = [process.stdout.readline().strip() for _ in range(25)]
    os.kill(process.pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    confirmed += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    assert process.returncode != 0
    with Store(tmp_path) as store:
        found = keys(store)
        assert found[: len(confirmed)] == confirmed
        assert len(found) <= len(confirmed) + 1
        store.append(decision(2_000_000))
        assert len(keys(store)) == len(found) + 1
    connection = sqlite3.connect(tmp_path / STORE_FILE)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_processes_that_write_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    processes = {name: writer(tmp_path, 1000 * place, 1000 * place + 60, name) for place, name in enumerate(("anna", "bert", "cleo"))}
    for process in processes.values():
        process.communicate(timeout=60)
        assert process.returncode == 0
    with Store(tmp_path) as store:
        events = [recorded.event for recorded in store.since()]
    for place, name in enumerate(processes):
        assert [event for event in events if event.reviewer == name] == [
            decision(number, reviewer=name) for number in range(1000 * place, 1000 * place + 60)
        ]
    assert len(events) == 180


def test_threads_that_write_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    with Store(tmp_path) as store, Store(tmp_path) as other, ThreadPoolExecutor(8) as pool:
        stores = (store, other)
        recorded = list(pool.map(lambda number: stores[number % 2].append(decision(number)), range(120)))
        assert len({one.number for one in recorded}) == 120
        assert {one.number: one.event for one in recorded} == {one.number: one.event for one in store.since()}


def test_the_same_key_pressed_in_two_browsers_at_once_counts_once(tmp_path: Path) -> None:
    with Store(tmp_path) as store, Store(tmp_path) as other, ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(lambda number: (store, other)[number % 2].append(decision(number // 8)), range(80)))
        assert sum(one.new for one in recorded) == 10 == len(store.since())


def test_a_reader_sees_what_another_process_wrote(tmp_path: Path) -> None:
    with Store(tmp_path) as store, Store(tmp_path, read_only=True) as reader:
        assert reader.since() == []
        number = store.append(decision(1)).number
        assert [recorded.number for recorded in reader.since()] == [number]


def test_read_only_writes_nothing(tmp_path: Path) -> None:
    with Store(tmp_path, read_only=True) as store:
        assert store.since() == []
        with pytest.raises(UsageError, match="the review is read-only"):
            store.append(decision(1))
    assert list(tmp_path.iterdir()) == []


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE event (a)")
    connection.commit()
    connection.close()


def _newer(path: Path) -> None:
    Store(path.parent).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {STORE_VERSION + 1}")
    connection.close()


@pytest.mark.parametrize(
    ("prepare", "error", "message"),
    [
        (lambda path: path.write_bytes(b"no database" * 500), ResourceError, "is damaged or no file of events"),
        (_foreign, ResourceError, "was not made by `health-triples review`: move it away"),
        (_newer, UsageError, f"has version {STORE_VERSION + 1}, and this program knows {STORE_VERSION}: install a newer version"),
        (lambda path: path.mkdir(), OutputError, "cannot use .*review.sqlite"),
    ],
    ids=["damaged", "foreign", "newer", "folder"],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_store_of_ours_is_named(
    tmp_path: Path, prepare: object, error: type[HealthTriplesError], message: str, read_only: bool
) -> None:
    assert callable(prepare)
    prepare(tmp_path / STORE_FILE)
    with pytest.raises(error, match=message):
        Store(tmp_path, read_only=read_only)


# to another computer and back


def test_events_travel_as_lines_and_arrive_once(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with Store(tmp_path) as store, Store(tmp_path / "there") as there:
        for number in range(5):
            store.append(decision(number, reviewer="Zoë 2"))
        there.append(decision(3, reviewer="Zoë 2"))
        there.append(decision(7))
        assert there.absorb(store.lines(), "a.jsonl") == Imported(added=4, known=1)
        assert there.absorb(store.lines(), "a.jsonl") == Imported(added=0, known=5)
        assert sorted(keys(there)) == sorted({*keys(store), "key-00000007"})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "b.jsonl, line 3 is no JSON"),
        ("[]", "b.jsonl, line 3: "),
        ('{"kind": "party"}', "b.jsonl, line 3: .*'party'"),
        (decision(1, Answer.WRONG).model_dump_json(), "b.jsonl, line 3: the store has another event with the key key-00000001"),
        (undo(5, "key-99999999").model_dump_json(), "b.jsonl, line 3: takes back key-99999999, which neither the file nor the store has"),
        (decision(5).model_dump_json().replace('"anna"', '"<b>"'), "b.jsonl, line 3: decision: '<b>' cannot be the name of a reviewer"),
    ],
    ids=["no-json", "no-object", "kind", "other", "undo", "name"],
)
def test_of_a_wrong_line_nothing_is_taken_in(tmp_path: Path, line: str, message: str) -> None:
    with Store(tmp_path) as store:
        with pytest.raises(HealthTriplesError, match=message):
            store.absorb([decision(1).model_dump_json(), "", line], "b.jsonl")
        assert store.since() == []


# what an event can be


@pytest.mark.parametrize("name", ["anna", "Zoë", "j.de.vries@example.org", "A B-1_c", "7", "x" * 40])
def test_names_of_reviewers(name: str) -> None:
    assert check_reviewer(name) == name


@pytest.mark.parametrize("name", ["", " anna", "anna ", "<script>", "a\nb", "../a", "x" * 41, "a\u202eb", ".a", "a/b", "_"])
def test_names_that_nobody_has(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a reviewer"):
        check_reviewer(name)


def test_a_reason_is_for_what_is_wrong() -> None:
    for answer, reason in ((Answer.WRONG, None), (Answer.CORRECT, Reason.NOT_STATED), (Answer.SKIP, Reason.FURNITURE)):
        with pytest.raises(ValidationError, match="a reason is given for what is wrong"):
            Decision(**about(1), triple="a1:r1", seen=SEEN, answer=answer, reason=reason, sampling=SAMPLING)


def test_a_time_has_a_zone_and_a_triple_obeys_the_schema() -> None:
    naive = decision(1).model_dump(mode="json") | {"time": "2026-03-01T09:00:00"}
    with pytest.raises(ValidationError, match="a time needs its zone"):
        EVENT.validate_python(naive)
    turned = added(1).model_dump(mode="json")
    statement = turned["statement"]
    statement["head"], statement["tail"] = statement["tail"], statement["head"]
    with pytest.raises(ValidationError, match="TREATS cannot link CONDITION to NUTRIENT"):
        EVENT.validate_python(turned)


def test_keys_differ() -> None:
    assert len({new_key() for _ in range(100)}) == 100
