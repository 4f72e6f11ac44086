"""Disclosure control: what of the rates of groups may leave the house. After this nothing is computed any more."""

import polars as pl

from transforms.parameters.release import ReleaseParameters

KEYS = ("family", "grouping_name", "level", "level_number")
RELEASED = (
    "participant_count",
    "night_count",
    "jerk_count",
    "analysed_h",
    "jerk_rate_per_h",
    "ci_low_per_h",
    "ci_high_per_h",
    "hypnic_jerk_count",
    "hypnic_jerk_rate_per_h",
    "aplm_wasm_count",
    "analysed_sleep_h",
    "aplm_wasm_per_h",
)
"""The numbers of a group that are released, or withheld all together."""


def summarise_cells(groups: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Withhold the numbers of small groups, and of others from which these could be computed.

    One row is one group of nights (KEYS, and the columns of RELEASED); the levels of one ``grouping_name`` part all
    nights without remainder, and the total is released as a grouping of its own. Returns KEYS, is_suppressed,
    RELEASED; withheld numbers are null.

    1. Primary: a group of fewer than ``minimum_participant_count`` participants is withheld.
    2. Secondary: what is withheld of one grouping equals the total less the released levels. That remainder is
       released unwillingly, so it must itself hold enough participants: where no withheld level does, the level with
       the fewest participants among those that do is withheld too (ties: the fewer nights, then the name).

    The participants of several levels may be the same persons, so a sum over levels would overstate how many are
    behind the remainder; the largest single withheld level is the safe bound.

    Limits: releases of the same study at different times can be compared with each other; a person who joins between
    two of them is not protected from that. Groupings are released one at a time, never crossed.
    """
    is_small = pl.col("participant_count") < parameters.minimum_participant_count
    in_order = groups.sort("grouping_name", "participant_count", "night_count", "level")
    is_first_large = ~is_small & ((~is_small).cum_sum().over("grouping_name") == 1)
    is_suppressed = is_small | (is_first_large & is_small.any().over("grouping_name"))
    return (
        in_order.with_columns(is_suppressed.alias("is_suppressed"))
        .select(
            *KEYS,
            "is_suppressed",
            *(pl.when(~pl.col("is_suppressed")).then(pl.col(name)).alias(name) for name in RELEASED),
        )
        .sort("family", "grouping_name", "level_number", nulls_last=True)
    )
