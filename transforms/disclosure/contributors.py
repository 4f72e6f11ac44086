"""Which cells hang on too few persons."""

import polars as pl

from transforms.parameters.release import ReleaseParameters

CELL = ("grouping_name", "level")
MEASURES = (
    "night_count",
    "analysed_h",
    "jerk_count",
    "hypnic_jerk_count",
    "analysed_sleep_h",
    "aplm_wasm_count",
)
"""The sums of a cell. A person contributes to each what their own nights in the cell hold."""
PERSONS = "participant_count"
"""How many persons a cell has: each brings one."""
COURSE = "hour of the night"
"""The grouping whose levels part events and hours, but not nights: a night has many of them."""
WHOLE = ("night_count", "analysed_h", "jerk_count")
"""Measures without which a cell is not told at all; any other is withheld by itself."""
FLOW, SHARE = "flow: ", "share: "
"""What the names of groupings begin with of which only nights and persons are told: the stages that a night passes, and
what a share of nights or recordings is taken of."""
COUNTED = pl.col("grouping_name").str.contains(f"^({FLOW}|{SHARE})")
"""Whether a cell is one of these."""


def judge(contributions: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Judge every measure of every cell by who brings it.

    Args:
        contributions: CELL, participant_id and MEASURES; one row per cell and person, null where a person's nights do
            not know a measure.
        parameters: such as TEN_PARTICIPANTS.

    Returns:
        CELL, measure, total, largest, contributor_count, participant_count, reason: one row per cell and measure, PERSONS
        among them, sorted; ``reason`` is null where the measure may be told. A cell that is only counted has no row of
        hours or events, and where it is one of persons without nights none of nights.

    A person who brings zero is a member, not a contributor: a zero tells of every member that they had no event, so a
    cell needs ``minimum_participant_count`` persons with one. Dominance (n = 2) and p-ratio are those of ACRO.
    """
    value = pl.col("value")
    long = (
        contributions.with_columns(pl.lit(1.0).alias(PERSONS))
        .unpivot(
            [*MEASURES, PERSONS],
            index=[*CELL, "participant_id"],
            variable_name="measure",
            value_name="value",
        )
        .with_columns(value.cast(pl.Float64))
        .filter(~COUNTED | value.is_not_null())
    )
    return (
        long.group_by(*CELL, "measure")
        .agg(
            value.sum().alias("total"),
            value.max().fill_null(0.0).alias("largest"),
            (value > 0).sum().cast(pl.Int64).alias("contributor_count"),
            pl.col("participant_id").n_unique().cast(pl.Int64).alias("participant_count"),
            too_few(value, parameters).alias("reason"),
        )
        .sort(*CELL, "measure")
    )


def too_few(value: pl.Expr, parameters: ReleaseParameters) -> pl.Expr:
    """Return why what the persons of a group bring (``value``, one row a person) may not be told; null where it may."""
    total, two = value.sum(), value.top_k(2).sum()
    return (
        pl.when((value > 0).sum() < parameters.minimum_participant_count)
        .then(pl.lit("too few contributors"))
        .when(two > parameters.dominance_frac * total)
        .then(pl.lit("two contributors dominate"))
        .when(total - two < parameters.p_ratio_frac * value.max())
        .then(pl.lit("the largest contributor could be worked out"))
    )
