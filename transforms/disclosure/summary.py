"""The rates of groups after disclosure control: the frame that may leave the house."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from transforms.disclosure.cells import perturb, withhold
from transforms.disclosure.contributors import CELL, MEASURES, judge
from transforms.disclosure.noise import record_keys, to_base, to_digits
from transforms.parameters.release import ReleaseParameters

GROUP = ("family", *CELL, "level_number", "limits")
RATES = {
    "jerk_rate_per_h": ("jerk_count", "analysed_h"),
    "hypnic_jerk_rate_per_h": ("hypnic_jerk_count", "analysed_h"),
    "aplm_wasm_per_h": ("aplm_wasm_count", "analysed_sleep_h"),
}
"""Each rate with its numerator and denominator."""
COHORT_SUMMARY = pl.Schema(
    {
        "family": pl.String(),
        "grouping_name": pl.String(),
        "level": pl.String(),
        "level_number": pl.Int32(),
        "limits": pl.String(),
        "is_suppressed": pl.Boolean(),
        "participant_count": pl.Int64(),
        "night_count": pl.Int64(),
        "jerk_count": pl.Float64(),
        "analysed_h": pl.Float64(),
        "jerk_rate_per_h": pl.Float64(),
        "ci_low_per_h": pl.Float64(),
        "ci_high_per_h": pl.Float64(),
        "hypnic_jerk_count": pl.Float64(),
        "hypnic_jerk_rate_per_h": pl.Float64(),
        "aplm_wasm_count": pl.Float64(),
        "analysed_sleep_h": pl.Float64(),
        "aplm_wasm_per_h": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Protected:
    """What may leave, and what was decided for every sum behind it; the second stays in the house."""

    summary: pl.DataFrame
    """COHORT_SUMMARY."""
    decided: pl.DataFrame
    """From ``cells.perturb``: CELL, measure, total, largest, ..., reason, set_name, noisy."""
    sets: pl.DataFrame
    """SETS."""
    contributions: pl.DataFrame
    """CELL, person_key, MEASURES: who brought what, under their secret numbers."""


def protect(
    groups: pl.DataFrame,
    contributions: pl.DataFrame,
    sets: pl.DataFrame,
    secret: bytes,
    parameters: ReleaseParameters,
) -> Protected:
    """Bring the rates of groups through disclosure control.

    Args:
        groups: GROUP, and the limits ``ci_low_per_h`` and ``ci_high_per_h`` of the rate of jerks; one row per cell.
        contributions: CELL, participant_id, MEASURES; one row per cell and person.
        sets: SETS, of further cells as well, of which no rates are told (``contributors.COUNTED``).
        secret: the key of the store, from which the noise is drawn.
        parameters: such as TEN_PARTICIPANTS.

    A rate is its noisy numerator over its noisy denominator; its interval keeps its width on the logarithmic scale and
    moves with the rate. Counts of participants are rounded without noise. Withheld numbers are null.
    """
    decided = perturb(
        contributions,
        withhold(judge(contributions, parameters), sets, parameters),
        secret,
        parameters,
    )
    noisy = decided.pivot("measure", index=list(CELL), values="noisy")
    people = decided.group_by(*CELL).agg(pl.col("participant_count").first())
    rows = groups.join(noisy, on=CELL, how="left", validate="1:1").join(people, on=CELL, how="left")
    summary = pl.DataFrame(
        [_released(row, parameters) for row in rows.iter_rows(named=True)], schema=COHORT_SUMMARY
    )
    names = contributions["participant_id"].unique().sort()
    keys = pl.DataFrame({"participant_id": names, "person_key": record_keys(names.to_list(), secret)})
    return Protected(
        summary=summary.sort("family", "grouping_name", "level_number", "level", nulls_last=True),
        decided=decided,
        sets=sets,
        contributions=contributions.join(keys, on="participant_id", validate="m:1")
        .select(*CELL, "person_key", *MEASURES)
        .sort(*CELL, "person_key"),
    )


def _released(row: dict[str, Any], parameters: ReleaseParameters) -> dict[str, Any]:
    found = {name: row[name] for name in GROUP} | {"is_suppressed": row.get("night_count") is None}
    if found["is_suppressed"]:
        return found
    found["participant_count"] = to_base(row["participant_count"], parameters.participant_base)
    found["night_count"] = to_base(row["night_count"], parameters.night_base)
    for rate, (count, hours) in RATES.items():
        if row[count] is not None:
            found[count] = to_digits(row[count], parameters.rate_digits)
        if row[count] is not None and row[hours]:
            found[rate] = to_digits(row[count] / row[hours], parameters.rate_digits)
    for hours in ("analysed_h", "analysed_sleep_h"):
        if row[hours] is not None:
            found[hours] = to_digits(row[hours], parameters.hour_digits)
    low, high = row["ci_low_per_h"], row["ci_high_per_h"]
    if low and high:
        half = float(np.sqrt(high / low))
        rate = row["jerk_count"] / row["analysed_h"]
        found["ci_low_per_h"] = to_digits(rate / half, parameters.rate_digits)
        found["ci_high_per_h"] = to_digits(rate * half, parameters.rate_digits)
    return found
