"""What each question adjusts for follows from the arrows; tested against sets written down by hand."""

from graphlib import TopologicalSorter

import pytest

from transforms.parameters.association import DECLARED_ASSOCIATIONS
from transforms.statistics.causal_graph import EDGES, JUMPS, Edge, adjustment_set, base_name, concept_of
from transforms.statistics.design import COVARIATES


def test_nothing_causes_itself():
    arrows: dict[str, set[str]] = {}
    for edge in EDGES:
        arrows.setdefault(edge.effect, set()).add(edge.cause)
    assert list(TopologicalSorter(arrows).static_order())[-1] == JUMPS
    assert len({(edge.cause, edge.effect) for edge in EDGES}) == len(EDGES)


@pytest.mark.parametrize(
    ("exposure", "inside", "outside"),
    [
        ("caffeine_mg", {"stress", "exercise", "nutrients", "sleep_debt", "antidepressant"}, {"caffeine"}),
        # coffee lies on the way from stress to the legs: adjusting for it would hide that way
        ("stress_score", {"exercise", "nutrients", "sleep_debt", "weekday"}, {"caffeine", "stress"}),
        ("exercise_met_min", {"stress", "caffeine", "season"}, {"exercise"}),
        ("magnesium_mg", {"stress", "caffeine", "iron_supplement", "pregnancy"}, {"nutrients"}),
        ("sleep_debt_h", {"weekday", "age"}, {"stress", "caffeine", "exercise", "sleep_debt"}),
        ("lag1_caffeine_mg", {"stress"}, {"caffeine"}),
    ],
)
def test_sets(exposure, inside, outside):
    found = set(adjustment_set(exposure))
    assert inside <= found and not outside & found
    always = {"age", "sex", "smoking", "pregnancy", "legs_measured", "season", "night_order", "antihistamine"}
    assert always <= found


def test_a_common_effect_is_never_adjusted_for():
    edges = (Edge("a", JUMPS, ""), Edge("caffeine", JUMPS, ""), Edge("a", "b", ""), Edge("caffeine", "b", ""))
    assert adjustment_set("caffeine_mg", edges) == ("a",)


def test_every_concept_has_columns_and_every_exposure_a_concept():
    concepts = {edge.cause for edge in EDGES}
    assert {covariate.concept for covariate in COVARIATES.values()} == concepts
    assert all(concept_of(name) for name in vars(DECLARED_ASSOCIATIONS.step))


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("lag1_caffeine_mg", "caffeine_mg"),
        ("lead1_stress_score", "stress_score"),
        ("calcium_mg", "calcium_mg"),
    ],
)
def test_base_name(name, base):
    assert base_name(name) == base
