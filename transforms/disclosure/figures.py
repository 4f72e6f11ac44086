"""What the figures of a report may tell: rates, quantiles and shares of the whole study, never of a few.

Sums do not leave with a figure. A rate carries the noise of its contributors and is rounded; a quantile is the mean of
as many neighbouring values as the limit of a cell, so that no single night is told; shares and the flow of participants
are those of cells. What does not hold is null, and the page says that it is withheld.

Quantiles stand outside the linear system of what leaves: each is a mean over nights by their rank, a set that nothing
else is told of, and whose nights belong to no group.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import polars as pl

from transforms.disclosure.attack import Bound
from transforms.disclosure.audit import rounded
from transforms.disclosure.contributors import FLOW, PERSONS, SHARE, too_few
from transforms.disclosure.links import unknown
from transforms.disclosure.noise import cell_key, noise_frac, record_keys, to_base, to_digits
from transforms.intervals import Floats
from transforms.parameters.release import ReleaseParameters

RATES = pl.Schema(
    {"rate": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64, "participant_count": pl.Int64}
)
"""What ``told_rates`` gives for each cell, beside its name."""
BEHIND = pl.Schema({"largest": pl.Float64, "largest_amount": pl.Float64, "total_amount": pl.Float64})
"""What stays in the house of each: the most that one person brings, and the sum of the amounts."""


def told_rates(
    sums: pl.DataFrame, cell: str, secret: bytes, parameters: ReleaseParameters, confidence_z: float
) -> pl.DataFrame:
    """Return RATES and BEHIND of each cell, the rate null where too few bring its count, as in any other cell.

    Args:
        sums: ``cell``, participant_id, count, amount; one row a cell and person, ``amount`` the denominator.
        cell: the column that names the cell.
        secret: the key of the store, from which the noise is drawn.
        parameters: such as TEN_PARTICIPANTS.
        confidence_z: quantile of the normal distribution for the interval, such as 1.96.

    The interval is that of a ratio of sums over persons (Cochran 1977, Sampling Techniques, section 6.4), on the
    logarithmic scale; it moves with the noise.
    """
    rows = []
    for (name,), own in sums.sort(cell, "participant_id").group_by(cell, maintain_order=True):
        count, amount = own["count"].to_numpy().astype(float), own["amount"].to_numpy().astype(float)
        told: dict[str, Any] = {cell: name} | dict.fromkeys(RATES)
        told |= {"largest": count.max(), "largest_amount": amount.max(), "total_amount": amount.sum()}
        is_told = own.select(too_few(pl.col("count").cast(pl.Float64), parameters)).item() is None
        if is_told and amount.sum() > 0:
            brings = own.filter(pl.col("count") > 0)["participant_id"].to_list()
            key = cell_key(record_keys(brings, secret))
            noise = noise_frac(key, f"{cell} of figures", secret, parameters) * count.max()
            rate = (count.sum() + noise) / amount.sum()
            spread = _log_error(count, amount)
            told |= {
                "rate": to_digits(rate, parameters.rate_digits),
                "ci_low": to_digits(rate * np.exp(-confidence_z * spread), parameters.rate_digits),
                "ci_high": to_digits(rate * np.exp(confidence_z * spread), parameters.rate_digits),
                "participant_count": to_base(own.height, parameters.participant_base),
            }
        rows.append(told)
    return pl.DataFrame(rows, schema={cell: sums.schema[cell], **RATES, **BEHIND})


def _log_error(count: Floats, amount: Floats) -> float:
    n = count.size
    residual = count - count.sum() / amount.sum() * amount
    return float(np.sqrt(n / (n - 1) * (residual**2).sum()) / count.sum())


def told_quantiles(
    values: pl.DataFrame, shares: Sequence[float], parameters: ReleaseParameters
) -> list[float | None]:
    """Return quantiles of nights, null where fewer persons than the limit lie on a side.

    ``values``: participant_id, value. Each is the mean of as many values as the limit of a cell that lie around its
    rank, of two persons at least.
    """
    ordered = values.drop_nulls().sort("value", "participant_id")
    width = parameters.minimum_participant_count
    found: list[float | None] = []
    for share in shares:
        place = share * (ordered.height - 1)
        start = max(0, min(round(place - (width - 1) / 2), ordered.height - width))
        window = ordered.slice(start, width)
        sides = ordered.head(start + width), ordered.slice(start)
        is_told = window.height == width and all(side["participant_id"].n_unique() >= width for side in sides)
        # a mean of zero tells that all of them are
        is_told &= window["participant_id"].n_unique() > 1 and window["value"].ne(0.0).any()
        if is_told:
            found.append(to_digits(float(window["value"].mean()), parameters.rate_digits - 1))  # type: ignore[arg-type]
        else:
            found.append(None)
    return found


def told_shares(
    cells: pl.DataFrame, names: Sequence[str], parameters: ReleaseParameters
) -> tuple[pl.DataFrame, list[Bound]]:
    """Return what, share_pct (whole ones) and participant_count of shares, and what each tells of its sums.

    ``cells``: from ``perturb``, with the levels yes, no and known of each share. A share is that of noisy sums, so that it
    is the same wherever the same persons are counted; it is null where either side is withheld.
    """
    rows, bounds = [], []
    for name in names:
        own = cells.filter(pl.col("grouping_name").str.starts_with(f"{SHARE}{name}"))
        if own.is_empty():
            continue
        told: dict[str, Any] = {"what": name, "share_pct": None, "participant_count": None}
        found = {
            (row["level"], row["measure"]): row
            for row in own.iter_rows(named=True)
            if row["noisy"] is not None
        }
        parts = [found.get((level, "night_count")) for level in ("yes", "known", "no")]
        people = found.get(("known", PERSONS))
        if None not in parts and people is not None:
            yes, known = (cast("dict[str, Any]", part) for part in parts[:2])
            share = round(100 * min(1.0, yes["noisy"] / known["noisy"]))
            told |= {
                "share_pct": share,
                "participant_count": to_base(people["total"], parameters.participant_base),
            }
            bounds += ratio_bounds(
                unknown("night_count", yes["set_name"]),
                unknown("night_count", known["set_name"]),
                ((share - 0.5) / 100, (share + 0.5) / 100),
                parameters.noise_most_frac * yes["largest"],
                parameters.noise_most_frac * known["largest"],
            )
        rows.append(told)
    schema = {"what": pl.String, "share_pct": pl.Float64, "participant_count": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row"), bounds


def ratio_bounds(
    count: str, amount: str, ratio: tuple[float, float], count_noise: float, amount_noise: float = 0.0
) -> list[Bound]:
    """Return what a ratio of two noisy sums, known to lie in [low, high), tells of the sums."""
    low, high = ratio
    return [
        Bound(((count, 1.0), (amount, -low)), -count_noise - low * amount_noise, np.inf),
        Bound(((count, 1.0), (amount, -high)), -np.inf, count_noise + high * amount_noise),
    ]


def told_flow(attrition: pl.DataFrame, cells: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Return the flow of participants with the numbers that its cells may tell, null where they are withheld.

    ``attrition``: stage_number, stage, reason, is_in, participant_count, night_count. A branch of persons without nights
    tells persons alone.
    """
    told = (
        cells.filter(pl.col("noisy").is_not_null(), pl.col("measure").is_in(["night_count", PERSONS]))
        .with_columns(
            pl.struct("measure", "noisy")
            .map_elements(
                lambda row: rounded(row["measure"], row["noisy"], parameters), return_dtype=pl.Float64
            )
            .cast(pl.Int64)
            .alias("told")
        )
        .pivot(
            "measure", on_columns=["night_count", PERSONS], index=["grouping_name", "level"], values="told"
        )
    )
    keys = attrition.drop("night_count", PERSONS).with_columns(grouping_name=FLOW + pl.col("stage"))
    return keys.join(
        told,
        left_on=["grouping_name", "reason"],
        right_on=["grouping_name", "level"],
        how="left",
        maintain_order="left",
    ).select(*keys.columns[:-1], PERSONS, "night_count")
