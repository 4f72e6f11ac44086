"""``legjumps withdraw``: erase a person from the store, rebuild what others share with them, and prove that nothing is left.

Erased are raw, core, ledger, warehouse, its history, reviews, data docs, restricted exports and Prefect's records. A
tombstone without an identifier keeps the person out when a file of theirs is delivered once more. Device files, diaries and
lists of the study folder belong to the study and are left to whoever keeps them: they are named at the end. Releases hold groups
of people and no identifiers; those that were published with the person stay, the next is made without. The record of releases keeps
what somebody who has left brought to them, under a random number in place of the person's key.
"""

import shutil
import sqlite3
import sys
import unicodedata
from contextlib import closing
from pathlib import Path

import polars as pl

from flows.commands.left_behind import (
    is_common,
    is_named_in,
    person_key,
    require_nothing_left,
    require_nothing_left_elsewhere,
)
from flows.progress import say
from flows.release.history import forget_person
from flows.settings import StudySettings
from flows.stages.private_names import stored_ids
from flows.store.journal import sweep_marks
from flows.store.layout import OWNED, PLACES, PREFECT, partition
from flows.store.ledger import FILE_NAME, Book
from flows.store.mirror import unpublish
from flows.store.opening import opened_store
from flows.store.secret import store_secret
from flows.store.storage import open_storage
from flows.store.tombstones import add_tombstone, read_tombstones, tombstone
from transforms.errors import SettingsError


def erase_participant(settings: StudySettings, participant_id: str) -> list[str]:
    """Erase every trace of a participant but what is shared by all; return the words that must not be found any more.

    Raises SettingsError where the store knows no such participant.
    """
    store = settings.store
    with opened_store(store, is_waiting=settings.is_waiting, address=settings.address) as book:
        told_id, participant_id = participant_id, stored_ids(settings).of(participant_id)
        own = [one for one in book.recordings.values() if one.participant_id == participant_id]
        folder = partition(participant_id)
        key = store_secret(store)
        mark = tombstone(key, participant_id)
        # who has a tombstone already is known: erasing them may have been killed before its end
        if not own and mark not in read_tombstones(store) and not _is_known(book, participant_id, folder):
            told = "'from participant'"
            raise SettingsError(
                f"{settings.address or store} knows no participant {told_id}; see `{settings.command('sql', told)}`"
            )
        add_tombstone(store, [mark, *(tombstone(key, one.sha256) for one in own)])
        words = [*dict.fromkeys((told_id, participant_id)), *(one.recording_id for one in own)]
        words += [one.sha256 for one in own]
        words += [one.file_name for one in own]
        for place in PLACES:
            if place.is_shared:
                _remove(store / place.name)
        storage = open_storage(settings.address or str(store))
        sweep_marks(storage)  # the ledger took them over
        if settings.address is not None:
            unpublish(storage)
        forget_person(store, person_key(store, participant_id))
        # last, since it tells what is theirs
        _erase(
            book, participant_id, folder, {one.recording_id for one in own}, {one.file_name for one in own}
        )
    with closing(sqlite3.connect(store / FILE_NAME)) as connection:  # deleted rows leave the file, too
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
    return words


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


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
                    and any(is_named_in(book.store / output.path, participant_id) for output in entry.outputs)
                )
                or stage == "warehouse"
            ):
                book.remove(stage, unit)
    for base in OWNED:
        for left in (book.store / base).rglob(folder):
            shutil.rmtree(left, ignore_errors=True)
    theirs = [name for name in book.files if participant_id in unicodedata.normalize("NFC", name).split("/")]
    book.put_files([], gone=[*names, *theirs])
    book.put_recordings([], gone=list(recordings))
    with book.commit() as connection:  # what a failed run said may name them
        connection.execute("update run set error = 'erased' where error is not null")


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
            f"where {settings.address} keeps earlier versions of objects, have them deleted: no run sees them; on other "
            f"machines that worked on it remove {settings.store}\n"
        )
    sys.stdout.write(f"withdrawn; {count} files of the store were searched, none names the person\n")
    if is_common(participant_id):
        sys.stdout.write(
            f"{participant_id} stands in many places by chance: it was searched as the name of a participant, in names of files "
            "and in every column participant_id\n"
        )
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
