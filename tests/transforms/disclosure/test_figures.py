"""What the figures of a report may tell, and what not."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from transforms.disclosure.figures import told_flow, told_quantiles, told_rates, told_share
from transforms.parameters.release import TEN_PARTICIPANTS

KEY = b"secret"


def sums(counts: list[float], amount: float = 8.0, cell: int = 0) -> pl.DataFrame:
    people = [f"P{number}" for number in range(len(counts))]
    return pl.DataFrame(
        {
            "hour": [cell] * len(counts),
            "participant_id": people,
            "count": counts,
            "amount": [amount] * len(counts),
        }
    )


def rate(counts: list[float]) -> dict[str, object]:
    return told_rates(sums(counts), "hour", KEY, TEN_PARTICIPANTS, 1.96).row(0, named=True)


def test_a_rate_of_enough_people_is_near_the_truth_and_rounded() -> None:
    told = rate([float(10 + n % 5) for n in range(43)])
    assert told["rate"] == pytest.approx(12 / 8, rel=0.05)
    assert told["ci_low"] < told["rate"] < told["ci_high"]  # type: ignore[operator]
    assert told["participant_count"] == 45
    assert told["rate"] != sum(10 + n % 5 for n in range(43)) / (43 * 8)


@pytest.mark.parametrize(
    "counts",
    [[5.0] * 9 + [0.0] * 30, [1000.0, 900.0] + [1.0] * 20, [5000.0] + [1.0] * 40],
    ids=["nine with an event", "two dominate", "the largest could be worked out"],
)
def test_a_cell_that_hangs_on_few_is_withheld(counts: list[float]) -> None:
    assert rate(counts) == {
        "hour": 0,
        "rate": None,
        "ci_low": None,
        "ci_high": None,
        "participant_count": None,
    }


def test_the_same_people_get_the_same_noise_and_others_another() -> None:
    counts = [float(10 + n % 5) for n in range(40)]
    assert rate(counts) == rate(counts)
    assert (
        told_rates(sums(counts), "hour", b"other", TEN_PARTICIPANTS, 1.96).item(0, "rate")
        != rate(counts)["rate"]
    )


def nights(people: int, each: int, seed: int = 1) -> pl.DataFrame:
    drawn = np.random.default_rng(seed).lognormal(1.5, 0.6, people * each)
    return pl.DataFrame({"participant_id": np.repeat([f"P{n}" for n in range(people)], each), "value": drawn})


def test_quantiles_are_near_the_truth_and_no_single_night() -> None:
    frame = nights(120, 14)
    told = told_quantiles(frame, (0.1, 0.5, 0.9), TEN_PARTICIPANTS)
    assert told == pytest.approx(np.quantile(frame["value"], [0.1, 0.5, 0.9]), rel=0.05)
    assert not set(told) & set(frame["value"])


def test_a_quantile_with_few_people_on_a_side_is_withheld() -> None:
    assert told_quantiles(nights(20, 1), (0.1, 0.5, 0.9), TEN_PARTICIPANTS)[1] is not None
    assert told_quantiles(nights(12, 1), (0.02, 0.98), TEN_PARTICIPANTS) != [
        None,
        None,
    ]  # ten of twelve persons
    assert told_quantiles(nights(9, 30), (0.5,), TEN_PARTICIPANTS) == [None]
    assert told_quantiles(nights(0, 0), (0.5,), TEN_PARTICIPANTS) == [None]


def test_a_share_needs_people_on_both_sides() -> None:
    rows = pl.DataFrame(
        {"participant_id": [f"P{n}" for n in range(40)], "is_so": [n % 4 == 0 for n in range(40)]}
    )
    assert told_share(rows, TEN_PARTICIPANTS) == (25, 40)
    assert told_share(rows.head(36), TEN_PARTICIPANTS) == (None, None)
    assert told_share(rows.with_columns(is_so=pl.lit(value=True)), TEN_PARTICIPANTS) == (None, None)


def test_a_flow_is_rounded_and_small_branches_lose_their_numbers() -> None:
    flow = pl.DataFrame(
        {
            "stage": ["recorded", "eligible"],
            "reason": ["in", "not_worn"],
            "is_in": [True, False],
            "participant_count": [123, 9],
            "night_count": [1717, 11],
        }
    )
    told = told_flow(flow, TEN_PARTICIPANTS)
    assert told.select("participant_count", "night_count").rows() == [(125, 1720), (None, None)]
    lenient = replace(TEN_PARTICIPANTS, minimum_participant_count=5)
    assert told_flow(flow, lenient).row(1)[3:] == (10, 10)
