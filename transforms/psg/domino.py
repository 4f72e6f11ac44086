"""Text exports of SOMNOmedics DOMINO: one file for each list of events, and one for the sleep profile.

Layout (real files of the RBDtector project): a header of ``Name: value`` lines, an empty line, then one mark per line,
``hh:mm:ss,fff-hh:mm:ss,fff; 12;Hypopnea`` with or without the whole seconds in the middle, or ``hh:mm:ss,fff; N2`` for
an epoch. Clock times are those of the recorder.
"""

import re
from datetime import datetime, timedelta

import polars as pl

from transforms.clock import DAY_US, HOUR_US, SECOND_US
from transforms.diaries.moments import read_moment
from transforms.diaries.sheet import decode
from transforms.errors import InputError
from transforms.psg.clock_times import CLOCK, clock_us, nearest_us, since_first_us
from transforms.psg.marks import MARK, Marks, Source, rejected_entries, scored_events, start_of

_HEADER = re.compile(r"^(?P<name>[A-Za-z][A-Za-z ]*):\s*(?P<value>.*)$")
_LINE = rf"^{CLOCK}(?:-{CLOCK})?;(?:\s*\d+(?:[,.]\d+)?\s*;)?\s*(.*?)\s*$"
_LATE_US = 60_000_000  # a header later than this after the first mark contradicts it


def read_domino(content: bytes, source: Source) -> Marks:
    """Read one DOMINO export into SCORED_EVENT and REJECTED_ENTRY.

    The clock times of the marks are exact and are never counted from the header. The header gives the day alone: the
    first mark lies on that day on which it is nearest to ``Start Time``. (A real export says 01:00:00 PM over marks
    that begin at 01:18; counting on from the header would put them a day late.) When the header
    lies more than a minute after the first mark, one entry is rejected to say so, and the marks are used. A clock time more than 12 h before the one above it
    is of the next day; an end before its start is of the next day. Where ``Rate`` says how long an epoch is, marks
    without an end last that long.

    Raises InputError when the content is no such export or has no start that can be read.
    """
    text = decode(content)
    lines = [] if text is None else text.splitlines()
    header, body_line = _header(lines)
    if "start time" not in header:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): no 'Start Time:' in the first lines; wanted a DOMINO text"
            " export (Signal ID, Start Time, Unit, Signal Type, then the events)",
            reason_code="not_domino",
        )
    started = _start_time(header["start time"], source)
    epoch_us = _epoch_us(header.get("rate", ""))
    rows = pl.DataFrame(
        {"line_number": range(body_line + 1, len(lines) + 1), "text": lines[body_line:]},
        schema={"line_number": pl.Int64, "text": pl.String},
    ).filter(pl.col("text").str.strip_chars() != "")
    part = pl.col("text").str.extract_groups(_LINE)
    read = rows.with_columns(
        clock_us(part, 1).alias("from_us"),
        clock_us(part, 5).alias("to_us"),
        part.struct.field("9").alias("label"),
    )
    bad = read.filter(pl.col("from_us").is_null())["line_number"].to_list()
    rejected = rejected_entries(source, bad, None, ["not 'hh:mm:ss,fff-hh:mm:ss,fff; event'"] * len(bad))
    read = read.filter(pl.col("from_us").is_not_null())
    midnight = datetime.combine(started.date(), datetime.min.time())
    start_us = (started - midnight) // timedelta(microseconds=1)
    ahead_us = nearest_us(int(read["from_us"][0]), start_us) if read.height else 0
    if -ahead_us > _LATE_US:
        note = (
            f"{-ahead_us / HOUR_US:.1f} h after the first mark; the clock times of the marks are used, on the day on which"
            " the two are nearest"
        )
        rejected = pl.concat([rejected, rejected_entries(source, [None], "Start Time", [note])])
    marks = read.with_columns(
        onset_us=since_first_us(pl.col("from_us")) + ahead_us,
        duration_us=pl.coalesce(
            (pl.col("to_us") - pl.col("from_us")) % DAY_US, pl.lit(epoch_us, dtype=pl.Int64)
        ),
        channel=pl.lit(None, dtype=pl.String),
    )
    start = source.started_at or start_of(started, source)
    return scored_events(marks.select(MARK.names()), start, source, rejected)


def _header(lines: list[str]) -> tuple[dict[str, str], int]:
    """Return the named values up to the first line that is a mark, and that line's index."""
    header: dict[str, str] = {}
    for index, line in enumerate(lines):
        if re.match(_LINE, line):
            return header, index
        if found := _HEADER.match(line):
            header[found["name"].strip().lower()] = found["value"].strip()
    return header, len(lines)


def _start_time(text: str, source: Source) -> datetime:
    moment = read_moment(text)
    date, time_us = moment.date, moment.time_us
    if date is None or time_us is None:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): 'Start Time' cannot be read as a day and a time; wanted"
            " dd.mm.yyyy hh:mm:ss",
            reason_code="no_start_time",
        )
    return datetime.combine(date, datetime.min.time()) + timedelta(microseconds=time_us)


def _epoch_us(rate: str) -> int | None:
    found = re.match(r"^(\d+)\s*s", rate)
    return int(found[1]) * SECOND_US if found else None
