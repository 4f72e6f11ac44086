"""One night in one picture: where everything stands, in the units of an SVG; how it looks is the page's business."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.intervals import Floats

WIDTH, LEFT, RIGHT = 1200, 160, 1130
STRIP_COUNT = RIGHT - LEFT
MARGIN_MIN = 30
"""What is shown before lights-off and after lights-on."""

KIND_NAMES = {
    "hypnic_jerk": "hypnic jerk",
    "twitch": "twitch",
    "leg_movement": "leg movement",
    "gross_movement": "gross movement",
    "rhythmic_movement": "rhythmic movement",
    "foot_tremor": "foot tremor",
}
"""The kinds in the order of their lanes."""

_LOWEST_G, _HIGHEST_G = 0.0005, 5.0
_LEVELS_G = (0.001, 0.01, 0.1, 1.0)
_LEAST_POSTURE_STRIPS = 3  # briefer is the way from one posture to the next
_LEAST_LETTER_WIDTH = 14
_LEAST_WARMTH_RANGE_C = 4
_LEAST_LINE_HEIGHT = 12

_FLAGS, _SLEEP_TOP, _SLEEP_HEIGHT = (14, 30), 38, 16
_PANEL_HEIGHT, _POSTURE_HEIGHT, _GAP = 112, 14, 16
_LANE_HEIGHT, _MARK_HEIGHT = 17, 12
_WARMTH_HEIGHT, _AXIS_HEIGHT = 46, 44


@dataclass(frozen=True, kw_only=True)
class LegView:
    """What is known of one leg between the picture's ends."""

    body_site: str
    trace: pl.DataFrame
    """TRACE of STRIP_COUNT strips."""
    absent: pl.DataFrame
    """started_at, ended_at, reason: not worn."""
    temperature: pl.DataFrame
    """start_at, temperature_c."""


@dataclass(frozen=True)
class Words:
    """A piece of text at (x, y); ``anchor`` as in SVG."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Box:
    """A rectangle of one ``kind``, with a title for who points at it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str
    letter: str = ""


@dataclass(frozen=True)
class Dot:
    """One movement in the panel of a leg."""

    x: float
    y: float
    kind: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One leg: the envelope on a logarithmic scale, and the posture below it."""

    name: str
    top: float
    height: float
    levels: list[Words]
    envelope: str
    floor: str
    threshold: str
    absent: list[Box]
    dots: list[Dot]
    postures: list[Box]


@dataclass(frozen=True, kw_only=True)
class Lane:
    """The movements of one kind, and the series they stand in."""

    kind: str
    name: str
    y: float
    count: int
    marks: list[Box]
    series: list[Box]


@dataclass(frozen=True, kw_only=True)
class Warmth:
    """Temperature: a line for each leg that measured it."""

    top: float
    height: float
    levels: list[Words]
    lines: list[str]
    names: list[Words]


@dataclass(frozen=True, kw_only=True)
class NightPicture:
    """Everything that one night's SVG holds."""

    width: int
    height: float
    left: float
    right: float
    plot_top: float
    plot_end: float
    hours: list[Words]
    midnights: list[Words]
    flags: list[Words]
    sleep: list[Box]
    panels: list[Panel]
    lanes: list[Lane]
    warmth: Warmth


def picture_span(night: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """Return the first and last instant (UTC) of a night's picture; None when time in bed is not known."""
    if night["lights_off_at"] is None or night["lights_on_at"] is None:
        return None
    margin = timedelta(minutes=MARGIN_MIN)
    return (
        night["lights_off_at"].astimezone(UTC) - margin,
        night["lights_on_at"].astimezone(UTC) + margin,
    )


def draw_night(
    night: Mapping[str, Any],
    span: tuple[datetime, datetime],
    movements: pl.DataFrame,
    wake_episodes: pl.DataFrame,
    legs: Sequence[LegView],
    new_posture_deg: float,
) -> NightPicture:
    """Place one night's measurements and movements.

    Args:
        night: NIGHT row with lights-off and lights-on.
        span: the picture's ends, from ``picture_span``.
        movements: its MOVEMENT rows.
        wake_episodes: its WAKE_EPISODE rows.
        legs: what each leg's sensor saw; none, one or more.
        new_posture_deg: angle from which another posture has another letter.
    """
    scale = _Scale(span, ZoneInfo(night["time_zone"]))
    panels = []
    y = float(_SLEEP_TOP + _SLEEP_HEIGHT + _GAP)
    for leg in legs:
        panels.append(_panel(leg, movements, y, scale, new_posture_deg))
        y += _PANEL_HEIGHT + 3 + _POSTURE_HEIGHT + _GAP
    lanes = []
    for kind in KIND_NAMES:
        lanes.append(_lane(kind, movements.filter(pl.col("kind") == kind), y, scale))
        y += _LANE_HEIGHT
    y += _GAP
    warmth = _warmth(legs, y, scale)
    y += _WARMTH_HEIGHT
    hours, midnights = _hours(y + 16, scale)
    return NightPicture(
        width=WIDTH,
        height=y + _AXIS_HEIGHT,
        left=LEFT,
        right=RIGHT,
        plot_top=_SLEEP_TOP - 4,
        plot_end=y,
        hours=hours,
        midnights=midnights,
        flags=_flags(night, scale),
        sleep=_sleep(night, wake_episodes, scale),
        panels=panels,
        lanes=lanes,
        warmth=warmth,
    )


class _Scale:
    """From instants to places and to words of the night's own time zone."""

    def __init__(self, span: tuple[datetime, datetime], zone: ZoneInfo) -> None:
        self.start, self.end = span
        self.zone = zone
        self.seconds = (self.end - self.start).total_seconds()

    def x(self, at: datetime) -> float:
        """Place of an instant, kept inside the picture."""
        share = (at - self.start).total_seconds() / self.seconds
        return round(LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT), 1)

    def words(self, at: datetime, form: str = "%H:%M") -> str:
        """Name an instant in local time."""
        return at.astimezone(self.zone).strftime(form)

    def box(self, start: datetime, end: datetime, y: float, height: float, kind: str, name: str) -> Box:
        """Make a rectangle between two instants, named and timed in its title."""
        first, last = self.x(start), self.x(end)
        title = f"{name}, {self.words(start)} to {self.words(end)}"
        return Box(first, y, round(last - first, 1), height, kind, title)


def _flags(night: Mapping[str, Any], scale: _Scale) -> list[Words]:
    upper, lower = _FLAGS
    told = [
        ("lights_off_at", "lights off", upper, "start"),
        ("lights_on_at", "lights on", upper, "end"),
        ("sleep_onset_at", "asleep", lower, "start"),
        ("sleep_end_at", "awake", lower, "end"),
    ]
    return [
        Words(scale.x(night[name]), y, f"{word} {scale.words(night[name])}", anchor)
        for name, word, y, anchor in told
        if night[name] is not None
    ]


def _sleep(night: Mapping[str, Any], wake_episodes: pl.DataFrame, scale: _Scale) -> list[Box]:
    boxes = [
        scale.box(
            night["lights_off_at"], night["lights_on_at"], _SLEEP_TOP, _SLEEP_HEIGHT, "in_bed", "in bed"
        )
    ]
    if night["sleep_onset_at"] is None or night["sleep_end_at"] is None:
        return boxes
    # hours that a diary tells alone, or that the leg leaves open, are no measured sleep and do not look like it
    kind, name = ("asleep", "asleep") if night["is_sleep_known"] else ("perhaps", "perhaps asleep: not known")
    boxes.append(
        scale.box(night["sleep_onset_at"], night["sleep_end_at"], _SLEEP_TOP, _SLEEP_HEIGHT, kind, name)
    )
    boxes += [
        scale.box(row["started_at"], row["ended_at"], _SLEEP_TOP, _SLEEP_HEIGHT, "awake", "awake")
        for row in wake_episodes.sort("started_at").iter_rows(named=True)
    ]
    return boxes


def _panel(leg: LegView, movements: pl.DataFrame, top: float, scale: _Scale, new_posture_deg: float) -> Panel:
    trace = leg.trace
    strip = trace["strip"].to_numpy()
    low, high, floor, threshold = (
        _height(trace[name].to_numpy(), top) for name in ("low_g", "high_g", "floor_g", "on_g")
    )
    is_own = pl.col("body_sites").list.contains(leg.body_site) & pl.col("peak_g").is_not_null()
    own = movements.filter(is_own).sort("onset_at")
    dots = [
        Dot(
            scale.x(row["onset_at"]),
            float(_height(np.array([row["peak_g"]]), top)[0]),
            row["kind"],
            _title(row, scale),
        )
        for row in own.iter_rows(named=True)
    ]
    absent = [
        scale.box(row["started_at"], row["ended_at"], top, _PANEL_HEIGHT, "absent", "not worn")
        for row in leg.absent.sort("started_at").iter_rows(named=True)
    ]
    return Panel(
        name=leg.body_site.replace("_", " "),
        top=top,
        height=_PANEL_HEIGHT,
        levels=[
            Words(LEFT - 8, float(_height(np.array([level]), top)[0]), f"{level:g} g", "end")
            for level in _LEVELS_G
        ],
        envelope=_area(strip, low, high),
        floor=_line(strip + LEFT + 0.5, floor, strip),
        threshold=_line(strip + LEFT + 0.5, threshold, strip),
        absent=absent + _without_signal(strip, top, scale),
        dots=dots,
        postures=_postures(trace, top + _PANEL_HEIGHT + 3, new_posture_deg),
    )


def _height(value_g: Floats, top: float) -> Floats:
    """Place of each value on the logarithmic scale of a panel."""
    share = np.log(np.clip(value_g, _LOWEST_G, _HIGHEST_G) / _LOWEST_G) / np.log(_HIGHEST_G / _LOWEST_G)
    place: Floats = np.round(top + _PANEL_HEIGHT * (1 - share), 1)
    return place


def _runs(strip: npt.NDArray[np.int32]) -> list[npt.NDArray[np.int32]]:
    """Split strips at the places where one is missing."""
    return np.split(np.arange(len(strip)), np.flatnonzero(np.diff(strip) > 1) + 1) if len(strip) else []


def _line(x: npt.NDArray[Any], y: Floats, strip: npt.NDArray[np.int32]) -> str:
    return " ".join("M" + _points(x[run], y[run]) for run in _runs(strip))


def _area(strip: npt.NDArray[np.int32], low: Floats, high: Floats) -> str:
    parts = []
    for run in _runs(strip):
        x = strip[run] + LEFT + 0.5
        # Half a unit of thickness, or a quiet stretch would vanish.
        there, back = _points(x, high[run] - 0.5), _points(x[::-1], low[run][::-1] + 0.5)
        parts.append(f"M{there} L{back} Z")
    return " ".join(parts)


def _points(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> str:
    return " ".join(f"{a:g},{b:g}" for a, b in zip(x.tolist(), np.round(y, 1).tolist(), strict=True))


def _without_signal(strip: npt.NDArray[np.int32], top: float, scale: _Scale) -> list[Box]:
    """Mark the strips that have no signal at all."""
    missing = np.setdiff1d(np.arange(STRIP_COUNT), strip)
    step = timedelta(seconds=scale.seconds / STRIP_COUNT)
    return [
        scale.box(
            scale.start + int(missing[run[0]]) * step,
            scale.start + (int(missing[run[-1]]) + 1) * step,
            top,
            _PANEL_HEIGHT,
            "absent",
            "no signal",
        )
        for run in _runs(missing)
    ]


def _postures(trace: pl.DataFrame, top: float, new_posture_deg: float) -> list[Box]:
    """Name the directions in which gravity lies: A is the one kept longest, the same letter is the same posture."""
    gravity = trace.select("gravity_x_g", "gravity_y_g", "gravity_z_g").to_numpy()
    length = np.linalg.norm(gravity, axis=1)
    known = np.flatnonzero(length > 0)
    if len(known) == 0:
        return []
    strip = trace["strip"].to_numpy()[known]
    directions = gravity[known] / length[known, None]
    kinds: list[Floats] = []
    owner = np.zeros(len(known), dtype=np.int64)
    nearest = np.cos(np.radians(new_posture_deg))
    for index, direction in enumerate(directions):
        likeness = [float(kind @ direction) for kind in kinds]
        best = int(np.argmax(likeness)) if likeness else -1
        if best < 0 or likeness[best] < nearest:
            kinds.append(direction)
            best = len(kinds) - 1
        owner[index] = best
    opens = np.flatnonzero((np.diff(owner, prepend=-1) != 0) | (np.diff(strip, prepend=-2) > 1))
    closes = np.append(opens[1:], len(owner))
    stays = [
        (int(owner[first]), int(strip[first]), int(strip[last - 1]) + 1)
        for first, last in zip(opens, closes, strict=True)
        if last - first >= _LEAST_POSTURE_STRIPS
    ]
    kept = np.zeros(len(kinds), dtype=np.int64)
    for kind, first, last in stays:
        kept[kind] += last - first
    rank = {int(kind): place for place, kind in enumerate(np.argsort(-kept, kind="stable"))}
    return [
        Box(
            LEFT + first,
            top,
            last - first,
            _POSTURE_HEIGHT,
            f"posture{min(rank[kind], 5)}",
            f"posture {_letter(rank[kind])}",
            _letter(rank[kind]) if last - first >= _LEAST_LETTER_WIDTH else "",
        )
        for kind, first, last in stays
    ]


def _letter(rank: int) -> str:
    return chr(ord("A") + rank) if rank < 26 else "+"


def _title(row: Mapping[str, Any], scale: _Scale) -> str:
    sites = ", ".join(site.replace("_", " ") for site in row["body_sites"])
    # a movement of the electromyogram has no acceleration
    peak = "" if row["peak_g"] is None else f"peak {row['peak_g']:.2f} g, "
    return (
        f"{scale.words(row['onset_at'], '%H:%M:%S')} {KIND_NAMES[row['kind']]}, {row['duration_s']:.1f} s, "
        f"{peak}{sites}"
    )


def _lane(kind: str, movements: pl.DataFrame, top: float, scale: _Scale) -> Lane:
    y = top + (_LANE_HEIGHT - _MARK_HEIGHT) / 2
    rows = movements.sort("onset_at")
    marks = []
    for row in rows.iter_rows(named=True):
        first, last = scale.x(row["onset_at"]), scale.x(row["offset_at"])
        width = max(round(last - first, 1), 1.6)
        in_series = "member" if row["wasm_series_id"] is not None else "alone"
        marks.append(Box(first, y, width, _MARK_HEIGHT, in_series, _title(row, scale)))
    series = []
    spans = (
        rows.filter(pl.col("wasm_series_id").is_not_null())
        .group_by("wasm_series_id")
        .agg(pl.col("onset_at").min(), pl.col("offset_at").max(), pl.len().alias("count"))
        .sort("onset_at")
    )
    for row in spans.iter_rows(named=True):
        name = f"periodic series of {row['count']}"
        series.append(scale.box(row["onset_at"], row["offset_at"], y - 1, _MARK_HEIGHT + 2, "series", name))
    return Lane(
        kind=kind,
        name=KIND_NAMES[kind],
        y=top + _LANE_HEIGHT / 2,
        count=rows.height,
        marks=marks,
        series=series,
    )


def _warmth(legs: Sequence[LegView], top: float, scale: _Scale) -> Warmth:
    measured = {
        leg.body_site: leg.temperature.drop_nulls("temperature_c").sort("start_at")
        for leg in legs
        if leg.temperature["temperature_c"].count()
    }
    if not measured:
        return Warmth(top=top, height=_WARMTH_HEIGHT, levels=[], lines=[], names=[])
    values = np.concatenate([frame["temperature_c"].to_numpy() for frame in measured.values()])
    low, high = int(np.floor(values.min())), int(np.ceil(values.max()))
    high = max(high, low + _LEAST_WARMTH_RANGE_C)
    inner = _WARMTH_HEIGHT - 8
    lines, ends = [], []
    for site, frame in measured.items():
        thin = frame.gather_every(max(1, frame.height // STRIP_COUNT))
        x = np.array([scale.x(at) for at in thin["start_at"]])
        share = (thin["temperature_c"].to_numpy().astype(np.float64) - low) / (high - low)
        y = np.round(top + 4 + inner * (1 - share), 1)
        step = np.diff(thin["start_at"].to_physical().to_numpy(), prepend=thin["start_at"].to_physical()[0])
        # A stretch without temperature parts the line.
        strip = np.cumsum(np.where(step > 3 * max(float(np.median(step)), 1.0), 2, 1))
        lines.append(_line(x, y, strip))
        ends.append((float(y[-1]), site))
    names: list[Words] = []
    for y_end, site in sorted(ends):
        lowest = names[-1].y + _LEAST_LINE_HEIGHT if names else y_end + 4
        names.append(Words(RIGHT + 8, max(y_end + 4, lowest), site.replace("_", " "), "start"))
    levels = [
        Words(LEFT - 8, round(top + 4 + inner * share, 1), f"{value} °C", "end")
        for value, share in ((high, 0.0), (low, 1.0))
    ]
    return Warmth(top=top, height=_WARMTH_HEIGHT, levels=levels, lines=lines, names=names)


def _hours(y: float, scale: _Scale) -> tuple[list[Words], list[Words]]:
    """Return the full hours of local time, and the midnights with the day that begins there."""
    local = scale.start.astimezone(scale.zone)
    first = (local + timedelta(minutes=59, seconds=59)).replace(minute=0, second=0, microsecond=0)
    at = first.astimezone(UTC)
    hours, midnights = [], []
    while at <= scale.end:
        hours.append(Words(scale.x(at), y, scale.words(at)))
        if scale.words(at) == "00:00":
            midnights.append(Words(scale.x(at), y + 16, scale.words(at, "%a %-d %B")))
        at += timedelta(hours=1)
    return hours, midnights
