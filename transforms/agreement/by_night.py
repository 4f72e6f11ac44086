"""A sensor held against a scorer of polysomnography, or a scorer against another, by night and over the cohort."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.agreement.event_matching import clock_offset, match_events
from transforms.agreement.measures import (
    Estimate,
    bland_altman,
    cohen_kappa,
    icc_2_1,
    wilson,
)
from transforms.clock import HOUR_US, SECOND_US, us
from transforms.intervals import Integers, contains, edges_us, intersect, invert, join, total
from transforms.parameters.agreement import AgreementParameters
from transforms.schema import AGREEMENT, AGREEMENT_SUMMARY, INSTANT, SIGNAL_BREAK, require
from transforms.schema.words import columns
from transforms.scoring.timeline import to_us

SENSOR = "sensor"
THRESHOLD_NOTE = (
    "The limit was set for electromyography. About four in ten movements of the muscle move no toe (Terrill 2013), so it"
    " does not transfer to acceleration; do not diagnose from it."
)
_NIGHT = ["participant_id", "night_date"]

CANDIDATE_EVENT = columns(
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "candidate": pl.String,
        "onset_at": INSTANT,
        "offset_at": INSTANT,
        "is_plm": pl.Boolean,
    }
)
"""One candidate leg movement of what is judged."""

CANDIDATE_SPAN = columns(
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "candidate": pl.String,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)
"""A stretch in which what is judged could have seen a movement."""


def sensor_candidates(
    movements: pl.DataFrame, nights: pl.DataFrame, breaks: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the sensor's candidate movements and the time in bed in which it measured.

    Reads MOVEMENT, NIGHT and SIGNAL_BREAK; returns CANDIDATE_EVENT and CANDIDATE_SPAN. Nights that are not eligible
    are left out: there is nothing to hold against the scorer.
    """
    nights = nights.filter(pl.col("is_eligible"))
    breaks = require(breaks, SIGNAL_BREAK, "signal breaks")
    spans = []
    by_night = breaks.partition_by(_NIGHT, as_dict=True)
    for night in nights.sort(_NIGHT).iter_rows(named=True):
        key = (night["participant_id"], night["night_date"])
        start, end = us(night["lights_off_at"]), us(night["lights_on_at"])
        gaps = edges_us(by_night.get(key, breaks.clear()), "started_at", "ended_at")
        measured = invert(join(gaps), start, end)
        spans.append(_span_rows(key, SENSOR, measured))
    events = movements.filter("is_clm").join(nights.select(_NIGHT), on=_NIGHT, how="semi")
    return (
        events.select(
            *_NIGHT,
            pl.lit(SENSOR).alias("candidate"),
            "onset_at",
            "offset_at",
            pl.col("wasm_series_id").is_not_null().alias("is_plm"),
        ).sort(*_NIGHT, "onset_at"),
        pl.concat(spans) if spans else pl.DataFrame(schema=CANDIDATE_SPAN),
    )


def scorer_candidates(scored: pl.DataFrame, stages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the movements of scorers as what is judged by other scorers.

    Reads SCORED_LEG_MOVEMENT and the staged epochs of stages_by_leg_scorer; returns CANDIDATE_EVENT and CANDIDATE_SPAN.
    """
    events = scored.filter("is_clm").select(
        *_NIGHT,
        pl.col("scorer").alias("candidate"),
        "onset_at",
        "offset_at",
        pl.col("wasm_series_id").is_not_null().alias("is_plm"),
    )
    spans = stages.select(
        *_NIGHT,
        pl.col("scorer").alias("candidate"),
        pl.col("onset_at").alias("started_at"),
        pl.col("offset_at").alias("ended_at"),
    )
    return events, spans


def agreement(
    scored: pl.DataFrame,
    stages: pl.DataFrame,
    events: pl.DataFrame,
    spans: pl.DataFrame,
    parameters: AgreementParameters,
) -> pl.DataFrame:
    """Hold candidates against every scorer, night by night (schema AGREEMENT).

    ``scored`` (SCORED_LEG_MOVEMENT) and ``stages`` (stages_by_leg_scorer) are the judges; ``events`` (CANDIDATE_EVENT)
    and ``spans`` (CANDIDATE_SPAN) what is judged. A row is a night that both a scorer staged and the candidate measured;
    a scorer is not held against the same name.

    1. The offset between the two clocks is estimated and taken out of the candidate's times.
    2. Compared is the time that the scorer staged and the candidate measured; a movement counts where its onset lies in
       it. Compared are candidate movements (CLM) of both.
    3. Sensitivity is the share of the scorer's movements that are matched, precision that of the candidate's, f1 their
       harmonic mean; intervals are Wilson's, of this night alone.
    4. Kappa is over the whole epochs of compared time, in each of which a movement starts or not.
    5. plm_per_h and aplm_per_h are the members of WASM series with onset in the scorer's sleep, per hour of the same
       compared sleep: their difference is not one of denominators.
    """
    candidate_key = [*_NIGHT, "candidate"]
    judged = spans.partition_by(candidate_key, as_dict=True)
    by_candidate = events.partition_by(candidate_key, as_dict=True)
    movements = scored.filter("is_clm").partition_by([*_NIGHT, "scorer"], as_dict=True)
    rows = []
    for key, epochs in (
        stages.sort(*_NIGHT, "scorer", "onset_at")
        .partition_by([*_NIGHT, "scorer"], as_dict=True, maintain_order=True)
        .items()
    ):
        own = movements.get(key, scored.clear())
        for other in sorted(name for (*night, name) in judged if tuple(night) == key[:2] and name != key[2]):
            theirs = (*key[:2], other)
            told = _compare(own, epochs, by_candidate.get(theirs, events.clear()), judged[theirs], parameters)
            rows.append(
                {"participant_id": key[0], "night_date": key[1], "scorer": key[2], "candidate": other} | told
            )
    return (
        pl.DataFrame(rows, schema=AGREEMENT)
        .with_columns(pl.selectors.float().fill_nan(None))
        .sort(*_NIGHT, "scorer", "candidate")
    )


def _compare(
    own: pl.DataFrame,
    epochs: pl.DataFrame,
    candidates: pl.DataFrame,
    span: pl.DataFrame,
    parameters: AgreementParameters,
) -> dict[str, Any]:
    own, candidates = own.sort("onset_at"), candidates.sort("onset_at")
    scorer, judged = edges_us(own, "onset_at", "offset_at"), edges_us(candidates, "onset_at", "offset_at")
    clock = clock_offset(scorer[:, 0], judged[:, 0], parameters)
    judged = judged - clock.offset_us
    staged = join(edges_us(epochs, "onset_at", "offset_at"))
    compared = intersect(staged, join(edges_us(span, "started_at", "ended_at") - clock.offset_us))
    asleep = intersect(
        compared, join(edges_us(epochs.filter(pl.col("stage") != "w"), "onset_at", "offset_at"))
    )
    in_scorer, in_judged = contains(compared, scorer[:, 0]), contains(compared, judged[:, 0])
    pairs = match_events(scorer[in_scorer], judged[in_judged], parameters.min_overlap_frac)
    matched, scorer_count, judged_count = len(pairs), int(in_scorer.sum()), int(in_judged.sum())
    sensitivity = wilson(matched, scorer_count, parameters.confidence_frac)
    precision = wilson(matched, judged_count, parameters.confidence_frac)
    epoch_count, kappa = _epoch_kappa(scorer[:, 0], judged[:, 0], compared, parameters)
    sleep_h = total(asleep) / HOUR_US
    is_plm = own["wasm_series_id"].is_not_null().to_numpy()
    plm = int((contains(asleep, scorer[:, 0]) & is_plm).sum())
    aplm = int((contains(asleep, judged[:, 0]) & candidates["is_plm"].to_numpy()).sum())
    return {
        "clock_offset_s": clock.offset_us / SECOND_US if clock.is_known else None,
        "clock_pair_count": clock.pair_count,
        "is_clock_offset_known": clock.is_known,
        "compared_h": total(compared) / HOUR_US,
        "compared_sleep_h": sleep_h,
        "scorer_count": scorer_count,
        "candidate_count": judged_count,
        "matched_count": matched,
        "sensitivity": sensitivity.value,
        "sensitivity_low": sensitivity.low,
        "sensitivity_high": sensitivity.high,
        "precision": precision.value,
        "precision_low": precision.low,
        "precision_high": precision.high,
        "f1": _f1(matched, scorer_count, judged_count),
        "epoch_count": epoch_count,
        "kappa_index": kappa,
        "aplm_per_h": aplm / sleep_h if sleep_h else None,
        "plm_per_h": plm / sleep_h if sleep_h else None,
        "difference_per_h": (aplm - plm) / sleep_h if sleep_h else None,
    }


def _f1(matched: int, one: int, other: int) -> float:
    return 2 * matched / (one + other) if one + other else float("nan")


def _epoch_kappa(
    scorer: NDArray[np.int64], judged: NDArray[np.int64], compared: Integers, parameters: AgreementParameters
) -> tuple[int, float]:
    """Kappa over the epochs, counted from the start of compared time, that lie wholly in it."""
    if not len(compared):
        return 0, float("nan")
    epoch = to_us(parameters.epoch_s)
    start = int(compared[0, 0])
    edges = np.arange(start, int(compared[-1, 1]) + 1, epoch)
    stretch = np.searchsorted(compared[:, 0], edges[:-1], side="right") - 1
    inside = edges[1:] <= compared[stretch, 1]

    def holds(onsets: NDArray[np.int64]) -> NDArray[np.bool_]:
        held: NDArray[np.bool_] = np.diff(np.searchsorted(onsets, edges, side="left")) > 0
        return held

    return int(inside.sum()), cohen_kappa(holds(np.sort(scorer))[inside], holds(np.sort(judged))[inside])


def summarise(nights: pl.DataFrame, parameters: AgreementParameters, seed: int) -> pl.DataFrame:
    """Return the agreement of each scorer and candidate over all nights (schema AGREEMENT_SUMMARY).

    One row of ``nights`` is one night (schema AGREEMENT). Sensitivity, precision and f1 are of the sums over nights, kappa
    is the mean of the nights; their intervals are percentiles of ``bootstrap_count`` resamples of participants, drawn
    with ``seed``. Bias and limits of agreement are those of
    :func:`transforms.agreement.measures.bland_altman`. ICC(2,1) and the two shares at the threshold are of
    the participants' mean rates, one value each. A measure without an interval (fewer than two participants) has none.
    """
    rows: list[dict[str, Any]] = []
    for (scorer, candidate), frame in nights.sort("scorer", "candidate", *_NIGHT).group_by(
        ["scorer", "candidate"], maintain_order=True
    ):
        base = {
            "scorer": scorer,
            "candidate": candidate,
            "participant_count": frame["participant_id"].n_unique(),
            "night_count": frame.height,
        }
        rows += [base | row for row in _summary(frame, parameters, seed)]
    return pl.DataFrame(rows, schema=AGREEMENT_SUMMARY).with_columns(pl.selectors.float().fill_nan(None))


def _row(measure: str, estimate: Estimate, unit: str, method: str, note: str | None = None) -> dict[str, Any]:
    bounds = {"lower": estimate.low, "upper": estimate.high}
    return {
        "measure": measure,
        "value": estimate.value,
        **bounds,
        "unit": unit,
        "method": method,
        "note": note,
    }


def _summary(frame: pl.DataFrame, parameters: AgreementParameters, seed: int) -> Iterator[dict[str, Any]]:
    person = frame["participant_id"].rank("dense").to_numpy().astype(np.int64) - 1
    counts = np.column_stack(
        [frame[name].to_numpy() for name in ("matched_count", "scorer_count", "candidate_count")]
    ).astype(np.float64)
    kappa = frame["kappa_index"].to_numpy()
    known = ~np.isnan(kappa)
    resampled = _resampled(
        person, np.column_stack((counts, np.where(known, kappa, 0.0), known)), parameters, seed
    )
    own = np.column_stack((counts, np.where(known, kappa, 0.0), known)).sum(axis=0)
    method = f"sums over nights; percentiles of {parameters.bootstrap_count} resamples of participants"
    for name, above, below in (("sensitivity", 0, 1), ("precision", 0, 2), ("kappa", 3, 4)):
        told = _ratio(own, resampled, above, below, parameters)
        yield _row(name, told, "1", method if name != "kappa" else method.replace("sums over", "mean of"))
    both = np.column_stack((own[None, 0] * 2, own[None, 1] + own[None, 2]))[0]
    drawn = np.column_stack((resampled[:, 0] * 2, resampled[:, 1] + resampled[:, 2]))
    yield _row("f1", _ratio(both, drawn, 0, 1, parameters), "1", method)
    yield from _rates(frame.drop_nulls(["aplm_per_h", "plm_per_h"]), parameters)


def _resampled(
    person: NDArray[np.int64], values: NDArray[np.float64], parameters: AgreementParameters, seed: int
) -> NDArray[np.float64]:
    """Return the sums of resampled participants, one row per resample; none with fewer than two participants."""
    count = int(person.max(initial=-1)) + 1
    if count < 2:
        return np.empty((0, values.shape[1]))
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, person, values)
    draws = np.random.default_rng(seed).multinomial(
        count, np.full(count, 1 / count), size=parameters.bootstrap_count
    )
    return draws @ sums


def _ratio(
    own: NDArray[np.float64],
    drawn: NDArray[np.float64],
    above: int,
    below: int,
    parameters: AgreementParameters,
) -> Estimate:
    value = float(own[above] / own[below]) if own[below] else float("nan")
    usable = drawn[drawn[:, below] > 0]
    if not len(usable):
        return Estimate(value=value, low=float("nan"), high=float("nan"))
    tail = (1 - parameters.confidence_frac) / 2
    low, high = np.quantile(usable[:, above] / usable[:, below], [tail, 1 - tail])
    return Estimate(value=value, low=float(low), high=float(high))


def _rates(frame: pl.DataFrame, parameters: AgreementParameters) -> Iterator[dict[str, Any]]:
    if not frame.height:
        return
    person = frame["participant_id"].rank("dense").to_numpy().astype(np.int64)
    told = bland_altman(frame["difference_per_h"].to_numpy(), person, parameters.confidence_frac)
    method = "Bland & Altman 1986, 2007: nights within participants"
    yield _row("bias", told.bias, "1/h", method)
    yield _row("lower_limit_of_agreement", told.lower_limit, "1/h", method)
    yield _row("upper_limit_of_agreement", told.upper_limit, "1/h", method)
    people = (
        frame.group_by("participant_id").agg(pl.col("aplm_per_h", "plm_per_h").mean()).sort("participant_id")
    )
    rates = people.select("aplm_per_h", "plm_per_h").to_numpy()
    yield _row(
        "icc_2_1",
        icc_2_1(rates, parameters.confidence_frac),
        "1",
        "Shrout & Fleiss 1979, participants' means",
    )
    limit = parameters.threshold_per_h
    above, judged = rates[:, 1] > limit, rates[:, 0] > limit
    method = f"above {limit:g}/h by the scorer; Wilson 1927, participants' means"
    for name, among, hit in (
        ("sensitivity_at_threshold", above, judged),
        ("specificity_at_threshold", ~above, ~judged),
    ):
        share = wilson(int((among & hit).sum()), int(among.sum()), parameters.confidence_frac)
        yield _row(name, share, "1", method, THRESHOLD_NOTE)


def _span_rows(key: tuple[Any, Any], name: str, spans: Integers) -> pl.DataFrame:
    return (
        pl.DataFrame({"started_at": spans[:, 0], "ended_at": spans[:, 1]})
        .with_columns(
            pl.lit(key[0]).alias("participant_id"),
            pl.lit(key[1]).alias("night_date"),
            pl.lit(name).alias("candidate"),
        )
        .select(pl.col(column).cast(dtype) for column, dtype in CANDIDATE_SPAN.items())
    )
