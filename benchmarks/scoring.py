"""How fast leg movements are scored: 10 million of 100,000 nights, under both standards.

Figures on 2 cores of the reference machine stand in the closing note of the work; the aim is below 3 s.
"""

import resource
import sys
import time

import numpy as np
import polars as pl

from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.schema import INSTANT, SIGNAL_BREAK, Side, empty
from transforms.scoring.standard import score_legs

NIGHTS = 100_000
MOVEMENTS_PER_NIGHT = 100
NIGHTS_PER_PERSON = 10
AIM_S = 3.0


def synthetic_events(nights: int, per_night: int, seed: int = 1) -> pl.DataFrame:
    """Single-leg events: about two thirds in periodic runs around 24 s, the rest far apart; both legs, 0.3-10 s long."""
    rng = np.random.default_rng(seed)
    size = nights * per_night
    is_periodic = rng.random(size) < 0.7
    gap_us = np.where(is_periodic, rng.lognormal(np.log(24e6), 0.5, size), rng.exponential(400e6, size))
    night = np.arange(nights)
    start_us = 1_770_000_000_000_000 + (night % NIGHTS_PER_PERSON) * 86_400_000_000
    onset_us = np.cumsum(gap_us.astype(np.int64).reshape(nights, per_night), axis=1) + start_us[:, None]
    length_us = rng.lognormal(np.log(2e6), 0.6, size).astype(np.int64)
    keys = pl.select(
        participant_id=pl.format(
            "P{}", pl.lit(pl.Series(night // NIGHTS_PER_PERSON)).cast(pl.String).str.zfill(6)
        ),
        night_date=pl.lit(pl.Series(20_485 + night % NIGHTS_PER_PERSON, dtype=pl.Int32)).cast(pl.Date),
    )
    return keys[np.repeat(night, per_night)].with_columns(
        pl.Series("side", rng.integers(0, 2, size).astype(np.uint8)).cat.to(Side),
        pl.Series("onset_at", onset_us.ravel()).cast(INSTANT),
        pl.Series("offset_at", onset_us.ravel() + length_us).cast(INSTANT),
        is_sleep=pl.lit(value=True),
    )


def main() -> None:
    """Time the scoring of one frame under both standards and print seconds, rate and peak memory."""
    events = synthetic_events(NIGHTS, MOVEMENTS_PER_NIGHT)
    before_mb = peak_mb()
    print(f"{events.height:,} leg events of {NIGHTS:,} nights, {events.estimated_size('mb'):.0f} MB")
    breaks = empty(SIGNAL_BREAK)
    total_s = 0.0
    for rules in (WASM_2016, AASM_2023):
        started, worked = time.perf_counter(), time.process_time()
        scored = score_legs(events, breaks, rules)
        took_s, worked_s = time.perf_counter() - started, time.process_time() - worked
        total_s += took_s
        movements, periodic = scored.height, scored["series_number"].count()
        del scored
        # on a machine that others use, the work says more than the wall clock
        print(
            f"{rules.name}: {took_s:5.2f} s ({worked_s:.2f} s of all cores)   {movements:,} movements, {periodic:,} in series"
        )
    print(
        f"both: {total_s:5.2f} s   aim: below {AIM_S:.0f} s   {events.height / total_s / 1e6:.1f} million events per s"
    )
    print(f"peak memory {peak_mb():.0f} MB, of which {before_mb:.0f} MB before scoring")


def peak_mb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


if __name__ == "__main__":
    main()
