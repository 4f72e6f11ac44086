"""One stylesheet: whatever a page or a chart colours by name has that colour, in light and in dark."""

import re

from flows.pages import TEMPLATES
from transforms.pictures import charts

SHEET = (TEMPLATES / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)[:2]


def named(text: str) -> set[str]:
    return set(re.findall(r"(--[a-z0-9-]+):", text))


def test_every_colour_that_is_used_by_name_is_defined():
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*")]
    used = {
        name
        for text in [*texts, *charts.SERIES_COLOURS]
        for name in re.findall(r"var\((--[a-z0-9-]+)\)", text)
    }
    own = {name for text in texts for name in named(text)}
    assert {f"--series-{number + 1}" for number in range(len(charts.SHAPES))} <= used
    assert used - own == set()
    assert set(re.findall(r"--series-[0-9]", str(charts.SERIES_COLOURS))) <= named(LIGHT)


def test_every_colour_of_daylight_has_one_for_the_night():
    assert named(LIGHT) == named(DARK)
