"""Nights of leg movements written in seconds, and what the fast code says of them."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from transforms.schema import INSTANT, SIGNAL_BREAK, Side

START = datetime(2026, 3, 1, 22, tzinfo=UTC)
NIGHT = date(2026, 3, 1)
INTERVAL = {"participant_id": pl.String, "night_date": pl.Date, "onset_at": INSTANT, "offset_at": INSTANT}
EVENT = {**INTERVAL, "side": Side, "is_sleep": pl.Boolean}


def at(seconds):
    return START + timedelta(microseconds=round(seconds * 1_000_000))


def event(onset_s, duration_s=1.0, side="left", *, person="P1", night=NIGHT, is_sleep=True):
    return {
        "participant_id": person,
        "night_date": night,
        "onset_at": at(onset_s),
        "offset_at": at(onset_s) + timedelta(microseconds=round(duration_s * 1_000_000)),
        "side": side,
        "is_sleep": is_sleep,
    }


def events(*rows):
    """Rows are onsets, or (onset, duration), or (onset, duration, side)."""
    return pl.DataFrame([event(*(row if isinstance(row, tuple) else (row,))) for row in rows], schema=EVENT)


def intervals(*pairs, person="P1", night=NIGHT):
    rows = [
        {"participant_id": person, "night_date": night, "onset_at": at(a), "offset_at": at(b)}
        for a, b in pairs
    ]
    return pl.DataFrame(rows, schema=INTERVAL)


def breaks(*pairs, person="P1", night=NIGHT):
    rows = [
        {"participant_id": person, "night_date": night, "started_at": at(a), "ended_at": at(b)}
        for a, b in pairs
    ]
    return pl.DataFrame(rows, schema=SIGNAL_BREAK)
