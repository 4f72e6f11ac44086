"""What the questions adjust for, drawn: the declared causal graph as each of the four questions sees it."""

import polars as pl

from flows.release.parts import Figure, Table
from transforms.pictures.causal_graph import causal_chart
from transforms.pictures.titles import title
from transforms.statistics.causal_graph import Edge, concept_of


def figures(edges: pl.DataFrame, confounders: pl.DataFrame, exposures: list[str]) -> list[Figure]:
    """Draw the graph once for each of ``exposures``, the first open; behind it the reasons of its arrows.

    Args:
        edges: ``causal_edge``.
        confounders: ``confounder``, its columns as text.
        exposures: Columns of ``exposure_night`` that are asked about.
    """
    graph = [Edge(**row) for row in edges.iter_rows(named=True)]
    drawn: list[Figure] = []
    for exposure in exposures:
        own = concept_of(exposure)
        chart = causal_chart(exposure, graph)
        measured = dict(confounders.filter(exposure=exposure).select("concept", "column_names").iter_rows())
        rows = [
            [
                _words(edge.cause),
                f"changes {_words(edge.effect)}: {edge.reason}",
                measured.get(edge.cause) or _not_adjusted(edge.cause, own),
            ]
            for edge in sorted(
                graph, key=lambda edge: (edge.cause != own, edge.cause not in measured, edge.cause)
            )
        ]
        head = ("what", "what it is thought to do, and why", "adjusted for by the columns")
        drawn.append(
            Figure(
                f"What the question of {title(exposure).lower()} adjusts for",
                chart,
                Table(f"Arrows of the graph, {title(exposure).lower()}", head, rows, 3),
                f"{chart.alt} Drawn before any data were seen; an arrow that is missing here is what to doubt.",
                is_folded=bool(drawn),
            )
        )
    return drawn


def _words(concept: str) -> str:
    return concept.replace("_", " ")


def _not_adjusted(concept: str, own: str | None) -> str:
    return "the question" if concept == own else "not adjusted for: the exposure changes it"
