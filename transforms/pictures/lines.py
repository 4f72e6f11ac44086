"""Charts with two axes: curves with their bands, points with their intervals, bands of quantiles, columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.pictures.charts import (
    QUIET,
    SERIES_COLOURS,
    SHAPES,
    WIDE,
    Chart,
    Declared,
    Frame,
    draw,
    framed,
    plain_ticks,
    ratio_ticks,
    tick_axis,
)

_LEFT, _RIGHT, _BOTTOM = 44, 12, 46


@dataclass(frozen=True, kw_only=True)
class Line:
    """One series: its points in order, and bands from the widest to the narrowest, each a pair of low and high."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    bands: Sequence[tuple[Sequence[float | None], Sequence[float | None]]] = ()


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What stands at the axes; ``y_domain`` is found from the lines where it is not given."""

    x_title: str
    y_title: str
    x_ticks: Sequence[float] | None = None
    x_domain: tuple[float, float] | None = None
    y_domain: tuple[float, float] | None = None
    is_ratio: bool = False
    reference: float | None = None
    window: tuple[float, float] | None = None
    """A stretch of x that is shaded."""


def lines(
    series: Sequence[Line], axes: Axes, alt_text: str, *, is_stepwise: bool = False, height: int = 220
) -> Chart:
    """Draw lines with their bands; ``is_stepwise`` draws each point with its own interval instead."""
    return draw(
        lambda width: _declare(series, axes, width, height, _curves(is_stepwise=is_stepwise)), alt_text
    )


def columns(series: Line, axes: Axes, width_of_one: float, alt_text: str, *, height: int = 220) -> Chart:
    """Draw a column from each x to ``width_of_one`` further, as high as its y."""

    def marks(_: Sequence[Line], frame: Frame, y: Any) -> list[Any]:
        import altair as alt

        rows = [
            {"value": x, "end": x + width_of_one, "y": value}
            for x, value in zip(series.x, series.y, strict=True)
        ]
        mark = frame.chart(rows).mark_rect(color=SERIES_COLOURS[0], stroke="var(--card)", strokeWidth=1)
        return [mark.encode(x=frame.x("value"), x2="end:Q", y=y("y"), y2=alt.datum(0))]

    return draw(lambda width: _declare([series], axes, width, height, marks), alt_text)


def scatter(points: Line, along: Sequence[Line], axes: Axes, alt_text: str, *, height: int = 300) -> Chart:
    """Draw points, and lines through them: the first of ``along`` whole, the others dashed."""

    def marks(_: Sequence[Line], frame: Frame, y: Any) -> list[Any]:
        rows = [{"value": x, "y": value} for x, value in zip(points.x, points.y, strict=True)]
        mark = frame.chart(rows).mark_point(size=36, color=SERIES_COLOURS[0], strokeWidth=1.4)
        layers = [mark.encode(x=frame.x("value"), y=y("y"))]
        for number, line in enumerate(along):
            rows = [{"value": x, "y": value} for x, value in zip(line.x, line.y, strict=True)]
            dash = [6, 4] if number else [1, 0]
            mark = frame.chart(rows).mark_line(color=SERIES_COLOURS[1], strokeWidth=2, strokeDash=dash)
            layers.append(mark.encode(x=frame.x("value"), y=y("y")))
        return layers

    series = [Line(name="", x=line.x, y=line.y) for line in (points, *along)]
    return draw(lambda width: _declare(series, axes, width, height, marks), alt_text)


def _curves(*, is_stepwise: bool) -> Any:
    def marks(series: Sequence[Line], frame: Frame, y: Any) -> list[Any]:
        layers = []
        for number, line in enumerate(series):
            colour = SERIES_COLOURS[number]
            for low, high in line.bands:
                rows = [
                    {"value": at, "y": bottom, "high": top}
                    for at, bottom, top in zip(line.x, low, high, strict=True)
                    if bottom is not None and top is not None
                ]
                data = frame.chart(rows)
                band = (
                    data.mark_rule(color=colour, strokeWidth=2)
                    if is_stepwise
                    else data.mark_area(color=colour, opacity=0.2)
                )
                layers.append(band.encode(x=frame.x("value"), y=y("y"), y2="high:Q"))
            rows = [{"value": at, "y": value} for at, value in zip(line.x, line.y, strict=True)]
            data = frame.chart(rows)
            layers.append(data.mark_line(color=colour, strokeWidth=2).encode(x=frame.x("value"), y=y("y")))
            if is_stepwise:
                mark = data.mark_point(filled=True, size=60, opacity=1, color=colour, shape=SHAPES[number])
                layers.append(mark.encode(x=frame.x("value"), y=y("y")))
        return layers

    return marks


def _ends(series: Sequence[Line], axes: Axes) -> tuple[tuple[float, float], tuple[float, float]]:
    x = np.concatenate([np.asarray(line.x, dtype=float) for line in series])
    values = [np.asarray(line.y, dtype=float) for line in series]
    values += [
        np.array([end for end in ends if end is not None], dtype=float)
        for line in series
        for band in line.bands
        for ends in band
    ]
    y = np.concatenate(values)
    x_domain = axes.x_domain or (float(x.min()), float(x.max()))
    if axes.y_domain is not None:
        return x_domain, axes.y_domain
    if axes.is_ratio:
        reach = max(0.1, float(np.log(y).max() - np.log(y).min())) * 0.06
        return x_domain, (
            float(np.exp(min(np.log(y).min(), -0.1) - reach)),
            float(np.exp(max(np.log(y).max(), 0.1) + reach)),
        )
    low = min(0.0, float(y.min()))
    return x_domain, (low * 1.06, max(float(y.max()), 1e-9) * 1.06)


def _declare(series: Sequence[Line], axes: Axes, width: int, height: int, marks: Any) -> Declared:
    import altair as alt

    is_wide = width == WIDE
    plot = width - _LEFT - _RIGHT
    (x_low, x_high), (y_low, y_high) = _ends(series, axes)
    if x_high == x_low:
        x_low, x_high = x_low - 1, x_high + 1
    x_ticks = list(axes.x_ticks) if axes.x_ticks is not None else plain_ticks(x_high, 8 if is_wide else 5)
    if not is_wide and len(x_ticks) > 9:
        x_ticks = x_ticks[:: -(-len(x_ticks) // 8)]
    y_ticks = ratio_ticks(y_low, y_high, most=6) if axes.is_ratio else plain_ticks(y_high, 5)
    if y_low < 0:
        y_ticks = [*(-tick for tick in reversed(plain_ticks(-y_low, 4)) if tick), *y_ticks]
    frame = Frame(
        plot, height, (x_low, x_high), tick_axis([t for t in x_ticks if x_low <= t <= x_high], grid=False)
    )
    scale = alt.Scale(
        type="log" if axes.is_ratio else "linear",
        domain=[y_low, y_high],
        range=[height, 0],
        nice=False,
        zero=False,
    )
    y_axis = tick_axis(y_ticks, grid=True, domain=False, ticks=False)

    def y(name: str) -> Any:
        return alt.Y(f"{name}:Q", scale=scale, axis=y_axis)

    def level(pixel: float) -> float:
        share = pixel / height
        if axes.is_ratio:
            return float(np.exp(np.log(y_high) + (np.log(y_low) - np.log(y_high)) * share))
        return y_high + (y_low - y_high) * share

    layers = []
    if axes.window is not None:
        rows = [{"value": axes.window[0], "end": min(axes.window[1], x_high), "y": y_high, "low": y_low}]
        shade = frame.chart(rows).mark_rect(color="var(--mark-soft)")
        layers.append(shade.encode(x=frame.x("value"), x2="end:Q", y=y("y"), y2="low:Q"))
    if axes.reference is not None:
        rows = [{"value": x_low, "end": x_high, "y": axes.reference}]
        rule = frame.chart(rows).mark_rule(color=QUIET, strokeDash=[4, 3])
        layers.append(rule.encode(x=frame.x("value"), x2="end:Q", y=y("y")))
    layers += marks(series, frame, y)
    words = [
        (-_LEFT, -14.0, axes.y_title, QUIET),
        (0.0, height + 36.0, axes.x_title, QUIET),
    ]
    top = 24.0
    names = [line.name for line in series if line.name]
    if len(names) > 1:
        at, row = float(-_LEFT), -34.0 - (0 if is_wide else 19 * (len(names) - 1))
        top += 20.0 * (1 if is_wide else len(names))
        for number, name in enumerate(names):
            place = [{"value": frame.value(at + 6), "y": level(row)}]
            mark = frame.chart(place).mark_point(
                filled=True, size=70, opacity=1, color=SERIES_COLOURS[number], shape=SHAPES[number]
            )
            layers.append(mark.encode(x=frame.x("value"), y=y("y")))
            words.append((at + 16, row, name, "var(--ink)"))
            at, row = (at + 34 + 6.4 * len(name), row) if is_wide else (at, row + 19)
    for at, row, text, colour in words:
        spot: dict[str, Any] = {"value": frame.value(at), "y": level(row), "text": text}
        mark = frame.chart([spot]).mark_text(align="left", baseline="middle", fontSize=12.5, color=colour)
        layers.append(mark.encode(x=frame.x("value"), y=y("y"), text="text:N"))
    return framed(frame, layers, {"left": _LEFT, "right": _RIGHT, "top": top, "bottom": _BOTTOM})
