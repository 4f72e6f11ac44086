"""What each recording of a person says of their sleep and wake, on a grid of 5 s."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy

from transforms.clock import SECOND_US
from transforms.intervals import Bools, Floats, Integers, edges_us
from transforms.nights.sleep import sustained_inactivity
from transforms.parameters import StudyParameters
from transforms.parameters.epochs import GGIR_EPOCHS
from transforms.parameters.nights import NightParameters
from transforms.schema import LEG_SITES

EPOCH_US = GGIR_EPOCHS.epoch_s * SECOND_US
"""The grid of the epochs, which is fixed [us]."""


@dataclass(frozen=True, kw_only=True)
class NightRecording:
    """One recording of the participant as nights need it; frames EPOCH, NONWEAR_INTERVAL, SEGMENT."""

    recording_id: str
    body_site: str
    time_zone: str
    can_be_scored: bool
    epochs: pl.DataFrame
    nonwear: pl.DataFrame
    segments: pl.DataFrame
    idle: pl.DataFrame | None = None
    """started_at, ended_at of the time in which the device slept because nothing moved it."""

    @property
    def is_leg(self) -> bool:
        """Whether leg movements can be seen in it."""
        return self.body_site in LEG_SITES

    @property
    def knows_upright(self) -> bool:
        """Whether it is a leg whose upright direction is known, because its wearer walked."""
        upright = self.epochs["upright_deg"]
        return self.is_leg and upright.null_count() < upright.len()


class Evidence(NamedTuple):
    """Sleep and wake of one recording on its 5 s grid."""

    first_us: int
    angle_deg: Floats
    usable: Bools
    lies: Bools | None
    may_lie: Bools
    asleep: Bools
    source: str

    def part(self, start_us: int, end_us: int) -> slice:
        """Return the epochs that begin in [start, end)."""
        first = max(0, -((self.first_us - start_us) // EPOCH_US))
        last = max(first, min(len(self.usable), -((self.first_us - end_us) // EPOCH_US)))
        return slice(min(first, len(self.usable)), last)

    def laid_over(self, other: "Evidence", mask: Bools) -> Bools:
        """Bring a mask on another recording's grid to this one's; False where the other has nothing."""
        shift = (other.first_us - self.first_us) // EPOCH_US
        laid = np.zeros(len(self.usable), dtype=bool)
        first, last = max(0, shift), min(len(laid), shift + len(mask))
        if last > first:
            laid[first:last] = mask[first - shift : last - shift]
        return laid

    def usable_us(self, start_us: int, end_us: int) -> int:
        """Return how much of [start, end) was recorded and worn."""
        return int(np.count_nonzero(self.usable[self.part(start_us, end_us)])) * EPOCH_US


def sleep_evidence(
    recording: NightRecording, candidates: pl.DataFrame, parameters: StudyParameters
) -> Evidence:
    """Return what one recording says of sleep; a leg's own brief movements are taken out of its angle."""
    epochs = recording.epochs
    first_us, count, place = dense_grid(epochs)
    usable = np.zeros(count, dtype=bool)
    usable[place] = epochs["is_worn"].to_numpy()
    angle = np.zeros(count)
    angle[place] = epochs["angle_z_deg"].to_numpy()
    known = np.zeros(count, dtype=bool)
    known[place] = True
    if recording.is_leg:
        known &= ~_moved_and_returned(recording.recording_id, candidates, first_us, count, parameters.nights)
    angle = np.interp(np.arange(count), np.flatnonzero(known), angle[known]) if known.any() else angle
    asleep = sustained_inactivity(angle, EPOCH_US / SECOND_US, parameters.inactivity) & usable
    source = "leg_hdcza" if recording.is_leg else "wrist_hdcza"
    lies = _lies(recording, count, place, parameters)
    return Evidence(first_us, angle, usable, lies, np.ones(count, dtype=bool), asleep, source)


def _lies(
    recording: NightRecording, count: int, place: npt.NDArray[np.int64], parameters: StudyParameters
) -> Bools | None:
    """Mark the epochs in which a leg lies; None where its upright direction is not known."""
    if not recording.knows_upright:
        return None
    angle = np.zeros(count)
    angle[place] = recording.epochs["upright_deg"].fill_null(0.0).to_numpy()
    width = round(parameters.nights.rest_smoothing_s * SECOND_US / EPOCH_US) | 1
    lies: Bools = scipy.ndimage.median_filter(angle, width, mode="nearest") > parameters.nights.lying_deg
    return lies


def with_bed(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Let every sensor know when a worn leg says that its wearer is up."""
    legs = [found for found in evidence if found.lies is not None]
    result = []
    for found in evidence:
        is_up = np.zeros(len(found.usable), dtype=bool)
        for leg in legs:
            is_up |= found.laid_over(leg, leg.usable & ~leg.lies) if leg.lies is not None else False
        result.append(found._replace(may_lie=~is_up))
    return result


def _moved_and_returned(
    recording_id: str, candidates: pl.DataFrame, first_us: int, count: int, parameters: NightParameters
) -> Bools:
    """Mark the epochs that touch a movement which ended in the posture that it began in."""
    brief = candidates.filter(
        pl.col("recording_id") == recording_id,
        pl.col("tilt_deg") < parameters.kept_tilt_deg,
        pl.col("duration_s") <= parameters.max_taken_out_s,
    )
    spans = edges_us(brief, "onset_at", "offset_at")
    first = np.clip((spans[:, 0] - first_us) // EPOCH_US, 0, count)
    last = np.clip(-((first_us - spans[:, 1]) // EPOCH_US), 0, count)
    steps = np.bincount(first, minlength=count + 1) - np.bincount(last, minlength=count + 1)
    touched: Bools = np.cumsum(steps)[:count] > 0
    return touched


def dense_grid(epochs: pl.DataFrame) -> tuple[int, int, Integers]:
    """Return first start [us], number of epochs without holes, and the place of each row in it."""
    start = epochs["start_at"].to_physical().to_numpy()
    place = (start - start[0]) // EPOCH_US
    return int(start[0]), int(place[-1]) + 1, place
