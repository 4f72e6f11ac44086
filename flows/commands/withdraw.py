"""``legjumps withdraw``: erase a person from the store, rebuild what others share with them, and prove that nothing is left.

Erased are raw, core, ledger, warehouse, its history, reviews, data docs, restricted exports and Prefect's records. A
tombstone without an identifier keeps the person out when a file of theirs is delivered once more. Device files, diaries and
lists of the study folder belong to the study and are left to whoever keeps them: they are named at the end. Releases hold groups
of people and no identifiers; those that were published with the person stay, the next is made without. The record of releases keeps
what somebody who has left brought to them, under a random number in place of the person's key.
"""

import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import duckdb
import polars as pl

from flows.progress import say
from flows.release.history import forget_person
from flows.settings import StudySettings
from flows.stages.private_names import stored_ids
from flows.store.atomic import SCRATCH
from flows.store.journal import sweep_marks
from flows.store.layout import OWNED, PLACES, PREFECT, partition
from flows.store.ledger import FILE_NAME, Book
from flows.store.mirror import unpublish
from flows.store.opening import opened_store
from flows.store.secret import FILE_NAME as SECRET
from flows.store.secret import store_secret
from flows.store.storage import open_storage
from flows.store.tombstones import add_tombstone, tombstone
from transforms.disclosure.noise import record_keys
from transforms.errors import ContractError, SettingsError

_PIECE_BYTES = 1 << 22
_SEARCHED_AT_A_TIME = 500
"""Objects on the disk at once: 500 recordings of a week are 50 GB."""


def erase_participant(settings: StudySettings, participant_id: str) -> list[str]:
    """Erase every trace of a participant but what is shared by all; return the words that must not be found any more.

    Raises SettingsError where the store knows no such participant.
    """
    store = settings.store
    with opened_store(store, is_waiting=settings.is_waiting, address=settings.address) as book:
        participant_id = stored_ids(settings).of(participant_id)
        own = [one for one in book.recordings.values() if one.participant_id == participant_id]
        folder = partition(participant_id)
        if not own and not _is_known(book, participant_id, folder):
            raise SettingsError(
                f"{settings.address or store} knows no participant {participant_id}; see `legjumps sql {settings.folder} 'from participant'`"
            )
        key = store_secret(store)
        add_tombstone(
            store, [tombstone(key, word) for word in (participant_id, *(one.sha256 for one in own))]
        )
        words = [participant_id, *(one.recording_id for one in own), *(one.sha256 for one in own)]
        words += [one.file_name for one in own]
        _erase(
            book, participant_id, folder, {one.recording_id for one in own}, {one.file_name for one in own}
        )
        forget_person(store, _person_key(store, participant_id))
        for place in PLACES:
            if place.is_shared:
                _remove(store / place.name)
        storage = open_storage(settings.address or str(store))
        sweep_marks(storage)  # the ledger took them over
        if settings.address is not None:
            unpublish(storage)
    with closing(sqlite3.connect(store / FILE_NAME)) as connection:  # deleted rows leave the file, too
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    return words


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _person_key(store: Path, participant_id: str) -> int:
    return int(record_keys([participant_id], store_secret(store))[0])


def _is_known(book: Book, participant_id: str, folder: str) -> bool:
    table = book.store / "core" / "participant" / "part.parquet"
    if table.exists() and participant_id in pl.read_parquet(table)["participant_id"]:
        return True
    return any(f"/{folder}/" in path for path in book.owners)


def _erase(book: Book, participant_id: str, folder: str, recordings: set[str], names: set[str]) -> None:
    for stage, units in list(book.units.items()):
        for unit, entry in list(units.items()):
            is_theirs = unit in recordings or unit == folder
            # tables of the whole study; the parts of other participants name nobody else
            is_shared = any(
                output.path.startswith("core/") and "participant_id=" not in output.path
                for output in entry.outputs
            )
            if (
                is_theirs
                or any(folder in output.path for output in entry.outputs)
                or (
                    is_shared
                    and not stage.startswith("run")
                    and _names(book.store, entry.outputs, participant_id)
                )
                or stage == "warehouse"
            ):
                book.remove(stage, unit)
    for base in OWNED:
        for left in (book.store / base).rglob(folder):
            shutil.rmtree(left, ignore_errors=True)
    book.put_recordings([], gone=list(recordings))
    book.put_files([], gone=list(names) + [name for name in book.files if participant_id in name.split("/")])
    with book.commit() as connection:  # what a failed run said may name them
        connection.execute("update run set error = 'erased' where error is not null")


def _names(store: Path, outputs: tuple[object, ...], participant_id: str) -> bool:
    return any(
        participant_id in text
        for output in outputs
        for text in _texts_of_parquet(store / str(getattr(output, "path", "")))
    )


def _texts_of_parquet(file: Path) -> Iterator[set[str]]:
    if file.suffix != ".parquet" or not file.exists():
        return
    frame = pl.scan_parquet(file)
    for name, kind in frame.collect_schema().items():
        if kind in (pl.String, pl.Categorical) or isinstance(kind, pl.Enum):
            yield set(frame.select(pl.col(name).cast(pl.String)).unique().collect().to_series().drop_nulls())


def require_nothing_left(store: Path, words: list[str]) -> int:
    """Search every byte of the store, and every text and key inside of compressed files; return how many files were searched.

    Raises ContractError naming the files in which a word is left.
    """
    found: list[str] = []
    count = 0
    patterns = [
        re.compile(rb"(?<![0-9A-Za-z_-])" + re.escape(word.encode()) + rb"(?![0-9A-Za-z_-])")
        for word in words
    ]
    keys = {_person_key(store, word) for word in words}
    for path in sorted(store.rglob("*")):
        name = path.relative_to(store).as_posix()
        if any(pattern.search(name.encode()) for pattern in patterns):
            found.append(name)
        if not path.is_file() or name.startswith((SCRATCH, ".pseudonym_key")):
            continue
        count += 1
        if _holds(path, patterns) or _holds_inside(path, set(words), patterns) or _holds_key(path, keys):
            found.append(name)
    if found:
        raise ContractError(
            f"{len(found)} places of {store} still name the person: {', '.join(found[:10])}; report this"
        )
    return count


def _holds(path: Path, patterns: list[re.Pattern[bytes]]) -> bool:
    """Search the bytes of a file; of packed columns only words that are too long to be there by chance."""
    is_packed = path.suffix in {".parquet", ".duckdb", ".xlsx"}
    asked = [pattern for pattern in patterns if not is_packed or len(pattern.pattern) > 60]
    tail = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            if any(pattern.search(tail + piece) for pattern in asked):
                return True
            tail = piece[-512:]
    return False


def _holds_key(path: Path, keys: set[int]) -> bool:
    if path.suffix != ".parquet":
        return False
    frame = pl.scan_parquet(path)
    numbers = [name for name, kind in frame.collect_schema().items() if kind == pl.UInt64]
    return any(
        not keys.isdisjoint(frame.select(pl.col(name).unique()).collect().to_series()) for name in numbers
    )


def _holds_inside(path: Path, words: set[str], patterns: list[re.Pattern[bytes]]) -> bool:
    def is_named(text: str) -> bool:
        return text in words or any(pattern.search(text.encode()) for pattern in patterns)

    if path.suffix == ".xlsx":
        with ZipFile(path) as workbook:
            return any(p.search(workbook.read(name)) for name in workbook.namelist() for p in patterns)
    if path.suffix == ".parquet":
        return any(is_named(text) for texts in _texts_of_parquet(path) for text in texts)
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            columns = connection.sql(
                "select table_name, column_name from duckdb_columns() where not internal and (data_type like 'VARCHAR%' or data_type like 'ENUM%')"
            ).fetchall()
            for table, column in columns:
                texts = connection.sql(f'select distinct "{column}"::varchar from "{table}"').fetchall()
                if any(is_named(text) for (text,) in texts if text):
                    return True
    return False


def require_nothing_left_elsewhere(address: str, words: list[str]) -> int:
    """Download every object, some at a time, and search as ``require_nothing_left`` does; return how many were searched."""
    storage = open_storage(address)
    keys = sorted(storage.list(""))
    count = 0
    for first in range(0, len(keys), _SEARCHED_AT_A_TIME):
        with tempfile.TemporaryDirectory(prefix="legjumps_search_") as place:
            storage.get(SECRET, Path(place) / SECRET)
            for key in keys[first : first + _SEARCHED_AT_A_TIME]:
                storage.get(key, Path(place) / key)
            count += require_nothing_left(Path(place), words)
    return count


def withdraw_participant(settings: StudySettings, participant_id: str) -> None:
    """Erase a person, run the study without them, prove that nothing is left, and name what the study folder still holds."""
    words = erase_participant(settings, participant_id)
    say("erased; the study is run without the person")

    from flows.orchestration import TemporaryServer

    server = TemporaryServer(settings.store / PREFECT)

    from flows.study import run

    run("study", settings, server)
    server.stop()
    count = require_nothing_left(settings.store, words)
    if settings.address is not None:
        count = require_nothing_left_elsewhere(settings.address, words)
        sys.stdout.write(
            f"where {settings.address} keeps earlier versions of objects, have them deleted: no run sees them\n"
        )
    sys.stdout.write(f"withdrawn; {count} files of the store were searched, none names the person\n")
    left = [
        path.relative_to(settings.folder).as_posix()
        for path in sorted(settings.folder.rglob("*"))
        if path.is_file()
        and settings.store not in path.parents
        and participant_id in path.relative_to(settings.folder).parts
    ]
    names = ["participants.csv", "recordings.csv", "diary/", "imports/", "psg/", *left]
    sys.stdout.write(
        "the study folder is yours; remove what names the person from " + ", ".join(names) + "\n"
    )
