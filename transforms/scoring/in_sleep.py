"""Which movements lie in sleep, by the sleep window and the wake episodes of each night."""

import numpy as np
import polars as pl

from transforms.intervals import intersect, invert, join
from transforms.scoring.association import is_touched
from transforms.scoring.timeline import PAUSE_US, Flags, Legs, Timeline, Windows, lay_out


def mark_sleep(events: pl.DataFrame, nights: pl.DataFrame, wake_episodes: pl.DataFrame) -> pl.DataFrame:
    """Add is_sleep: a part of the event lies between sleep onset and sleep end and in no wake episode.

    One row is one event. Reads participant_id, night_date, onset_at, offset_at and side; of ``nights`` (schema NIGHT)
    sleep_onset_at and sleep_end_at, of ``wake_episodes`` (schema WAKE_EPISODE) started_at and ended_at. Returns the
    rows in order of participant, night and onset. An event of a night without a sleep window is not in sleep.
    """
    ordered, line, legs = lay_out(events)
    return ordered.with_columns(pl.Series("is_sleep", is_in_sleep(legs, line, nights, wake_episodes)))


def is_in_sleep(legs: Legs, line: Timeline, nights: pl.DataFrame, wake_episodes: pl.DataFrame) -> Flags:
    """Tell the movements with a part in sleep; see :func:`mark_sleep`."""
    known = nights.filter(pl.col("sleep_onset_at").is_not_null() & pl.col("sleep_end_at").is_not_null())
    asleep = _pairs(line.place(known, "sleep_onset_at", "sleep_end_at"))
    awake = _pairs(line.place(wake_episodes, "started_at", "ended_at"))
    end = int(line.end_us[-1]) + PAUSE_US if line.row_count else 0
    sleep = intersect(join(asleep), invert(join(awake), 0, end))
    # [onset, offset) and [start, end) share an instant; is_touched compares closed intervals
    return is_touched(legs, sleep[:, 0] + 1, sleep[:, 1] - 1)


def _pairs(windows: Windows) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.column_stack((windows.start, windows.end))
