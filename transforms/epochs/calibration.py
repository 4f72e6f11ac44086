"""Autocalibration: gain and offset of every axis from the times at which only gravity acts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.intervals import Floats
from transforms.parameters.calibration import CalibrationParameters

CALIBRATED = "calibrated"
ERROR_ABOVE_LIMIT = "calibrated_error_above_limit"
TOO_FEW_STILL_WINDOWS = "too_few_still_windows"
TOO_FEW_ORIENTATIONS = "too_few_orientations"
NO_IMPROVEMENT = "no_improvement"
OUTCOMES = (CALIBRATED, ERROR_ABOVE_LIMIT, TOO_FEW_STILL_WINDOWS, TOO_FEW_ORIENTATIONS, NO_IMPROVEMENT)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What the calibration found; corrected = value * gain + offset + temperature_slope * (t - t_mean).

    ``gains`` and ``offsets_g`` are (1, 1, 1) and (0, 0, 0) unless ``is_calibrated``. Errors are the mean distance
    of the still windows from the unit sphere; NaN without still windows.
    """

    gains: tuple[float, float, float]
    offsets_g: tuple[float, float, float]
    temperature_slopes_g_per_c: tuple[float, float, float]
    temperature_mean_c: float
    error_before_mg: float
    error_after_mg: float
    still_window_count: int
    gravity_median_g: float
    """Median length of the still windows as delivered."""
    gravity_after_g: float
    """The same after the correction; as delivered where nothing is corrected."""
    is_calibrated: bool
    outcome: str


def _uncalibrated(outcome: str, points: Floats) -> Calibration:
    length = np.linalg.norm(points, axis=1)
    error = float(np.abs(length - 1).mean() * 1000) if len(points) else float("nan")
    return Calibration(
        gains=(1.0, 1.0, 1.0),
        offsets_g=(0.0, 0.0, 0.0),
        temperature_slopes_g_per_c=(0.0, 0.0, 0.0),
        temperature_mean_c=float("nan"),
        error_before_mg=error,
        error_after_mg=error,
        still_window_count=len(points),
        gravity_median_g=float(np.median(length)) if len(points) else float("nan"),
        gravity_after_g=float(np.median(length)) if len(points) else float("nan"),
        is_calibrated=False,
        outcome=outcome,
    )


def has_plausible_gravity(calibration: Calibration, parameters: CalibrationParameters) -> bool | None:
    """Tell whether gravity is what it should be after calibration; None where no still window tells.

    Ingestion refuses wrong scales only, because a sound sensor may be 0.1 g off before it is calibrated.
    """
    gravity_g = calibration.gravity_after_g
    if not np.isfinite(gravity_g):
        return None
    return bool(parameters.min_gravity_g <= gravity_g <= parameters.max_gravity_g)


def still_windows(
    means: Floats, sds: Floats, recorded_frac: Floats, parameters: CalibrationParameters
) -> npt.NDArray[np.bool_]:
    """Mark the windows in which nothing but gravity acts.

    Args:
        means: mean of each axis per window [n, 3] in g.
        sds: standard deviation of each axis per window [n, 3] in g.
        recorded_frac: recorded part of each window [n].
        parameters: the limits.

    A window that repeats the one before it exactly (a device that stands still in its buffer) is not counted.
    """
    is_still = (
        (sds < parameters.still_sd_g).all(axis=1)
        & (np.abs(means) < parameters.max_mean_g).all(axis=1)
        & (recorded_frac >= parameters.min_window_frac)
    )
    is_repeat = np.zeros(len(means), dtype=bool)
    is_repeat[1:] = (means[1:] == means[:-1]).all(axis=1) & (sds[1:] == sds[:-1]).all(axis=1)
    return is_still & ~is_repeat


def calibrate(points: Floats, temperature_c: Floats | None, parameters: CalibrationParameters) -> Calibration:
    """Fit the unit sphere to the means of still windows.

    Args:
        points: mean of each axis per still window [n, 3] in g.
        temperature_c: mean temperature per still window [n], NaN where unknown; None without a sensor.
        parameters: the limits, such as VAN_HEES_2014.

    1. Too few windows, or windows that do not reach ``sphere_g`` on both sides of every axis: nothing is corrected
       and the outcome says so. One night often ends here.
    2. Each iteration projects the corrected windows on the unit sphere and regresses, axis by axis, the projections
       on the windows (and their temperature), weighted by 1 / distance.
    3. Applied when the error became smaller; ``calibrated`` when it is also below ``max_end_error_g``.

    Deviations from GGIR 3.3-7: every still window of the recording is used at once (GGIR loads more hours until the
    error is small); a temperature is used only where it varies; the residual is the weighted mean of the squared
    distance (GGIR divides once more by the number of windows, so that a long recording ends before it converges).

    Source: van Hees 2014, doi:10.1152/japplphysiol.00421.2014.
    """
    before = _uncalibrated(NO_IMPROVEMENT, points)
    if len(points) < parameters.min_window_count:
        return _uncalibrated(TOO_FEW_STILL_WINDOWS, points)
    reaches = (points.min(axis=0) < -parameters.sphere_g) & (points.max(axis=0) > parameters.sphere_g)
    if not reaches.all():
        return _uncalibrated(TOO_FEW_ORIENTATIONS, points)
    warmth, mean_c = _centred_temperature(temperature_c, parameters)
    if warmth is not None:
        points, warmth = points[np.isfinite(warmth)], warmth[np.isfinite(warmth)]
    gains, offsets, slopes = _fit_sphere(points, warmth, parameters)
    corrected = points * gains + offsets + (0 if warmth is None else warmth[:, None] * slopes)
    length = np.linalg.norm(corrected, axis=1)
    error_after_mg = float(np.abs(length - 1).mean() * 1000)
    if not error_after_mg < before.error_before_mg:
        return before
    believed = error_after_mg < parameters.max_end_error_g * 1000
    return Calibration(
        gains=(float(gains[0]), float(gains[1]), float(gains[2])),
        offsets_g=(float(offsets[0]), float(offsets[1]), float(offsets[2])),
        temperature_slopes_g_per_c=(float(slopes[0]), float(slopes[1]), float(slopes[2])),
        temperature_mean_c=mean_c,
        error_before_mg=before.error_before_mg,
        error_after_mg=error_after_mg,
        still_window_count=before.still_window_count,
        gravity_median_g=before.gravity_median_g,
        gravity_after_g=float(np.median(length)),
        is_calibrated=True,
        outcome=CALIBRATED if believed else ERROR_ABOVE_LIMIT,
    )


def _centred_temperature(
    temperature_c: Floats | None, parameters: CalibrationParameters
) -> tuple[Floats | None, float]:
    if temperature_c is None:
        return None, float("nan")
    known = temperature_c[np.isfinite(temperature_c)]
    # Most windows must have a temperature, or too much of the sphere would be lost for its sake.
    if 2 * len(known) < len(temperature_c) or np.ptp(known) <= parameters.min_temperature_range_c:
        return None, float("nan")
    return temperature_c - known.mean(), float(known.mean())


def _fit_sphere(
    points: Floats, warmth: Floats | None, parameters: CalibrationParameters
) -> tuple[Floats, Floats, Floats]:
    gains, offsets, slopes = np.ones(3), np.zeros(3), np.zeros(3)
    weights = np.ones(len(points))
    residual = np.inf
    drift = np.zeros(len(points)) if warmth is None else warmth
    for _ in range(parameters.max_iteration_count):
        current = points * gains + offsets + drift[:, None] * slopes
        nearest = current / np.linalg.norm(current, axis=1, keepdims=True)
        for axis in range(3):
            columns = [np.ones(len(points)), current[:, axis]]
            if warmth is not None:
                columns.append(warmth)
            design = np.stack(columns)
            weighted = design * weights
            fitted = np.linalg.lstsq(weighted @ design.T, weighted @ nearest[:, axis], rcond=None)[0]
            gains[axis] *= fitted[1]
            offsets[axis] = offsets[axis] * fitted[1] + fitted[0]
            slopes[axis] = slopes[axis] * fitted[1] + (fitted[2] if warmth is not None else 0)
        distance = np.linalg.norm(current - nearest, axis=1)
        previous, residual = residual, float((weights * distance**2).sum() / weights.sum())
        weights = np.minimum(1 / np.maximum(distance, 1e-12), parameters.max_weight)
        if abs(residual - previous) < parameters.tolerance:
            break
    return gains, offsets, slopes
