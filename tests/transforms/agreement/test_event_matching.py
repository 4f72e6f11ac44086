"""Matching of events against every possible matching, and the estimate of the clocks' offset."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.agreement.event_matching import clock_offset, match_events
from transforms.parameters.agreement import SCORER_AGREEMENT

S = 1_000_000


def rows(*pairs):
    return np.array([(round(a * S), round(b * S)) for a, b in pairs], dtype=np.int64).reshape(-1, 2)


@pytest.mark.parametrize(
    ("one", "other", "pairs"),
    [
        ([(0, 1)], [(0, 1)], [[0, 0]]),
        ([(0, 1)], [(1, 2)], []),  # [0, 1) and [1, 2) share nothing
        ([(0, 10)], [(8, 18)], []),  # 2 of 18
        ([(0, 10)], [(0, 2)], [[0, 0]]),  # exactly 0.2
        ([(0, 10)], [(0, 1.999)], []),
        ([(0, 10)], [(0, 3), (4, 8)], [[0, 0]]),  # one to one
        ([(0, 3), (4, 8)], [(0, 10), (11, 12)], [[0, 0]]),
        ([(0, 5), (6, 11)], [(3, 8), (9, 14)], [[0, 0], [1, 1]]),  # 2 of 8 each way, chained
        ([], [(0, 1)], []),
    ],
)
def test_pairs(one, other, pairs):
    assert match_events(rows(*one), rows(*other), 0.2).tolist() == pairs


def largest(one, other, share):
    possible = []
    for i, (a, b) in enumerate(one.tolist()):
        for j, (c, d) in enumerate(other.tolist()):
            shared, union = min(b, d) - max(a, c), max(b, d) - min(a, c)
            if shared > 0 and shared >= share * union:
                possible.append((i, j))
    for size in range(len(possible), 0, -1):
        for chosen in combinations(possible, size):
            if len({i for i, _ in chosen}) == size == len({j for _, j in chosen}):
                return size
    return 0


events = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), max_size=5).map(
    lambda steps: rows(
        *(
            (sum(g + d for g, d in steps[:k]) + steps[k][0], sum(g + d for g, d in steps[: k + 1]))
            for k in range(len(steps))
        )
    )
)


@given(one=events, other=events, share=st.sampled_from([0.0, 0.1, 0.2, 1 / 3, 0.5]))
def test_no_matching_is_larger(one, other, share):
    pairs = match_events(one, other, share)
    assert len(pairs) == largest(one, other, share)
    assert len(set(pairs[:, 0].tolist())) == len(pairs) == len(set(pairs[:, 1].tolist()))
    assert len(match_events(other, one, share)) == len(pairs)


def night(count=200, seed=3):
    return np.cumsum(np.random.default_rng(seed).lognormal(np.log(24e6), 0.6, count)).astype(np.int64)


@pytest.mark.parametrize("offset_s", [0.0, 2.5, -37.25, 119.0])
def test_offset_is_found_with_jitter_and_missed_movements(offset_s):
    rng = np.random.default_rng(5)
    scorer = night()
    seen = scorer[rng.random(scorer.size) < 0.6]
    candidate = np.sort(seen + rng.normal(0.0, 0.1e6, seen.size).astype(np.int64) + round(offset_s * S))
    told = clock_offset(scorer, candidate, SCORER_AGREEMENT)
    assert told.is_known
    assert told.offset_us / S == pytest.approx(offset_s, abs=0.1)


def test_offset_of_strictly_periodic_movements_is_not_known():
    scorer = np.arange(100) * 20 * S
    told = clock_offset(scorer, scorer + 3 * S, SCORER_AGREEMENT)
    assert not told.is_known
    assert told.offset_us == 0
    assert told.pair_count == 100


def test_offset_of_unrelated_or_few_movements_is_not_known():
    assert not clock_offset(night(seed=1), night(seed=2), SCORER_AGREEMENT).is_known
    few = night(5)
    assert not clock_offset(few, few, SCORER_AGREEMENT).is_known
    assert clock_offset(few, few, replace(SCORER_AGREEMENT, min_clock_pairs=5)).is_known
    nothing = np.empty(0, dtype=np.int64)
    assert clock_offset(nothing, few, SCORER_AGREEMENT).pair_count == 0
