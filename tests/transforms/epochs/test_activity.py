"""Sensed activity by the cut-points."""

from datetime import UTC, datetime, timedelta
from math import isnan

import polars as pl
import pytest

from transforms.epochs.activity import activity_spans
from transforms.parameters.exposures import HILDEBRAND_2014_ADULTS
from transforms.schema import ACTIVITY_SPAN, EPOCH


def epochs(site, values, worn=True):
    begin = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    return pl.DataFrame(
        [
            {"participant_id": "P1", "recording_id": "r", "body_site": site, "start_at": begin + timedelta(seconds=5 * n),
             "sample_count": 250, "enmo_mg": value, "is_worn": worn}
            for n, value in enumerate(values)
        ],
        schema=EPOCH,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("site", "values", "moderate", "vigorous"),
    [
        ("left_wrist", [100.5, 100.7, 428.7, 428.9, None, float("nan")], 2, 1),
        ("hip", [69.0, 69.2, 258.6, 258.8], 2, 1),
    ],
)
def test_minutes_by_cut_points(site, values, moderate, vigorous):
    row = activity_spans(epochs(site, values), HILDEBRAND_2014_ADULTS).row(0, named=True)
    assert row["moderate_min"] == pytest.approx(moderate / 12)
    assert row["vigorous_min"] == pytest.approx(vigorous / 12)
    assert row["worn_min"] == pytest.approx(sum(v is not None and not isnan(v) for v in values) / 12)


def test_spans_of_five_minutes_and_only_what_was_worn():
    spans = activity_spans(epochs("right_wrist", [200.0] * 61), HILDEBRAND_2014_ADULTS)
    assert spans["moderate_min"].to_list() == [pytest.approx(5), pytest.approx(1 / 12)]
    off = activity_spans(epochs("right_wrist", [200.0] * 12, worn=False), HILDEBRAND_2014_ADULTS)
    assert off.select("worn_min", "moderate_min").rows() == [(0.0, 0.0)]


def test_legs_have_no_cut_points():
    spans = activity_spans(epochs("left_ankle", [900.0]), HILDEBRAND_2014_ADULTS)
    assert spans.is_empty()
    assert spans.schema == ACTIVITY_SPAN
