"""The Bland-Altman plot, a point for each night."""

import numpy as np
import polars as pl

from transforms.agreement.limits import regression_limits
from transforms.pictures.charts import Chart
from transforms.pictures.lines import Axes, Line, scatter


def bland_altman_chart(nights: pl.DataFrame, summary: pl.DataFrame) -> Chart | None:
    """Draw differences against means of the two indices, one point per night, with bias and limits of agreement.

    ``nights`` are the rows of AGREEMENT and ``summary`` those of AGREEMENT_SUMMARY of one scorer and one candidate. The
    limits follow the mean where the difference does (``transforms.agreement.limits``), otherwise they are those of
    ``summary``. No person is named in the drawing, but its points are single nights: it belongs with the restricted outputs. None
    where no night has both indices.
    """
    drawn = nights.drop_nulls(["aplm_per_h", "plm_per_h"])
    if drawn.is_empty():
        return None
    mean = drawn.select((pl.col("aplm_per_h") + pl.col("plm_per_h")) / 2).to_series().to_numpy()
    difference = drawn["difference_per_h"].to_numpy()
    people = drawn["participant_id"].rank("dense").to_numpy().astype(np.int64)
    ends = np.array([mean.min(), mean.max()])
    values = dict(summary.select("measure", "value").iter_rows())
    level = [values.get(name) for name in ("bias", "lower_limit_of_agreement", "upper_limit_of_agreement")]
    limits = regression_limits(mean, difference, people)
    if limits is not None and limits.is_along_mean:
        lower, bias, upper = limits.at(ends)
        along = [Line(name="", x=ends.tolist(), y=line.tolist()) for line in (bias, lower, upper)]
        words = "limits of agreement that follow the mean"
    else:
        along = [Line(name="", x=ends.tolist(), y=[value, value]) for value in level if value is not None]
        words = "bias and limits of agreement" if len(along) == 3 else "no limits of agreement"
    people_count = drawn["participant_id"].n_unique()
    counted = f"{drawn.height} night{'s' * (drawn.height != 1)} of {people_count} participant{'s' * (people_count != 1)}"
    axes = Axes(
        x_title="mean of candidate and scorer, per hour of sleep",
        y_title="candidate less scorer, per hour",
        reference=0.0,
        x_domain=(float(mean.min()), float(mean.max())) if mean.max() > mean.min() else None,
    )
    points = Line(name="", x=mean.tolist(), y=difference.tolist())
    return scatter(points, along, axes, f"{counted}; {words}.")
