"""Detection in the hours that matter: which rows are read, and the candidates found in them."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.epochs.calibration import Calibration
from transforms.movements.detection import detect_candidates
from transforms.parameters.movements import DetectionParameters
from transforms.recording import RecordingHeader
from transforms.schema import CANDIDATE, INSTANT, empty

_AT_A_TIME = 2


class Slice(NamedTuple):
    """Rows [first_row, first_row + row_count) of samples.parquet; candidates count from ``core`` only."""

    first_row: int
    row_count: int
    rate_hz: float
    core_start_us: int
    core_end_us: int


def plan_slices(
    segments: pl.DataFrame, windows: pl.DataFrame, parameters: DetectionParameters
) -> list[Slice]:
    """Cut the windows at the gaps of the signal and add the margin that the filters need.

    Args:
        segments: SEGMENT frame of one recording.
        windows: CANDIDATE_WINDOW frame, disjoint.
        parameters: ``margin_s`` and ``min_segment_s`` are read.

    The margin never crosses a gap. Rows are found from a segment's own start and rate, to a few samples: the margin
    takes up the difference, and instants come from the samples themselves.
    """
    slices = []
    margin_us = round(parameters.margin_s * SECOND_US)
    spans = windows.select(pl.col("started_at", "ended_at").to_physical()).to_numpy()
    for segment in segments.sort("first_row").iter_rows(named=True):
        start, end = (
            int(pl.Series([segment[n]], dtype=INSTANT).to_physical()[0]) for n in ("started_at", "ended_at")
        )
        if end - start < parameters.min_segment_s * SECOND_US:
            continue
        period_us = (end - start) / segment["sample_count"]
        for core_start, core_end in spans[(spans[:, 0] < end) & (spans[:, 1] > start)]:
            first = int(np.floor((max(core_start - margin_us, start) - start) / period_us))
            last = int(np.ceil((min(core_end + margin_us, end) - start) / period_us))
            last = min(last, segment["sample_count"])
            slices.append(
                Slice(
                    segment["first_row"] + first,
                    last - first,
                    SECOND_US / period_us,
                    int(core_start),
                    int(core_end),
                )
            )
    return slices


def detect_in_windows(
    samples: pl.LazyFrame,
    segments: pl.DataFrame,
    windows: pl.DataFrame,
    header: RecordingHeader,
    calibration: Calibration,
    parameters: DetectionParameters,
) -> pl.DataFrame:
    """Return the CANDIDATE frame of one recording, reading only the rows of its windows.

    Two windows are worked on at a time, because filters use one core; a night of ten hours at 100 Hz takes about
    200 MB. A sensor that samples below ``min_rate_hz`` has no candidates; its nights are excluded for that reason.
    """
    if not can_be_scored(header, parameters):
        return empty(CANDIDATE)

    def detect(piece: Slice) -> pl.DataFrame:
        return detect_candidates(
            samples.slice(piece.first_row, piece.row_count),
            piece.first_row,
            piece.rate_hz,
            header,
            calibration,
            parameters,
            core_us=(piece.core_start_us, piece.core_end_us),
        )

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        found = list(pool.map(detect, plan_slices(segments, windows, parameters)))
    return pl.concat(found).sort("onset_at") if found else empty(CANDIDATE)


def can_be_scored(header: RecordingHeader, parameters: DetectionParameters) -> bool:
    """Tell whether a recording is sampled fast enough for its movements to be scored."""
    return header.sampling_rate_hz >= parameters.min_rate_hz
