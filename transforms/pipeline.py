"""From raw samples to scored nights: the only place that knows the order of the steps.

``summarise``  one recording, all of it: epochs, calibration, wear, activity
``find``       one recording, only the hours in which its wearer may have been in bed: candidates
``score``      one participant, no raw signal: nights, movements, series

Detection needs to know when somebody may be in bed, and sleep needs to know which movements were only a leg's. So every
sample is read at full rate once, by ``find``, and the nights come in two steps, before and after it. A study, a simulation
that is measured, and every benchmark go through these three functions. Each imports what it alone needs: who only wants to
know whether there is anything to do waits for no filter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from transforms.nights.evidence import NightRecording
from transforms.nights.windows import night_windows
from transforms.parameters import StudyParameters
from transforms.psg.movements import MovedNights, UnstagedLegs, no_nights, no_unstaged_legs
from transforms.recording import RawSignal, RecordingHeader
from transforms.schema import CANDIDATE, CLOCK_ALIGNMENT, NONWEAR_INTERVAL, SLEEP_DIARY, empty, fitted

if TYPE_CHECKING:
    from transforms.epochs.calibration import Calibration
    from transforms.epochs.summary import RecordingSummary


@dataclass(frozen=True, kw_only=True)
class Wearer:
    """One participant with everything that is known of them before movements are looked for."""

    participant_id: str
    time_zone: str
    recordings: Sequence[NightRecording]
    """All recordings of the participant."""
    diary: pl.DataFrame
    """SLEEP_DIARY rows; empty where there is none."""
    scored: MovedNights = field(default_factory=no_nights)
    """What scorers of polysomnography saw."""
    unstaged: UnstagedLegs = field(default_factory=no_unstaged_legs)
    """What they saw in nights that nobody staged."""

    @property
    def laboratory(self) -> pl.DataFrame:
        """The sleep windows of polysomnography, as SLEEP_DIARY."""
        return fitted(self.scored.nights, SLEEP_DIARY)

    @property
    def told(self) -> pl.DataFrame:
        """Every sleep window that somebody told, as SLEEP_DIARY."""
        return pl.concat([self.laboratory, self.diary])

    @property
    def night_windows(self) -> pl.DataFrame:
        """Every night that a recording or a told window touches."""
        return night_windows(self.participant_id, self.recordings, self.told, self.time_zone)


@dataclass(frozen=True, kw_only=True)
class Summarised:
    """What the whole of one recording says, awake and asleep."""

    summary: "RecordingSummary"
    activity: pl.DataFrame
    """ACTIVITY_SPAN."""

    def as_worn(self, raw: RawSignal, parameters: StudyParameters) -> NightRecording:
        """Return the recording as nights need it."""
        return night_recording(
            raw.header, self.summary.epochs, self.summary.nonwear, raw.segments, parameters
        )


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The nights of one participant and everything that moved in them."""

    nights: pl.DataFrame
    """NIGHT."""
    wake_episodes: pl.DataFrame
    """WAKE_EPISODE."""
    movements: pl.DataFrame
    """MOVEMENT."""
    signal_breaks: pl.DataFrame
    """SIGNAL_BREAK."""
    rejected: pl.DataFrame
    """REJECTED_CANDIDATE."""
    alignment: pl.DataFrame
    """CLOCK_ALIGNMENT."""
    restlessness: pl.DataFrame
    """RESTLESSNESS."""


def night_recording(
    header: RecordingHeader,
    epochs: pl.DataFrame,
    nonwear: pl.DataFrame,
    segments: pl.DataFrame,
    parameters: StudyParameters,
    idle: pl.DataFrame | None = None,
) -> NightRecording:
    """Return one recording as nights need it, from its facts and its summary.

    ``idle`` tells when the device slept (started_at, ended_at).
    """
    from transforms.movements.windows import can_be_scored

    return NightRecording(
        recording_id=header.recording_id,
        body_site=header.body_site,
        time_zone=header.time_zone,
        can_be_scored=can_be_scored(header, parameters.detection),
        epochs=epochs,
        nonwear=nonwear,
        segments=segments,
        idle=idle,
    )


def summarise(
    raw: RawSignal, parameters: StudyParameters, statistics: pl.DataFrame | None = None
) -> Summarised:
    """Read one recording whole: epochs, calibration, wear, activity.

    ``statistics`` is what the first of two readings would give, where it was made while the device file was read.
    """
    from transforms.epochs.activity import activity_spans
    from transforms.epochs.summary import summarise_recording

    summary = summarise_recording(
        raw.samples, raw.header, raw.segments, raw.companion, parameters, statistics
    )
    return Summarised(summary=summary, activity=activity_spans(summary.epochs, parameters.exposures.activity))


def find(
    raw: RawSignal, calibration: "Calibration", wearer: Wearer, parameters: StudyParameters
) -> pl.DataFrame:
    """Find the candidates of one recording (CANDIDATE) in the hours in which its wearer may have been in bed."""
    from transforms.movements.windows import detect_in_windows
    from transforms.nights.bed import candidate_windows

    windows = candidate_windows(
        [recording.epochs for recording in wearer.recordings if recording.is_leg],
        wearer.told,
        wearer.night_windows,
        parameters.nights,
    )
    return detect_in_windows(
        raw.samples, raw.segments, windows, raw.header, calibration, parameters.detection
    )


def score(wearer: Wearer, candidates: Sequence[pl.DataFrame], parameters: StudyParameters) -> Scored:
    """Find the nights of one participant and score what moved in them.

    ``candidates`` are the CANDIDATE frames of all recordings of ``wearer``. All clocks are laid over each other first: with
    two legs some seconds apart a turn is two movements, and sleep is missed. A leg without a common clock is scored for
    itself, beside the night (CLOCK_ALIGNMENT).
    """
    from transforms.movements.kinds import classify_movements
    from transforms.movements.one_clock import on_one_clock
    from transforms.nights.find import find_nights
    from transforms.nights.restlessness import presleep_restlessness
    from transforms.psg.movements import fill_nights, with_told_sleep
    from transforms.scoring.movements import score_events

    delivered = wearer
    clocks = on_one_clock(
        wearer.recordings,
        pl.concat([empty(CANDIDATE), *candidates]),
        wearer.night_windows,
        parameters.clocks,
    )
    wearer, every = replace(wearer, recordings=clocks.recordings), clocks.candidates
    found = find_nights(
        wearer.night_windows,
        wearer.recordings,
        every,
        wearer.diary,
        wearer.laboratory,
        parameters,
        wearer.scored.wake_episodes,
    )
    nonwear = pl.concat([empty(NONWEAR_INTERVAL), *(recording.nonwear for recording in wearer.recordings)])
    classified = classify_movements(
        every, found.nights, found.wake_episodes, nonwear, parameters, found.out_of_bed
    )
    sensed = MovedNights(
        nights=found.nights,
        wake_episodes=found.wake_episodes,
        movements=score_events(
            classified.events,
            found.signal_breaks,
            found.nights,
            found.wake_episodes,
            parameters.wasm,
            parameters.aasm,
        ),
    )
    told = with_told_sleep(
        sensed, wearer.unstaged, parameters.wasm, parameters.aasm, parameters.nights.min_analysed_h
    )
    seen = fill_nights(fill_nights(sensed, wearer.scored), told)
    return Scored(
        nights=seen.nights,
        wake_episodes=seen.wake_episodes,
        movements=seen.movements,
        signal_breaks=found.signal_breaks,
        rejected=pl.concat([clocks.rejected, classified.rejected]),
        alignment=_with_legs_apart(clocks.alignment, delivered, candidates, parameters),
        restlessness=presleep_restlessness(
            every,
            wearer.recordings,
            found.nights,
            parameters.nights,
            parameters.restlessness,
            found.out_of_bed,
        ),
    )


_OF_A_LEG = ("analysed_h", "jerk_count", "jerk_rate_per_h", "clm_count", "analysed_sleep_h", "aplm_wasm_count", "aplm_wasm_per_h")  # fmt: skip
_KEYS = ("recording_id", "night_date")


def _with_legs_apart(
    alignment: pl.DataFrame, wearer: Wearer, candidates: Sequence[pl.DataFrame], parameters: StudyParameters
) -> pl.DataFrame:
    """Score each leg that is left out of a night for itself: what it counts can be told, and not be added up."""
    left_out = alignment.filter("is_left_out").select(_KEYS)
    if left_out.is_empty():
        return alignment
    figures = []
    for recording in wearer.recordings:
        if recording.recording_id not in left_out["recording_id"]:
            continue
        own = [frame.filter(pl.col("recording_id") == recording.recording_id) for frame in candidates]
        alone = replace(wearer, recordings=[recording], scored=no_nights(), unstaged=no_unstaged_legs())
        counted = _counted(score(alone, own, parameters))
        figures.append(counted.with_columns(pl.lit(recording.recording_id).alias("recording_id")))
    told = pl.concat(figures).join(left_out, on=_KEYS, how="semi")
    return fitted(
        alignment.drop(_OF_A_LEG).join(told, on=_KEYS, how="left", maintain_order="left"), CLOCK_ALIGNMENT
    )


def _counted(scored: Scored) -> pl.DataFrame:
    """Count jerks in bed and periodic movements asleep of each night, as sql/200_night_rate.sql does."""
    moved = scored.movements.join(
        scored.nights.select("participant_id", "night_date", "lights_off_at", "lights_on_at"),
        on=["participant_id", "night_date"],
    ).filter(pl.col("onset_at").is_between("lights_off_at", "lights_on_at", closed="left"))
    is_jerk = pl.col("kind").cast(pl.String).is_in(["hypnic_jerk", "twitch"]) | pl.col("is_clm")
    counts = moved.group_by("night_date").agg(
        is_jerk.sum().alias("jerk_count"),
        pl.col("is_clm").sum().alias("clm_count"),
        (pl.col("wasm_series_id").is_not_null() & pl.col("is_asleep")).sum().alias("aplm_wasm_count"),
    )
    was_analysed, has_slept = pl.col("analysed_h") > 0, pl.col("analysed_sleep_h") > 0
    told = scored.nights.select("night_date", "analysed_h", "analysed_sleep_h").join(
        counts, on="night_date", how="left"
    )
    return told.with_columns(
        *(
            pl.when(was_analysed).then(pl.col(name).fill_null(0)).alias(name)
            for name in ("jerk_count", "clm_count")
        ),
        pl.when(has_slept).then(pl.col("aplm_wasm_count").fill_null(0)).alias("aplm_wasm_count"),
    ).with_columns(
        pl.when(was_analysed).then(pl.col("jerk_count") / pl.col("analysed_h")).alias("jerk_rate_per_h"),
        pl.when(has_slept)
        .then(pl.col("aplm_wasm_count") / pl.col("analysed_sleep_h"))
        .alias("aplm_wasm_per_h"),
    )
