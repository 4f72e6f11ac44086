"""What a coordinator has to do today, in words, a participant at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from flows.front_door.facts import Facts
from flows.store.health import Silent

RECENT_D = 21
"""Recordings so long before the newest night of the study are over: whoever wore a device then has given it back."""
LAST_NIGHTS_D = 7
"""A night that lacks something is told for a week; after that nobody remembers it, and the calendar shows it."""
SILENT_D = 7
"""A week in which others delivered: one visit was missed. Above GONE_D people have left or are done."""
GONE_D = 60
LEAST_CLOCK_S = 2.0
"""Two clocks of one participant this far apart are told, although it was taken out: they drift on [s]."""
_NAMED = 4
SHARED_BY = 4
"""What is told of so many participants alike stands in one line."""


@dataclass(frozen=True)
class ToDo:
    """One thing to do; ``participant_id`` is empty where it is nobody's own."""

    participant_id: str
    text: str
    is_urgent: bool = True
    """Whether nights are lost until it is done."""


def by_participant(tasks: Iterable[ToDo]) -> list[tuple[str, list[str]]]:
    """Return participants with what is to be done about each, what loses nights first; what is nobody's own comes last."""
    found: dict[str, list[ToDo]] = {}
    for entry in tasks:
        found.setdefault(entry.participant_id, []).append(entry)

    def place(item: tuple[str, list[ToDo]]) -> tuple[bool, int, int, str]:
        return item[0] == "", -sum(one.is_urgent for one in item[1]), -len(item[1]), item[0]

    return [(person, [one.text for one in own]) for person, own in sorted(found.items(), key=place)]


def summed(tasks: Iterable[ToDo]) -> list[ToDo]:
    """Return what SHARED_BY participants or more share said once, of all of them, as urgent as it was of each."""
    whose: dict[tuple[str, bool], list[str]] = {}
    for one in tasks:
        whose.setdefault((one.text, one.is_urgent), []).append(one.participant_id)
    return [
        entry
        for (text, is_urgent), people in whose.items()
        for entry in (
            [ToDo(f"{len(people)} participants", f"{text} ({_names(people)})", is_urgent)]
            if len(people) >= SHARED_BY
            else [ToDo(person, text, is_urgent) for person in people]
        )
    ]


def _names(people: Sequence[str]) -> str:
    more = len(people) - _NAMED
    return ", ".join(people[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def to_do(facts: Facts, calendar: pl.DataFrame, at: datetime) -> Iterator[ToDo]:
    """Yield everything that is to be done.

    Args:
        facts: what the ledger and the warehouse tell.
        calendar: CALENDAR of ``transforms.pictures.calendar``.
        at: now (UTC).
    """
    people = set(facts.tables["people"]["participant_id"]) if facts.tables else set()
    for wait in facts.health.waiting:
        whose = next((part for part in wait.file_name.split("/") if part in people), "")
        yield ToDo(whose, f"{wait.file_name} waits since {_day(wait.since_at, at)}: {wait.reason}")
    if not facts.tables:
        return
    for row in facts.tables["refused_files"].iter_rows(named=True):
        yield ToDo(row["participant_id"] or "", f"a file was refused. {row['reason']}")
    without_files = {name for name, count in facts.tables["people"].iter_rows() if count == 0}
    # a night without a device file was scored in a laboratory
    for name in sorted(without_files - facts.refused - facts.waiting - set(calendar["participant_id"])):
        yield ToDo(name, "no device file yet")
    yield from _silence(facts.health.silent, at)
    newest = _newest(calendar)
    if newest is not None:
        yield from _devices(facts.tables["last_recordings"], newest)
        yield from _clocks(facts.tables["last_clocks"], newest, at)
        yield from _nights(calendar, newest, at)
    yield from _entries(facts.tables["refused_entries"])


def _newest(calendar: pl.DataFrame) -> date | None:
    ends = calendar.select(pl.col("first_date") + pl.duration(days=pl.col("states").str.len_chars() - 1))
    newest = ends.to_series().max()
    return newest if isinstance(newest, date) else None


def _silence(silent: Sequence[Silent], at: datetime) -> Iterator[ToDo]:
    for one in silent:
        if SILENT_D <= one.silent_d <= GONE_D:
            yield ToDo(one.participant_id, f"no file since {_day(one.last_file_at, at)}")


def _devices(recordings: pl.DataFrame, newest: date) -> Iterator[ToDo]:
    oldest = datetime(newest.year, newest.month, newest.day, tzinfo=UTC) - timedelta(days=RECENT_D)
    for row in recordings.filter(pl.col("ended_at") >= oldest).iter_rows(named=True):
        site = row["body_site"].replace("_", " ")
        wrong = [
            "its file ends early" if row["is_truncated"] else "",
            f"{row['faulty_block_count']} blocks of its file cannot be read"
            if row["faulty_block_count"]
            else "",
            "its gravity cannot be believed" if row["has_plausible_gravity"] is False else "",
        ]
        if told := "; ".join(word for word in wrong if word):
            yield ToDo(
                row["participant_id"], f"{site}: {told}; read the device out again ({row['file_name']})"
            )


def _clocks(clocks: pl.DataFrame, newest: date, at: datetime) -> Iterator[ToDo]:
    for row in clocks.filter(pl.col("night_date") >= newest - timedelta(days=RECENT_D)).iter_rows(named=True):
        site = row["body_site"].replace("_", " ")
        if row["is_left_out"]:
            yield ToDo(
                row["participant_id"],
                f"{site}: nothing tells how its clock stands to the other leg's, and the leg is left out of the night of "
                f"{_date(row['night_date'], at)}; set both clocks anew",
            )
        elif row["offset_s"] is not None and abs(row["offset_s"]) >= LEAST_CLOCK_S:
            way = "behind" if row["offset_s"] > 0 else "ahead"
            yield ToDo(row["participant_id"], f"{site} clock {abs(row['offset_s']):.0f} s {way}; set it anew")


_TOLD_STATES = {
    "w": "not worn",
    "r": "not recorded",
    "o": "not fit for analysis",
    "d": "no diary for",
}


def _nights(calendar: pl.DataFrame, newest: date, at: datetime) -> Iterator[ToDo]:
    """Tell the nights of each participant that lack something."""
    oldest = newest - timedelta(days=LAST_NIGHTS_D)
    for person, first, states in calendar.select("participant_id", "first_date", "states").iter_rows():
        for letter, words in _TOLD_STATES.items():
            days = [first + timedelta(days=n) for n, state in enumerate(states) if state == letter]
            if days := [day for day in days if day > oldest]:
                yield ToDo(person, f"{words} {_dates(days, at)}", is_urgent=False)


def _entries(rejected: pl.DataFrame) -> Iterator[ToDo]:
    for row in rejected.iter_rows(named=True):
        line = f" line {row['line_number']}" if row["line_number"] is not None else ""
        cell = f", {row['column_name']} {row['value']!r}" if row["column_name"] else ""
        yield ToDo("", f"{row['file_name']}{line}{cell}: {row['reason']}")


def _dates(days: Sequence[date], at: datetime) -> str:
    word = "the night of" if len(days) == 1 else "the nights of"
    if len(days) > _NAMED:
        return f"{len(days)} nights, the last of {_date(days[-1], at)}"
    told = [_date(day, at) for day in days]
    return f"{word} {' and '.join([', '.join(told[:-1]), told[-1]] if len(told) > 1 else told)}"


def _date(day: date, at: datetime) -> str:
    return f"{day.day} {day:%B}" + ("" if day.year == at.year else f" {day.year}")


def _day(instant: str, at: datetime) -> str:
    return _date(datetime.fromisoformat(instant).date(), at)
