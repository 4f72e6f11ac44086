"""A unit is done once, and again when anything that made it changed or is broken."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flows.store.ledger import FILE_NAME, KnownRecording, Ledger, SeenFile, close_book, open_book
from transforms.errors import MachineError


@pytest.fixture
def store(tmp_path: Path):
    yield tmp_path
    close_book(tmp_path)


def put(store: Path, *names: str) -> list[Path]:
    files = [store / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.name)
    return files


def finished(store: Path) -> Ledger:
    ledger = Ledger(store, "ingest")
    ledger.record("abc", "f1", put(store, "raw/a"), outcome="read")
    return ledger


def test_unit_is_current_after_it_was_recorded_and_after_the_ledger_was_opened_again(store: Path) -> None:
    ledger = finished(store)
    for _ in range(2):
        assert ledger.is_current("abc", "f1")
        assert ledger.read("abc") == {"fingerprint": "f1", "outputs": ["raw/a"], "outcome": "read"}
        assert ledger.fingerprint("abc") == "f1"
        assert ledger.units() == ["abc"]
        close_book(store)


@pytest.mark.parametrize("change", ["fingerprint", "gone", "longer", "shorter", "unknown"])
def test_unit_is_done_again_when_something_is_not_as_it_was(store: Path, change: str) -> None:
    ledger = finished(store)
    unit, wanted, output = "abc", "f1", store / "raw" / "a"
    if change == "fingerprint":
        wanted = "f2"
    elif change == "gone":
        output.unlink()
    elif change == "longer":
        output.write_text("aa")
    elif change == "shorter":
        output.write_text("")
    else:
        unit = "xyz"
    assert not ledger.is_current(unit, wanted)


def test_record_replaces_and_takes_the_old_outputs_along(store: Path) -> None:
    ledger = Ledger(store, "score")
    ledger.record("abc", "f1", put(store, "core/x/1", "core/x/2", "core/y/1"))
    ledger.record("other", "f1", put(store, "core/z/1"))
    ledger.record("abc", "f2", put(store, "core/x/2", "core/x/3"))
    assert sorted(path.relative_to(store).as_posix() for path in (store / "core").rglob("*")) == [
        "core/x",
        "core/x/2",
        "core/x/3",
        "core/z",
        "core/z/1",
    ]
    assert ledger.is_current("abc", "f2") and ledger.is_current("other", "f1")
    close_book(store)
    assert open_book(store).owners.keys() == {"core/x/2", "core/x/3", "core/z/1"}


def test_a_unit_that_is_removed_takes_its_files_along_and_no_others(store: Path) -> None:
    ledger = Ledger(store, "detect")
    files = put(store, "own", "lost", "other")
    ledger.record("abc", "f1", files[:2])
    ledger.record("xyz", "f1", files[2:])
    files[1].unlink()
    ledger.remove("abc")
    ledger.remove("never recorded")
    assert [file.exists() for file in files] == [False, False, True]
    assert ledger.units() == ["xyz"]


def test_each_unit_is_a_commit_of_its_own(store: Path) -> None:
    ledger = finished(store)
    ledger.record("xyz", "f1", put(store, "raw/x"))
    with closing(sqlite3.connect(store / FILE_NAME)) as beside:  # what a kill would leave
        assert beside.execute("select count(*) from unit").fetchone() == (2,)
        assert beside.execute("select size_bytes, length(digest) from output").fetchall() == [(1, 32)] * 2


def test_a_failed_commit_leaves_the_unit_as_it_was(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = finished(store)

    def fail() -> None:
        raise sqlite3.OperationalError("disk is full")

    monkeypatch.setattr(open_book(store), "_commit", fail)
    with pytest.raises(sqlite3.OperationalError):
        ledger.record("xyz", "f1", put(store, "raw/x"))
    close_book(store)
    assert ledger.units() == ["abc"]


def test_facts_that_no_json_holds_are_refused(store: Path) -> None:
    with pytest.raises(TypeError):
        Ledger(store, "ingest").record("abc", "f1", [], strange=object())


def test_a_state_keeps_its_beginning_until_it_changes(store: Path) -> None:
    def known(state: str, at: str) -> KnownRecording:
        return KnownRecording("r", "sha", "devices/a", "P1", "hip", "UTC", state, at)

    book = open_book(store)
    book.put_recordings([known("read", "1")])
    book.put_recordings([known("read", "2")])
    assert book.recordings["r"].since_at == "1"
    book.put_recordings([known("archived", "3")])
    close_book(store)
    assert open_book(store).recordings["r"] == known("archived", "3")


def test_files_and_runs_survive(store: Path) -> None:
    book = open_book(store)
    seen = SeenFile("devices/a", "1,2", 1, "t1", "t2", waits_since_at="t2", waits_for="busy")
    book.put_files([seen, SeenFile("devices/b", "1,2", 1, "t1", "t2")])
    first = book.begin_run("study", "1.0")
    second = book.begin_run("study", "1.0")
    book.end_run(second, "completed", {"recordings": 3}, {"ingest": 1.5}, None)
    book.put_files([], gone=["devices/b"])
    close_book(store)
    book = open_book(store)
    assert book.files == {"devices/a": seen}
    newest, oldest = book.runs(5)
    assert (oldest.run_number, oldest.state) == (first, "killed")
    assert (newest.state, newest.counts, newest.seconds) == ("completed", {"recordings": 3}, {"ingest": 1.5})


def test_a_ledger_of_a_newer_version_is_left_alone(store: Path) -> None:
    finished(store)
    close_book(store)
    with closing(sqlite3.connect(store / FILE_NAME)) as beside:
        beside.execute("pragma user_version = 99")
    with pytest.raises(MachineError, match="newer legjumps"):
        open_book(store)


def test_who_may_only_read_the_store_reads_its_ledger(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(store)
    close_book(store)
    connect = sqlite3.connect

    def refuse(address: str, **more: object) -> sqlite3.Connection:
        if "mode=ro" not in address:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(address, **more)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("flows.store.ledger.sqlite3.connect", refuse)
    with pytest.raises(sqlite3.OperationalError):
        open_book(store)  # who may write is not put off
    monkeypatch.setattr("flows.store.ledger.os.access", lambda path, mode: False)
    assert Ledger(store, "ingest").units() == ["abc"]
