"""What the figures of a report may tell, and what not."""

import numpy as np
import polars as pl
import pytest

from transforms.disclosure.attack import Known, System, work_back
from transforms.disclosure.figures import told_flow, told_quantiles, told_rates, told_shares
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
    told = rate(counts)
    assert all(told[name] is None for name in ("rate", "ci_low", "ci_high", "participant_count"))


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


def cells(rows: list[tuple[str, str, str, float | None, float]]) -> pl.DataFrame:
    names = ["grouping_name", "level", "measure", "noisy", "largest"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(total=pl.col("noisy"), set_name=pl.concat_str("grouping_name", "level"))


def share(yes: float | None, no: float | None) -> pl.DataFrame:
    return cells(
        [
            ("share: worn", "yes", "night_count", yes, 7.0),
            ("share: worn", "no", "night_count", no, 7.0),
            ("share: worn (known)", "known", "night_count", 400.4, 7.0),
            ("share: worn (known)", "known", "participant_count", 61.0, 1.0),
        ]
    )


def test_a_share_is_that_of_the_noisy_sums_of_its_cells_and_binds_them() -> None:
    told, bounds = told_shares(share(130.3, 268.0), ["worn", "not asked"], TEN_PARTICIPANTS)
    assert told.rows() == [("worn", 33.0, 60)]
    yes, known = "night_count: share: wornyes", "night_count: share: worn (known)known"
    system = System.of([], [], bounds)
    (found,) = work_back(system, {known: Known(400, 400)}, [yes], counts=[yes]).values()
    # 32.5 to 33.5 % of 400, and half of what one person brings to either
    assert found == Known(126, 138)


@pytest.mark.parametrize(("yes", "no"), [(None, 268.0), (390.0, None)])
def test_a_share_with_a_side_that_is_withheld_is_not_told(yes: float | None, no: float | None) -> None:
    told, bounds = told_shares(share(yes, no), ["worn"], TEN_PARTICIPANTS)
    assert told.rows() == [("worn", None, None)] and not bounds


def test_a_flow_tells_what_its_cells_may_tell() -> None:
    flow = pl.DataFrame(
        {
            "stage_number": [1, 1, 3, 3],
            "stage": ["recorded", "recorded", "eligible", "eligible"],
            "reason": ["in", "no usable recording", "in", "not_worn"],
            "is_in": [True, False, True, False],
            "participant_count": [123, 12, 101, 9],
            "night_count": [1717, 0, 900, 11],
        }
    )
    found = cells(
        [
            ("flow: recorded", "in", "night_count", 1719.8, 14.0),
            ("flow: recorded", "in", "participant_count", 123.0, 1.0),
            ("flow: recorded", "no usable recording", "participant_count", 12.0, 1.0),
            ("flow: eligible", "in", "night_count", None, 14.0),
            ("flow: eligible", "in", "participant_count", 101.0, 1.0),
        ]
    )
    told = told_flow(flow, found, TEN_PARTICIPANTS)
    assert told.columns == flow.columns
    assert told.select("participant_count", "night_count").rows() == [
        (125, 1720),
        (10, None),
        (100, None),
        (None, None),
    ]


def test_a_quantile_of_zero_is_not_told() -> None:
    frame = nights(120, 14).with_columns(
        value=pl.when(pl.int_range(pl.len()) % 3 == 0).then(0.0).otherwise("value")
    )
    assert told_quantiles(frame, (0.1,), TEN_PARTICIPANTS) == [None]
    assert told_quantiles(frame, (0.5,), TEN_PARTICIPANTS) != [None]
