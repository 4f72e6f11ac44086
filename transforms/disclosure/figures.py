"""What the figures of a report may tell: rates, quantiles and shares of the whole study, never of a few.

Sums do not leave with a figure. A rate carries the noise of its contributors and is rounded; a quantile is the mean of
as many neighbouring values as the limit of a cell, so that no single night is told; a share needs enough persons on both
of its sides. What does not hold is null, and the page says that it is withheld.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from transforms.disclosure.contributors import too_few
from transforms.disclosure.noise import cell_key, noise_frac, record_keys, to_base, to_digits
from transforms.intervals import Floats
from transforms.parameters.release import ReleaseParameters

RATES = pl.Schema(
    {"rate": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64, "participant_count": pl.Int64}
)
"""What ``told_rates`` gives for each cell, beside its name."""


def told_rates(
    sums: pl.DataFrame, cell: str, secret: bytes, parameters: ReleaseParameters, confidence_z: float
) -> pl.DataFrame:
    """Return the rate of each cell with its interval, null where too few bring its count, as in any other cell.

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
        told = {cell: name, "rate": None, "ci_low": None, "ci_high": None, "participant_count": None}
        count, amount = own["count"].to_numpy().astype(float), own["amount"].to_numpy().astype(float)
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
    return pl.DataFrame(rows, schema={cell: sums.schema[cell], **RATES})


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
        if is_told and window["participant_id"].n_unique() > 1:
            found.append(to_digits(float(window["value"].mean()), parameters.rate_digits - 1))  # type: ignore[arg-type]
        else:
            found.append(None)
    return found


def told_share(rows: pl.DataFrame, parameters: ReleaseParameters) -> tuple[float | None, int | None]:
    """Return the share of rows that are so [%], rounded to whole ones, and the persons, rounded; null where few are or are not.

    ``rows``: participant_id, is_so.
    """
    known = rows.drop_nulls()
    sides = [known.filter(pl.col("is_so") == side)["participant_id"].n_unique() for side in (True, False)]
    if min(sides) < parameters.minimum_participant_count:
        return None, None
    people = known["participant_id"].n_unique()
    return round(100 * float(known["is_so"].mean())), to_base(people, parameters.participant_base)  # type: ignore[arg-type]


def told_flow(attrition: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Round the flow of participants; a branch of fewer persons than the limit loses its numbers.

    ``attrition``: stage_number, stage, reason, is_in, participant_count, night_count.
    """
    is_told = pl.col("participant_count") >= parameters.minimum_participant_count

    def rounded(name: str, base: int) -> pl.Expr:
        up = ((pl.col(name) + base // 2) // base * base).clip(lower_bound=base)
        return pl.when(is_told).then(up).cast(pl.Int64).alias(name)

    return attrition.with_columns(
        rounded("night_count", parameters.night_base),
        rounded("participant_count", parameters.participant_base),
    )
