"""Gross movements: which movement swings to both sides, and what around one is the body still settling."""

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.parameters.kinds import KindParameters


def swings_both_ways(parameters: KindParameters) -> pl.Expr:
    """Whether a movement without a tilt that stays swings to both sides of rest for longer than a leg would."""
    beyond = pl.col("longest_s") - parameters.both_ways_min_s
    least = parameters.one_sided_frac + parameters.one_sided_per_s * beyond
    swings = pl.col("one_sided_frac") < pl.min_horizontal(least, parameters.max_one_sided_frac)
    return (beyond >= 0) & swings.fill_null(False)


def without_crowds(bodily: pl.DataFrame, parameters: KindParameters) -> pl.DataFrame:
    """Add crowd (its number, or null), and call a leg movement gross that stands in one.

    A crowd is ``crowd_count`` movements or more with rests below ``crowd_rest_s`` between them, of which one at least is
    gross, and which together last longer than any movement of a leg. Rows are sorted by begun_at.
    """
    may_be = pl.col("kind").is_in(["leg_movement", "gross_movement"])
    until = pl.col("begun_at") + pl.duration(
        microseconds=(pl.col("span_s") * SECOND_US).round().cast(pl.Int64)
    )
    rest_s = (pl.col("begun_at") - until.shift(1)).dt.total_microseconds() / SECOND_US
    follows = (may_be & may_be.shift(1) & (rest_s < parameters.crowd_rest_s)).fill_null(False)
    run = (~follows).cum_sum()
    lasts_s = (until.max() - pl.col("begun_at").min()).dt.total_microseconds() / SECOND_US
    has_gross = (pl.col("kind") == "gross_movement").any().over(run)
    crowded = (
        (pl.len().over(run) >= parameters.crowd_count)
        & (lasts_s.over(run) > parameters.longest_leg_s)
        & has_gross
    )
    return bodily.with_columns(
        pl.when(crowded).then(pl.lit("gross_movement")).otherwise("kind").alias("kind"),
        pl.when(crowded).then(run).alias("crowd"),
    )


def with_parts_of_gross(bodily: pl.DataFrame, parameters: KindParameters) -> pl.DataFrame:
    """Add is_part, whole_s and whole_tilt_deg: what is so close to a gross movement that it is the body still settling.

    Leg movements, bursts and later gross movements can be parts, and what is close to a part is a part as well. A gross
    movement lasts until its last gross part is over, and tilts as far as any of them. Rows are sorted by begun_at.
    """
    start = bodily["begun_at"].to_physical().to_numpy()
    end = start + np.round(bodily["span_s"].to_numpy() * SECOND_US).astype(np.int64)
    kind = bodily["kind"].to_numpy()
    is_gross, may_be = kind == "gross_movement", np.isin(kind, ["leg_movement", "twitch"])
    crowd = bodily["crowd"].fill_null(0).to_numpy()
    is_close = start[1:] - end[:-1] < parameters.settling_s * SECOND_US
    is_near = np.concatenate((is_close | ((crowd[1:] == crowd[:-1]) & (crowd[1:] > 0)), [False]))
    part = np.zeros(len(start), dtype=bool)
    whole_end, tilt = end.copy(), bodily["largest_tilt_deg"].to_numpy().copy()
    head = -1
    for i in range(len(start)):
        follows = i > 0 and is_near[i - 1] and head >= 0
        if follows and is_gross[i]:
            whole_end[head], tilt[head] = max(whole_end[head], end[i]), max(tilt[head], tilt[i])
        elif not (follows and may_be[i]):
            head = i if is_gross[i] else -1
            continue
        part[i] = True
    for i in range(len(start) - 2, -1, -1):
        part[i] |= is_near[i] and may_be[i] and (is_gross[i + 1] or part[i + 1])
    return bodily.with_columns(
        pl.Series("is_part", part),
        pl.Series("whole_s", (whole_end - start) / SECOND_US),
        pl.Series("whole_tilt_deg", tilt),
    )


def whole_gross(events: pl.DataFrame) -> pl.DataFrame:
    """Let each gross movement last until its last part is over, and tilt as its parts do."""
    is_gross = pl.col("kind") == "gross_movement"
    whole_until = pl.col("begun_at") + pl.duration(
        microseconds=(pl.col("whole_s") * SECOND_US).round().cast(pl.Int64)
    )
    return events.with_columns(
        pl.when(is_gross)
        .then(pl.max_horizontal("offset_at", whole_until))
        .otherwise("offset_at")
        .alias("offset_at"),
        pl.when(is_gross)
        .then(pl.max_horizontal("tilt_deg", "whole_tilt_deg"))
        .otherwise("tilt_deg")
        .alias("tilt_deg"),
    )
