"""What a leg's sensor saw of one night, small enough to be drawn: a few numbers for each strip of the picture."""

from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.epochs.calibration import Calibration
from transforms.movements.detection import read_channels
from transforms.movements.signals import Channels, adaptive_floor
from transforms.movements.windows import plan_slices
from transforms.parameters.movements import DetectionParameters
from transforms.recording import RecordingHeader
from transforms.schema import CANDIDATE_WINDOW

TRACE = pl.Schema(
    [
        ("strip", pl.Int32()),  # counted from the start of the span
        ("low_g", pl.Float32()),  # least and largest of the deciding envelope
        ("high_g", pl.Float32()),
        ("floor_g", pl.Float32()),  # its adaptive floor
        ("on_g", pl.Float32()),  # the threshold of onset
        ("gravity_x_g", pl.Float64()),  # posture
        ("gravity_y_g", pl.Float64()),
        ("gravity_z_g", pl.Float64()),
    ]
)


def night_trace(
    samples: pl.LazyFrame,
    segments: pl.DataFrame,
    header: RecordingHeader,
    calibration: Calibration,
    span: tuple[datetime, datetime],
    strip_count: int,
    parameters: DetectionParameters,
) -> pl.DataFrame:
    """Reduce one recording between two instants to ``strip_count`` strips of equal length.

    Args:
        samples: rows of samples.parquet in time order.
        segments: SEGMENT frame of the recording.
        header: of the recording.
        calibration: applied before anything else.
        span: UTC instants [start, end).
        strip_count: rows wanted.
        parameters: those of the detection, whose channels are shown.

    Returns:
        TRACE frame sorted by strip; strips without signal have no row. Only the span and the margin that the filters
        need are read.
    """
    windows = pl.DataFrame([(None, *span)], schema=CANDIDATE_WINDOW, orient="row")
    start_us, end_us = windows.select(pl.col("started_at", "ended_at").to_physical()).row(0)
    parts = []
    for piece in plan_slices(segments, windows, parameters):
        rows = samples.slice(piece.first_row, piece.row_count)
        seen = read_channels(rows, piece.rate_hz, header, calibration, parameters)
        if seen is not None:
            sampled_at, signal = seen
            edges_us = np.linspace(start_us, end_us, strip_count + 1) - int(sampled_at.to_physical()[0])
            parts.append(_strips(signal, edges_us, parameters))
    # Where two stretches share a strip, both are seen.
    frame = pl.concat([pl.DataFrame(schema=TRACE), *parts])
    combined = [pl.col("low_g").min(), pl.col("high_g").max(), pl.exclude("strip", "low_g", "high_g").mean()]
    return frame.group_by("strip").agg(combined).sort("strip").select(TRACE.names()).cast(TRACE)


def _strips(
    signal: Channels, edges_us: npt.NDArray[np.float64], parameters: DetectionParameters
) -> pl.DataFrame:
    """Reduce one stretch; ``edges_us`` [strips + 1] count from its first sample."""
    edges = np.clip(np.ceil(edges_us * 1e-6 * signal.rate_hz), 0, len(signal.envelope_g)).astype(np.int64)
    strips = np.flatnonzero(np.diff(edges) > 0)
    first, last = edges[strips], edges[-1]
    if len(strips) == 0:
        return pl.DataFrame(schema=TRACE)
    floor = adaptive_floor(signal.envelope_g, signal.rate_hz, parameters)
    middle = (first + edges[strips + 1]) // 2
    slow = (middle * signal.gravity_rate_hz / signal.rate_hz).astype(np.int64)
    x, y, z = signal.gravity[:, np.minimum(slow, signal.gravity.shape[1] - 1)]
    envelope = signal.envelope_g[:last]
    return pl.DataFrame(
        {
            "strip": strips,
            "low_g": np.minimum.reduceat(envelope, first),
            "high_g": np.maximum.reduceat(envelope, first),
            "floor_g": floor[middle],
            "on_g": signal.on_g[middle],
            "gravity_x_g": x,
            "gravity_y_g": y,
            "gravity_z_g": z,
        }
    ).cast(TRACE)
