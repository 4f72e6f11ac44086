"""``legjumps plan``: persons x nights that find a ratio, from the variances of the study itself."""

import math
from pathlib import Path

import numpy as np

from flows.warehouse.published import open_warehouse
from transforms.errors import SettingsError
from transforms.statistics.planning import Variances, observed_variances, participants_needed

NIGHTS = (2, 3, 5, 7, 10, 14, 21, 28)


def plan_study(store: Path, *, rate_ratio: float, exposure: str, power_frac: float) -> str:
    """Return a table of nights and the persons who are needed with them.

    Raises SettingsError where the ratio is none, or the study has no answer about the exposure to plan from.
    """
    if not rate_ratio > 0 or rate_ratio == 1:
        raise SettingsError(f"--ratio {rate_ratio}: wanted a ratio above 0 other than 1, such as 1.2 or 0.8")
    if not 0 < power_frac < 1:
        raise SettingsError(f"--power {power_frac}: wanted a share between 0 and 1, such as 0.8")
    with open_warehouse(store) as connection:
        asked = connection.execute(
            "select outcome, per_unit, participant_count, night_count, ci_low, ci_high, detectable_rate_ratio, "
            "outcome_of_fit from association where exposure = ? and effect = 'within' and analysis = 'main' "
            "order by is_exploratory, outcome = 'jerk_sleep_count' desc limit 1",
            [exposure],
        ).fetchall()
        told = connection.execute(
            "select ln(own_rate_ratio), ln(own_ci_high / own_ci_low) / 2 from person_association "
            "where exposure = ? and own_ci_low > 0 and isfinite(own_ci_high)",
            [exposure],
        ).fetchall()
        ((confidence_frac, powered),) = connection.sql(
            "select max(value_number) filter (where name = 'cohort.interval.confidence_frac'), "
            "max(value_number) filter (where name = 'cohort.association.power_frac') from study_parameter"
        ).fetchall()
        known = [row[0] for row in connection.sql("select distinct exposure from association").fetchall()]
    if not asked:
        raise SettingsError(f"--exposure {exposure}: known are {', '.join(sorted(known))}")
    outcome, per_unit, participants, nights, low, high, detectable, reason = asked[0]
    if low is None:
        raise SettingsError(f"no plan from this study: the ratio of {outcome} for {exposure} was {reason}")
    from scipy import stats

    # the detectable ratio lies as many errors beyond the half width as the power wants
    error = (math.log(detectable) - math.log(high / low) / 2) / float(stats.norm.ppf(powered))
    quantile = float(stats.norm.ppf((1 + confidence_frac) / 2))
    variances = observed_variances(
        np.array([row[0] for row in told] or [0.0]),
        np.array([row[1] / quantile for row in told] or [1.0]),
        error=error,
        participant_count=participants,
        night_count=nights / participants,
    )
    head = (
        f"Persons who find a rate ratio of {rate_ratio:g} of {outcome} per {per_unit:g} more of {exposure}\n"
        f"with a power of {100 * power_frac:g} % at a confidence of {100 * confidence_frac:g} %, within persons.\n"
        f"From this study: {participants} persons, {nights / participants:.1f} nights each, standard error {error:.4f};\n"
        f"spread of the persons' own log ratios {math.sqrt(variances.between_slopes):.3f}.\n\n"
    )
    lines = ["nights  persons  person-nights", "------  -------  -------------"]
    for count in NIGHTS:
        persons = needed(variances, rate_ratio, count, confidence_frac, power_frac)
        lines.append(f"{count:6d}  {persons:7d}  {count * persons:13d}")
    return (
        head
        + "\n".join(lines)
        + "\n\nNights whose diary and sleep are known; add what your participants leave out. The variances are themselves\n"
        "estimates: those of a small study may be off by half.\n"
    )


def needed(
    variances: Variances, rate_ratio: float, nights: int, confidence_frac: float, power_frac: float
) -> int:
    """Return the persons for so many nights each."""
    return participants_needed(
        variances,
        rate_ratio=rate_ratio,
        night_count=nights,
        confidence_frac=confidence_frac,
        power_frac=power_frac,
    )
