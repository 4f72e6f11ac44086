"""Sleep from the angle of the z axis: sustained inactivity and the sleep period window."""

import math

import numpy as np
import scipy

from transforms.intervals import Bools, Floats, join_runs, runs
from transforms.parameters.sleep import InactivityParameters, SleepPeriodParameters


def sustained_inactivity(angle_z_deg: Floats, epoch_s: float, parameters: InactivityParameters) -> Bools:
    """Mark the epochs of sustained inactivity.

    Args:
        angle_z_deg: angle per epoch [n], without holes.
        epoch_s: length of an epoch.
        parameters: such as VAN_HEES_2015.

    A bout lies between two successive changes of posture (|difference| > ``angle_change_deg``) that are more than
    ``min_duration_s`` apart. Without any such bout the whole record is inactive when it has fewer than
    ``min_change_count`` changes, and active otherwise.

    Limits, as in GGIR: what comes before the first and after the last change of posture is not a bout.

    Source: van Hees 2015, doi:10.1371/journal.pone.0142533; GGIR 3.3-7 R/HASIB.R, whose test it passes.
    """
    inactive = np.zeros(len(angle_z_deg), dtype=bool)
    changes = np.flatnonzero(np.abs(np.diff(angle_z_deg)) > parameters.angle_change_deg)
    long = np.flatnonzero(np.diff(changes) > parameters.min_duration_s / epoch_s)
    if len(long) == 0:
        inactive[:] = len(changes) < parameters.min_change_count
        return inactive
    for first, last in zip(changes[long], changes[long + 1], strict=True):
        inactive[first : last + 1] = True
    return inactive


def smoothed_angle_change_deg(
    angle_z_deg: Floats, epoch_s: float, parameters: SleepPeriodParameters
) -> Floats:
    """Rolling median of the absolute change of angle between epochs [deg]; zero at the first epoch."""
    change = np.abs(np.diff(angle_z_deg, prepend=angle_z_deg[:1]))
    width = int(parameters.smoothing_s / epoch_s) + 1
    smoothed: Floats = scipy.ndimage.median_filter(change, size=width, mode="constant", cval=0.0)
    return smoothed


def sleep_period(
    angle_z_deg: Floats, epoch_s: float, parameters: SleepPeriodParameters, usable: Bools | None = None
) -> tuple[int, int] | None:
    """Find the sleep period of one window, as epochs [first, end); None when there is no long rest.

    Args:
        angle_z_deg: angle per epoch [n], normally from noon to noon, without holes.
        epoch_s: length of an epoch.
        parameters: such as VAN_HEES_2018.
        usable: epochs that are worn and recorded [n]; the others are no rest and set no threshold.

    1. Absolute change of angle between epochs, rolling median over ``smoothing_s``.
    2. Threshold: ``threshold_ratio`` times a low percentile, kept between two limits.
    3. Rest is below the threshold for more than ``min_block_s``; gaps shorter than ``max_gap_s`` are bridged.
    4. The longest block is the sleep period.

    Deviation: GGIR imputes the angle where the sensor was not worn, which makes that time rest.

    Source: van Hees 2018, doi:10.1038/s41598-018-31266-z; GGIR 3.3-7 R/HASPT.R.
    """
    usable = np.ones(len(angle_z_deg), dtype=bool) if usable is None else usable
    if np.count_nonzero(usable) < 2:
        return None
    smoothed = smoothed_angle_change_deg(angle_z_deg, epoch_s, parameters)
    threshold = np.clip(
        np.percentile(smoothed[usable], parameters.percentile) * parameters.threshold_ratio,
        parameters.min_threshold_deg,
        parameters.max_threshold_deg,
    )
    return longest_block(
        (smoothed < threshold) & usable, parameters.min_block_s / epoch_s, parameters.max_gap_s / epoch_s
    )


def longest_block(mask: Bools, min_length: float, max_gap: float) -> tuple[int, int] | None:
    """Keep runs longer than ``min_length``, bridge gaps shorter than ``max_gap``, return the longest."""
    kept = runs(mask)
    kept = kept[(kept[:, 1] - kept[:, 0]) > min_length]
    if len(kept) == 0:
        return None
    blocks = join_runs(kept, math.ceil(max_gap) - 1)
    first, end = blocks[int(np.argmax(blocks[:, 1] - blocks[:, 0]))]
    return int(first), int(end)
