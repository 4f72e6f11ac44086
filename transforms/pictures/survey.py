"""Odds ratios of a survey as pictures: a forest of exposures and models, and a dose-response, as SVG."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

_WIDTH_IN = 7.6
_ROW_IN = 0.46
_SHADES = ("#9aa5ad", "#6f8ea0", "#2f6f8f", "#123c52")
"""From the smallest model to the largest: the darker, the more is adjusted for."""
_TICKS = (0.25, 0.5, 0.7, 0.8, 1, 1.25, 1.5, 2, 3, 4)


def forest_svg(rows: pl.DataFrame, titles: Mapping[str, str]) -> bytes:
    """Draw odds ratios with intervals, one line per exposure and one mark per model, on a logarithmic axis.

    ``rows``: exposure, model, per_what, odds_ratio, ci_low, ci_high of one outcome, models from the smallest to the
    largest; ``titles``: exposures in words, in the order from top to bottom. Rows without an odds ratio leave a gap.
    """
    exposures = [name for name in titles if name in set(rows["exposure"])]
    models = list(dict.fromkeys(rows["model"]))
    shades = dict(zip(models, _shades(len(models)), strict=True))

    def draw(axes: Axes) -> None:
        for place, exposure in enumerate(exposures):
            own = rows.filter(pl.col("exposure") == exposure)
            for row in own.filter(pl.col("odds_ratio").is_not_null()).iter_rows(named=True):
                offset = (models.index(row["model"]) - (len(models) - 1) / 2) * 0.17
                axes.plot(
                    [row["ci_low"], row["ci_high"]],
                    [place + offset] * 2,
                    color=shades[row["model"]],
                    linewidth=1.6,
                )
                axes.plot(row["odds_ratio"], place + offset, "o", color=shades[row["model"]], markersize=4)
        axes.set_yticks(
            range(len(exposures)),
            [f"{titles[name]}\n({_step(rows, name)})" for name in exposures],
        )
        axes.set_ylim(len(exposures) - 0.45, -0.55)
        for model in models:
            axes.plot([], [], "o-", color=shades[model], label=model.replace("_", " "), markersize=4)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), ncols=len(models), frameon=False)
        _ratio_axis(axes, "x", rows)
        axes.set_xlabel("odds ratio")

    return _svg((_WIDTH_IN, 1.3 + _ROW_IN * len(exposures)), draw)


def dose_response_svg(rows: pl.DataFrame, title: str) -> bytes:
    """Draw odds ratios of the levels of one exposure with intervals, one line per model, on a logarithmic axis.

    ``rows``: model, level, level_number, case_pct, odds_ratio, ci_low, ci_high, of one outcome and exposure. Below each
    level stands the weighted share of cases, of the first model.
    """
    models = list(dict.fromkeys(rows["model"]))
    shades = _shades(len(models))
    first = rows.filter(pl.col("model") == models[0]).sort("level_number")

    def draw(axes: Axes) -> None:
        for number, model in enumerate(models):
            own = rows.filter(pl.col("model") == model, pl.col("odds_ratio").is_not_null()).sort(
                "level_number"
            )
            place = own["level_number"].to_numpy() + (number - (len(models) - 1) / 2) * 0.12
            ratio = own["odds_ratio"].to_numpy()
            axes.plot(
                place,
                ratio,
                "o-",
                color=shades[number],
                markersize=5,
                linewidth=1,
                label=model.replace("_", " "),
            )
            for at, low, high in zip(place, own["ci_low"], own["ci_high"], strict=True):
                if low is not None:
                    axes.plot([at, at], [low, high], color=shades[number], linewidth=1.6)
        labels = [
            f"{row['level']}\n{row['case_pct']:.1f} %" if row["case_pct"] is not None else row["level"]
            for row in first.iter_rows(named=True)
        ]
        axes.set_xticks(first["level_number"].to_list(), labels)
        _ratio_axis(axes, "y", rows)
        axes.set_ylabel("odds ratio")
        axes.set_xlabel(title)
        axes.legend(loc="upper left", frameon=False)

    return _svg((_WIDTH_IN, 4.0), draw)


def _step(rows: pl.DataFrame, exposure: str) -> str:
    return str(rows.filter(pl.col("exposure") == exposure).item(0, "per_what"))


def _shades(count: int) -> Sequence[str]:
    return _SHADES[-count:] if count <= len(_SHADES) else [_SHADES[-1]] * count


def _ratio_axis(axes: Axes, which: str, rows: pl.DataFrame) -> None:
    told = rows.drop_nulls("odds_ratio")
    ends = [
        told["odds_ratio"].to_numpy(),
        told["ci_low"].drop_nulls().to_numpy(),
        told["ci_high"].drop_nulls().to_numpy(),
    ]
    every = np.concatenate([np.array([0.8, 1.25]), *ends])
    low, high = float(every.min()) / 1.08, float(every.max()) * 1.08
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    if which == "x":
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
        axes.xaxis.minorticks_off()
        axes.axvline(1, color="#626a73", linewidth=0.8, linestyle=(0, (3, 4)))
        axes.grid(axis="x", color="#dedfda", linewidth=0.6)
    else:
        axes.set_yscale("log")
        axes.set_ylim(low, high)
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
        axes.yaxis.minorticks_off()
        axes.axhline(1, color="#626a73", linewidth=0.8, linestyle=(0, (3, 4)))
        axes.grid(axis="y", color="#dedfda", linewidth=0.6)
    axes.set_axisbelow(True)


def _svg(size_in: tuple[float, float], draw: Any) -> bytes:
    # ids in an SVG are random, and text becomes paths, unless told otherwise
    with rc_context({"svg.hashsalt": "survey", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=size_in, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        draw(axes)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    content = buffer.getvalue()
    # without the declaration of a document of its own it can stand within a page
    return content[content.index(b"<svg") :]
