"""The page of one participant's nights: what is drawn agrees with the tables, and nothing in it is taken for HTML."""

import re
from datetime import date

import pytest

from flows.pages import render
from flows.person.page import person_page
from tests.transforms.pictures.test_night import drawn, leg, movement, warmth

DRAWN = (
    movement(10, "hypnic_jerk"),
    movement(60, series="s1"),
    movement(61, series="s1"),
    movement(300, "gross_movement"),
)


def page(picture=None, participant_id="P1", words=("28 jerks (3.54 per analysed hour)",), **changes):
    night = {
        "date": date(2026, 3, 2),
        "is_in": True,
        "verdict": "in",
        "words": list(words),
        "picture": drawn(*DRAWN) if picture is None else picture,
    } | changes
    return render(
        "nights.html.j2",
        participant_id=participant_id,
        made_of="0",
        is_whole=True,
        summary=None,
        in_count=1,
        associations=[],
        trial=None,
        nights=[night],
    )


def lanes(text):
    """Marks and told count of each lane."""
    found = {}
    for kind, lane in re.findall(r'<g class="lane (\w+)[^"]*">(.*?)</g>', text, flags=re.DOTALL):
        told = re.search(r'<text class="count"[^>]*>(\d+)</text>', lane)
        assert told is not None
        found[kind] = len(re.findall(r'class="event (?:alone|member)"', lane)), int(told.group(1))
    return found


def test_the_legend_counts_what_is_drawn():
    assert lanes(page()) == {
        "hypnic_jerk": (1, 1),
        "twitch": (0, 0),
        "leg_movement": (2, 2),
        "gross_movement": (1, 1),
        "rhythmic_movement": (0, 0),
        "foot_tremor": (0, 0),
    }


def test_the_page_says_what_it_is_and_needs_no_network():
    text = page()
    assert "research indices" in text
    assert "28 jerks (3.54 per analysed hour)" in text
    assert not re.search(r"(?:src|href)=|https?://|<script|@import|url\((?!#)", text)


def test_what_a_study_calls_a_participant_is_text():
    text = page(participant_id='<b>"&', words=["<i>caffeine</i>"])
    assert "<b>&" not in text and '<b>"' not in text
    assert "<i>caffeine" not in text
    assert "&lt;b&gt;&#34;&amp;" in text


def test_temperature_that_was_not_measured_is_told():
    assert "not measured" in page()
    told = page(drawn(legs=[leg(temperature=warmth(31.0, 32.0))]))
    assert "not measured" not in told
    assert told.count('<path class="warmth"') == 1


def test_a_night_out_has_its_reason_and_no_picture():
    text = page(picture=False, is_in=False, verdict="out: no_leg_recording")
    assert "out: no_leg_recording" in text
    assert "No picture" in text
    assert "<g class=" not in text


def test_a_night_without_movements_is_drawn():
    assert set(lanes(page(drawn())).values()) == {(0, 0)}


@pytest.mark.parametrize("name", ["P/1", "..", "a b"])
def test_a_page_lies_in_its_folder(name, tmp_path):
    assert person_page(tmp_path, name).parent == tmp_path / "review"
