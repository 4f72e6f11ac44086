"""Charts: two widths, the page's colours, readable text, values where they belong, nothing that runs."""

import re

import pytest

from transforms.pictures.charts import Interval, intervals, plain_ticks, ratio_ticks
from transforms.pictures.lines import Axes, Line, columns, lines


def row(
    label: str, value: float | None, series: str = "", low: float | None = None, high: float | None = None
) -> Interval:
    return Interval(label=label, series=series, value=value, low=low, high=high, number=f"{value}")


FOREST = intervals(
    [
        row("Coffee & <tea>, 100 mg more", 2.0, "within", 1.5, 2.6),
        row("Coffee & <tea>, 100 mg more", 0.5, "between", 0.4, 0.6),
    ],
    "times as many",
    'what is "seen"',
    is_ratio=True,
)
CURVE = lines(
    [
        Line(name="asleep", x=[0, 1, 2], y=[4, 3, 2], bands=[([3, 2, 1], [5, 4, 3])]),
        Line(name="awake", x=[0, 1], y=[9, 8]),
    ],
    Axes(x_title="hours", y_title="per hour", x_ticks=[0, 1, 2], x_domain=(-0.3, 2.3)),
    "by hour",
    is_stepwise=True,
)
BARS = columns(
    Line(name="", x=[0, 2, 4], y=[1, 3, 2]), Axes(x_title="s", y_title="%", window=(2, 4)), 2, "bars"
)


@pytest.mark.parametrize("chart", [FOREST, CURVE, BARS], ids=["intervals", "lines", "columns"])
def test_a_chart_runs_nothing_fetches_nothing_and_can_be_read(chart) -> None:
    for svg, width in ((chart.wide, 720), (chart.narrow, 318)):
        assert svg.startswith("<svg") and f'width="{width}"' in svg
        assert not re.search(r"<script|href=|<image|@import|#[0-9a-fA-F]{6}\b", svg)
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
        assert sizes and min(sizes) >= 11
        assert 'role="img"' in svg and svg.count("aria-label=") == 1


def test_what_is_seen_is_said_and_is_text() -> None:
    assert 'aria-label="what is &quot;seen&quot;"' in FOREST.wide
    assert "Coffee &amp; &lt;tea&gt;" in FOREST.wide


def test_ids_of_two_charts_in_a_page_are_not_the_same() -> None:
    ids = [
        name
        for chart in (FOREST, CURVE, BARS)
        for svg in (chart.wide, chart.narrow)
        for name in re.findall(r'\bid="([^"]+)"', svg)
    ]
    assert len(ids) == len(set(ids))


def test_the_same_declaration_gives_the_same_bytes() -> None:
    again = intervals([row("a", 1.2, low=1.0, high=1.4)], "x", "y", is_ratio=True)
    assert again == intervals([row("a", 1.2, low=1.0, high=1.4)], "x", "y", is_ratio=True)


def points(svg: str) -> list[float]:
    """Places along the plot of the marks of a series."""
    layer = re.findall(r'<g class="mark-symbol role-mark layer_2_marks">(.*?)</g>', svg, flags=re.DOTALL)
    assert layer
    return [float(x) for x in re.findall(r'transform="translate\(([-\d.]+),', layer[0])]


def test_double_and_half_lie_as_far_from_one() -> None:
    double, half = points(FOREST.wide)
    one = float(re.findall(r'layer_0_marks"><line transform="translate\(([-\d.]+),', FOREST.wide)[0])
    assert double - one == pytest.approx(one - half, abs=0.01)


def test_what_is_withheld_leaves_its_line_and_no_mark() -> None:
    chart = intervals([row("a", 3.0), row("b", None), row("c", 5.0)], "per hour", "x", is_ratio=False)
    assert len(points(chart.wide.replace("layer_1_", "layer_2_"))) == 2
    assert ">b</text>" in chart.wide


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.06), (0.7, 1.4), (0.66, 3.1), (0.2, 5.0), (0.01, 100)])
def test_ratio_axes_have_one_and_few_ticks(low: float, high: float) -> None:
    ticks = ratio_ticks(low, high)
    assert 1.0 in ticks
    assert len(ticks) <= 7
    assert all(low <= tick <= high for tick in ticks)
    assert ticks[-1] / ticks[0] > (high / low) ** 0.6  # they reach over most of the axis


@pytest.mark.parametrize("high", [0.003, 0.9, 1.0, 7.3, 60.0, 4211.0])
def test_plain_axes_begin_at_zero_and_end_within(high: float) -> None:
    ticks = plain_ticks(high)
    assert ticks[0] == 0
    assert 3 <= len(ticks) <= 7
    assert ticks[-1] <= high * 1.000001
