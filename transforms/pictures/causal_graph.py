"""The declared causal graph as boxes and arrows from left to right: where everything goes, and drawn for a page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from transforms.pictures.charts import FONT, INK, LINE, NARROW, QUIET, SERIES_COLOURS, Chart
from transforms.statistics.causal_graph import EDGES, JUMPS, Edge, adjustment_set, concept_of

BOX_WIDTH = 108
BOX_HEIGHT = 24
COLUMN_GAP = 41
ROW_GAP = 7
MARGIN = 8
_STROKES = {"asked": (SERIES_COLOURS[1], 2.4), "adjusted": (SERIES_COLOURS[0], 0.9), "other": (LINE, 0.9)}
_BOXES = {
    "exposure": (SERIES_COLOURS[1], 2.0),
    "outcome": (SERIES_COLOURS[1], 2.0),
    "adjusted": (SERIES_COLOURS[0], 1.2),
    "other": (LINE, 1.0),
}


def causal_picture(exposure: str, edges: Sequence[Edge] = EDGES) -> dict[str, Any]:
    """Place the concepts of the graph and its arrows, as the question of ``exposure`` (a column) sees them.

    Each arrow points to the right. ``role`` of a box is ``exposure``, ``outcome``, ``adjusted`` (what the joint model of
    that question adjusts for) or ``other``; an arrow is ``asked`` where it joins exposure and outcome, ``adjusted`` where
    it begins at what is adjusted for, and ``other``.
    """
    own, adjusted = concept_of(exposure), set(adjustment_set(exposure, edges))
    column_of = _columns(edges)
    places = _places(edges, column_of)
    roles = {
        name: "exposure"
        if name == own
        else "outcome"
        if name == JUMPS
        else "adjusted"
        if name in adjusted
        else "other"
        for name in places
    }
    last_x, last_y = (max(place[axis] for place in places.values()) for axis in (0, 1))
    return {
        "width": last_x + BOX_WIDTH + MARGIN,
        "height": last_y + BOX_HEIGHT + MARGIN,
        "label": f"What is thought to cause what, as the question of {exposure} sees it",
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "boxes": [
            {"name": name, "text": name.replace("_", " "), "x": x, "y": y, "role": roles[name]}
            for name, (x, y) in places.items()
        ],
        "arrows": [
            {
                "cause": edge.cause,
                "effect": edge.effect,
                "reason": edge.reason,
                "role": "asked"
                if (edge.cause, edge.effect) == (own, JUMPS)
                else "adjusted"
                if edge.cause in adjusted
                else "other",
                "x1": places[edge.cause][0] + BOX_WIDTH,
                "y1": places[edge.cause][1] + BOX_HEIGHT // 2,
                "x2": places[edge.effect][0],
                "y2": places[edge.effect][1] + BOX_HEIGHT // 2,
            }
            for edge in edges
        ],
    }


def _columns(edges: Sequence[Edge]) -> dict[str, int]:
    """Return how many arrows the longest way to each concept has; the outcome stands last, alone.

    Raises ValueError where the arrows run in a circle: then nothing is the cause of anything.
    """
    names = dict.fromkeys(name for edge in edges for name in (edge.cause, edge.effect))
    column = dict.fromkeys(names, 0)
    for _ in names:
        before = dict(column)
        for edge in edges:
            column[edge.effect] = max(column[edge.effect], column[edge.cause] + 1)
        if column == before:
            return column
    raise ValueError("the arrows of the causal graph run in a circle")


def _places(edges: Sequence[Edge], column_of: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return the upper left corner of each box: its column by causes before it, in it by where its arrows go."""
    columns: dict[int, list[str]] = {}
    for name, column in column_of.items():
        columns.setdefault(column, []).append(name)
    most = max(map(len, columns.values()))
    height = most * (BOX_HEIGHT + ROW_GAP)
    places: dict[str, tuple[int, int]] = {}
    for column in sorted(columns, reverse=True):

        def pull(name: str) -> float:
            to = [places[edge.effect][1] for edge in edges if edge.cause == name and edge.effect in places]
            return sum(to) / len(to) if to else 0.0

        names = sorted(columns[column], key=pull)
        step = height / len(names)
        # in turn below and above the middle: an arrow that passes a column then passes between its boxes
        shift = (0.2 if column % 2 else -0.2) if 0 < column < max(columns) else 0.0
        for row, name in enumerate(names):
            y = MARGIN + round(step * (row + 0.5 + shift) - BOX_HEIGHT / 2)
            places[name] = (MARGIN + column * (BOX_WIDTH + COLUMN_GAP), y)
    return places


def causal_chart(exposure: str, edges: Sequence[Edge] = EDGES) -> Chart:
    """Draw the graph as the question of ``exposure`` sees it; what is narrow lists in place of the arrows.

    A page has the arrows as rows behind it: what an arrow stands for no picture can say.
    """
    picture = causal_picture(exposure, edges)
    names = {role: [box["text"] for box in picture["boxes"] if box["role"] == role] for role in _BOXES}
    alt = (
        f"{names['exposure'][0]} to leg jumps, adjusted for {', '.join(names['adjusted'])}"
        + (f"; not for {', '.join(names['other'])}" if names["other"] else "")
        + "."
    )
    alt = alt[0].upper() + alt[1:]
    # the question's own arrow is drawn last, over all others
    arrows = sorted(picture["arrows"], key=lambda one: list(_STROKES).index(one["role"]), reverse=True)
    drawn = [*map(_arrow, arrows), *map(_box, picture["boxes"])]
    return Chart(_svg(picture["width"], picture["height"], alt, "wide", drawn), _narrow(names, alt), alt)


def _svg(width: int, height: int, alt: str, kind: str, drawn: Iterable[str]) -> str:
    return (
        f'<svg class="chart {kind}" role="img" aria-label="{escape(alt)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONT}" font-size="12.5">{"".join(drawn)}</svg>'
    )


def _arrow(arrow: Mapping[str, Any]) -> str:
    x1, y1, x2, y2, role = (arrow[name] for name in ("x1", "y1", "x2", "y2", "role"))
    colour, width = _STROKES[role]
    bend = min((x2 - x1) // 2, 2 * COLUMN_GAP)
    # every arrow ends level: its head needs no turning
    return (
        f'<path d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" fill="none" stroke="{colour}" '
        f'stroke-width="{width}"/><path d="M{x2 - 7} {y2 - 3.5}L{x2} {y2}L{x2 - 7} {y2 + 3.5}z" fill="{colour}"/>'
    )


def _box(box: Mapping[str, Any], width: int = BOX_WIDTH) -> str:
    x, y = box["x"], box["y"]
    colour, stroke = _BOXES[box["role"]]
    ink = QUIET if box["role"] == "other" else INK
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{BOX_HEIGHT}" rx="5" fill="var(--card)" stroke="{colour}" '
        f'stroke-width="{stroke}"/><text x="{x + width // 2}" y="{y + BOX_HEIGHT // 2}" text-anchor="middle" '
        f'dominant-baseline="central" fill="{ink}">{escape(box["text"])}</text>'
    )


def _narrow(names: Mapping[str, Sequence[str]], alt: str) -> str:
    """Draw exposure and outcome, and below them what the question adjusts for, two boxes a row."""
    width = (NARROW - 3 * MARGIN) // 2
    left, right = MARGIN, NARROW - MARGIN - width
    end, middle = NARROW - MARGIN - BOX_WIDTH, MARGIN + BOX_HEIGHT // 2
    asked = {"x1": left + BOX_WIDTH, "y1": middle, "x2": end, "y2": middle, "role": "asked"}
    drawn = [
        _arrow(asked),
        _box({"x": left, "y": MARGIN, "text": names["exposure"][0], "role": "exposure"}),
        _box({"x": end, "y": MARGIN, "text": names["outcome"][0], "role": "outcome"}),
    ]
    y = MARGIN + BOX_HEIGHT + 22
    for words, role in (("adjusted for", "adjusted"), ("not adjusted for: it changes these", "other")):
        if not names[role]:
            continue
        drawn.append(f'<text x="{left}" y="{y}" fill="{QUIET}">{words}</text>')
        y += 10
        for place, text in enumerate(names[role]):
            row = y + place // 2 * (BOX_HEIGHT + ROW_GAP)
            drawn.append(_box({"x": (left, right)[place % 2], "y": row, "text": text, "role": role}, width))
        y += (len(names[role]) + 1) // 2 * (BOX_HEIGHT + ROW_GAP) + 16
    return _svg(NARROW, y, alt, "narrow", drawn)
