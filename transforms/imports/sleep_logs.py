"""Sleep logs: the Consensus Sleep Diary, and the basic and advanced logs of GGIR.

Every night is found by its date. GGIR's basic log has only the place of a night in its row, so that a blank pair of
cells shifts nothing but the date of the first night must be told, in a column ``start_date``; without one the log
cannot be linked and is told so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl

from transforms.clock import MINUTE_US
from transforms.diaries.entries import finish_entries, read_quantity, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.moments import with_moment
from transforms.diaries.sheet import LINE, Sheet, cell_of, standing_rows, text_of
from transforms.diaries.sleep import read_nights
from transforms.imports.files import (
    ImportContext,
    Imported,
    ImportFile,
    one_frame,
    open_table,
    refused,
    renamed,
    together,
)
from transforms.schema import CAFFEINE_INTAKE, SLEEP_DIARY, fitted

_IDS = ("participant_id", "id", "subject", "subject_id", "record_id")
_FIRST_DAYS = ("start_date", "startdate", "d1_date", "date_n1")
_CONSENSUS = {
    "date": "wake_date",
    "todays_date": "wake_date",
    "today_s_date": "wake_date",
    # the questions of the diary themselves
    "what_time_did_you_get_into_bed": "into_bed",
    "what_time_did_you_try_to_go_to_sleep": "lights_off",
    "how_long_did_it_take_you_to_fall_asleep": "latency_min",
    "what_time_was_your_final_awakening": "sleep_end",
    "what_time_did_you_get_out_of_bed_for_the_day": "lights_on",
    "into_bed": "into_bed",
    "time_into_bed": "into_bed",
    "try_to_sleep": "lights_off",
    "time_try_to_sleep": "lights_off",
    "tried_to_sleep": "lights_off",
    "minutes_to_fall_asleep": "latency_min",
    "sleep_latency_min": "latency_min",
    "sleep_latency": "latency_min",
    "final_awakening": "sleep_end",
    "time_final_awakening": "sleep_end",
    "out_of_bed": "lights_on",
    "time_out_of_bed": "lights_on",
    "caffeine_count": "caffeine_count",
    "caffeinated_drinks": "caffeine_count",
}
_ADVANCED = re.compile(r"d(\d+)_(date|wakeup|inbed|onset|lightsout|outbed)")
_BASIC = re.compile(r"(onset|wakeup|inbed|outbed|lightsout)_n(\d+)")
_LONGEST_LATENCY_MIN = 1440


def recognises_consensus(header: frozenset[str]) -> bool:
    """Tell a Consensus Sleep Diary: one row per morning."""
    ours = set(_consensus_names(header).values())
    return {"wake_date", "lights_off", "latency_min", "sleep_end"} <= ours and bool(header & set(_IDS))


def _consensus_names(columns: Iterable[str]) -> dict[str, str]:
    """Return our names by theirs, whatever marks stand between their words and number their question has."""
    words = {
        column: re.sub(r"^(q?\d+[a-z]?_)?", "", re.sub(r"[^a-z0-9]+", "_", column).strip("_"))
        for column in columns
    }
    return {column: _CONSENSUS[word] for column, word in words.items() if word in _CONSENSUS}


def recognises_ggir(header: frozenset[str]) -> bool:
    """Tell GGIR's sleep logs: one row per person."""
    return bool(header & set(_IDS)) and any(_ADVANCED.fullmatch(n) or _BASIC.fullmatch(n) for n in header)


def read_consensus(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Consensus Sleep Diaries into SLEEP_DIARY, and days without caffeinated drinks into CAFFEINE_INTAKE.

    Lights-off is the time of trying to sleep, sleep onset that plus the minutes until sleep. A number of drinks above
    zero is no dose: it is told and not taken.
    """
    return together([_consensus(file, context) for file in files])


def _consensus(file: ImportFile, context: ImportContext) -> Imported:
    sheet = open_table(file)
    id_column = next(name for name in _IDS if sheet.has(name))
    names = {id_column: "participant_id", **_consensus_names(sheet.columns)}
    sheet = read_person(renamed(sheet, names), context.people)
    dated = with_moment(sheet.rows, text_of(sheet, "wake_date"), "__woke_", None, sheet.date_order)
    before = (pl.col("__woke_date") - pl.duration(days=1)).cast(pl.Date).dt.strftime("%Y-%m-%d")
    # a date that cannot be read stands as it is written, to be refused with its reason
    rows = dated.with_columns(
        pl.when(pl.col("__woke_unread").is_null())
        .then(before)
        .otherwise(pl.col("wake_date"))
        .alias("night_date")
    )
    sheet = replace(sheet, rows=rows, columns=(*sheet.columns, "night_date"))
    sheet = read_quantity(sheet, "latency_min", 0, _LONGEST_LATENCY_MIN)
    sheet = read_nights(sheet, context.parameters.sleep_diary)
    onset = pl.col("typed_lights_off_at") + pl.duration(
        microseconds=(pl.col("typed_latency_min") * MINUTE_US).cast(pl.Int64)
    )
    sheet = with_typed(sheet, sleep_onset_at=pl.when(onset <= pl.col("typed_sleep_end_at")).then(onset))
    sheet = read_quantity(sheet, "caffeine_count", 0, 100)
    standing = standing_rows(sheet)
    none = standing.filter(pl.col("typed_caffeine_count") == 0).select(
        pl.col("typed_participant_id").alias("participant_id"),
        pl.col("typed_night_date").alias("logged_date"),
        pl.lit(0.0).alias("caffeine_mg"),
        pl.lit("none").alias("source"),
    )
    none = fitted(none, CAFFEINE_INTAKE)
    parts = [
        one_frame("sleep_diary", finish_entries(sheet, SLEEP_DIARY)),
        Imported(frames={"caffeine_intake": [none]}),
    ]
    if drinks := standing.filter(pl.col("typed_caffeine_count") > 0).height:
        parts.append(
            refused(
                file.name,
                f"{drinks} numbers of caffeinated drinks name no amount; write doses in diary/caffeine.csv",
            )
        )
    return together(parts)


def read_ggir(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read GGIR's logs, one row per person, into SLEEP_DIARY."""
    return together([_ggir(file, context) for file in files])


def _ggir(file: ImportFile, context: ImportContext) -> Imported:
    sheet = open_table(file)
    id_column = next(name for name in _IDS if sheet.has(name))
    if any(_ADVANCED.fullmatch(name) for name in sheet.columns):
        nights = [
            _advanced_night(sheet, id_column, number) for number in _numbers(sheet.columns, _ADVANCED, 1)
        ]
    else:
        first_day = next((name for name in _FIRST_DAYS if sheet.has(name)), None)
        if first_day is None:
            return refused(
                file.name,
                "nights are known by their place alone (onset_N1, wakeup_N1 ...); add a column start_date with the "
                "date of the first evening, or use the advanced log with its dates",
            )
        nights = [
            _basic_night(sheet, id_column, first_day, number) for number in _numbers(sheet.columns, _BASIC, 2)
        ]
    columns = ("participant_id", "night_date", "lights_off", "sleep_onset", "sleep_end", "lights_on")
    stacked = pl.concat([night.select(LINE, "is_refused", *columns) for night in nights]).sort(
        LINE, maintain_order=True
    )
    said = stacked.filter(
        pl.any_horizontal(
            ~pl.col(name).str.strip_chars().str.to_lowercase().is_in(["", "na"]) for name in columns[2:]
        )
    )
    long = replace(sheet, rows=said, columns=columns)
    return one_frame(
        "sleep_diary",
        finish_entries(
            read_nights(read_person(long, context.people), context.parameters.sleep_diary), SLEEP_DIARY
        ),
    )


def _numbers(columns: Sequence[str], pattern: re.Pattern[str], group: int) -> list[int]:
    return sorted({int(match[group]) for name in columns if (match := pattern.fullmatch(name))})


def _cell(sheet: Sheet, *names: str) -> pl.Expr:
    """Return the first of the columns that the sheet has."""
    found = next((name for name in names if sheet.has(name)), None)
    return cell_of(sheet, found) if found else pl.lit("")


def _advanced_night(sheet: Sheet, id_column: str, number: int) -> pl.DataFrame:
    """Return the evening of ``D<number>`` with the waking that stands under the next day, found by its own date."""
    day, after = f"d{number}", f"d{number + 1}"
    rows = with_moment(sheet.rows, text_of(sheet, f"{day}_date"), "__evening_")
    if sheet.has(f"{after}_date"):
        rows = with_moment(rows, text_of(sheet, f"{after}_date"), "__after_")
        is_next_day = pl.col("__after_date") == (pl.col("__evening_date") + pl.duration(days=1)).cast(pl.Date)
    else:
        is_next_day = pl.lit(value=False)

    def of_next_day(name: str) -> pl.Expr:
        return (
            pl.when(is_next_day.fill_null(value=False))
            .then(_cell(sheet, f"{after}_{name}"))
            .otherwise(pl.lit(""))
        )

    return rows.select(
        LINE,
        "is_refused",
        cell_of(sheet, id_column).alias("participant_id"),
        _cell(sheet, f"{day}_date").alias("night_date"),
        _cell(sheet, f"{day}_lightsout", f"{day}_inbed").alias("lights_off"),
        _cell(sheet, f"{day}_onset").alias("sleep_onset"),
        of_next_day("wakeup").alias("sleep_end"),
        of_next_day("outbed").alias("lights_on"),
    )


def _basic_night(sheet: Sheet, id_column: str, first_day: str, number: int) -> pl.DataFrame:
    rows = with_moment(sheet.rows, text_of(sheet, first_day), "__first_")
    date = (pl.col("__first_date") + pl.duration(days=number - 1)).cast(pl.Date).dt.strftime("%Y-%m-%d")
    return rows.select(
        LINE,
        "is_refused",
        cell_of(sheet, id_column).alias("participant_id"),
        pl.when(pl.col("__first_unread").is_null())
        .then(date)
        .otherwise(pl.col(first_day))
        .alias("night_date"),
        _cell(sheet, f"lightsout_n{number}", f"inbed_n{number}").alias("lights_off"),
        _cell(sheet, f"onset_n{number}").alias("sleep_onset"),
        _cell(sheet, f"wakeup_n{number}").alias("sleep_end"),
        _cell(sheet, f"outbed_n{number}").alias("lights_on"),
    )
