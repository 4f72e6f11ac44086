"""scored_events.csv: the study's own list of marks, in the columns of the contract."""

from dataclasses import replace

import polars as pl

from transforms.clock import SECOND_US, night_date_of
from transforms.diaries.cells import read_word
from transforms.diaries.entries import (
    finish_entries,
    read_entries,
    read_instant,
    read_quantity,
    read_text,
    with_typed,
)
from transforms.diaries.identity import People
from transforms.diaries.reference import words
from transforms.diaries.sheet import read_column, tell_unread_columns, text_of
from transforms.psg.marks import Marks
from transforms.schema import SCORED_EVENT, ScoredEventKind, Side

_REQUIRED = ("onset_at", "duration_s", "event")
_COLUMNS = ("participant_id", "time_zone", *_REQUIRED, "side", "scorer")
_LONGEST_S = 86_400.0
_NO_SCORER = "unnamed"


def read_scored_events(content: bytes, file_name: str, people: People) -> Marks:
    """Read scored_events.csv into SCORED_EVENT and REJECTED_ENTRY.

    One row is one mark: participant_id, onset_at (local wall clock, or with an explicit offset), duration_s, event, side
    (left, right, both or empty), scorer (empty: 'unnamed'). Onset and duration are exact to the microsecond.
    """
    sheet = tell_unread_columns(
        read_entries(content, file_name, people, _REQUIRED), _COLUMNS, words("column")
    )
    sheet = read_instant(sheet, "onset_at", is_required=True)
    sheet = read_quantity(sheet, "duration_s", 0.0, _LONGEST_S, is_required=True)
    kinds = ScoredEventKind.categories.to_list()
    event, reason = read_word(text_of(sheet, "event"), {kind: kind for kind in kinds})
    sheet = read_column(sheet, "event", event, reason, is_required=True)
    sides = {"left": "left", "right": "right", "both": "both", "l": "left", "r": "right"}
    side, reason = read_word(text_of(sheet, "side"), sides)
    sheet = read_column(sheet, "side", side, reason)
    sheet = read_text(sheet, "scorer", text_of(sheet, "scorer").fill_null(_NO_SCORER))
    zones = sheet.rows["typed_time_zone"].unique().to_list() if sheet.rows.height else []
    night = pl.lit(None, dtype=pl.Date)
    for zone in zones:
        own = night_date_of(pl.col("typed_onset_at"), zone)
        night = pl.when(pl.col("typed_time_zone") == zone).then(own).otherwise(night)
    length_us = (pl.col("typed_duration_s") * SECOND_US).round().cast(pl.Int64)
    sheet = replace(
        sheet,
        rows=sheet.rows.with_columns(
            pl.lit(None).alias(f"typed_{name}")
            for name in ("onset_at", "duration_s", "side")
            if f"typed_{name}" not in sheet.rows.columns
        ),
    )
    sheet = with_typed(
        sheet,
        night_date=night,
        offset_at=pl.col("typed_onset_at") + pl.duration(microseconds=length_us),
        side=pl.col("typed_side").fill_null("other").cast(Side),
    )
    events, rejected = finish_entries(sheet, SCORED_EVENT)
    return Marks(events=events, rejected=rejected)
