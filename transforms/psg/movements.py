"""Nights without sensors: the movements of a scorer in the place of those of a device."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.clock import HOUR_US, us
from transforms.intervals import Integers, clip, edges_us, intersect, invert, join, total
from transforms.parameters.scoring import ScoringRules
from transforms.psg.emg import DETECTOR
from transforms.psg.hypnogram import psg_nights, stages_of
from transforms.psg.scored import nights_of_leg_scorers, score_marks, stages_by_leg_scorer
from transforms.schema import (
    EMG_SPAN,
    INSTANT,
    MOVEMENT,
    NIGHT,
    SCORED_EVENT,
    SIGNAL_BREAK,
    WAKE_EPISODE,
    empty,
    require,
)
from transforms.schema.polysomnography import SCORED_LEG_MOVEMENT
from transforms.schema.words import NO_LEG_RECORDING, NO_SLEEP_WINDOW, SIGNAL_MISSING, TOO_SHORT_IN_BED

_NIGHT = ["participant_id", "night_date"]
_OF_THE_WINDOW = ["time_zone", "window_start_at", "window_end_at", "crosses_clock_change", "is_day_sleeper"]
_NOTHING: Integers = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class MovedNights:
    """Nights and the movements in them, from one source."""

    nights: pl.DataFrame
    """NIGHT."""
    wake_episodes: pl.DataFrame
    """WAKE_EPISODE."""
    movements: pl.DataFrame
    """MOVEMENT."""


def no_nights() -> MovedNights:
    """Return the nights of somebody without polysomnography."""
    return MovedNights(nights=empty(NIGHT), wake_episodes=empty(WAKE_EPISODE), movements=empty(MOVEMENT))


@dataclass(frozen=True, kw_only=True)
class UnstagedLegs:
    """Leg movements of nights that nobody staged: another source has to tell the sleep of these nights."""

    events: pl.DataFrame
    """SCORED_EVENT, the leg movements of one scorer in each night."""
    spans: pl.DataFrame
    """EMG_SPAN: when a leg channel was fit to be scored."""
    breaks: pl.DataFrame
    """SIGNAL_BREAK."""


def moved_nights(
    events: pl.DataFrame,
    scored: pl.DataFrame,
    breaks: pl.DataFrame,
    spans: pl.DataFrame,
    time_zones: pl.DataFrame,
    least_h: float,
) -> MovedNights:
    """Return the nights of polysomnography, with the movements of one scorer each.

    ``events`` (SCORED_EVENT) are the marks and ``scored`` (SCORED_LEG_MOVEMENT) what the standards make of them;
    ``breaks`` (SIGNAL_BREAK) and ``spans`` (EMG_SPAN) tell where no leg and where a leg was measured; ``time_zones``
    has participant_id and time_zone; ``least_h`` is the least time in bed and measured of an eligible night.

    - Of several scorers of legs in one night the first person by name is taken, the detector where no person was one.
      What the detector found is left out of nights that a person scored. The hypnogram is that of this scorer.
    - A night that was staged, but that nobody searched for leg movements, has the sleep window of the first stager by
      name and no movements; it is not eligible by itself (no_leg_recording).
    - A night that was searched, but not staged, has no sleep window and no movements (no_sleep_window).
    """
    searched = nights_of_leg_scorers(events, spans)
    chosen = _chosen(searched)
    looked_at = stages_by_leg_scorer(events, breaks, spans)
    measured = looked_at.join(chosen, on=[*_NIGHT, "scorer"], how="semi")
    stages = stages_of(events).rename({"scorer": "stager"})
    of_stager = (
        stages.group_by(_NIGHT)
        .agg(pl.col("stager").unique().sort().alias("stagers"))
        .join(chosen, on=_NIGHT, how="left", validate="1:1")
        .select(
            *_NIGHT,
            pl.when(pl.col("stagers").list.contains(pl.col("scorer")))
            .then("scorer")
            .otherwise(pl.col("stagers").list.first())
            .alias("stager"),
        )
    )
    hypnograms = stages.join(of_stager, on=[*_NIGHT, "stager"], how="semi")
    nights, wake_episodes = psg_nights(hypnograms, measured, chosen.select(_NIGHT), time_zones, least_h)
    unstaged = (
        chosen.select(_NIGHT)
        .join(nights, on=_NIGHT, how="anti")
        .join(time_zones, on="participant_id", how="left")
    )
    bare = unstaged.select(
        *_NIGHT,
        pl.col("night_date").dt.offset_by("1d").alias("wake_date"),
        "time_zone",
        pl.lit("none").alias("sleep_window_source"),
        pl.lit(0).alias("leg_recording_count"),
        pl.lit(value=False).alias("is_sleep_known"),
        pl.lit(value=False).alias("is_eligible"),
        pl.lit(NO_SLEEP_WINDOW).alias("exclusion_reason"),
    )
    bare = pl.concat([empty(NIGHT), _as_schema(bare, NIGHT)])
    return MovedNights(
        nights=pl.concat([nights, bare]).sort(_NIGHT),
        wake_episodes=wake_episodes,
        movements=as_movements(scored.join(chosen, on=[*_NIGHT, "scorer"], how="semi"), nights),
    )


def _chosen(searched: pl.DataFrame) -> pl.DataFrame:
    """Return the one scorer of legs whose movements stand for each night: a person before the detector."""
    return (
        searched.sort(*_NIGHT, pl.col("scorer") == DETECTOR, "scorer")
        .unique(_NIGHT, keep="first", maintain_order=True)
        .select(*_NIGHT, "scorer")
    )


def unstaged_legs(events: pl.DataFrame, breaks: pl.DataFrame, spans: pl.DataFrame) -> UnstagedLegs:
    """Return the leg movements of the nights that somebody searched and nobody staged.

    Only nights with ``spans`` (EMG_SPAN) are returned: without the electromyogram itself nothing tells which hours a
    list of leg movements is of.
    """
    staged = stages_of(events).select(_NIGHT)
    chosen = _chosen(nights_of_leg_scorers(events, spans)).join(staged, on=_NIGHT, how="anti")
    chosen = chosen.join(spans, on=_NIGHT, how="semi")
    legs = events.filter(pl.col("event") == "leg_movement")
    return UnstagedLegs(
        events=legs.join(chosen, on=[*_NIGHT, "scorer"], how="semi"),
        spans=spans.join(chosen, on=_NIGHT, how="semi"),
        breaks=breaks.join(chosen, on=_NIGHT, how="semi"),
    )


def no_unstaged_legs() -> UnstagedLegs:
    """Return what somebody has whose nights were all staged."""
    return UnstagedLegs(events=empty(SCORED_EVENT), spans=empty(EMG_SPAN), breaks=empty(SIGNAL_BREAK))


def with_told_sleep(
    sensor: MovedNights, legs: UnstagedLegs, wasm: ScoringRules, aasm: ScoringRules, least_h: float
) -> MovedNights:
    """Score the electromyogram of unstaged nights in the sleep window that a diary or a wrist sensor tells.

    ``sensor`` are the nights that detection found; of these, only nights without a leg recording are changed, and of the
    others with ``legs`` (one participant's) only their rows are returned. A night without any window is left as it is,
    and so is in the attrition with its reason.

    1. analysed_h is the time in bed in which a leg channel was fit; its parts are those in sleep, as far as wake is
       known, and in the sleep period. A night with less than ``least_h`` in bed or measured is not eligible.
    2. Sleep is the sleep period less its wake episodes. Movements are scored as in :func:`score_marks`; the phase
       is that of the onset.
    """
    rows, sleep = [], []
    spans = legs.spans.partition_by(_NIGHT, as_dict=True)
    wake = sensor.wake_episodes.partition_by(_NIGHT, as_dict=True)
    known = pl.col("lights_off_at").is_not_null() & pl.col("lights_on_at").is_not_null()
    for night in sensor.nights.filter((pl.col("leg_recording_count") == 0) & known).iter_rows(named=True):
        key = (night["participant_id"], night["night_date"])
        if key not in spans:
            continue
        seen = join(edges_us(spans[key], "started_at", "ended_at"))
        awake = join(edges_us(wake[key], "started_at", "ended_at")) if key in wake else _NOTHING
        off, on = us(night["lights_off_at"]), us(night["lights_on_at"])
        in_bed = clip(seen, off, on)
        row = night | {
            "analysed_h": total(in_bed) / HOUR_US,
            "nonwear_h": 0.0,
            "gap_h": (on - off - total(in_bed)) / HOUR_US,
        }
        if night["sleep_onset_at"] is not None and night["sleep_end_at"] is not None:
            onset, end = us(night["sleep_onset_at"]), us(night["sleep_end_at"])
            in_period, asleep = clip(in_bed, onset, end), invert(awake, onset, end)
            row["analysed_spt_h"] = total(in_period) / HOUR_US
            if night["tst_h"] is not None:
                row["analysed_sleep_h"] = total(intersect(in_period, asleep)) / HOUR_US
                row["analysed_wake_h"] = row["analysed_h"] - row["analysed_sleep_h"]
            sleep += [(*key, int(first), int(last)) for first, last in asleep]
        row["exclusion_reason"] = (
            TOO_SHORT_IN_BED
            if night["in_bed_h"] < least_h
            else SIGNAL_MISSING
            if row["analysed_h"] < least_h
            else None
        )
        row["is_eligible"] = row["exclusion_reason"] is None
        rows.append(row)
    nights = pl.DataFrame(rows, schema=NIGHT)
    told = pl.DataFrame(
        sleep,
        schema={
            "participant_id": pl.String,
            "night_date": pl.Date,
            "started_at": pl.Int64,
            "ended_at": pl.Int64,
        },
        orient="row",
    ).with_columns(pl.col("started_at", "ended_at").cast(INSTANT))
    scored = score_marks(legs.events, legs.breaks, wasm, aasm, told)
    return MovedNights(
        nights=nights,
        wake_episodes=sensor.wake_episodes.join(nights, on=_NIGHT, how="semi"),
        movements=as_movements(scored, nights, told),
    )


def fill_nights(sensor: MovedNights, polysomnography: MovedNights) -> MovedNights:
    """Let polysomnography stand in for the nights that no leg sensor recorded; the others stay as they are.

    ``sensor.nights`` has a row for every night of ``polysomnography``; its window, time zone and clock change are kept.
    A night that nobody searched for leg movements stands in for none, and one that nobody staged does not
    for a night whose time in bed a diary or another sensor tells.
    """
    windows = sensor.nights.filter(pl.col("leg_recording_count") == 0).select(
        *_NIGHT, *_OF_THE_WINDOW, pl.col("lights_off_at").alias("known_off_at")
    )
    is_searched = pl.col("exclusion_reason").fill_null("") != NO_LEG_RECORDING
    is_better = pl.col("lights_off_at").is_not_null() | pl.col("known_off_at").is_null()
    nights = (
        polysomnography.nights.filter(is_searched)
        .drop(_OF_THE_WINDOW)
        .join(windows, on=_NIGHT, how="inner", validate="1:1")
        .filter(is_better)
        .select(NIGHT.names())
    )
    taken = nights.select(_NIGHT)

    def merged(own: pl.DataFrame, others: pl.DataFrame, *order: str) -> pl.DataFrame:
        parts = [own.join(taken, on=_NIGHT, how="anti"), others.join(taken, on=_NIGHT, how="semi")]
        return pl.concat(parts).sort(*_NIGHT, *order)

    return MovedNights(
        nights=merged(sensor.nights, nights),
        wake_episodes=require(
            merged(sensor.wake_episodes, polysomnography.wake_episodes, "started_at"),
            WAKE_EPISODE,
            "wake episodes",
        ),
        movements=merged(sensor.movements, polysomnography.movements, "onset_at", "movement_id"),
    )


def as_movements(
    scored: pl.DataFrame, nights: pl.DataFrame, sleep: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the movements of one scorer per night in the schema MOVEMENT.

    One row of ``scored`` is one movement (SCORED_LEG_MOVEMENT), of one scorer in each night; ``nights`` (NIGHT) tell the
    sleep onset, and ``sleep`` (participant_id, night_date, started_at, ended_at) the sleep of nights that nobody staged.
    Every row is a leg_movement. The muscle is in the lower leg: body_sites are left_calf, right_calf. What only
    acceleration tells (peak_g, tilt_deg, confidence ...) is null. The phase is sleep in a stage of sleep, pre_sleep in
    wake before sleep onset, wake_in_bed in later wake, and null where sleep and wake are not known: in unstaged time,
    and where ``sleep`` is not given. Only nights in ``nights`` are returned.
    """
    scored = require(scored, SCORED_LEG_MOVEMENT, "scored leg movements")
    sites = {
        "left": ["left_calf"],
        "right": ["right_calf"],
        "both": ["left_calf", "right_calf"],
        "other": ["other"],
    }
    side = pl.col("side").cast(pl.String)
    body_sites = pl.lit([], dtype=pl.List(pl.String))
    for name, own in sites.items():
        body_sites = pl.when(side == name).then(pl.lit(own)).otherwise(body_sites)
    is_asleep = pl.col("is_asleep")
    phase = (
        pl.when(is_asleep)
        .then(pl.lit("sleep"))
        .when(~is_asleep & (pl.col("onset_at") < pl.col("sleep_onset_at")))
        .then(pl.lit("pre_sleep"))
        .when(~is_asleep)
        .then(pl.lit("wake_in_bed"))
    )
    frame = (
        _with_sleep(scored, sleep)
        .join(nights.select(*_NIGHT, "sleep_onset_at"), on=_NIGHT, how="inner", validate="m:1")
        .with_columns(
            pl.concat_str(
                "participant_id", pl.col("onset_at").to_physical(), pl.lit("leg_movement"), separator=":"
            ).alias("movement_id"),
            pl.lit("leg_movement").alias("kind"),
            body_sites.alias("body_sites"),
            phase.alias("phase"),
            pl.lit("electromyogram").alias("movement_source"),
        )
        .sort(*_NIGHT, "onset_at")
    )
    return _as_schema(frame, MOVEMENT)


def _with_sleep(scored: pl.DataFrame, sleep: pl.DataFrame | None) -> pl.DataFrame:
    """Add is_asleep at onset: by the stage, or by ``sleep`` in nights that it tells of."""
    by_stage = pl.col("stage").cast(pl.String) != "w"
    if sleep is None:
        return scored.with_columns(by_stage.alias("is_asleep"))
    return (
        scored.sort("onset_at")
        .join_asof(
            sleep.sort("started_at").select(*_NIGHT, "started_at", "ended_at"),
            left_on="onset_at",
            right_on="started_at",
            by=_NIGHT,
            strategy="backward",
            check_sortedness=False,
        )
        .join(sleep.select(*_NIGHT, pl.lit(value=True).alias("is_told")).unique(), on=_NIGHT, how="left")
        .with_columns(
            pl.when("is_told")
            .then((pl.col("onset_at") < pl.col("ended_at")).fill_null(value=False))
            .otherwise(by_stage)
            .alias("is_asleep")
        )
    )


def _as_schema(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    missing = {name: pl.lit(None) for name in schema if name not in frame.columns}
    return frame.with_columns(**missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
