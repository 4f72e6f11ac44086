"""The marks of scorers, scored under the standards."""

import polars as pl

from transforms.intervals import Integers, edges_us, intersect, invert, join
from transforms.parameters.scoring import ScoringRules
from transforms.psg.emg import DETECTOR
from transforms.psg.hypnogram import stages_of
from transforms.schema import INSTANT, SCORED_EVENT, SCORED_LEG_MOVEMENT, Stage, empty, require
from transforms.scoring.series import series_id
from transforms.scoring.standard import score_legs

_KEYS = ["participant_id", "night_date", "scorer"]
_JOINT = "\x1f"  # between participant and scorer, in no id


def score_marks(
    events: pl.DataFrame,
    breaks: pl.DataFrame,
    wasm: ScoringRules,
    aasm: ScoringRules,
    sleep: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Score the leg movements of every scorer (schema SCORED_LEG_MOVEMENT).

    One row of ``events`` is one mark (schema SCORED_EVENT) of any number of participants, nights and scorers;
    ``breaks`` (SIGNAL_BREAK) are stretches without leg signal; ``sleep`` (participant_id, night_date, started_at,
    ended_at) is the sleep of nights that nobody staged, where something else told of it. Returns one row per movement
    after joining and bilateral combination under ``wasm``, in order of participant, night, scorer, onset.

    - A scorer's leg movements, respiratory events, arousals and stages are held against each other. A scorer who staged
      nothing in a night is held against the stages of the first scorer by name who did.
    - Sleep is a stage other than w. ``stage`` is that at onset; under AASM a movement with a part in sleep is scored,
      and with neither stages nor ``sleep`` none is.
    - The detector marks leg movements only: it is held against the respiratory events and the arousals of the first
      scorer by name who marked any.
    - A break in which a scorer marked a leg movement was no break for that scorer.
    - A scorer who marked no respiratory event in any night did not score respiration: is_respiratory and
      wasm_series_id_without_respiratory are null. Where respiration was scored, a night without events has none. So too
      for arousals.
    - An AASM movement can span two rows or share one: aasm_plm_count is the number of AASM movements of a series that
      begin in the row, and aasm_series_id that of the first.

    Raises ContractError when a frame breaks its schema.
    """
    events = require(events, SCORED_EVENT, "scored events")
    legs = _by_scorer(events.filter(pl.col("event") == "leg_movement"))
    if not legs.height:
        return empty(SCORED_LEG_MOVEMENT)
    stages = _stages_of_scorers(
        events, legs.select("person", "night_date", "scorer").rename({"person": "participant_id"})
    )
    legs = _with_part_in_sleep(legs, stages, sleep)
    respiratory = _by_scorer(_with_the_detectors(events.filter(pl.col("event") == "respiratory")))
    arousals = _by_scorer(_with_the_detectors(events.filter(pl.col("event") == "arousal")))
    gaps = _by_scorer(_breaks_of_scorers(events, breaks, events.select(_KEYS)))
    by_wasm = score_legs(legs, gaps, wasm, respiratory=respiratory, arousals=arousals)
    by_aasm = score_legs(legs, gaps, aasm, respiratory=respiratory)
    scored = _with_aasm(by_wasm, by_aasm, aasm)
    has_respiration = pl.col("scorer").is_in(respiratory["scorer"].unique().implode())
    has_arousals = pl.col("scorer").is_in(arousals["scorer"].unique().implode())
    return (
        scored.with_columns(
            series_id(pl.col("series_number"), wasm).alias("wasm_series_id"),
            series_id(pl.col("series_number_without_respiratory"), wasm).alias(
                "wasm_series_id_without_respiratory"
            ),
        )
        .with_columns(pl.col("^.*_series_id.*$").str.replace(_JOINT, ":", literal=True))
        .with_columns(pl.col("participant_id").str.split_exact(_JOINT, 1).alias("_parts"))
        .with_columns(
            pl.col("_parts").struct.field("field_0").alias("participant_id"),
            pl.col("_parts").struct.field("field_1").alias("scorer"),
        )
        .with_columns(
            pl.when(has_respiration).then("is_respiratory"),
            pl.when(has_respiration).then("wasm_series_id_without_respiratory"),
            pl.when(has_arousals).then("is_arousal"),
        )
        .sort(*_KEYS, "onset_at")
        .join_asof(
            stages.select(*_KEYS, "onset_at", pl.col("offset_at").alias("stage_end_at"), "stage").sort(
                "onset_at"
            ),
            on="onset_at",
            by=_KEYS,
            strategy="backward",
            check_sortedness=False,
        )
        .with_columns(pl.when(pl.col("onset_at") < pl.col("stage_end_at")).then("stage"))
        .sort(*_KEYS, "onset_at")
        .select(SCORED_LEG_MOVEMENT.names())
    )


def _with_the_detectors(events: pl.DataFrame) -> pl.DataFrame:
    """Give the detector, which marks only leg movements, the other events of the first scorer by name."""
    if events.is_empty():
        return events
    first = events.filter(pl.col("scorer") == events["scorer"].min())
    return pl.concat([events, first.with_columns(pl.lit(DETECTOR).alias("scorer"))])


def _by_scorer(events: pl.DataFrame) -> pl.DataFrame:
    """Let participant_id name participant and scorer, so that scorers are told apart like people."""
    return events.with_columns(
        pl.col("participant_id").alias("person"),
        pl.concat_str("participant_id", "scorer", separator=_JOINT).alias("participant_id"),
    )


def nights_of_leg_scorers(events: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return participant_id, night_date and scorer of every night that somebody searched for leg movements.

    A scorer has a night when there is any mark of the scorer in it, and is a scorer of legs when any night has a leg
    movement: a night in which such a scorer marked no leg movement had none, one of somebody who only stages is not
    a night without leg movements. The detector has the nights of ``spans`` (EMG_SPAN), also those without a movement.
    """
    leg_scorers = events.filter(pl.col("event") == "leg_movement")["scorer"].unique().implode()
    by_people = events.filter(pl.col("scorer").is_in(leg_scorers) & (pl.col("scorer") != DETECTOR))
    by_detector = spans.select("participant_id", "night_date", pl.lit(DETECTOR).alias("scorer"))
    return pl.concat([by_people.select(_KEYS), by_detector]).unique().sort(_KEYS)


def stages_by_leg_scorer(events: pl.DataFrame, breaks: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the staged time in which each scorer could see leg movements.

    One row is one epoch, or the part of it: participant_id, night_date, scorer, stager (whose stages they are),
    onset_at, offset_at, stage. The scorers are those of nights_of_leg_scorers. Staged time in a break (SIGNAL_BREAK)
    is left out, unless the scorer marked a leg movement in it; for the detector all is left out that is in no
    span (EMG_SPAN): what nobody could see is in no denominator.
    """
    nights = nights_of_leg_scorers(events, spans)
    stages = _stages_of_scorers(events, nights)
    silent = _breaks_of_scorers(events, breaks, nights.filter(pl.col("scorer") != DETECTOR))
    seen = spans.with_columns(pl.lit(DETECTOR).alias("scorer"))
    silent_in = silent.partition_by(_KEYS, as_dict=True)
    seen_in = seen.partition_by(_KEYS, as_dict=True)
    parts = [stages.join(pl.concat([silent.select(_KEYS), seen.select(_KEYS)]), on=_KEYS, how="anti")]
    for key, epochs in stages.join(parts[0], on=_KEYS, how="anti").partition_by(_KEYS, as_dict=True).items():
        if key in seen_in:
            kept = join(edges_us(seen_in[key], "started_at", "ended_at"))
        else:
            reach = edges_us(epochs, "onset_at", "offset_at")
            kept = invert(
                join(edges_us(silent_in[key], "started_at", "ended_at")), int(reach.min()), int(reach.max())
            )
        parts.append(_cut(epochs, kept))
    return pl.concat(parts).sort(*_KEYS, "onset_at")


def _cut(epochs: pl.DataFrame, kept: Integers) -> pl.DataFrame:
    """Return the parts of the epochs of one night and scorer in the kept intervals."""
    parts = [epochs.clear()]
    for (stage,), own in epochs.group_by("stage", maintain_order=True):
        inside = intersect(join(edges_us(own, "onset_at", "offset_at")), kept)
        times = pl.DataFrame(inside, schema={"onset_at": pl.Int64, "offset_at": pl.Int64})
        parts.append(
            own.select("participant_id", "night_date", "scorer", "stager")
            .head(1)
            .join(times.select(pl.all().cast(INSTANT)), how="cross")
            .with_columns(pl.lit(stage).cast(Stage).alias("stage"))
            .select(epochs.columns)
        )
    return pl.concat(parts)


def _breaks_of_scorers(events: pl.DataFrame, breaks: pl.DataFrame, nights: pl.DataFrame) -> pl.DataFrame:
    """Return _KEYS, started_at and ended_at of the breaks of each scorer: those without a leg movement of theirs."""
    night = ["participant_id", "night_date"]
    asked = nights.unique().join(breaks, on=night, how="inner")
    legs = events.filter(pl.col("event") == "leg_movement").select(*_KEYS, "onset_at")
    marked = asked.join(legs, on=_KEYS, how="inner").filter(
        (pl.col("onset_at") >= pl.col("started_at")) & (pl.col("onset_at") < pl.col("ended_at"))
    )
    return asked.join(marked.select(*_KEYS, "started_at"), on=[*_KEYS, "started_at"], how="anti").sort(
        *_KEYS, "started_at"
    )


def _stages_of_scorers(events: pl.DataFrame, nights: pl.DataFrame) -> pl.DataFrame:
    """Return the epochs of each scorer of ``nights`` (_KEYS): their own, or those of the first who staged."""
    stages = stages_of(events)
    own = stages.select(_KEYS).unique().with_columns(pl.col("scorer").alias("stager"))
    first = stages.group_by("participant_id", "night_date").agg(pl.col("scorer").min().alias("first_stager"))
    chosen = (
        nights.unique()
        .join(own, on=_KEYS, how="left", validate="1:1")
        .join(first, on=["participant_id", "night_date"], how="left", validate="m:1")
        .select(*_KEYS, pl.coalesce("stager", "first_stager").alias("stager"))
        .drop_nulls("stager")
    )
    return (
        stages.select(
            "participant_id", "night_date", pl.col("scorer").alias("stager"), "onset_at", "offset_at", "stage"
        )
        .join(chosen, on=["participant_id", "night_date", "stager"], how="inner")
        .select(*_KEYS, "stager", "onset_at", "offset_at", "stage")
        .sort(*_KEYS, "onset_at")
    )


def _with_part_in_sleep(
    legs: pl.DataFrame, stages: pl.DataFrame, further: pl.DataFrame | None
) -> pl.DataFrame:
    """Add is_sleep: a part of the event lies in an epoch of sleep of the scorer's night, or in ``further`` sleep.

    Epochs of one hypnogram do not overlap, so an event meets sleep where the last epoch of sleep that begins before its
    end has not ended before its start. An event of no length lies where its instant does.
    """
    sleep = stages.filter(pl.col("stage") != "w").select(
        *_KEYS, pl.col("onset_at").alias("sleep_from_at"), pl.col("offset_at").alias("sleep_to_at")
    )
    if further is not None:
        nights = legs.select(pl.col("person").alias("participant_id"), "night_date", "scorer").unique()
        told = further.select(
            "participant_id",
            "night_date",
            pl.col("started_at").alias("sleep_from_at"),
            pl.col("ended_at").alias("sleep_to_at"),
        )
        told = nights.join(told, on=["participant_id", "night_date"], how="inner")
        sleep = pl.concat([sleep, told.select(sleep.columns)])
    sleep = sleep.select(
        pl.concat_str("participant_id", "scorer", separator=_JOINT).alias("participant_id"),
        "night_date",
        "sleep_from_at",
        "sleep_to_at",
    ).sort("sleep_from_at")
    last_instant = pl.max_horizontal(pl.col("offset_at") - pl.duration(microseconds=1), "onset_at")
    return (
        legs.with_columns(last_instant.alias("_last"))
        .sort("_last")
        .join_asof(
            sleep,
            left_on="_last",
            right_on="sleep_from_at",
            by=["participant_id", "night_date"],
            strategy="backward",
            check_sortedness=False,
        )
        .with_columns((pl.col("sleep_to_at") > pl.col("onset_at")).fill_null(value=False).alias("is_sleep"))
        .drop("_last", "sleep_from_at", "sleep_to_at")
    )


def _with_aasm(by_wasm: pl.DataFrame, by_aasm: pl.DataFrame, aasm: ScoringRules) -> pl.DataFrame:
    """Add aasm_series_id and aasm_plm_count: each AASM movement belongs to the row in which it begins."""
    keys = ["participant_id", "night_date"]
    periodic = by_aasm.filter(pl.col("series_number").is_not_null()).select(
        *keys, "onset_at", series_id(pl.col("series_number"), aasm).alias("aasm_series_id")
    )
    rows = by_wasm.select(*keys, "onset_at", pl.col("onset_at").alias("row_at"))
    begun = (
        periodic.sort("onset_at")
        .join_asof(rows.sort("onset_at"), on="onset_at", by=keys, strategy="backward", check_sortedness=False)
        .sort(*keys, "onset_at")
        .group_by(*keys, "row_at", maintain_order=True)
        .agg(pl.col("aasm_series_id").first(), pl.len().cast(pl.Int32).alias("aasm_plm_count"))
    )
    return by_wasm.join(
        begun, left_on=[*keys, "onset_at"], right_on=[*keys, "row_at"], how="left", validate="1:1"
    ).with_columns(pl.col("aasm_plm_count").fill_null(0))
