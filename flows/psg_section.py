"""The section [psg] of study.toml: what a sleep laboratory calls things, and when recordings without a date began.

    [psg.labels]
    LeftLegPhasic = "leg_movement left"
    "Hypopnoe (obstr.)" = "respiratory"

    [psg.starts]
    "P01/night.edf" = 2026-03-01T22:14:05

    [psg.scorers]
    "*_scorer1.edf" = "scorer1"

A label is compared without regard to case and wins over what is known of labels. A start is named by the file's path
below psg/; it is local time of the participant's zone unless it carries an offset, and wins over the file's own. Who
scored a file is told by a pattern of its path below psg/ (``*`` and ``?`` as in a shell); the first that fits holds, and
a file that fits none is the laboratory's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from transforms.clock import local_to_utc
from transforms.errors import SettingsError
from transforms.psg.labels import Meaning
from transforms.schema import ScoredEventKind, Side

_EVENTS = ScoredEventKind.categories.to_list()
_SIDES = [side for side in Side.categories if side != "other"]


@dataclass(frozen=True, kw_only=True)
class PsgSection:
    """What study.toml says of polysomnography."""

    labels: Mapping[str, Meaning] = field(default_factory=dict)
    """Kind of event and side, by the laboratory's label."""
    starts: Mapping[str, datetime] = field(default_factory=dict)
    """Start of a recording, by the path of the file below ``psg/``; naive ones are local."""
    scorers: Mapping[str, str] = field(default_factory=dict)
    """Who scored, by a pattern of the path of the file below ``psg/``."""

    def scorers_of(self, paths: Mapping[str, str]) -> dict[str, str]:
        """Return who scored the given files by their other name, as paths below psg/ lead to it."""
        found = {}
        for path, name in paths.items():
            scorer = next((who for pattern, who in self.scorers.items() if fnmatchcase(path, pattern)), None)
            if scorer is not None:
                found[name] = scorer
        return found

    def starts_of(self, paths: Mapping[str, str], time_zone: str) -> dict[str, datetime]:
        """Return the instants of start of the given files by their other name, as paths below psg/ lead to it.

        Raises SettingsError when a local time did not exist in ``time_zone``.
        """
        return {
            name: _instant(self.starts[path], time_zone, path)
            for path, name in paths.items()
            if path in self.starts
        }

    def starts_without_file(self, paths: Iterable[str]) -> list[int]:
        """Return the ordinals, from 1, of the starts that name none of the files."""
        present = set(paths)
        return [number for number, path in enumerate(self.starts, start=1) if path not in present]


def read_psg_section(table: Mapping[str, Any], where: str) -> PsgSection:
    """Read the section; ``where`` names the file in messages.

    Raises SettingsError when a part is unknown, a meaning is no event and side, or a start no date and time.
    """
    unknown = sorted(set(table) - {"labels", "starts", "scorers"})
    parts = {name: table.get(name, {}) for name in ("labels", "starts", "scorers")}
    if unknown or not all(isinstance(part, dict) for part in parts.values()):
        raise SettingsError(
            f"{where}: [psg] holds [psg.labels], [psg.starts] and [psg.scorers], nothing else; found {sorted(table)}"
        )
    return PsgSection(
        labels={label: _meaning(label, told, where) for label, told in parts["labels"].items()},
        starts={
            PurePosixPath(path.replace("\\", "/")).as_posix(): _start(path, told, where)
            for path, told in parts["starts"].items()
        },
        scorers={pattern: _scorer(pattern, told, where) for pattern, told in parts["scorers"].items()},
    )


def _meaning(label: str, told: Any, where: str) -> Meaning:
    event, _, side = told.strip().partition(" ") if isinstance(told, str) else ("", "", "")
    if event not in _EVENTS or side.strip() not in {"", *_SIDES}:
        raise SettingsError(
            f"{where}: [psg.labels] {label!r} = {told!r}; wanted one of {', '.join(_EVENTS)},"
            f" and {', '.join(_SIDES)} behind it where the label tells the leg"
        )
    return event, side.strip() or "other"


def _scorer(pattern: str, told: Any, where: str) -> str:
    if not isinstance(told, str) or not told.strip():
        raise SettingsError(f"{where}: [psg.scorers] {pattern!r} = {told!r}; wanted the name of a scorer")
    return told.strip()


def _start(path: str, told: Any, where: str) -> datetime:
    if not isinstance(told, datetime):
        raise SettingsError(
            f"{where}: [psg.starts] {path!r} = {told!r}; wanted date and time such as 2026-03-01T22:14:05"
        )
    return told


def _instant(told: datetime, time_zone: str, path: str) -> datetime:
    if told.tzinfo is not None:
        return told
    instant = pl.select(local_to_utc(pl.lit(told).cast(pl.Datetime("us")), time_zone)).item()
    if instant is None:
        raise SettingsError(f"study.toml: [psg.starts] {path!r} = {told}: did not exist in {time_zone}")
    found: datetime = instant
    return found
