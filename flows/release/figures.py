"""The tables behind the figures of the report, read from the warehouse and brought through disclosure control at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import polars as pl

from flows.warehouse.protected import SHARES
from transforms.agreement.limits import regression_limits
from transforms.disclosure.attack import Bound
from transforms.disclosure.contributors import COURSE, PERSONS
from transforms.disclosure.figures import (
    BEHIND,
    ratio_bounds,
    told_flow,
    told_quantiles,
    told_rates,
    told_shares,
)
from transforms.disclosure.links import between, sums_to, told_to_base, unknown, within
from transforms.disclosure.noise import digits_reach, to_digits
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
_DIFFERENCES = """
    select scorer, candidate, participant_id, (aplm_per_h + plm_per_h) / 2 as mean_per_h, difference_per_h
    from agreement where difference_per_h is not null and candidate = 'sensor'
"""


@dataclass(frozen=True)
class Figures:
    """The tables behind the figures by name, what they tell of sums, and what of these they withhold."""

    tables: dict[str, pl.DataFrame]
    bounds: list[Bound] = field(default_factory=list)
    hidden: dict[str, float] = field(default_factory=dict)
    """Unknowns that are withheld, each with its largest contribution."""


def released_figures(
    connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters, secret: bytes, sets: pl.DataFrame
) -> Figures:
    """Return the figures as they may leave, but for those that are made of cells.

    ``sets``: SETS, of which the hours of the night bind what is told of them asleep and awake.
    """

    def ask(query: str) -> pl.DataFrame:
        return connection.sql(query).pl()

    found = Figures({})
    found.tables["night_hour"] = _course(ask, parameters, secret, sets, found)
    found.tables["intervals"] = _intervals(ask(_INTERVALS), parameters, secret, found)
    found.tables["nights"] = _nights(ask(_NIGHTS), parameters)
    found.tables["limits"] = _limits(ask(_DIFFERENCES), parameters)
    return found


def figures_of_cells(
    connection: duckdb.DuckDBPyConnection,
    cells: pl.DataFrame,
    samples: pl.DataFrame,
    parameters: ReleaseParameters,
) -> Figures:
    """Return the flow of participants and the shares of nights: ``cells`` as they leave, and the sizes of samples.

    ``samples``: stage, night_count and participant_count of the nights that a main question asks, null where withheld.
    """
    attrition = connection.sql("from attrition order by stage_number, is_in desc, reason").pl()
    flow = told_flow(attrition, cells, parameters)
    of_sample = (
        attrition.select("stage", "reason")
        .join(
            samples.with_columns(reason=pl.lit("in")),
            on=["stage", "reason"],
            how="left",
            maintain_order="left",
        )
        .select("participant_count", "night_count")
    )
    flow = flow.with_columns(pl.coalesce(name, of_sample[name]) for name in of_sample.columns)
    shares, bounds = told_shares(cells, list(SHARES), parameters)
    return Figures({"flow": flow, "quality": shares}, bounds)


def _course(
    ask: Ask, parameters: ReleaseParameters, secret: bytes, sets: pl.DataFrame, found: Figures
) -> pl.DataFrame:
    hours = dict(sets.filter(grouping_name=COURSE).select("level", "set_name").iter_rows())
    parts = []
    for state in ("asleep", "awake"):
        sums = ask(_HOURS.format(count=state, amount=f"{state}_h"))
        told = told_rates(sums, "hour_number", secret, parameters, _Z)
        for row in told.iter_rows(named=True):
            whole = hours.get(f"{row['hour_number']} to {row['hour_number'] + 1} h", "")
            jerks, time = (unknown(name, f"{whole} {state}") for name in ("jerk_count", "analysed_h"))
            people = unknown(PERSONS, f"{whole} {state}")
            if row["rate"] is None:
                found.hidden.update({jerks: row["largest"], time: row["largest_amount"]})
            else:
                reach = digits_reach(row["rate"], parameters.rate_digits)
                noise = parameters.noise_most_frac * row["largest"]
                rate = (row["rate"] - reach, row["rate"] + reach)
                found.bounds.extend(ratio_bounds(jerks, time, rate, noise))
                count = told_to_base(row["participant_count"], parameters.participant_base)
                found.bounds.append(between(people, *count))
            found.bounds.append(within(people, unknown(PERSONS, whole)))
        parts.append(told.with_columns(state=pl.lit(state)).drop(list(BEHIND)))
    for whole in hours.values():
        for measure in ("jerk_count", "analysed_h"):
            # the rest is of nights of which sleep and wake are not known
            states = [unknown(measure, f"{whole} {state}") for state in ("asleep", "awake", "not known")]
            found.bounds.append(sums_to(unknown(measure, whole), states))
    return pl.concat(parts)


def _intervals(
    sums: pl.DataFrame, parameters: ReleaseParameters, secret: bytes, found: Figures
) -> pl.DataFrame:
    """Return the share of intervals in each class; in coarse classes where a fine one of the window would be withheld."""
    told = told_rates(sums, "lower_s", secret, parameters, _Z)
    if not told.filter(pl.col("rate").is_null(), pl.col("lower_s") < _WINDOW_END_S).is_empty():
        coarse = sums.with_columns(pl.col("lower_s") // _COARSE_S * _COARSE_S)
        of_class = coarse.group_by("lower_s", "participant_id").agg(
            pl.col("count").sum(), pl.col("amount").first()
        )
        told = told_rates(of_class, "lower_s", secret, parameters, _Z)
    if told.is_empty():
        return told.drop(list(BEHIND))
    # how many they are is told nowhere; an outsider is taken to know
    total = float(told["total_amount"].max())  # type: ignore[arg-type]
    names = [unknown("imi_count", f"{lower:g} s of {total:g}") for lower in told["lower_s"]]
    found.bounds.append(Bound(tuple((name, 1.0) for name in names), total, total))
    for name, row in zip(names, told.iter_rows(named=True), strict=True):
        if row["rate"] is None:
            found.hidden[name] = row["largest"]
            continue
        reach = (
            digits_reach(row["rate"], parameters.rate_digits) * total
            + parameters.noise_most_frac * row["largest"]
        )
        found.bounds.append(between(name, max(0.0, row["rate"] * total - reach), row["rate"] * total + reach))
    return told.drop(list(BEHIND))


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
