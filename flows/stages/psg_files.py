"""What lies in psg/: whose it is, under which name the store knows it, and what a reading of it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.settings import StudySettings
from flows.store.layout import partition
from transforms.diaries import match_ids
from transforms.psg.participant import Polysomnography, PsgFile, PsgOwner, read_polysomnography
from transforms.schema import (
    REJECTED_ENTRY,
)

LIST = "scored_events.csv"


@dataclass(frozen=True)
class Sleeper:
    """One participant with the polysomnography files delivered for them, in the order of their names."""

    participant_id: str
    time_zone: str
    paths: tuple[Path, ...]

    @property
    def unit(self) -> str:
        """Name for the ledger."""
        return partition(self.participant_id)


def find_sleepers(settings: StudySettings, participants: pl.DataFrame) -> list[Sleeper]:
    """List the participants that have a folder in ``psg/``, with its files."""
    root = settings.folder / "psg"
    folders = sorted(path for path in root.glob("*") if path.is_dir() and not path.name.startswith("."))
    names = pl.Series([folder.name for folder in folders], dtype=pl.String)
    matched = match_ids(names, participants["participant_id"])
    zones = dict(participants.select("participant_id", "time_zone").drop_nulls().iter_rows())
    files: dict[str, list[Path]] = {}
    for folder, participant_id in zip(folders, matched, strict=True):
        found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files.setdefault(participant_id or folder.name, []).extend(
            path for path in found if not path.name.startswith(".") and path.name != LIST
        )
    return [
        Sleeper(participant_id, zones.get(participant_id) or settings.time_zone, tuple(paths))
        for participant_id, paths in sorted(files.items())
        if paths
    ]


def neutral_names(sleeper: Sleeper) -> list[str]:
    """Name each file by participant, place in the folder and suffix, for laboratories name files after patients.

    A file whose name begins with that of one EDF file keeps this bond: it is told by it which recording it belongs to.
    """
    recordings = {
        path.stem: f"{number:03}"
        for number, path in enumerate(sleeper.paths, start=1)
        if path.suffix.lower() == ".edf"
    }
    names = []
    for number, path in enumerate(sleeper.paths, start=1):
        beside = [own for stem, own in recordings.items() if path.stem.startswith(stem)]
        own = f"{number:03}"
        bond = f"{beside[0]}_" if len(beside) == 1 and beside[0] != own else ""
        names.append(f"psg/{sleeper.participant_id}/{bond}{own}{path.suffix.lower()}")
    return names


def named_by_path(settings: StudySettings, sleeper: Sleeper) -> dict[str, str]:
    """Return the neutral name of each file by its path below psg/."""
    root = settings.folder / "psg"
    return {
        path.relative_to(root).as_posix(): name
        for path, name in zip(sleeper.paths, neutral_names(sleeper), strict=True)
    }


def starts_without_file(settings: StudySettings, sleepers: Sequence[Sleeper]) -> pl.DataFrame:
    """Return REJECTED_ENTRY of the starts in study.toml that name no file; the name may be a patient's and is left out."""
    present = [path for sleeper in sleepers for path in named_by_path(settings, sleeper)]
    rows = [
        {
            "file_name": "study.toml",
            "column_name": "psg.starts",
            "reason": f"start {number} of [psg.starts] names no file of a participant below psg/",
        }
        for number in settings.psg.starts_without_file(present)
    ]
    return pl.DataFrame(rows, schema=REJECTED_ENTRY)


def read_files(
    sleeper: Sleeper, settings: StudySettings, *, is_searched: bool = True
) -> tuple[list[PsgFile], Polysomnography]:
    """Read the files of one participant; without ``is_searched`` leg channels are not searched for movements."""
    files = [
        PsgFile(file_name=name, content=path.read_bytes())
        for name, path in zip(neutral_names(sleeper), sleeper.paths, strict=True)
    ]
    owner = PsgOwner(
        participant_id=sleeper.participant_id,
        time_zone=sleeper.time_zone,
        further_labels=settings.psg.labels,
        starts=settings.psg.starts_of(named_by_path(settings, sleeper), sleeper.time_zone),
        scorers=settings.psg.scorers_of(named_by_path(settings, sleeper)),
    )
    parameters = settings.parameters
    return files, read_polysomnography(
        files, owner, parameters.emg, parameters.hypnogram, is_searched=is_searched
    )


def event_lists(settings: StudySettings) -> list[Path]:
    """Find the study's own lists of marks."""
    root = settings.folder / "psg"
    return [path for path in sorted([*root.glob(LIST), *root.glob(f"*/{LIST}")]) if path.is_file()]


def loose_files(settings: StudySettings) -> list[tuple[Path, str]]:
    """List the files that lie beside the folders of participants, each with its neutral name."""
    found = [path for path in sorted((settings.folder / "psg").glob("*")) if path.is_file()]
    loose = [path for path in found if path.name != LIST and not path.name.startswith(".")]
    return [(path, f"psg/{number:03}{path.suffix.lower()}") for number, path in enumerate(loose, start=1)]


def file_stamp(path: Path) -> tuple[int, int]:
    """Return size and time of change, which tell a file apart: a night has hundreds of megabytes."""
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
