"""The sleep that a sensor tells by itself, held against the stages of a scorer."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.agreement.measures import cohen_kappa
from transforms.clock import HOUR_US, MINUTE_US, SECOND_US, us
from transforms.intervals import contains, edges_us, intersect, invert, join, total
from transforms.parameters.agreement import AgreementParameters
from transforms.schema import SLEEP_AGREEMENT, WAKE_EPISODE, require

_NIGHT = ["participant_id", "night_date"]


def sleep_agreement(
    nights: pl.DataFrame, wake_episodes: pl.DataFrame, stages: pl.DataFrame, parameters: AgreementParameters
) -> pl.DataFrame:
    """Hold the sleep of sensors against every scorer, night by night (schema SLEEP_AGREEMENT).

    ``nights`` (NIGHT) and ``wake_episodes`` (WAKE_EPISODE) are what the sensor tells where nobody tells it of
    polysomnography; ``stages`` has participant_id, night_date, scorer, onset_at, offset_at, stage, one row per epoch. A
    night that the sensor knows no sleep of has its row, without a figure.

    1. Compared is the time that the scorer staged. The sensor's sleep is that from its sleep onset to its sleep end
       without its wake episodes; all other compared time is wake.
    2. Sleep onset and end of the scorer are the first and the last epoch that is not wake; errors are the sensor's
       less the scorer's.
    3. Sensitivity is the share of the scorer's sleep that the sensor calls sleep, specificity that of the wake, by
       time; kappa is over epochs of ``epoch_s`` from the scorer's first, asleep where their middle is.

    The two clocks are not laid over each other: an epoch is 30 s long, and clocks differ by seconds.

    Source: AASM manual, epochs of 30 s; sensitivity, specificity and kappa as in Menghini 2021, doi:10.1093/sleep/zsaa170.
    """
    woken = require(wake_episodes, WAKE_EPISODE, "wake episodes").partition_by(_NIGHT, as_dict=True)
    own = {(row["participant_id"], row["night_date"]): row for row in nights.iter_rows(named=True)}
    rows = []
    for key, epochs in (
        stages.sort(*_NIGHT, "scorer", "onset_at")
        .partition_by([*_NIGHT, "scorer"], as_dict=True, maintain_order=True)
        .items()
    ):
        night = own.get(key[:2])
        if night is not None:
            told = _compare(night, woken.get(key[:2], wake_episodes.clear()), epochs, parameters)
            rows.append({"participant_id": key[0], "night_date": key[1], "scorer": key[2]} | told)
    return pl.DataFrame(rows, schema=SLEEP_AGREEMENT).with_columns(pl.selectors.float().fill_nan(None))


def _compare(
    night: Mapping[str, datetime | str | bool | None],
    woken: pl.DataFrame,
    epochs: pl.DataFrame,
    parameters: AgreementParameters,
) -> dict[str, object]:
    staged = join(edges_us(epochs, "onset_at", "offset_at"))
    slept = join(edges_us(epochs.filter(pl.col("stage") != "w"), "onset_at", "offset_at"))
    onset, end = night["sleep_onset_at"], night["sleep_end_at"]
    row: dict[str, object] = {
        "sleep_window_source": night["sleep_window_source"],
        "compared_h": total(staged) / HOUR_US,
        "scored_sleep_h": total(slept) / HOUR_US,
    }
    if not isinstance(onset, datetime) or not isinstance(end, datetime) or not len(slept):
        return row
    start_us, end_us = us(onset), us(end)
    told = intersect(invert(join(edges_us(woken, "started_at", "ended_at")), start_us, end_us), staged)
    awake = invert(slept, int(staged[0, 0]), int(staged[-1, 1]))
    awake = intersect(awake, staged)
    told_awake = total(awake) - total(intersect(awake, told))
    middles, asleep = _epochs(staged, slept, parameters.epoch_s)
    return row | {
        "sensor_sleep_h": total(told) / HOUR_US,
        "sleep_onset_error_min": (start_us - int(slept[0, 0])) / MINUTE_US,
        "sleep_end_error_min": (end_us - int(slept[-1, 1])) / MINUTE_US,
        "sleep_sensitivity_frac": total(intersect(slept, told)) / total(slept),
        "sleep_specificity_frac": told_awake / total(awake) if total(awake) else float("nan"),
        "epoch_count": len(middles),
        "kappa_index": cohen_kappa(asleep, contains(told, middles)),
    }


def _epochs(
    staged: NDArray[np.int64], slept: NDArray[np.int64], epoch_s: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the middles of the epochs that lie in staged time, and where the scorer saw sleep."""
    step = round(epoch_s * SECOND_US)
    middles = np.arange(int(staged[0, 0]) + step // 2, int(staged[-1, 1]), step)
    middles = middles[contains(staged, middles)]
    return middles, contains(slept, middles)
