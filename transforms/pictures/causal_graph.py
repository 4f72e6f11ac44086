"""The declared causal graph as boxes and arrows from left to right: where everything goes, for a page to draw."""

from collections.abc import Mapping, Sequence
from typing import Any

from transforms.statistics.causal_graph import EDGES, JUMPS, Edge, adjustment_set, concept_of

BOX_WIDTH = 132
BOX_HEIGHT = 26
COLUMN_GAP = 88
ROW_GAP = 14
MARGIN = 12


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
        for row, name in enumerate(names):
            y = MARGIN + round(step * (row + 0.5) - BOX_HEIGHT / 2)
            places[name] = (MARGIN + column * (BOX_WIDTH + COLUMN_GAP), y)
    return places
