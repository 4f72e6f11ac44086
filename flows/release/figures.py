"""The tables behind the figures of the report, read from the warehouse and brought through disclosure control at once."""

from collections.abc import Callable, Mapping, Sequence

import duckdb
import numpy as np
import polars as pl

from transforms.agreement.limits import regression_limits
from transforms.disclosure.figures import told_flow, told_quantiles, told_rates, told_share
from transforms.disclosure.noise import to_digits
from transforms.parameters.release import ReleaseParameters

Ask = Callable[[str], pl.DataFrame]
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_COARSE_S, _WINDOW_END_S = 10.0, 90.0
"""Width of the coarse classes of intervals, and where the window of periodic movements ends [s]."""
_Z = 1.96
"""The intervals of figures are those of 95 %, whatever the study's; the page says so."""

_HOURS = """
    select hour_number, participant_id, {count} as count, {amount} as amount
    from (
        select
            night_hour.hour_number,
            participant_id,
            sum(night_hour.jerk_sleep_count) as asleep,
            sum(night_hour.jerk_count - night_hour.jerk_sleep_count) as awake,
            sum(night_hour.analysed_sleep_h) as asleep_h,
            sum(night_hour.analysed_h - night_hour.analysed_sleep_h) as awake_h
        from night_hour inner join analysis_night using (participant_id, night_date)
        where night_hour.jerk_sleep_count is not null
        group by all
    )
    where {amount} > 0
"""
_INTERVALS = """
    with own as (
        select participant_id, lower_s, sum(imi_count) as imi_count
        from imi_histogram where scorer = 'sensor' group by all
    ),
    total as (select participant_id, sum(imi_count) as amount from own group by all)
    select class.lower_s, total.participant_id, coalesce(own.imi_count, 0) as count, total.amount
    from (select distinct lower_s from own) as class
    cross join total
    left join own on total.participant_id = own.participant_id and class.lower_s = own.lower_s
"""
_NIGHTS = """
    select
        participant_id, coalesce(jerk_sleep_rate_per_h, jerk_rate_per_h) as value,
        row_number() over (partition by participant_id order by night_date) as night_number
    from analysis_night
"""
_QUALITY = {
    "nights that are analysed": "select participant_id, is_eligible as is_so from night",
    "nights of which sleep and wake are known": "select participant_id, is_sleep_known as is_so from night where is_eligible",
    "nights worn for all of the time in bed": "select participant_id, nonwear_h = 0 as is_so from night where in_bed_h > 0",
    "nights recorded without a gap": "select participant_id, gap_h = 0 as is_so from night where in_bed_h > 0",
    "nights with two legs measured": "select participant_id, leg_recording_count >= 2 as is_so from night where is_eligible",
    "nights with a caffeine diary": "select participant_id, caffeine_mg is not null as is_so from analysis_night",
    "nights with an exercise diary": "select participant_id, exercise_met_min is not null as is_so from analysis_night",
    "nights with a stress rating": "select participant_id, stress_score is not null as is_so from analysis_night",
    "nights with a nutrient diary": "select participant_id, magnesium_mg is not null as is_so from analysis_night",
    "recordings that could be calibrated": "select participant_id, is_calibrated as is_so from recording",
    "recordings without a faulty block": "select participant_id, faulty_block_count = 0 as is_so from recording",
    "nights of two legs whose clocks agreed within a second": (
        "select participant_id, abs(offset_s) < 1 as is_so from clock_alignment where recording_id <> reference_recording_id"
    ),
}
"""Shares of nights and of recordings: what is counted, and for each row whether it is so."""
_DIFFERENCES = """
    select scorer, candidate, participant_id, (aplm_per_h + plm_per_h) / 2 as mean_per_h, difference_per_h
    from agreement where difference_per_h is not null and candidate = 'sensor'
"""


def released_figures(
    connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters, secret: bytes
) -> dict[str, pl.DataFrame]:
    """Return the tables behind the figures by name, each as it may leave."""

    def ask(query: str) -> pl.DataFrame:
        return connection.sql(query).pl()

    return {
        "flow": told_flow(ask("from attrition order by stage_number, is_in desc, reason"), parameters),
        "night_hour": _course(ask, parameters, secret),
        "intervals": _intervals(ask(_INTERVALS), parameters, secret),
        "nights": _nights(ask(_NIGHTS), parameters),
        "quality": _quality(ask, parameters),
        "limits": _limits(ask(_DIFFERENCES), parameters),
    }


def _course(ask: Ask, parameters: ReleaseParameters, secret: bytes) -> pl.DataFrame:
    parts = []
    for state in ("asleep", "awake"):
        sums = ask(_HOURS.format(count=state, amount=f"{state}_h"))
        told = told_rates(sums, "hour_number", secret, parameters, _Z)
        parts.append(told.with_columns(state=pl.lit(state)))
    return pl.concat(parts)


def _intervals(sums: pl.DataFrame, parameters: ReleaseParameters, secret: bytes) -> pl.DataFrame:
    """Return the share of intervals in each class; in coarse classes where a fine one of the window would be withheld."""
    fine = told_rates(sums, "lower_s", secret, parameters, _Z)
    if fine.filter(pl.col("rate").is_null(), pl.col("lower_s") < _WINDOW_END_S).is_empty():
        return fine
    coarse = sums.with_columns(pl.col("lower_s") // _COARSE_S * _COARSE_S)
    of_class = coarse.group_by("lower_s", "participant_id").agg(
        pl.col("count").sum(), pl.col("amount").first()
    )
    return told_rates(of_class, "lower_s", secret, parameters, _Z)


def _nights(values: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Return quantiles of the rate for each night of participation, and for all of them (night_number null)."""
    rows = [
        {
            "night_number": None,
            **_named(told_quantiles(values.select("participant_id", "value"), QUANTILES, parameters)),
        }
    ]
    for (number,), own in values.sort("night_number").group_by("night_number", maintain_order=True):
        told = told_quantiles(own.select("participant_id", "value"), QUANTILES, parameters)
        rows.append({"night_number": number, **_named(told)})
    schema = {"night_number": pl.Int64} | {f"p{100 * share:.0f}": pl.Float64 for share in QUANTILES}
    return pl.DataFrame(rows, schema=schema)


def _named(quantiles: Sequence[float | None]) -> Mapping[str, float | None]:
    return {f"p{100 * share:.0f}": value for share, value in zip(QUANTILES, quantiles, strict=True)}


def _quality(ask: Ask, parameters: ReleaseParameters) -> pl.DataFrame:
    rows = []
    for name, query in _QUALITY.items():
        frame: pl.DataFrame = ask(query)
        if frame.drop_nulls().is_empty():
            continue
        share, people = told_share(frame, parameters)
        rows.append({"what": name, "share_pct": share, "participant_count": people})
    return pl.DataFrame(
        rows, schema={"what": pl.String, "share_pct": pl.Float64, "participant_count": pl.Int64}
    )


_LIMITS = pl.Schema(
    {
        "scorer": pl.String,
        "mean_per_h": pl.Float64,
        "lower_per_h": pl.Float64,
        "bias_per_h": pl.Float64,
        "upper_per_h": pl.Float64,
        "is_along_mean": pl.Boolean,
    }
)


def _limits(nights: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Draw the limits of agreement between the tenth and the ninetieth percentile of the mean; no night is a point."""
    rows = []
    for (scorer,), own in nights.sort("scorer", "participant_id").group_by("scorer", maintain_order=True):
        ends = told_quantiles(own.select("participant_id", value="mean_per_h"), (0.1, 0.9), parameters)
        people = own["participant_id"].rank("dense").to_numpy().astype(np.int64)
        limits = regression_limits(own["mean_per_h"].to_numpy(), own["difference_per_h"].to_numpy(), people)
        if limits is None or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            continue
        for mean in np.linspace(ends[0], ends[1], 5):
            told = [to_digits(float(value), parameters.rate_digits) for value in (mean, *limits.at(mean))]
            rows.append((scorer, *told, limits.is_along_mean))
    return pl.DataFrame(rows, schema=_LIMITS, orient="row")
