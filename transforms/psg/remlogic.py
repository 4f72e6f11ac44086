"""Event lists that Embla RemLogic exports as text: a header with names and dates, then a table divided by tabs."""

import re
from datetime import datetime, timedelta

import polars as pl

from transforms.clock import SECOND_US
from transforms.diaries.moments import read_moment
from transforms.diaries.sheet import decode
from transforms.errors import InputError
from transforms.psg.clock_times import CLOCK, clock_us, nearest_us, since_first_us
from transforms.psg.marks import MARK, Marks, Source, rejected_entries, scored_events, start_of

_NOON_US = 43_200_000_000
_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{1,2}:\d{2}:\d{2}"


def read_remlogic(content: bytes, source: Source) -> Marks:
    """Read a RemLogic event list into SCORED_EVENT and REJECTED_ENTRY.

    The table begins at the line that names a column ``Time [...]`` and a column ``Event``; ``Duration[s]`` and
    ``Location`` are used where they are there. Times are either full instants of the recorder's clock
    (2014-05-02T22:14:05.500000) or clock times (22:14:05). Of clock times the first lies nearest to the source's
    start, or, without one, between the noon of the header's ``Recording Date`` and the next noon. Nothing else of the
    header is read: it names the patient.

    Raises InputError when the content has no such table, or no day can be found for its clock times.
    """
    text = decode(content)
    lines = [] if text is None else text.splitlines()
    at = next((i for i, line in enumerate(lines) if _is_table_header(line)), None)
    if at is None:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): no line that names the columns 'Time [...]' and 'Event';"
            " wanted a RemLogic event export",
            reason_code="not_remlogic",
        )
    names = [_plain(cell) for cell in lines[at].split("\t")]
    cells = [line.split("\t") for line in lines[at + 1 :]]
    rows = pl.DataFrame(
        {
            "line_number": range(at + 2, len(lines) + 1),
            "is_row": [any(cell.strip() for cell in row) for row in cells],
            "time": _column(cells, names, "time"),
            "label": _column(cells, names, "event"),
            "duration": _column(cells, names, "duration"),
            "channel": _column(cells, names, "location"),
        },
        schema={"line_number": pl.Int64, "is_row": pl.Boolean}
        | dict.fromkeys(("time", "label", "duration", "channel"), pl.String),
    ).filter("is_row")
    is_dated = bool(rows["time"].str.contains(_ISO).any())
    if is_dated:
        start, rows = _dated(rows, source)
    else:
        start, rows = _undated(rows, lines[:at], source)
    seconds = pl.col("duration").str.replace(",", ".").cast(pl.Float64, strict=False)
    rows = rows.with_columns((seconds * SECOND_US).round().cast(pl.Int64).alias("duration_us"))
    lost = rows.filter(pl.col("onset_us").is_null() & pl.col("label").is_null())["line_number"].to_list()
    rejected = rejected_entries(source, lost, None, ["no time and no event in this row"] * len(lost))
    marks = rows.filter(pl.col("label").is_not_null())
    return scored_events(marks.select(MARK.names()), start, source, rejected)


def _dated(rows: pl.DataFrame, source: Source) -> tuple[datetime, pl.DataFrame]:
    wall = (
        pl.col("time")
        .str.replace("T", " ")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    )
    rows = rows.with_columns(wall.alias("wall"))
    first: datetime = rows["wall"].drop_nulls()[0]
    start = start_of(first, source)  # the offset of the first mark holds for the night
    return start, rows.with_columns((pl.col("wall") - first).dt.total_microseconds().alias("onset_us"))


def _undated(rows: pl.DataFrame, header: list[str], source: Source) -> tuple[datetime, pl.DataFrame]:
    rows = rows.with_columns(
        clock_us(pl.col("time").str.extract_groups(rf"^\s*{CLOCK}\s*$"), 1).alias("clock")
    )
    timed = rows.filter(pl.col("clock").is_not_null()).with_columns(
        since_first_us(pl.col("clock")).alias("onset_us")
    )
    if not timed.height:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): no time in the column 'Time'; wanted hh:mm:ss",
            reason_code="no_times",
        )
    first_us = int(timed["clock"][0])
    if source.started_at is not None:
        wall = pl.select(
            pl.lit(source.started_at).dt.convert_time_zone(source.time_zone).dt.replace_time_zone(None)
        )
        started: datetime = wall.item()
        midnight = datetime.combine(started.date(), datetime.min.time())
        ahead = nearest_us(first_us, (started - midnight) // timedelta(microseconds=1))
        start = source.started_at + timedelta(microseconds=ahead)
    else:
        day = _recording_date(header, source)
        is_next_day = first_us < _NOON_US
        start = start_of(day + timedelta(days=int(is_next_day), microseconds=first_us), source)
    onsets = timed.select("line_number", "onset_us")
    return start, rows.join(onsets, on="line_number", how="left", maintain_order="left")


def _recording_date(header: list[str], source: Source) -> datetime:
    written = next(
        (
            found[1]
            for line in header
            if (found := re.match(r"^\s*Recording Date:?\s*(\S.*?)\s*$", line, re.I))
        ),
        "",
    )
    moment = read_moment(written.split(" ")[0])
    day, reason = moment.date, moment.unread
    if day is None:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): clock times without a day, and 'Recording Date' cannot be"
            f" read ({reason or 'it is missing'}); deliver the EDF file of the recording beside it",
            reason_code="no_start_time",
        )
    return datetime.combine(day, datetime.min.time())


def _is_table_header(line: str) -> bool:
    names = {_plain(cell) for cell in line.split("\t")}
    return {"time", "event"} <= names


def _plain(cell: str) -> str:
    return re.sub(r"\s*\[.*?\]\s*", "", cell).strip().lower()


def _column(cells: list[list[str]], names: list[str], name: str) -> list[str | None]:
    if name not in names:
        return [None] * len(cells)
    at = names.index(name)
    return [row[at].strip() or None if len(row) > at else None for row in cells]
