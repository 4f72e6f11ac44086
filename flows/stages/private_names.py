"""Names of files, of participants and of scorers as the store calls them: what may name a person becomes a keyed pseudonym.

The key is the store's own secret: with it, and with the study folder, ``legjumps check`` and whoever holds both find the
way back; the store alone does not tell it.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

import polars as pl

from flows.settings import StudySettings
from flows.stages.discovery import DeviceFile, StudyContents
from flows.store.secret import store_secret
from flows.store.waiting import Waiting
from transforms.diaries import is_code
from transforms.imports.names import EXTENSIONS, telling_words

_PLAIN_SCORER = re.compile(
    r"([a-z]{0,3}[-_ ]?\d{1,4}|[a-z]|((first|second|third|scorer|rater|reader|technician|expert|consensus|laboratory|unnamed"
    r"|emg_detector|auto|automatic|hand|manual|human|reference|sensor|tech|lab)[-_ ]?[a-z\d]{0,2}[-_ ]?)+)",
    re.IGNORECASE,
)
"""Codes, and words for what somebody does."""
_FIGURES = 8


def pseudonym(text: str, key: bytes) -> str:
    """Return what stands for a text in this store, and in no other."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_FIGURES]


def private_path(file_name: str, participant_ids: Collection[str], key: bytes) -> str:
    """Return a path of which every part that may name a person is a pseudonym; a known extension stays.

    Args:
        file_name: relative to the study folder, with forward slashes.
        participant_ids: those of the study; a part that is one of them says nothing new.
        key: of the store.
    """
    # a letter and its accent apart are the letter that participants.csv may hold
    *folders, name = PurePosixPath(unicodedata.normalize("NFC", file_name)).parts
    suffix = "".join(s for s in PurePosixPath(name).suffixes[-2:] if s.lower() in EXTENSIONS)
    stem = name.removesuffix(suffix)
    parts = [
        *(_private(part, participant_ids, key) for part in folders),
        _private(stem, participant_ids, key) + suffix,
    ]
    return "/".join(parts)


def _private(part: str, participant_ids: Collection[str], key: bytes) -> str:
    for word in sorted(telling_words(part, participant_ids), key=len, reverse=True):
        part = part.replace(word, f"x{pseudonym(word, key)}")
    return part


@dataclass(frozen=True)
class StoredIds:
    """What the store calls participants: codes as they are, everybody else by a keyed pseudonym.

    Ids may be surnames, and folders are called after people. Such a person is taken with all that is theirs.
    """

    store: Path
    are_codes: bool = False
    """Whether the study says that all its ids are codes."""

    @cached_property
    def key(self) -> bytes:
        """The store's own secret; made when it is first wanted."""
        return store_secret(self.store)

    def names(self, ids: Collection[str]) -> list[str]:
        """Return those ids that are no codes."""
        asked = pl.DataFrame({"id": sorted(set(ids))}, schema={"id": pl.String})
        return [] if self.are_codes else asked.filter(~is_code(pl.col("id")))["id"].to_list()

    def private(self, ids: Collection[str]) -> dict[str, str]:
        """Return the pseudonyms of those ids that are no codes."""
        return {name: f"person_{pseudonym(name, self.key)}" for name in self.names(ids)}

    def of(self, participant_id: str) -> str:
        """Return what the store calls a participant."""
        return self.private([participant_id]).get(participant_id, participant_id)

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame of which ``participant_id`` is what the store calls them."""
        called = self.private(frame["participant_id"].unique().drop_nulls().to_list())
        return frame.with_columns(pl.col("participant_id").replace(called)) if called else frame


def stored_ids(settings: StudySettings) -> StoredIds:
    """Return what the store of a study calls its participants."""
    return StoredIds(settings.store, settings.participant_ids_are_codes)


def with_private_names(contents: StudyContents, stored: StoredIds) -> StudyContents:
    """Call each device file, and whoever wore it, as the store may call them; ``path`` stays where it is read.

    ``participants`` keep the ids that diaries and folders know them by.
    """
    files = [*contents.device_files, *contents.missing_files]
    wearers = {file.participant_id for file in files if file.participant_id}
    everybody = {*contents.participants["participant_id"], *wearers}
    called = stored.private(everybody)
    # frozen, so that what follows from all of them is made once and not for each file
    ids = frozenset(everybody - called.keys())

    def private(name: str) -> str:
        return private_path(name, ids, stored.key)

    def private_file(file: DeviceFile) -> DeviceFile:
        person = file.participant_id
        return replace(
            file, file_name=private(file.file_name), participant_id=person and called.get(person, person)
        )

    return replace(
        contents,
        called=called,
        device_files=[private_file(file) for file in contents.device_files],
        missing_files=[private_file(file) for file in contents.missing_files],
        waiting=tuple(
            Waiting(private(one.file_name), one.reason.replace(one.file_name, private(one.file_name)))
            for one in contents.waiting
        ),
    )


def with_private_scorers(events: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Leave of the scorers of SCORED_EVENT codes and roles, and a pseudonym for whoever is called by a name."""
    names = {
        name: f"scorer_{pseudonym(name, key)}"
        for name in events["scorer"].unique().drop_nulls().to_list()
        if not _PLAIN_SCORER.fullmatch(name)
    }
    return events.with_columns(pl.col("scorer").replace(names))
