"""Content decides the recording, its link whose it is; what follows from the machine is no verdict on a file."""

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.settings import StudySettings, load_settings
from flows.stages import contents as contents_module
from flows.stages import ingest as ingest_module
from flows.stages.contents import with_hashes
from flows.stages.discovery import discover
from flows.stages.ingest import Ingested, ingest
from flows.store.ledger import Book, KnownRecording
from flows.store.opening import opened_store
from tests.small_study import make_study, recording
from tests.without_prefect import leave_prefect_out
from transforms.errors import MachineError

LEFT, RIGHT = "devices/P1/left_ankle.cwa", "devices/P1/right_ankle.cwa"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    leave_prefect_out(monkeypatch)
    yield


@dataclass
class Run:
    ingested: Ingested
    recordings: dict[str, KnownRecording]

    @property
    def states(self) -> dict[str, str]:
        return {one.file_name: one.state for one in self.recordings.values()}

    @property
    def people(self) -> dict[str, str]:
        return dict(self.ingested.recordings.select("file_name", "participant_id").iter_rows())

    @property
    def reasons(self) -> dict[str, str]:
        return dict(self.ingested.rejected.select("file_name", "reason_code").iter_rows())

    @property
    def waiting(self) -> list[str]:
        return [entry.file_name for entry in self.ingested.waiting]


def run(folder: Path, **more: Any) -> Run:
    settings = load_settings(folder, worker_count=1)
    with opened_store(settings.store) as book:
        done = ingest(settings, with_hashes(settings, discover(settings), **more))
        assert_nothing_is_orphaned(settings, book)
        return Run(done, dict(book.recordings))


def assert_nothing_is_orphaned(settings: StudySettings, book: Book) -> None:
    files = {
        path.relative_to(settings.store).as_posix()
        for base in ("raw", "core")
        for path in (settings.store / base).rglob("*")
        if path.is_file()
    }
    assert files == {path for path in book.owners if path.startswith(("raw/", "core/"))}
    assert not [path for path in (settings.store / ".tmp").rglob("*") if path.is_file()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_study(tmp_path)
    shutil.rmtree(tmp_path / "devices" / "P2")
    assert run(tmp_path).ingested.new_count == 2
    return tmp_path


def move(folder: Path, old: str, new: str) -> None:
    (folder / new).parent.mkdir(parents=True, exist_ok=True)
    (folder / old).rename(folder / new)


def test_a_renamed_and_a_relinked_file_are_not_read_again(folder: Path) -> None:
    move(folder, LEFT, "devices/P1/left_ankle_again.cwa")
    move(folder, RIGHT, "devices/P2/right_foot.cwa")
    done = run(folder)
    assert done.ingested.new_count == 0
    assert done.people == {"devices/P1/left_ankle_again.cwa": "P1", "devices/P2/right_foot.cwa": "P2"}
    assert sorted(done.ingested.recordings["body_site"]) == ["left_ankle", "right_foot"]
    assert len(list((folder / "store" / "raw").glob("participant_id=P2/*/samples.parquet"))) == 1
    move(folder, "devices/P2/right_foot.cwa", RIGHT)
    assert run(folder).ingested.new_count == 0


def test_a_move_that_was_killed_before_the_ledger_could_tell_is_taken_over(folder: Path) -> None:
    old = next((folder / "store" / "raw").glob("*/*"))
    new = folder / "store" / "raw" / "participant_id=P2" / old.name
    new.parent.mkdir()
    old.rename(new)
    assert run(folder).ingested.new_count == 0


def test_the_list_beats_an_unnamed_copy_whose_name_sorts_first(folder: Path) -> None:
    copy = folder / "devices" / "P0" / "a.cwa"
    copy.parent.mkdir()
    shutil.copyfile(folder / LEFT, copy)
    (folder / "recordings.csv").write_text(f"file,participant_id,body_site\n{LEFT},P1,left_ankle\n")
    done = run(folder)
    assert done.people[LEFT] == "P1"
    assert done.reasons == {"devices/P0/a.cwa": "duplicate_content"}


def test_names_that_disagree_on_the_participant_are_refused_and_the_standing_link_stays(folder: Path) -> None:
    copy = folder / "devices" / "P2" / "left_ankle.cwa"
    copy.parent.mkdir()
    shutil.copyfile(folder / LEFT, copy)
    done = run(folder)
    assert done.people[LEFT] == "P1"
    assert done.reasons == {"devices/P2/left_ankle.cwa": "conflicting_link"}
    move(folder, LEFT, "devices/P3/left_ankle.cwa")  # now neither name is the one on record
    done = run(folder)
    assert done.people[LEFT] == "P1"
    assert set(done.reasons.values()) == {"conflicting_link"}
    assert done.ingested.new_count == 0


@pytest.mark.parametrize("name", ["devices/P1/left_ankle_2.cwa", LEFT])
def test_a_longer_export_supersedes_the_shorter_whatever_their_names(folder: Path, name: str) -> None:
    (folder / name).write_bytes(recording(0, minutes=8))
    done = run(folder)
    assert done.ingested.new_count == 1
    assert sorted(done.people) == sorted([name, RIGHT])
    if name != LEFT:
        assert done.states[LEFT] == "superseded"
        again = run(folder)
        assert (again.ingested.new_count, again.states) == (0, done.states)
        (folder / name).unlink()  # the longer one is archived, and stays
        assert run(folder).states[name] == "archived"
    assert done.reasons == {}


def test_a_longer_export_of_somebody_else_is_refused(folder: Path) -> None:
    other = folder / "devices" / "P2" / "left_ankle.cwa"
    other.parent.mkdir()
    other.write_bytes(recording(0, minutes=8))
    done = run(folder)
    assert done.people[LEFT] == "P1"
    assert done.reasons == {"devices/P2/left_ankle.cwa": "conflicting_link"}
    move(folder, "devices/P2/left_ankle.cwa", "devices/P1/left_ankle_longer.cwa")
    done = run(folder)
    assert sorted(done.people) == ["devices/P1/left_ankle_longer.cwa", RIGHT]


def test_a_device_file_in_cold_storage_leaves_an_archived_recording(folder: Path) -> None:
    (folder / "recordings.csv").write_text(f"file,participant_id,body_site\n{LEFT},P1,left_ankle\n")
    run(folder)
    content = (folder / LEFT).read_bytes()
    (folder / LEFT).unlink()
    done = run(folder)
    assert done.states == {LEFT: "archived", RIGHT: "read"}
    assert (done.reasons, done.waiting, len(done.people)) == ({}, [], 2)
    (folder / LEFT).write_bytes(content)
    done = run(folder)
    assert (done.states[LEFT], done.ingested.new_count) == ("read", 0)


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_broken_part_is_made_again_and_named_where_its_file_is_gone(folder: Path, damage: str) -> None:
    def break_it() -> None:
        known = {one.file_name: one for one in run(folder).recordings.values()}[LEFT]
        file = next((folder / "store" / "raw").glob(f"*/recording_id={known.recording_id}/samples.parquet"))
        if damage == "cut":
            os.truncate(file, 100)
        else:
            file.unlink()

    break_it()
    done = run(folder)
    assert (done.ingested.new_count, done.states) == (1, {LEFT: "read", RIGHT: "read"})
    content = (folder / LEFT).read_bytes()
    (folder / LEFT).unlink()
    break_it()
    done = run(folder)
    assert done.reasons == {LEFT: "raw_damaged"}
    assert list(done.people) == [RIGHT]
    assert run(folder).reasons == {LEFT: "raw_damaged"}
    (folder / LEFT).write_bytes(content)
    done = run(folder)
    assert (done.reasons, done.ingested.new_count) == ({}, 1)


@pytest.mark.parametrize("loss", ["gone", "empty", "garbage", "cut"])
def test_a_lost_ledger_is_rebuilt_from_raw(folder: Path, loss: str) -> None:
    before = run(folder).ingested.recordings
    (folder / LEFT).unlink()  # what is archived cannot be read again
    run(folder)
    ledger = folder / "store" / "ledger.sqlite"
    for side in ("-wal", "-shm"):
        ledger.with_name(ledger.name + side).unlink(missing_ok=True)
    if loss == "gone":
        ledger.unlink()
    elif loss == "empty":
        os.truncate(ledger, 0)
    elif loss == "cut":
        os.truncate(ledger, 9000)
    else:
        ledger.write_bytes(b"no ledger" * 1000)
    done = run(folder)
    assert done.ingested.new_count == 0
    assert done.ingested.recordings.equals(before)
    assert done.states == {LEFT: "archived", RIGHT: "read"}


def test_a_store_of_the_previous_version_is_taken_over_and_what_is_archived_stays(folder: Path) -> None:
    """It had a ledger of small files, no stamp in recording.parquet, and temporaries beside what they became."""
    store = folder / "store"
    (folder / LEFT).unlink()
    (store / "ledger.sqlite").unlink()
    for side in ("-wal", "-shm"):
        (store / f"ledger.sqlite{side}").unlink(missing_ok=True)
    (store / "ledger" / "ingest").mkdir(parents=True)
    (store / "ledger" / "ingest" / "abc.json").write_text("{}")
    (store / ".warehouse_build" / "1-a").mkdir(parents=True)
    for file in (store / "raw").rglob("recording.parquet"):
        pl.read_parquet(file).write_parquet(file)
        (file.parent / ".samples.parquet.1-a.tmp").touch()
    done = run(folder)
    assert done.states == {LEFT: "archived", RIGHT: "read"}
    assert done.ingested.new_count == 1  # the one whose device file is there
    assert not (store / "ledger").exists() and not (store / ".warehouse_build").exists()


def test_an_orphan_in_the_store_goes(folder: Path) -> None:
    orphan = folder / "store" / "raw" / "participant_id=P1" / "recording_id=0123456789ab"
    shutil.copytree(next((folder / "store" / "raw").glob("*/*")), orphan)
    (folder / "store" / ".tmp" / "elsewhere-1").mkdir(parents=True)
    (folder / "store" / ".tmp" / "elsewhere-1" / "half").touch()
    run(folder)
    assert not orphan.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_fault_of_the_machine_ends_the_run_in_words_and_is_held_against_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (folder / "devices" / "P1" / "left_foot.cwa").write_bytes(recording(7))

    def full(*arguments: object, **more: object) -> None:
        raise OSError(number, os.strerror(number), "store/raw")

    with monkeypatch.context() as patch:
        patch.setattr(ingest_module, "store_recording", full)
        with pytest.raises(MachineError, match="Nothing is recorded"):
            run(folder)
    done = run(folder)
    assert done.ingested.new_count == 1
    assert done.reasons == {}


@pytest.mark.parametrize("change", ["grows", "vanishes", "is_replaced"])
def test_a_file_that_changes_while_it_is_read_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    file = folder / "devices" / "P1" / "left_foot.cwa"
    file.write_bytes(recording(7))
    read = ingest_module.store_recording

    def disturb(*arguments: Any, **more: Any) -> pl.DataFrame:
        row = read(*arguments, **more)
        if change == "grows":
            with file.open("ab") as stream:
                stream.write(bytes(512))
        elif change == "vanishes":
            file.unlink()
        else:
            file.write_bytes(recording(8))
        return row

    with monkeypatch.context() as patch:
        patch.setattr(ingest_module, "store_recording", disturb)
        done = run(folder)
    assert done.waiting == ["devices/P1/left_foot.cwa"]
    assert (done.reasons, len(done.people)) == ({}, 2)
    again = run(folder)
    assert again.ingested.new_count == (change != "vanishes")
    assert again.reasons == {}  # what never was in the store is not lost from it


def test_a_file_that_cannot_be_opened_waits_and_comes_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def refuse(path: Path) -> str:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        patch.setattr(contents_module, "_sha256", refuse)
        (folder / "devices" / "P1" / "left_foot.cwa").write_bytes(recording(7))
        done = run(folder)
    assert done.waiting == ["devices/P1/left_foot.cwa"]
    assert (done.reasons, len(done.people)) == ({}, 2)
    done = run(folder)
    assert (done.waiting, done.ingested.new_count) == ([], 1)


def test_an_unreadable_folder_and_a_link_to_nothing_cost_only_themselves(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "devices" / "P2").mkdir()
    (folder / "devices" / "P2" / "left_ankle.cwa").symlink_to(folder / "nowhere.cwa")
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("devices/P1"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr("flows.stages.discovery.os.scandir", refuse)
        done = run(folder)
    assert sorted(done.waiting) == ["devices/P1", "devices/P2/left_ankle.cwa"]
    assert (done.reasons, len(done.people)) == ({}, 2)  # what lies in it stays as it was
    assert set(done.states.values()) == {"read"}


def test_a_file_is_taken_when_it_rests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "devices" / "P1" / "left_foot.cwa"
    content = recording(7)
    file.write_bytes(content[:20_000])
    (folder / "devices" / "P1" / "right_foot.cwa.part").write_bytes(content)
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        with file.open("ab") as stream:
            stream.write(content[20_000:40_000])

    monkeypatch.setattr("flows.stages.contents.time.sleep", nap)
    done = run(folder, settle_s=60.0)
    assert (naps, done.waiting, done.ingested.new_count) == ([60.0], ["devices/P1/left_foot.cwa"], 0)
    file.write_bytes(content)
    monkeypatch.setattr("flows.stages.contents.time.sleep", naps.append)
    done = run(folder, settle_s=60.0)
    assert (len(naps), done.waiting, done.ingested.new_count) == (2, [], 1)
    run(folder, settle_s=60.0)
    assert len(naps) == 2  # nothing new, nothing to wait for


def test_two_runs_do_not_meet(folder: Path) -> None:
    settings = load_settings(folder)
    with (
        opened_store(settings.store),
        pytest.raises(MachineError, match=f"process {os.getpid()} on .*--wait"),
    ):
        run(folder)


def test_a_clock_that_is_set_back_loses_nothing_and_reads_nothing_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's battery is empty: it is 2001 again, and files of "the future" lie there."""
    run(folder)
    long_ago = "2001-01-01T00:00:00+00:00"
    for module in ("flows.store.ledger", "flows.stages.contents", "flows.stages.ingest"):
        monkeypatch.setattr(f"{module}.now", lambda: long_ago)
    naps: list[float] = []
    monkeypatch.setattr("flows.stages.contents.time.sleep", naps.append)
    (folder / "devices" / "P1" / "left_foot.cwa").write_bytes(recording(7))
    done = run(folder, settle_s=60.0)
    assert (naps, done.ingested.new_count, done.waiting, done.reasons) == ([60.0], 1, [], {})
    assert set(done.states.values()) == {"read"}
    # what was seen "later" than now has not rested: it is looked at twice, and taken all the same
    (folder / "devices" / "P1" / "left_foot.cwa").write_bytes(recording(8))
    done = run(folder, settle_s=60.0)
    assert (naps, done.ingested.new_count, done.waiting, done.reasons) == ([60.0, 60.0], 1, [], {})
    assert run(folder, settle_s=60.0).ingested.new_count == 0
    # the link that stood stands, though what disagrees with it came "before" it
    longer = folder / "devices" / "P2" / "left_ankle.cwa"
    longer.parent.mkdir()
    longer.write_bytes(recording(0, minutes=8))
    done = run(folder, settle_s=60.0)
    assert (done.people[LEFT], done.reasons) == ("P1", {"devices/P2/left_ankle.cwa": "conflicting_link"})
    longer.unlink()
    monkeypatch.undo()
    done = run(folder)
    assert (done.ingested.new_count, set(done.states.values())) == (0, {"read"})
