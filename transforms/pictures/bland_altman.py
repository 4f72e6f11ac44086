"""The Bland-Altman plot, as an SVG."""

import io

import polars as pl
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure


def bland_altman_svg(nights: pl.DataFrame, summary: pl.DataFrame) -> bytes:
    """Draw differences against means of the two indices, one point per night, with bias and limits of agreement.

    ``nights`` are the rows of AGREEMENT and ``summary`` those of AGREEMENT_SUMMARY of one scorer and one candidate. No
    person is named in the drawing, but its points are single nights: it belongs with the restricted outputs. The same
    input gives the same bytes.
    """
    drawn = nights.drop_nulls(["aplm_per_h", "plm_per_h"])
    mean = drawn.select((pl.col("aplm_per_h") + pl.col("plm_per_h")) / 2).to_series().to_numpy()
    difference = drawn["difference_per_h"].to_numpy()
    lines = {row["measure"]: row for row in summary.iter_rows(named=True)}
    # ids in an SVG are random, and text becomes paths, unless told otherwise
    with rc_context({"svg.hashsalt": "bland_altman", "svg.fonttype": "none"}):
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.scatter(mean, difference, s=18, facecolors="none", edgecolors="black", linewidths=0.8)
        for measure, style, name in (
            ("bias", "-", "bias"),
            ("lower_limit_of_agreement", "--", "limits of agreement"),
            ("upper_limit_of_agreement", "--", None),
        ):
            row = lines.get(measure)
            if row is None or row["value"] is None:
                continue
            axes.axhline(row["value"], color="black", linestyle=style, linewidth=1.0, label=name)
            if row["lower"] is not None:
                axes.axhspan(row["lower"], row["upper"], color="black", alpha=0.08, linewidth=0)
        axes.axhline(0.0, color="grey", linewidth=0.6)
        axes.set_xlabel("mean of candidate and scorer [1/h]")
        axes.set_ylabel("candidate - scorer [1/h]")
        people = drawn["participant_id"].n_unique()
        axes.set_title(
            f"{drawn.height} night{'s' * (drawn.height != 1)} of {people} participant{'s' * (people != 1)}"
        )
        if lines.get("bias", {}).get("value") is not None:
            axes.legend(loc="best", frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
