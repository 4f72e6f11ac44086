"""The charts of every page: declared in Altair, drawn by vl-convert as static SVG, once wide and once narrow.

A page shows the one that fits by CSS, so that text keeps its size on a telephone. Colours are the page's own custom
properties, so that a chart follows light and dark. Whoever cannot see it has ``alt``, and the page puts a table behind it.
Places are computed here in pixels; Altair's own layout would shrink labels to what it deems their room.
"""

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDE, NARROW = 720, 318
"""Widths in CSS pixels: of a column of text, and of a telephone of 390 pixels without its margins."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""vl-convert measures text with the first; the others have its widths."""
INK, QUIET, LINE, SOFT = "var(--ink)", "var(--quiet)", "var(--line)", "var(--mark-soft)"
SERIES_COLOURS = ("var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)")
SHAPES = ("circle", "square", "diamond", "triangle-up")
_NUMBERS = list(range(len(SHAPES)))
_NOTHING_OPAQUE = "transparent"


@dataclass(frozen=True)
class Chart:
    """A chart that a page can hold: two SVG and what they say in words."""

    wide: str
    narrow: str
    alt: str


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One estimate: a dot, a bar where there is an interval, and its number in words."""

    label: str
    series: str
    value: float | None
    low: float | None
    high: float | None
    number: str


def draw(declare: Callable[[int], "Declared"], alt: str) -> Chart:
    """Turn a declaration, a function from a width to what is declared, into a chart of two widths."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(
        False
    ):  # Altair would hold every channel against its schema, which takes longer than to draw it
        wide, narrow = (declare(width).spec() for width in (WIDE, NARROW))
    return Chart(_svg(wide, alt, "wide"), _svg(narrow, alt, "narrow"), alt)


def _svg(spec: dict[str, Any], alt: str, kind: str) -> str:
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(spec)
    # names of screen readers for every mark would be read out one by one; the picture has one
    text = re.sub(r' (?:aria-[a-z]+|role|pointer-events|xmlns|xmlns:xlink|version)="[^"]*"', "", text)
    name = hashlib.sha256(text.encode()).hexdigest()[
        :8
    ]  # ids are counted from 0 in each SVG, and a page holds many
    text = re.sub(r'\bid="([^"]+)"', rf'id="\1_{name}"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#\1_{name})", text)
    label = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return text.replace(' class="marks"', f' class="chart {kind}" role="img" aria-label="{label}"', 1)


@dataclass(frozen=True)
class Declared:
    """An Altair chart, and the rows that its layers name: Altair would copy them with each layer, many times."""

    chart: Any
    rows: dict[str, list[dict[str, Any]]]

    def spec(self) -> dict[str, Any]:
        """Return the declaration as Vega-Lite."""
        return {**self.chart.to_dict(validate=False), "datasets": self.rows}


def framed(frame: "Frame", layers: Sequence[Any], padding: dict[str, float]) -> Declared:
    """Lay layers over each other in a plot of exactly the size of its frame."""
    import altair as alt

    chart = (
        alt.layer(*layers)
        .properties(
            width=frame.width, height=frame.height, padding=padding, autosize=alt.AutoSizeParams(type="none")
        )
        .configure(
            background=_NOTHING_OPAQUE,
            font=FONT,
            axis=alt.AxisConfig(
                labelColor=QUIET,
                titleColor=QUIET,
                gridColor=LINE,
                domainColor=QUIET,
                tickColor=QUIET,
                labelFontSize=12,
                titleFontSize=12,
                titleFontWeight="normal",
                labelPadding=5,
                titlePadding=8,
            ),
            view=alt.ViewConfig(stroke=None),
        )
    )
    return Declared(chart, frame.rows)


def tick_axis(places: Sequence[float], **more: Any) -> Any:
    """Make an axis without a title, with these ticks and no others."""
    import altair as alt

    near = [f"abs(datum.value - {tick:.9g}) < 1e-6 ? '{tick:g}' : " for tick in places]
    return alt.Axis(
        title=None,
        values=list(places),
        labelExpr="".join(near) + "''",
        labelOverlap=False,
        labelFlush=False,
        **more,
    )


def ratio_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Return ticks of a logarithmic axis of ratios, 1 among them."""
    steps = (
        [0.9, 0.95, 1.0, 1.05, 1.1],
        [0.8, 0.9, 1.0, 1.1, 1.2, 1.3],
        [0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5],
        [0.25, 0.5, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0],
        [0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0],
        [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0],
        [0.01, 0.1, 1.0, 10.0, 100.0],
    )
    found = [[tick for tick in ticks if low <= tick <= high] for ticks in steps]
    fitting = [ticks for ticks in found if 3 <= len(ticks) <= most]
    # that which reaches over most of the axis, and of those the densest
    return max(
        fitting, key=lambda ticks: (round(math.log(ticks[-1] / ticks[0]), 1), len(ticks)), default=[1.0]
    )


def plain_ticks(high: float, most: int = 6) -> list[float]:
    """Return ticks from 0 to at most ``high``, in steps of 1, 2 or 5 times a power of ten."""
    if not high > 0:
        return [0.0]
    step = 10.0 ** math.floor(math.log10(high / most))
    while high / step > most:
        step *= 2.5 if f"{step:e}"[0] == "2" else 2
    return [step * n for n in range(math.floor(high / step + 1e-9) + 1)]


def _wrapped(text: str, width: int) -> list[str]:
    """Break words into lines of at most ``width`` characters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def intervals(
    rows: Sequence[Interval],
    axis_title: str,
    alt_text: str,
    *,
    is_ratio: bool,
    headings: Sequence[str] = (),
    ends: tuple[float, float] | None = None,
) -> Chart:
    """Draw estimates below each other on one axis: ratios on a logarithmic one around 1, rates on a linear one from 0.

    Rows of the same label stand together, a colour and a shape for each series. A label of ``headings`` stands over the
    rows that follow it. An interval that runs off the axis ends in
    an arrow; its number tells the rest. ``ends`` sets the axis where it is not to follow the rows.
    """
    series = list(dict.fromkeys(row.series for row in rows if row.series))
    known = [row for row in rows if row.value is not None]
    low, high = ends or _domain(known, is_ratio=is_ratio)

    def declare(width: int) -> Declared:
        return _declare_intervals(
            rows, axis_title, series, (low, high), width, is_ratio=is_ratio, headings=headings
        )

    return draw(declare, alt_text)


def _domain(rows: Sequence[Interval], *, is_ratio: bool) -> tuple[float, float]:
    values = [row.value for row in rows if row.value is not None]
    if not is_ratio:
        largest = max(values, default=1.0) or 1.0
        return 0.0, min(
            max([row.high for row in rows if row.high is not None] + [largest]), 1.6 * largest
        ) * 1.04
    # the first series is seen whole; what stands beside it runs off the axis where it is far less certain
    first = [row for row in rows if row.series == rows[0].series]
    ends = [end for row in first for end in (row.value, row.low, row.high) if end is not None and end > 0]
    reach = max([0.12, *(min(abs(math.log(end)), 1.6) for end in ends)]) * 1.35
    return math.exp(-reach), math.exp(reach)


_LINE, _GAP, _LABEL = 20.0, 12.0, 17.0


def _places(
    rows: Sequence[Interval],
    series: Sequence[str],
    headings: Sequence[str],
    left: float,
    plot: float,
    *,
    is_wide: bool,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Stack rows from the top: return their marks, their words and the height of all, in pixels."""
    marks: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    y, block_end, last = 8.0, 0.0, None
    ends = {row.label: number for number, row in enumerate(rows)}
    for number, row in enumerate(rows):
        is_heading = row.label in headings and row.value is None
        if row.label != last or is_heading:
            y += _GAP if last is not None else 0.0
            lines = _wrapped(row.label, 38 if is_wide else 44)
            weight = "bold" if is_heading else "normal"
            words += [
                {"x": -left, "y": y + 9 + place * _LABEL, "text": text, "weight": weight}
                for place, text in enumerate(lines)
            ]
            if not is_wide or is_heading:
                y += _LABEL * len(lines) + 1
            block_end = y + (_LABEL * (len(lines) - 1) if is_wide else 0.0) + _LINE
            last = row.label
        if is_heading:
            continue
        if row.value is not None:
            low, high = (row.value if end is None else end for end in (row.low, row.high))
            place = series.index(row.series) if row.series in series else 0
            marks.append({"y": y + 9, "value": row.value, "low": low, "high": high, "series": place})
        words.append(
            {"x": plot + 10 if is_wide else -left, "y": y + 9, "text": row.number, "weight": "quiet"}
        )
        y += _LINE
        if ends[row.label] == number:
            y = max(y, block_end)
    return marks, words, y + 4


def _declare_intervals(
    rows: Sequence[Interval],
    axis_title: str,
    series: Sequence[str],
    domain: tuple[float, float],
    width: int,
    *,
    is_ratio: bool,
    headings: Sequence[str],
) -> Declared:
    is_wide = width == WIDE
    left, right = (250, 150) if is_wide else (118, 10)
    plot = width - left - right
    marks, words, height = _places(rows, series, headings, left, plot, is_wide=is_wide)
    ticks = (
        ratio_ticks(*domain, most=7 if is_wide else 5)
        if is_ratio
        else plain_ticks(domain[1], 7 if is_wide else 4)
    )
    frame = Frame(plot, height, domain, tick_axis(ticks, grid=True, domain=False), is_ratio=is_ratio)
    layers = _marks(marks, frame)
    if is_ratio:
        rule = frame.chart([{"value": 1.0, "y": 0, "to": height}]).mark_rule(color=QUIET, strokeDash=[4, 3])
        layers.insert(0, rule.encode(x=frame.x("value"), y=frame.y(), y2="to:Q"))
    words.append({"x": 0 if is_wide else -left, "y": height + 36, "text": axis_title, "weight": "quiet"})
    layers += frame.texts(words)
    key, key_height = frame.key(series, 0 if is_wide else -left, is_stacked=not is_wide)
    padding = {"left": left, "right": right, "top": key_height + 4, "bottom": 46}
    return framed(frame, [*layers, *key], padding)


def _marks(marks: Sequence[dict[str, Any]], frame: "Frame") -> list[Any]:
    """Draw bars, dots, and an arrow where an interval runs off the axis."""
    import altair as alt

    low, high = frame.domain
    arrows = [
        {"value": edge, "y": mark["y"], "series": mark["series"], "way": way}
        for mark in marks
        for edge, way, is_off in ((low, "left", mark["low"] < low), (high, "right", mark["high"] > high))
        if is_off
    ]
    seen = [mark for mark in marks if low <= mark["value"] <= high]
    bars = [mark | {end: min(max(mark[end], low), high) for end in ("low", "high")} for mark in marks]
    colour = alt.Color("series:O", scale=alt.Scale(domain=_NUMBERS, range=list(SERIES_COLOURS)), legend=None)
    shape = alt.Shape("series:O", scale=alt.Scale(domain=_NUMBERS, range=list(SHAPES)), legend=None)
    layers = [
        frame.chart(bars)
        .mark_rule(strokeWidth=2)
        .encode(x=frame.x("low"), x2="high:Q", y=frame.y(), color=colour),
        frame.chart(seen)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=frame.x("value"), y=frame.y(), color=colour, shape=shape),
    ]
    for way in ("left", "right"):
        own = [arrow for arrow in arrows if arrow["way"] == way]
        if own:
            mark = frame.chart(own).mark_point(filled=True, size=60, opacity=1, shape=f"triangle-{way}")
            layers.append(mark.encode(x=frame.x("value"), y=frame.y(), color=colour))
    return layers


@dataclass(frozen=True)
class Frame:
    """A plot of so many pixels: its scales, and words at places in pixels, which may lie outside."""

    width: float
    height: float
    domain: tuple[float, float]
    axis: Any
    is_ratio: bool = False
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def chart(self, rows: Sequence[dict[str, Any]]) -> Any:
        """Begin a layer of these rows."""
        import altair as alt

        name = f"rows_{len(self.rows)}"
        self.rows[name] = list(rows)
        return alt.Chart(alt.NamedData(name=name))

    def x(self, name: str) -> Any:
        """Encode a column along the plot; every layer carries the same axis."""
        import altair as alt

        scale = alt.Scale(
            type="log" if self.is_ratio else "linear", domain=list(self.domain), nice=False, zero=False
        )
        return alt.X(f"{name}:Q", scale=scale, axis=self.axis)

    def y(self, name: str = "y") -> Any:
        """Encode a column of pixels from the top."""
        import altair as alt

        return alt.Y(f"{name}:Q", scale=alt.Scale(domain=[0, self.height], range=[0, self.height]), axis=None)

    def value(self, pixel: float) -> float:
        """Return the value that stands at a pixel from the left."""
        low, high = (math.log(end) if self.is_ratio else end for end in self.domain)
        at = low + (high - low) * pixel / self.width
        return math.exp(at) if self.is_ratio else at

    def texts(self, words: Sequence[dict[str, Any]]) -> list[Any]:
        """Put words at places in pixels, one layer for each way to set them."""
        layers = []
        for weight, colour in (("normal", INK), ("bold", INK), ("quiet", QUIET)):
            own = [word | {"value": self.value(word["x"])} for word in words if word["weight"] == weight]
            if own:
                mark = self.chart(own).mark_text(
                    align="left",
                    baseline="middle",
                    fontSize=12.5,
                    fontWeight="bold" if weight == "bold" else "normal",
                    color=colour,
                )
                layers.append(mark.encode(x=self.x("value"), y=self.y(), text="text:N"))
        return layers

    def key(self, series: Sequence[str], left: float, *, is_stacked: bool) -> tuple[list[Any], float]:
        """Say above the plot which colour and shape is which; also return the height that it takes."""
        if len(series) < 2:
            return [], 0.0
        height = 19.0 * (len(series) if is_stacked else 1) + 4
        layers, x, y = [], left, -height + 8
        for number, name in enumerate(series):
            mark = self.chart([{"value": self.value(x + 6), "y": y}]).mark_point(
                filled=True, size=70, opacity=1, color=SERIES_COLOURS[number], shape=SHAPES[number]
            )
            layers.append(mark.encode(x=self.x("value"), y=self.y()))
            layers += self.texts([{"x": x + 16, "y": y, "text": name, "weight": "normal"}])
            x, y = (left, y + 19) if is_stacked else (x + 34 + 6.4 * len(name), y)
        return layers, height
