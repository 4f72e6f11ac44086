"""Spells without wear that are shorter than the window of an hour."""

import pytest

from tests.transforms.epochs.test_wear import find, hole, spans, stretch, worn

LEG_G, TABLE_G = 0.006, 0.002
"""Noise of one axis on a still leg (pulse, breath) and on a table."""


def still_leg(hours, temperature_c=None):
    return stretch(hours, sd_g=LEG_G, temperature_c=temperature_c, moving_every=360)


def table(hours, temperature_c=None):
    return stretch(hours, sd_g=TABLE_G, temperature_c=temperature_c)


def hours_off(found):
    return sum(end - start for start, end, _ in spans(found.nonwear))


@pytest.mark.parametrize("length_h", [0.5, 0.75, 1.2])
def test_half_an_hour_on_the_table_is_found_without_a_thermometer(length_h):
    found = find(worn(2), still_leg(3), table(length_h), still_leg(3), worn(2))
    assert hours_off(found) == pytest.approx(length_h, abs=0.1)
    assert spans(found.nonwear)[0][0] == pytest.approx(5, abs=0.05)


def test_a_still_leg_all_night_is_worn():
    assert find(worn(2), still_leg(9), worn(2)).nonwear.is_empty()


def test_twenty_minutes_are_not_looked_for():
    assert find(worn(2), still_leg(3), table(1 / 3), still_leg(3)).nonwear.is_empty()


def test_a_stuck_thermometer_is_no_witness():
    """It made every still spell worn for ever."""
    parts = (worn(4, 23.0), still_leg(3, 23.0), table(5, 23.0), still_leg(3, 23.0), worn(2, 23.0))
    assert hours_off(find(*parts)) == pytest.approx(5, abs=0.1)


def test_a_spell_that_grows_cold_began_when_it_was_still_warm():
    """The noise of a leg and of the table are the same here: only the temperature tells."""
    cooling = stretch(0.25, sd_g=LEG_G, temperature_c=31.0) + stretch(0.5, sd_g=LEG_G, temperature_c=22.0)
    found = find(worn(4, 32.0), still_leg(3, 32.0), worn(0.1, 32.0), cooling, worn(4, 32.0))
    ((start, end, reason),) = spans(found.nonwear)
    assert (start, end) == pytest.approx((7.1, 7.85), abs=0.05)
    assert reason == "motionless_and_cold"


def test_a_warm_table_is_quieter_than_a_leg():
    """Under the blanket, at skin temperature."""
    found = find(worn(4, 33.5), still_leg(3, 32.0), table(1, 32.0), still_leg(3, 32.0), worn(2, 32.0))
    assert hours_off(found) == pytest.approx(1, abs=0.1)
    assert not any(start < 8 and end > 7 for start, end, _ in spans(found.doubtful))


def test_a_hole_parts_two_spells():
    found = find(worn(2), still_leg(3), table(0.3), hole(0.1), table(0.3), still_leg(3))
    assert found.nonwear.is_empty()
