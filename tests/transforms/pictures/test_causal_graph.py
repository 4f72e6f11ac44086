"""The causal graph drawn: every arrow points to the right, and colours say what a question adjusts for."""

import pytest

from transforms.pictures.causal_graph import BOX_HEIGHT, BOX_WIDTH, causal_chart, causal_picture
from transforms.pictures.charts import NARROW, WIDE
from transforms.statistics.association import PRIMARY
from transforms.statistics.causal_graph import EDGES, JUMPS, Edge, adjustment_set, concept_of


@pytest.mark.parametrize("exposure", PRIMARY)
def test_every_arrow_is_drawn_once_and_points_to_the_right(exposure):
    picture = causal_picture(exposure)
    assert [(one["cause"], one["effect"]) for one in picture["arrows"]] == [
        (one.cause, one.effect) for one in EDGES
    ]
    assert all(one["x1"] < one["x2"] and one["reason"] for one in picture["arrows"])


@pytest.mark.parametrize("exposure", PRIMARY)
def test_boxes_say_what_the_question_adjusts_for(exposure):
    roles = {box["name"]: box["role"] for box in causal_picture(exposure)["boxes"]}
    assert [name for name, role in roles.items() if role == "exposure"] == [concept_of(exposure)]
    assert {name for name, role in roles.items() if role == "adjusted"} == set(adjustment_set(exposure))
    assert roles[JUMPS] == "outcome"
    asked = [one for one in causal_picture(exposure)["arrows"] if one["role"] == "asked"]
    assert [(one["cause"], one["effect"]) for one in asked] == [(concept_of(exposure), JUMPS)]


def test_no_box_lies_on_another_and_all_lie_in_the_picture():
    picture = causal_picture("caffeine_mg")
    boxes = [(box["x"], box["y"]) for box in picture["boxes"]]
    for n, (x, y) in enumerate(boxes):
        assert 0 <= x <= picture["width"] - BOX_WIDTH and 0 <= y <= picture["height"] - BOX_HEIGHT
        assert all(abs(x - a) >= BOX_WIDTH or abs(y - b) >= BOX_HEIGHT for a, b in boxes[:n])
    assert max(boxes)[0] == next(box["x"] for box in picture["boxes"] if box["name"] == JUMPS)


@pytest.mark.parametrize("exposure", PRIMARY)
def test_the_chart_draws_every_box_and_arrow_and_says_what_is_adjusted_for(exposure):
    chart, picture = causal_chart(exposure), causal_picture(exposure)
    assert picture["width"] <= WIDE and f'width="{NARROW}"' in chart.narrow
    assert chart.wide.count("<rect") == chart.narrow.count("<rect") == len(picture["boxes"])
    assert chart.wide.count('fill="none"') == len(EDGES)
    said = chart.alt.split("adjusted for ")[1].split(";")[0].rstrip(".").split(", ")
    assert {name.replace(" ", "_") for name in said} == set(adjustment_set(exposure))


def test_arrows_in_a_circle_are_refused():
    circle = (Edge("caffeine", "stress", "x"), Edge("stress", "caffeine", "y"), Edge("caffeine", JUMPS, "z"))
    with pytest.raises(ValueError, match="circle"):
        causal_picture("caffeine_mg", circle)
