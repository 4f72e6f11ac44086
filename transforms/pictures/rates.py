"""Rates and rate ratios as dots and intervals: where everything goes, for a page to draw."""

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

PAGE_WIDTH = 760


LABEL_WIDTH = 250


NUMBER_WIDTH = 150


ROW_HEIGHT = 30


def rate_chart(label: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Place dots and intervals of rates on a linear axis from zero; None where nothing may be shown."""
    shown = [row for row in rows if row["jerk_rate_per_h"] is not None]
    if not shown:
        return None
    # an interval that runs off is cut at three times the largest rate, so that the others stay readable
    largest = max(row["jerk_rate_per_h"] for row in shown) or 1.0
    end = min(max(row["ci_high_per_h"] or 0 for row in shown) or largest, 3 * largest)
    step = _tick_step(max(end, largest))
    end = step * (int(max(end, largest) / step) + 1)
    left, right = LABEL_WIDTH, PAGE_WIDTH - NUMBER_WIDTH

    def place(rate: float) -> float:
        return round(left + (right - left) * min(rate, end) / end, 1)

    height = ROW_HEIGHT * len(rows) + 46
    return {
        "width": PAGE_WIDTH,
        "height": height,
        "label": label,
        "axis": "leg jumps per hour",
        "axis_x": left,
        "reference_x": None,
        "ticks": [{"x": place(step * n), "text": f"{step * n:g}"} for n in range(round(end / step) + 1)],
        "rows": [
            {
                "y": ROW_HEIGHT * n + ROW_HEIGHT // 2,
                "text": row["level"],
                "x": None if row["jerk_rate_per_h"] is None else place(row["jerk_rate_per_h"]),
                "low_x": None if row["ci_low_per_h"] is None else place(row["ci_low_per_h"]),
                "high_x": None if row["ci_high_per_h"] is None else place(row["ci_high_per_h"]),
                "number": "withheld"
                if row["is_suppressed"]
                else f"{row['jerk_rate_per_h']:.2f}, {row['night_count']:,} nights",
            }
            for n, row in enumerate(rows)
        ],
    }


def ratio_chart(associations: pl.DataFrame, *, is_exploratory: bool) -> dict[str, Any] | None:
    """Place rate ratios of leg jumps within persons on a logarithmic axis around 1; None where there are none."""
    main = associations.filter(~pl.col("is_exploratory"))["outcome"].unique().implode()
    rows = associations.filter(
        pl.col("outcome").is_in(main),
        pl.col("effect") == "within",
        pl.col("is_exploratory") == is_exploratory,
        pl.col("rate_ratio").is_not_null(),
    ).to_dicts()
    if not rows:
        return None
    # the axis holds every estimate and at least half to double; a wider interval runs off
    reach = max(0.7, *(abs(math.log(row["rate_ratio"])) for row in rows))
    left, right = LABEL_WIDTH, PAGE_WIDTH - NUMBER_WIDTH

    def place(ratio: float) -> float:
        share = (min(max(math.log(ratio), -reach), reach) + reach) / (2 * reach)
        return round(left + (right - left) * share, 1)

    ticks = [ratio for ratio in (0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10) if abs(math.log(ratio)) <= reach]
    return {
        "width": PAGE_WIDTH,
        "height": ROW_HEIGHT * len(rows) + 46,
        "label": "rate ratios of leg jumps within the same person",
        "axis": "ratio of leg jumps an hour, for one step more",
        "axis_x": left,
        "reference_x": place(1),
        "ticks": [{"x": place(ratio), "text": f"{ratio:g}"} for ratio in ticks],
        "rows": [
            {
                "y": ROW_HEIGHT * n + ROW_HEIGHT // 2,
                "text": f"{row['exposure']}, {row['per_unit']:g} more",
                "x": place(row["rate_ratio"]),
                "low_x": place(row["ci_low"]),
                "high_x": place(row["ci_high"]),
                "number": f"{row['rate_ratio']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})",
            }
            for n, row in enumerate(rows)
        ],
    }


def _tick_step(end: float) -> float:
    """Return 1, 2 or 5 times a power of ten, such that the axis has four to ten steps."""
    step = 10.0**-6
    while True:
        for factor in (1, 2, 5):
            if end / (step * factor) <= 8:
                return step * factor
        step *= 10
