"""Odds ratios of a survey as charts: a forest of exposures and models, and a dose-response."""

from collections.abc import Mapping

import polars as pl

from transforms.pictures.charts import Chart, Interval, intervals


def forest(rows: pl.DataFrame, titles: Mapping[str, str]) -> Chart:
    """Draw odds ratios with intervals, a line for each exposure and a mark for each model, on a logarithmic axis.

    ``rows``: exposure, model, per_what, odds_ratio, ci_low, ci_high of one outcome, models from the smallest to the
    largest; ``titles``: exposures in words, in the order from top to bottom. Rows without an odds ratio are left out.
    """
    told = rows.filter(pl.col("odds_ratio").is_not_null())
    entries = [
        _interval(f"{words}, {row['per_what']}", row)
        for name, words in titles.items()
        for row in told.filter(pl.col("exposure") == name).iter_rows(named=True)
    ]
    said = f"Odds ratios of {told['exposure'].n_unique()} exposures in {told['model'].n_unique()} models."
    return intervals(entries, "odds ratio; 1 is no difference", said, is_ratio=True)


def dose_response(rows: pl.DataFrame, title: str) -> Chart:
    """Draw odds ratios of the levels of one exposure with intervals, a mark for each model.

    ``rows``: model, level, level_number, case_pct, odds_ratio, ci_low, ci_high, of one outcome and exposure. Beside each
    level stands the weighted share of cases, of the first model.
    """
    first = rows.filter(pl.col("model") == rows["model"][0])
    shares = dict(first.select("level", "case_pct").iter_rows())

    def label(level: str) -> str:
        return level if shares.get(level) is None else f"{level}: {shares[level]:.1f} % have them"

    told = rows.filter(pl.col("odds_ratio").is_not_null()).sort("level_number", maintain_order=True)
    entries = [_interval(label(row["level"]), row) for row in told.iter_rows(named=True)]
    return intervals(
        entries, "odds ratio to the first level", f"{title}: odds ratios level by level.", is_ratio=True
    )


def _interval(label: str, row: Mapping[str, object]) -> Interval:
    value, low, high = (row[name] for name in ("odds_ratio", "ci_low", "ci_high"))
    number = f"{value:.2f}" if low is None else f"{value:.2f} ({low:.2f} to {high:.2f})"
    return Interval(
        label=label,
        series=str(row["model"]).replace("_", " "),
        value=value,  # type: ignore[arg-type]
        low=low,  # type: ignore[arg-type]
        high=high,  # type: ignore[arg-type]
        number=number,
    )
