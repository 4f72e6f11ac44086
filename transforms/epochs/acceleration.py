"""Acceleration in g: from the stored columns to axes, norm, ENMO and the angle of the z axis."""

from collections.abc import Collection, Sequence

import polars as pl

from transforms.errors import ContractError
from transforms.recording import RecordingHeader

AXES = ("x_g", "y_g", "z_g")
COUNTS = ("x_count", "y_count", "z_count")


def read_axes(header: RecordingHeader, schema: Collection[str]) -> list[pl.Expr]:
    """Return the expressions x_g, y_g, z_g (Float32, g) for one recording's samples.

    Args:
        header: of the recording; its scale and offset are read when the samples are stored as counts.
        schema: the columns that samples.parquet has.

    Raises:
        ContractError: the file has neither counts with a scale nor values in g.
    """
    if all(axis in schema for axis in AXES):
        return [pl.col(axis).cast(pl.Float32) for axis in AXES]
    if not all(count in schema for count in COUNTS) or header.scale_g_per_count is None:
        raise ContractError(
            f"samples of recording {header.recording_id}: found columns {sorted(schema)}, wanted "
            f"{AXES} or {COUNTS} with scale_g_per_count in the metadata; ingest the file again"
        )
    offsets = header.offset_g or (0.0, 0.0, 0.0)
    return [
        (pl.col(count).cast(pl.Float32) * pl.lit(scale, pl.Float32) + pl.lit(offset, pl.Float32)).alias(axis)
        for axis, count, scale, offset in zip(AXES, COUNTS, header.scale_g_per_count, offsets, strict=True)
    ]


def correct_axes(gains: Sequence[float], offsets: Sequence[float]) -> list[pl.Expr]:
    """Return x_g, y_g, z_g after calibration: value * gain + offset [g]; reads x_g, y_g, z_g."""
    return [
        pl.col(axis) * pl.lit(gain, pl.Float32) + pl.lit(offset, pl.Float32)
        for axis, gain, offset in zip(AXES, gains, offsets, strict=True)
    ]


def norm_g() -> pl.Expr:
    """Length of the acceleration vector [g]; reads x_g, y_g, z_g."""
    x, y, z = (pl.col(axis) for axis in AXES)
    return (x * x + y * y + z * z).sqrt().alias("norm_g")


def enmo_mg() -> pl.Expr:
    """Euclidean norm minus one g, negative values set to zero [mg]; reads x_g, y_g, z_g.

    Source: van Hees 2013, doi:10.1371/journal.pone.0061691.
    """
    return ((norm_g() - 1).clip(lower_bound=0) * 1000).alias("enmo_mg")


def angle_z_deg() -> pl.Expr:
    """Angle of the z axis against the horizontal plane [deg, -90 to 90]; reads x_g, y_g, z_g.

    Source: van Hees 2015, doi:10.1371/journal.pone.0142533.
    """
    x, y, z = (pl.col(axis) for axis in AXES)
    return pl.arctan2(z, (x * x + y * y).sqrt()).degrees().alias("angle_z_deg")
