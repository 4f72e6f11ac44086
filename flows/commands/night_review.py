"""``legjumps explain --html``: one page for a participant, one picture for each night; it needs no network."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl

from flows.person.page import made_of_people, write_person
from flows.person.words import night_rows
from flows.settings import StudySettings
from flows.store.calibrations import read_calibration
from flows.store.layout import core_file, raw_folder
from flows.store.raw_recording import read_raw_header
from flows.warehouse.published import open_warehouse
from transforms.errors import SettingsError
from transforms.movements.traces import night_trace
from transforms.pictures.night import STRIP_COUNT, LegView, NightPicture, draw_night, picture_span
from transforms.schema import LEG_SITES

_OF_NIGHT = "select * from {table} where participant_id = ? and night_date = ?"
_LEGS = """
    select recording_id, body_site from recording
    where participant_id = ? and started_at < ? and ended_at > ? order by body_site, started_at
"""


def draw_participant(settings: StudySettings, participant_id: str) -> Path:
    """Draw every night of a participant from its samples and return the page.

    Reads of the raw samples only the nights themselves. Raises SettingsError when there is no published warehouse or
    no such participant.
    """
    with open_warehouse(settings.store) as connection:
        made_of = made_of_people(connection).get(participant_id)
        if made_of is None:
            raise SettingsError(f"no participant {participant_id!r}")
        dates = [row["night_date"] for row in night_rows(connection, participant_id)]
        pictures = {
            night_date: draw_one(connection, settings, participant_id, night_date)
            for night_date in dates
            if isinstance(night_date, date)
        }
        return write_person(connection, settings.store, participant_id, made_of, pictures)


def draw_one(
    connection: duckdb.DuckDBPyConnection, settings: StudySettings, participant_id: str, night_date: date
) -> NightPicture | None:
    """Draw one night; None where time in bed is not known or no leg was recorded."""
    key = [participant_id, night_date]
    known = connection.sql(_OF_NIGHT.format(table="night"), params=key).pl().to_dicts()
    span = picture_span(known[0]) if known else None
    if span is None:
        return None
    recordings = connection.sql(_LEGS, params=[participant_id, span[1], span[0]]).pl()
    legs = recordings.filter(pl.col("body_site").cast(pl.String).is_in(LEG_SITES))
    if legs.height == 0:
        return None
    return draw_night(
        known[0],
        span,
        connection.sql(_OF_NIGHT.format(table="movement"), params=key).pl(),
        connection.sql(_OF_NIGHT.format(table="wake_episode"), params=key).pl(),
        _views(settings, participant_id, legs, span),
        settings.parameters.kinds.gross_tilt_deg,
    )


def _views(
    settings: StudySettings, participant_id: str, legs: pl.DataFrame, span: tuple[datetime, datetime]
) -> Sequence[LegView]:
    """One view for each site; recordings that follow one another at one site share it."""
    views = []
    for (site,), recordings in legs.group_by("body_site", maintain_order=True):
        seen = [
            _view(settings, participant_id, str(site), recording_id, span)
            for recording_id in recordings["recording_id"]
        ]
        views.append(
            LegView(
                body_site=str(site),
                trace=pl.concat([view.trace for view in seen]).unique("strip", keep="first").sort("strip"),
                absent=pl.concat([view.absent for view in seen]),
                temperature=pl.concat([view.temperature for view in seen]),
            )
        )
    return views


def _view(
    settings: StudySettings,
    participant_id: str,
    site: str,
    recording_id: str,
    span: tuple[datetime, datetime],
) -> LegView:
    raw = raw_folder(settings.store, participant_id, recording_id)
    part = settings.store, "epoch", participant_id, recording_id
    start, end = span
    return LegView(
        body_site=site,
        trace=night_trace(
            pl.scan_parquet(raw / "samples.parquet"),
            pl.read_parquet(raw / "segments.parquet"),
            read_raw_header(raw),
            read_calibration(settings.store, recording_id),
            span,
            STRIP_COUNT,
            settings.parameters.detection,
        ),
        absent=pl.read_parquet(
            core_file(settings.store, "nonwear_interval", participant_id, recording_id),
            columns=["started_at", "ended_at", "reason"],
        ).filter(pl.col("started_at") < end, pl.col("ended_at") > start),
        temperature=pl.scan_parquet(core_file(*part))
        .filter(pl.col("start_at").is_between(start, end, closed="left"))
        .select("start_at", "temperature_c")
        .collect(),
    )
