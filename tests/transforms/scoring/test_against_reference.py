"""The fast scoring against the plain loops of reference.py, on random nights full of ties and exact bounds.

LEGJUMPS_SCORING_NIGHTS sets the number of random nights of the seeded test (default a few thousand).
"""

import os
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.transforms.scoring import reference
from tests.transforms.scoring.nights import EVENT, INTERVAL, START
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.schema import SIGNAL_BREAK
from transforms.scoring.standard import score_legs

RULES = {
    "wasm": WASM_2016,
    "aasm": AASM_2023,
    "wasm, short interval may not start": replace(WASM_2016, can_short_interval_start=False),
    "wasm, short interval skipped": replace(WASM_2016, short_interval="skip"),
    "aasm, short interval skipped": replace(AASM_2023, short_interval="skip"),
    "wasm, below 90 s": replace(WASM_2016, is_max_interval_included=False),
    "aasm, any part near respiration": replace(AASM_2023, respiratory_part="any"),
    "wasm, in sleep": replace(WASM_2016, is_sleep_only=True, is_respiratory_excluded=True),
}
SIDES = ("left", "right", "both", "other")
TICK_US = 100_000  # a coarse grid, so that exact 0.5, 5, 10, 15 and 90 s are common
STEPS = (0, 1, 4, 5, 6, 10, 14, 20, 45, 49, 50, 51, 70, 99, 100, 101, 200, 300, 899, 900, 901, 2000)
LENGTHS = (0, 1, 4, 5, 6, 7, 10, 20, 60, 90, 99, 100, 101, 145, 150, 151)


def compare(nights, rules):
    """Score all nights at once, in shuffled order, and each by the reference."""
    rows, near, awake, gaps = [], [], [], []
    for number, night in enumerate(nights):
        key = {
            "participant_id": f"P{number // 7}",
            "night_date": date(2026, 1, 1) + timedelta(days=number % 7),
        }
        # nights of one person follow each other at random distance, also overlapping in UTC across persons
        base = START + timedelta(days=number % 7, seconds=(number * 37) % 3600)
        moment = lambda us, base=base: base + timedelta(microseconds=us)  # noqa: E731
        rows += [
            {**key, "onset_at": moment(leg["onset"]), "offset_at": moment(leg["offset"])}
            | {"side": leg["side"], "is_sleep": leg["sleep"]}
            for leg in night["events"]
        ]
        near += [{**key, "onset_at": moment(a), "offset_at": moment(b)} for a, b in night["respiratory"]]
        awake += [{**key, "onset_at": moment(a), "offset_at": moment(b)} for a, b in night["arousals"]]
        gaps += [{**key, "started_at": moment(a), "ended_at": moment(b)} for a, b in night["breaks"]]
        night["key"], night["base"] = tuple(key.values()), base
    scored = score_legs(
        pl.DataFrame(rows, schema=EVENT).sample(fraction=1.0, shuffle=True, seed=3),
        pl.DataFrame(gaps, schema=SIGNAL_BREAK),
        rules,
        respiratory=pl.DataFrame(near, schema=INTERVAL),
        arousals=pl.DataFrame(awake, schema=INTERVAL),
    )
    found = scored.partition_by("participant_id", "night_date", as_dict=True)
    for night in nights:
        expected = reference.score(
            night["events"], night["respiratory"], night["arousals"], night["breaks"], rules
        )
        frame = found.get(night["key"])
        assert (0 if frame is None else frame.height) == len(expected), night
        if frame is None:
            continue
        for row, wanted in zip(frame.iter_rows(named=True), expected, strict=True):
            told = {
                "onset": row["onset_at"] - night["base"],
                "offset": row["offset_at"] - night["base"],
                "side": row["side"],
                "members": row["member_count"],
                "clm": row["is_clm"],
                "sleep": row["is_sleep"],
                "respiratory": row["is_respiratory"],
                "arousal": row["is_arousal"],
                "interval": None if row["imi_s"] is None else round(row["imi_s"] * 1_000_000),
                "series": row["series_number"],
                "series_without": row["series_number_without_respiratory"],
            }
            for edge in ("onset", "offset"):
                told[edge] = told[edge] // timedelta(microseconds=1)
            assert told == wanted, night


def random_nights(count, seed):
    rng = np.random.default_rng(seed)
    nights = []
    for _ in range(count):
        size = int(rng.integers(0, 25))
        style = rng.choice(["ticks", "periodic", "dense"])
        if style == "ticks":
            gaps = rng.choice(STEPS, size) * TICK_US
        elif style == "periodic":
            gaps = rng.choice([90, 100, 200, 250, 300, 900], size) * TICK_US + rng.integers(-1, 2, size)
        else:
            gaps = rng.integers(0, 8, size) * 5 * TICK_US
        onset = np.cumsum(gaps)
        length = rng.choice(LENGTHS, size, p=[0.3 / 6] * 6 + [0.6 / 4] * 4 + [0.1 / 6] * 6) * TICK_US
        side = rng.choice(SIDES, size, p=[0.45, 0.45, 0.05, 0.05])
        sleep = rng.random(size) < rng.choice([0.2, 0.9, 1.0])
        legs = [
            {"onset": int(a), "offset": int(a + b), "side": str(c), "sleep": bool(d)}
            for a, b, c, d in zip(onset, length, side, sleep, strict=True)
        ]
        end = int(onset[-1]) if size else TICK_US
        spans = {"respiratory": 4, "arousals": 4, "breaks": 2}
        night = {"events": legs}
        for name, most in spans.items():
            starts = rng.integers(-50, end // TICK_US + 60, int(rng.integers(0, most))) * TICK_US
            night[name] = [(int(a), int(a + rng.integers(0, 150) * TICK_US)) for a in starts]
        nights.append(night)
    return nights


leg = st.builds(
    lambda gap, length, side, sleep: (gap, length, side, sleep),
    st.sampled_from(STEPS),
    st.sampled_from(LENGTHS),
    st.sampled_from(SIDES),
    st.booleans(),
)
span = st.tuples(st.integers(-50, 4000), st.sampled_from(LENGTHS))


@st.composite
def night(draw):
    onset, legs = 0, []
    for gap, length, side, sleep in draw(st.lists(leg, max_size=14)):
        onset += gap * TICK_US
        legs.append({"onset": onset, "offset": onset + length * TICK_US, "side": side, "sleep": sleep})
    spans = lambda: [(a * TICK_US, (a + b) * TICK_US) for a, b in draw(st.lists(span, max_size=3))]  # noqa: E731
    return {"events": legs, "respiratory": spans(), "arousals": spans(), "breaks": spans()}


@pytest.mark.parametrize("name", RULES)
@given(nights=st.lists(night(), min_size=1, max_size=4))
@example(nights=[{"events": [], "respiratory": [(0, 1)], "arousals": [(0, 1)], "breaks": [(0, 1)]}])
def test_fast_and_plain_agree_on_written_corners(name, nights):
    compare(nights, RULES[name])


@pytest.mark.parametrize("name", RULES)
def test_fast_and_plain_agree_on_random_nights(name):
    count = int(os.environ.get("LEGJUMPS_SCORING_NIGHTS", "400"))
    for seed in range(0, count, 1000):
        compare(random_nights(min(1000, count - seed), seed), RULES[name])
