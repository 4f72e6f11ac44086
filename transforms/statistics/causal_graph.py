"""What is thought to cause what, drawn before any data are seen; what a question adjusts for follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from transforms.schema import CAUSAL_EDGE, NUTRIENTS

JUMPS = "leg_jumps"


@dataclass(frozen=True)
class Edge:
    """One arrow: ``cause`` changes ``effect``, and why that is thought."""

    cause: str
    effect: str
    reason: str


EDGES = (
    Edge("caffeine", JUMPS, "the question; caffeine blocks adenosine"),
    Edge("exercise", JUMPS, "the question"),
    Edge("stress", JUMPS, "the question"),
    Edge("nutrients", JUMPS, "the question; magnesium, iron"),
    Edge("sleep_debt", JUMPS, "pressure of sleep deepens sleep"),
    Edge("stress", "caffeine", "more coffee on a day with stress"),
    Edge("sleep_debt", "caffeine", "more coffee after a short night"),
    Edge("sleep_debt", "stress", "a short night makes the day harder"),
    Edge("sleep_debt", "exercise", "less exercise after a short night"),
    Edge("weekday", "caffeine", "work and leisure"),
    Edge("weekday", "exercise", "work and leisure"),
    Edge("weekday", "stress", "work and leisure"),
    Edge("weekday", "nutrients", "meals at home and out"),
    Edge("weekday", "sleep_debt", "late nights and lie-ins"),
    Edge("weekday", JUMPS, "alcohol and late nights, which no diary tells"),
    Edge("season", "exercise", "daylight and weather"),
    Edge("season", JUMPS, "temperature of the room"),
    Edge("night_order", JUMPS, "getting used to the device: the first night"),
    Edge("night_order", "stress", "getting used to being asked"),
    Edge("age", "caffeine", "habits of a generation"),
    Edge("age", "exercise", "habits of a generation"),
    Edge("age", "stress", "work and family"),
    Edge("age", "nutrients", "habits of a generation"),
    Edge("age", JUMPS, "periodic movements rise with age"),
    Edge("sex", "caffeine", "half-life, and habits"),
    Edge("sex", "nutrients", "body size"),
    Edge("sex", "stress", "ratings differ"),
    Edge("sex", JUMPS, "restless legs are more frequent in women"),
    Edge("pregnancy", "caffeine", "advice, and a longer half-life"),
    Edge("pregnancy", "nutrients", "supplements"),
    Edge("pregnancy", JUMPS, "restless legs of pregnancy"),
    Edge("smoking", "caffeine", "half-life is halved"),
    Edge("smoking", JUMPS, "nicotine"),
    Edge("dopaminergic", JUMPS, "treatment of restless legs"),
    Edge("benzodiazepine", JUMPS, "treatment of restless legs and of sleep"),
    Edge("benzodiazepine", "stress", "calms"),
    Edge("antidepressant", JUMPS, "most raise periodic movements"),
    Edge("antidepressant", "stress", "treatment of low mood"),
    Edge("antihistamine", JUMPS, "those that enter the brain worsen restless legs"),
    Edge("iron_supplement", "nutrients", "part of the intake"),
    Edge("iron_supplement", JUMPS, "treatment of restless legs"),
    Edge("legs_measured", JUMPS, "what is counted: one leg sees half of what alternates between two"),
    Edge(
        "device",
        JUMPS,
        "what is counted: models and sampling rates differ in the smallest movement that they see",
    ),
    Edge("movement_source", JUMPS, "what is counted: a muscle and an ankle differ in scale"),
)
"""Arrows of one day and the night after it. A rating of stress stands for the whole day: no arrow joins it and exercise."""


def causal_edges() -> pl.DataFrame:
    """Return CAUSAL_EDGE: the arrows as rows, for whoever draws or doubts them."""
    rows = [{"cause": edge.cause, "effect": edge.effect, "reason": edge.reason} for edge in EDGES]
    return pl.DataFrame(rows, schema=CAUSAL_EDGE)


CONCEPT_OF = {
    "caffeine_mg": "caffeine",
    "caffeine_after_14h_mg": "caffeine",
    "caffeine_at_lights_off_mg": "caffeine",
    "exercise_met_min": "exercise",
    "vigorous_min": "exercise",
    "exercise_end_to_lights_off_h": "exercise",
    "stress_score": "stress",
    "stress_z": "stress",
    **{column: "nutrients" for one in NUTRIENTS for column in (one.column, one.rda_ratio)},
    "sleep_debt_h": "sleep_debt",
}
"""The concept of each exposure; columns of one concept never adjust for each other."""

EXPOSURE_CONCEPTS = ("caffeine", "exercise", "stress", "nutrients")


def base_name(exposure: str) -> str:
    """Return the exposure of the same day: without lag or lead."""
    head, _, tail = exposure.partition("_")
    return tail if head[:-1] in {"lag", "lead"} and head[-1:].isdigit() else exposure


def concept_of(exposure: str) -> str | None:
    """Return what an exposure's column is about, of any day; None for one outside of the graph."""
    return CONCEPT_OF.get(base_name(exposure))


def adjustment_set(exposure: str, edges: Iterable[Edge] = EDGES) -> tuple[str, ...]:
    """Return the concepts that a model of the total effect of ``exposure`` on leg jumps adjusts for.

    The disjunctive cause criterion: every known cause of the exposure or of the outcome, and nothing that the
    exposure itself changes. Where any set of the causes removes confounding, this one does, without needing the
    arrows among them. Of an exposure outside of the graph all causes of leg jumps are taken.

    Source: VanderWeele 2019, doi:10.1007/s10654-019-00494-6.
    """
    return _adjustment_set(exposure, tuple(edges))


@lru_cache(maxsize=256)
def _adjustment_set(exposure: str, edges: tuple[Edge, ...]) -> tuple[str, ...]:
    # a study asks a hundred questions of one graph, each of them about every covariate
    own = concept_of(exposure)
    changed = _reached(own, {(edge.cause, edge.effect) for edge in edges}) if own else set()
    back = {(edge.effect, edge.cause) for edge in edges}
    causes = _reached(JUMPS, back) | (_reached(own, back) if own else set())
    concepts = dict.fromkeys(name for edge in edges for name in (edge.cause, edge.effect))
    return tuple(name for name in concepts if name in causes - changed - {own, JUMPS})


def _reached(start: str, arrows: set[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        new = {head for tail, head in arrows if tail == here} - found
        found |= new
        waiting.extend(new)
    return found
