"""Which rows are read for a window: its margin, and never across a gap."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import at
from tests.transforms.movements.test_detection import HEADER
from transforms.movements.windows import can_be_scored, plan_slices
from transforms.parameters.movements import ANKLE_2026
from transforms.schema import CANDIDATE_WINDOW, SEGMENT

MARGIN = round(ANKLE_2026.margin_s)


def planned(segments, *windows):
    held = pl.DataFrame(segments, schema=SEGMENT, orient="row")
    spans = [(date(2026, 3, 2), at(a), at(b)) for a, b in windows]
    return plan_slices(held, pl.DataFrame(spans, schema=CANDIDATE_WINDOW, orient="row"), ANKLE_2026)


def test_a_window_is_read_with_its_margin():
    (piece,) = planned([(0, 700, 100_000, at(0), at(2000), 50.0)], (600, 900))
    assert (piece.first_row, piece.row_count) == (700 + 50 * (600 - MARGIN), 50 * (300 + 2 * MARGIN))
    assert piece.rate_hz == pytest.approx(50)
    assert piece.core_end_us - piece.core_start_us == 300_000_000


def test_a_margin_never_crosses_a_gap():
    one, other = (0, 0, 32_500, at(0), at(650), 50.0), (1, 32_500, 50_000, at(700), at(1700), 50.0)
    first, second = planned([one, other], (600, 900))
    assert first.first_row + first.row_count == second.first_row == 32_500


def test_nothing_is_read_without_a_window_or_from_a_scrap():
    scrap = (0, 0, 200, at(0), at(ANKLE_2026.min_segment_s - 1), 50.0)
    assert planned([scrap], (0, 900)) == planned([(0, 0, 50_000, at(0), at(1000), 50.0)]) == []


@pytest.mark.parametrize(("below_hz", "is_enough"), [(0.0, True), (0.01, False)])
def test_the_least_rate_is_enough(below_hz, is_enough):
    header = replace(HEADER, sampling_rate_hz=ANKLE_2026.min_rate_hz - below_hz)
    assert can_be_scored(header, ANKLE_2026) == is_enough
