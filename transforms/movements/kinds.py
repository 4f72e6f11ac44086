"""Which kind of movement a candidate is, and why one is none."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.intervals import NOTHING, Integers, contains, join
from transforms.movements.gross import (
    swings_both_ways,
    whole_gross,
    with_parts_of_gross,
    without_crowds,
)
from transforms.movements.trains import join_pieces, join_trains, number_body_events
from transforms.nights.coverage import night_of
from transforms.parameters import StudyParameters
from transforms.parameters.kinds import KindParameters
from transforms.schema import (
    LEG_EVENT,
    LEG_SITES,
    REJECTED_CANDIDATE,
    MovementKind,
    Phase,
    Side,
    require,
)

OUTSIDE_BED = "outside_bed"
OUT_OF_BED = "out_of_bed"
NOT_WORN = "nonwear"
AT_GAP_EDGE = "at_gap_edge"
OTHER_SITE = "not_at_a_leg"
PART_OF_TRAIN = "part_of_a_train"
PART_OF_MOVEMENT = "part_of_a_movement"
PART_OF_GROSS = "part_of_a_gross_movement"
TOO_BRIEF = "too_brief"
TOO_WEAK = "too_weak"
MORPHOLOGY = "morphology"
FRAGMENTARY_MYOCLONUS = "fragmentary_myoclonus"
TWITCH_CLUSTER = "twitch_cluster"
_ONSET_INTERVAL = ("sleep_onset_low_at", "sleep_onset_high_at")
REJECTION_REASONS = (
    OUTSIDE_BED,
    OUT_OF_BED,
    NOT_WORN,
    AT_GAP_EDGE,
    OTHER_SITE,
    PART_OF_TRAIN,
    PART_OF_MOVEMENT,
    PART_OF_GROSS,
    TOO_BRIEF,
    TOO_WEAK,
    MORPHOLOGY,
    FRAGMENTARY_MYOCLONUS,
    TWITCH_CLUSTER,
)


@dataclass(frozen=True, kw_only=True)
class ClassifiedMovements:
    """Frames LEG_EVENT and REJECTED_CANDIDATE of one participant."""

    events: pl.DataFrame
    rejected: pl.DataFrame


def classify_movements(
    candidates: pl.DataFrame,
    nights: pl.DataFrame,
    wake_episodes: pl.DataFrame,
    nonwear: pl.DataFrame,
    parameters: StudyParameters,
    out_of_bed: Integers = NOTHING,
) -> ClassifiedMovements:
    """Give every candidate of one participant its kind, or the reason why it is none.

    Args:
        candidates: CANDIDATE frame of all recordings, by one clock (``one_clock``).
        nights: NIGHT frame.
        wake_episodes: WAKE_EPISODE frame.
        nonwear: NONWEAR_INTERVAL frame of all recordings.
        parameters: group ``kinds``.
        out_of_bed: (joined) intervals in which the participant stood or walked [u, 2] in us.

    1. Out: what begins outside [lights-off, lights-on), out of bed, while the sensor was off, or at the edge of a gap (it
       may be cut).
    2. Bursts that follow one another like a train become one candidate (``trains``).
    3. Candidates of several sites that overlap are one event of the body and get one kind, from the strongest leg's
       shape, the largest tilt, and whether trunk or wrist moved at the same time. The first that applies:
       rhythmic (long, 2 to 8 Hz, strong), gross (tilt stays, or the whole body moves long), foot tremor (a train),
       hypnic jerk or twitch (brief), leg movement.
       Several that hardly rest between each other, of which one is gross, are one gross movement.
    4. Movements that only shake, and faintly, are rejected as too weak. Bursts that shake the skin and move no limb are
       rejected as fragmentary myoclonus, or where several follow one another as a cluster of twitches, as in REM sleep;
       healthy sleepers have up to 144 an hour (Frauscher 2014).
    5. Strong brief bursts around sleep onset, or a return to sleep, are hypnic jerks unless they are periodic: an even
       run of bursts, or a burst in a member's place in a series of leg movements.

    Candidates at trunk, wrist and hip are witnesses; they are never events.
    """
    kinds = parameters.kinds
    placed = candidates.with_columns(
        night_of(candidates["onset_at"], nights), _is_taken_off(candidates, nonwear)
    )
    reason = (
        pl.when(pl.col("night_date").is_null())
        .then(pl.lit(OUTSIDE_BED))
        .when(_is_up(candidates, out_of_bed, kinds))
        .then(pl.lit(OUT_OF_BED))
        .when("is_taken_off")
        .then(pl.lit(NOT_WORN))
        .when("is_at_edge")
        .then(pl.lit(AT_GAP_EDGE))
    )
    judged = placed.with_columns(reason.alias("reason"))
    trains, members = join_trains(judged.filter(pl.col("reason").is_null()), kinds)
    whole, pieces = join_pieces(trains, kinds)
    kept = number_body_events(whole, kinds)
    bodily = _body_events(kept)
    kinded = _kinds(bodily, nights, wake_episodes, kinds)
    is_leg = pl.col("body_site").cast(pl.String).is_in(LEG_SITES)
    final = kept.join(kinded, on="body_event", how="left", validate="m:1").with_columns(
        pl.when(~is_leg)
        .then(pl.lit(OTHER_SITE))
        .when("is_part")
        .then(pl.lit(PART_OF_GROSS))
        .when("is_flick")
        .then(pl.when("is_in_cluster").then(pl.lit(TWITCH_CLUSTER)).otherwise(pl.lit(FRAGMENTARY_MYOCLONUS)))
        .when(pl.col("kind") == "leg_movement", pl.col("duration_s") < kinds.min_movement_s)
        .then(pl.lit(TOO_BRIEF))
        .when(pl.col("kind") == "leg_movement", pl.col("morphology_frac") < kinds.min_morphology_frac)
        .then(pl.lit(MORPHOLOGY))
        .when("is_shaken")
        .then(pl.lit(TOO_WEAK))
        .when(pl.col("kind").is_in(["hypnic_jerk", "twitch"]), pl.col("strongest_g") < kinds.min_brief_g)
        .then(pl.lit(TOO_WEAK))
        .alias("reason")
    )
    events = whole_gross(final.filter(pl.col("reason").is_null()))
    rejected = pl.concat(
        [
            frame.select(
                "participant_id", "night_date", "recording_id", "onset_at", "duration_s", "peak_g", "reason"
            )
            for frame in (
                judged.filter(pl.col("reason").is_not_null()),
                members.with_columns(pl.lit(PART_OF_TRAIN).alias("reason")),
                pieces.with_columns(pl.lit(PART_OF_MOVEMENT).alias("reason")),
                final.filter(pl.col("reason").is_not_null()),
            )
        ]
    )
    return ClassifiedMovements(
        events=_events(events, nights, wake_episodes, kinds),
        rejected=require(
            rejected.sort("onset_at", "recording_id"), REJECTED_CANDIDATE, "rejected candidates"
        ),
    )


def _is_up(candidates: pl.DataFrame, out_of_bed: Integers, parameters: KindParameters) -> pl.Series:
    """Tell for each candidate whether it begins out of bed, or in getting up and lying down."""
    around = round(parameters.getting_up_s * SECOND_US)
    wide = join(out_of_bed + np.array([-around, around]))
    return pl.Series("is_up", contains(wide, candidates["onset_at"].to_physical().to_numpy()))


def _is_taken_off(candidates: pl.DataFrame, nonwear: pl.DataFrame) -> pl.Series:
    """Tell for each candidate whether its sensor was not worn at its onset."""
    onset = candidates["onset_at"].to_physical().to_numpy()
    taken_off = np.zeros(len(onset), dtype=bool)
    for (recording_id,), spans in nonwear.group_by("recording_id"):
        own = (candidates["recording_id"] == str(recording_id)).to_numpy()
        edges = spans.select(pl.col("started_at", "ended_at").to_physical()).to_numpy()
        taken_off[own] = contains(join(edges), onset[own])
    return pl.Series("is_taken_off", taken_off)


def _body_events(candidates: pl.DataFrame) -> pl.DataFrame:
    """Reduce candidates to one row per event of the body that a leg takes part in."""
    is_leg = pl.col("body_site").cast(pl.String).is_in(LEG_SITES)
    of_leg = pl.when(is_leg).then(pl.col("peak_g")).otherwise(-1.0)
    strongest = of_leg.arg_max()
    onset, offset = pl.col("onset_at"), pl.col("offset_at")
    return (
        candidates.group_by("body_event")
        .agg(
            onset.filter(is_leg).min().alias("begun_at"),
            (
                (offset.filter(is_leg).max() - onset.filter(is_leg).min()).dt.total_microseconds() / SECOND_US
            ).alias("span_s"),
            pl.col(
                "active_s",
                "active_onset_at",
                "rise_s",
                "dominant_hz",
                "rhythm_ratio",
                "high_band_frac",
                "one_sided_frac",
                "slow_frac",
                "envelope_peak_g",
                "morphology_frac",
            ).get(strongest),
            pl.col("duration_s").get(strongest).alias("longest_s"),
            of_leg.max().alias("strongest_g"),
            pl.col("tilt_deg").filter(is_leg).max().alias("largest_tilt_deg"),
            pl.col("burst_count").filter(is_leg).max(),
            (~is_leg).any().alias("has_witness"),
            is_leg.any().alias("has_leg"),
        )
        .filter("has_leg")
        .sort("begun_at")
    )


def _kinds(
    bodily: pl.DataFrame, nights: pl.DataFrame, wake_episodes: pl.DataFrame, parameters: KindParameters
) -> pl.DataFrame:
    """Return body_event and kind."""
    duration, tilt = pl.col("longest_s"), pl.col("largest_tilt_deg")
    is_rhythmic = (
        (duration >= parameters.rhythmic_min_s)
        & pl.col("dominant_hz").is_between(parameters.rhythmic_low_hz, parameters.rhythmic_high_hz)
        & (pl.col("rhythm_ratio") >= parameters.rhythmic_ratio)
        & (pl.col("high_band_frac") >= parameters.rhythmic_band_frac)
        & (pl.col("envelope_peak_g") >= parameters.rhythmic_min_g)
    )
    is_tremor = (
        (duration >= parameters.tremor_min_s)
        & (pl.col("envelope_peak_g") <= parameters.tremor_max_g)
        & (
            (pl.col("burst_count") >= parameters.tremor_min_count)
            | (
                pl.col("dominant_hz").is_between(parameters.tremor_low_hz, parameters.tremor_high_hz)
                & (pl.col("rhythm_ratio") >= parameters.tremor_ratio)
                & (duration * pl.col("dominant_hz") >= parameters.tremor_min_count)
            )
        )
    )
    is_one_sided = (pl.col("one_sided_frac") >= parameters.max_one_sided_frac).fill_null(False)
    is_gross = (
        (tilt >= parameters.gross_tilt_deg)
        | ((duration >= parameters.resettled_min_s) & (tilt >= parameters.resettled_deg))
        | ((duration >= parameters.long_min_s) & (tilt >= parameters.long_resettled_deg) & ~is_one_sided)
        | ((duration >= parameters.gross_min_s) & pl.col("has_witness"))
        | swings_both_ways(parameters)
    )
    is_sharp = (pl.col("rise_s") <= parameters.brief_rise_s) & (
        pl.col("strongest_g") >= parameters.brief_crest_ratio * pl.col("envelope_peak_g")
    )
    is_brief = (
        (pl.col("active_s") <= parameters.max_brief_active_s)
        & (pl.col("span_s") <= parameters.max_brief_span_s)
        & ((pl.col("active_s") < parameters.min_movement_s) | is_sharp)
    )
    marked = bodily.with_columns(
        pl.when(is_rhythmic.fill_null(False))
        .then(pl.lit("rhythmic_movement"))
        .when(is_gross)
        .then(pl.lit("gross_movement"))
        .when(is_tremor.fill_null(False))
        .then(pl.lit("foot_tremor"))
        .when(duration > parameters.longest_leg_s)
        .then(pl.lit("gross_movement"))
        .when(is_brief)
        .then(pl.lit("twitch"))
        .otherwise(pl.lit("leg_movement"))
        .alias("kind")
    )
    marked = with_parts_of_gross(without_crowds(marked, parameters), parameters)
    marked = _with_flicks(marked, parameters)
    limbs = marked.filter(~pl.col("is_part") & ~pl.col("is_flick"))
    brief = _with_place_in_series(limbs, parameters).filter(pl.col("kind") == "twitch")
    hypnic = brief.filter(
        pl.col("strongest_g") >= parameters.min_hypnic_g,
        _is_around_sleep_onset(brief["begun_at"], nights, wake_episodes, parameters),
        ~_in_even_run(parameters),
        ~pl.col("is_in_series"),
    )["body_event"]
    return marked.select(
        "body_event",
        "strongest_g",
        "begun_at",
        "is_part",
        "whole_s",
        "whole_tilt_deg",
        "is_flick",
        "is_in_cluster",
        _is_shaken(parameters).alias("is_shaken"),
        pl.when(pl.col("body_event").is_in(hypnic.implode()))
        .then(pl.lit("hypnic_jerk"))
        .otherwise("kind")
        .cast(MovementKind)
        .alias("kind"),
    )


def _is_shaken(parameters: KindParameters) -> pl.Expr:
    """Whether a leg movement is faint and only shakes: so a partner's turn comes through the mattress."""
    is_shaken = (
        (pl.col("kind") == "leg_movement")
        & (pl.col("slow_frac") < parameters.shaken_slow_frac)
        & (pl.col("strongest_g") < parameters.shaken_max_g)
    )
    return is_shaken.fill_null(False)


def _with_flicks(bodily: pl.DataFrame, parameters: KindParameters) -> pl.DataFrame:
    """Add is_flick: a burst, or some in a row, that shakes the skin and moves no limb; is_in_cluster: one of several.

    Such are fragmentary myoclonus and the twitches of REM sleep. A limb that is thrown, however briefly, falls back and
    rings: its envelope of half a second shows much of its peak, and most of that half second is active. Rows are sorted
    by begun_at.
    """
    crest = pl.col("strongest_g") / pl.col("envelope_peak_g")
    is_brief = pl.col("kind") == "twitch"
    is_flick = (
        (is_brief | (pl.col("kind") == "leg_movement"))
        & (crest >= parameters.flick_crest_ratio)
        & (pl.col("strongest_g") < parameters.flick_max_g)
        & (~is_brief | (pl.col("morphology_frac") < parameters.flick_morphology_frac))
    )
    marked = bodily.with_columns(is_flick.alias("is_flick"))
    flicks = marked.filter("is_flick").sort("begun_at")
    apart = pl.col("begun_at").diff() >= pl.duration(
        microseconds=round(parameters.twitch_cluster_gap_s * SECOND_US)
    )
    run = apart.fill_null(True).cum_sum()
    clustered = flicks.filter(pl.len().over(run) >= parameters.twitch_cluster_count)["body_event"]
    return marked.with_columns(pl.col("body_event").is_in(clustered.implode()).alias("is_in_cluster"))


def _is_around_sleep_onset(
    instants: pl.Series, nights: pl.DataFrame, wake_episodes: pl.DataFrame, parameters: KindParameters
) -> pl.Series:
    """Tell whether each instant lies around sleep onset, or soon after a return to sleep."""
    from_at, to_at = _around_onset(parameters)
    known = nights.filter(pl.col("sleep_onset_at").is_not_null())
    onsets = known.select(from_at.to_physical().alias("from"), to_at.to_physical().alias("to")).to_numpy()
    long = pl.col("ended_at") - pl.col("started_at") >= pl.duration(
        seconds=60 * parameters.min_return_wake_min
    )
    returns = wake_episodes.filter(long)["ended_at"].to_physical().to_numpy()
    slack, again = (
        round(minutes * 60 * SECOND_US)
        for minutes in (parameters.hypnic_return_slack_min, parameters.hypnic_return_min)
    )
    spans = np.concatenate(
        (
            onsets.reshape(-1, 2) + np.array([0, 1]),
            np.stack((returns - slack, returns + again + 1), axis=1),
        )
    )
    return pl.Series(contains(join(spans), instants.to_physical().to_numpy()))


def _in_even_run(parameters: KindParameters) -> pl.Expr:
    """Whether a brief burst stands in a run of such bursts at even periodic intervals; rows sorted by begun_at."""
    interval = pl.col("begun_at").diff().dt.total_microseconds() / SECOND_US
    is_periodic = interval.is_between(parameters.periodic_min_s, parameters.periodic_max_s).fill_null(False)
    run = (~is_periodic).cum_sum()
    own = pl.when(is_periodic).then(interval)
    is_even = own.std().over(run) <= parameters.even_spread_ratio * own.mean().over(run)
    return (pl.len().over(run) >= parameters.even_count) & is_even.fill_null(False)


def _with_place_in_series(bodily: pl.DataFrame, parameters: KindParameters) -> pl.DataFrame:
    """Add is_in_series: a brief burst takes the place of a member in a periodic series of leg movements.

    It does when both its neighbours are leg movements of one run, at about the run's usual interval: then it is a
    faint member of the series, and no jerk of its own. Rows are leg movements and brief bursts, sorted by begun_at.
    """
    is_leg_movement = pl.col("kind") == "leg_movement"
    sequence = bodily.filter(is_leg_movement | (pl.col("kind") == "twitch")).sort("begun_at")
    before = pl.col("begun_at").diff().dt.total_microseconds() / SECOND_US
    sequence = sequence.with_columns(before.alias("before_s"), before.shift(-1).alias("after_s"))
    follows = pl.col("before_s").is_between(parameters.periodic_min_s, parameters.periodic_max_s)
    run = (~follows.fill_null(False)).cum_sum()
    usual = pl.when(follows).then("before_s").median().over(run)
    low, high = usual / parameters.member_interval_ratio, usual * parameters.member_interval_ratio
    is_in_series = (
        (is_leg_movement.sum().over(run) >= parameters.periodic_count)
        & is_leg_movement.shift(1)
        & is_leg_movement.shift(-1)
        & pl.col("before_s").is_between(low, high)
        & pl.col("after_s").is_between(low, high)
    )
    return sequence.with_columns(is_in_series.fill_null(False).alias("is_in_series"))


def _events(
    events: pl.DataFrame, nights: pl.DataFrame, wake_episodes: pl.DataFrame, parameters: KindParameters
) -> pl.DataFrame:
    site = pl.col("body_site").cast(pl.String)
    side = (
        pl.when(site.str.starts_with("left_"))
        .then(pl.lit("left"))
        .when(site.str.starts_with("right_"))
        .then(pl.lit("right"))
        .otherwise(pl.lit("other"))
    )
    margin = pl.col("envelope_peak_g") / pl.col("on_g")
    is_brief = pl.col("kind").is_in(["hypnic_jerk", "twitch"])
    frame = events.with_columns(
        side.cast(Side).alias("side"),
        (margin / (1 + margin)).alias("confidence"),
        pl.when(is_brief).then("active_onset_at").otherwise("onset_at").alias("onset_at"),
        pl.when(is_brief)
        .then(
            pl.col("active_onset_at")
            + pl.duration(microseconds=(pl.col("active_s") * SECOND_US).round().cast(pl.Int64))
        )
        .otherwise("offset_at")
        .alias("offset_at"),
    ).with_columns(
        ((pl.col("offset_at") - pl.col("onset_at")).dt.total_microseconds() / SECOND_US).alias("duration_s"),
    )
    frame = _with_sleep(frame, nights, wake_episodes, parameters).select(LEG_EVENT.names())
    return require(frame.sort("onset_at", "body_site"), LEG_EVENT, "leg events")


def _with_sleep(
    events: pl.DataFrame, nights: pl.DataFrame, wake_episodes: pl.DataFrame, parameters: KindParameters
) -> pl.DataFrame:
    """Add phase and is_asleep: where in its night each onset lies; null where sleep is not known."""
    sleep = nights.filter(pl.col("sleep_onset_at").is_not_null()).sort("lights_off_at")
    placed = (
        events.with_row_index("row")
        .sort("onset_at")
        .join_asof(
            sleep.select(
                "lights_off_at",
                "sleep_onset_at",
                "sleep_end_at",
                "lights_on_at",
                "is_sleep_known",
                *_ONSET_INTERVAL,
            ),
            left_on="onset_at",
            right_on="lights_off_at",
            strategy="backward",
        )
        .join_asof(
            wake_episodes.select("started_at", "ended_at").sort("started_at"),
            left_on="onset_at",
            right_on="started_at",
            strategy="backward",
        )
        .sort("row")
    )
    at, onset = pl.col("onset_at"), pl.col("sleep_onset_at")
    is_outside = onset.is_null() | (at >= pl.col("lights_on_at"))
    is_woken = (at < pl.col("ended_at")) | (at >= pl.col("sleep_end_at"))
    from_at, to_at = _around_onset(parameters)
    phase = (
        pl.when(is_outside)
        .then(None)
        .when(is_woken)
        .then(pl.lit("wake_in_bed"))
        .when(at.is_between(from_at, to_at))
        .then(pl.lit("sleep_onset"))
        .when(at < onset)
        .then(pl.lit("pre_sleep"))
        .otherwise(pl.lit("sleep"))
    )
    is_asleep = ~is_woken.fill_null(value=False) & (at >= onset)
    return placed.with_columns(
        phase.cast(Phase).alias("phase"),
        pl.when(~is_outside & pl.col("is_sleep_known")).then(is_asleep).alias("is_asleep"),
    )


def _around_onset(parameters: KindParameters) -> tuple[pl.Expr, pl.Expr]:
    """From and to when a moment is around sleep onset, which may be anywhere in its credible interval."""
    onset = pl.col("sleep_onset_at")
    before = onset - pl.duration(seconds=parameters.hypnic_before_min * 60)
    after = onset + pl.duration(seconds=parameters.hypnic_after_min * 60)
    low, high = _ONSET_INTERVAL
    return pl.min_horizontal(before, low), pl.max_horizontal(after, high)
