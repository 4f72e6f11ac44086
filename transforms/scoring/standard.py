"""Leg events scored under one standard, from single-leg events to series."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from transforms.errors import ContractError
from transforms.parameters.scoring import ScoringRules
from transforms.schema import INSTANT, Side
from transforms.scoring.association import is_near_arousal, is_near_respiratory
from transforms.scoring.combination import (
    Combined,
    Joined,
    any_in_group,
    combined_legs,
    is_scorable,
    joined_by_pause,
    joined_on_one_leg,
)
from transforms.scoring.series import UNKNOWN, Series, series_of
from transforms.scoring.timeline import Flags, Ints, Legs, Timeline, Windows, lay_out, to_us

STRETCH_ROWS: Final = 250_000
"""Whole nights are worked on together up to about here: what the processor's cache holds."""


def score_legs(
    events: pl.DataFrame,
    breaks: pl.DataFrame,
    rules: ScoringRules,
    *,
    respiratory: pl.DataFrame | None = None,
    arousals: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Score single-leg events of any number of participants and nights under one rule set.

    One row is one leg event of a sensor or a scorer. Reads participant_id, night_date, side, onset_at and offset_at,
    and is_sleep where the rule set is ``is_sleep_only``; ``breaks`` has the schema SIGNAL_BREAK; ``respiratory`` and
    ``arousals`` have participant_id, night_date, onset_at and offset_at, and are None where they were not recorded,
    which is not the same as none having occurred.

    Returns one row per movement in order of participant, night and onset: participant_id, night_date, side, onset_at,
    offset_at, duration_s, member_count, is_clm, is_sleep where given, is_respiratory, is_arousal, imi_s,
    series_number, series_number_without_respiratory. What was not recorded is null.

    1. Events of one leg are joined (:func:`join_same_leg`).
    2. Under ``is_sleep_only``, leg movements without a part in sleep go; under ``is_respiratory_excluded``, those next
       to a respiratory event go. They are not scored and interrupt nothing.
    3. The legs are combined and candidates told (:func:`combine_legs`).
    4. Series are found with all movements, and again without the candidates next to a respiratory event
       (:func:`mark_series`).

    Raises ContractError when is_sleep is needed and absent.
    """
    if rules.is_sleep_only and "is_sleep" not in events.columns:
        raise ContractError(f"rules {rules.name!r} score movements in sleep only: column is_sleep is missing")
    ordered, line, legs = lay_out(events)
    context = Context(
        breaks=line.place(breaks, "started_at", "ended_at"),
        respiratory=None if respiratory is None else line.place(respiratory, "onset_at", "offset_at"),
        arousals=None if arousals is None else line.place(arousals, "onset_at", "offset_at"),
    )
    asleep = ordered["is_sleep"].fill_null(value=False).to_numpy() if "is_sleep" in ordered.columns else None

    def score(stretch: tuple[int, int]) -> pl.DataFrame:
        first, last = stretch
        flags = None if asleep is None else asleep[first:last]
        return _frame(score_stretch(legs.between(first, last), flags, context, rules), line)

    # numpy lets go of the interpreter while it computes, so threads are enough
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        return pl.concat(pool.map(score, line.stretches(STRETCH_ROWS)))


@dataclass(frozen=True, eq=False)
class Context:
    """What else happened in the nights of a timeline."""

    breaks: Windows
    respiratory: Windows | None
    arousals: Windows | None

    def near(self, low: int, high: int) -> "Context":
        """Keep what lies in the nights between two places on the line."""
        return Context(
            breaks=self.breaks.near(low, high),
            respiratory=self.respiratory and self.respiratory.near(low, high),
            arousals=self.arousals and self.arousals.near(low, high),
        )


@dataclass(frozen=True, eq=False)
class Scored:
    """Movements of one stretch of the line; None stands for what was not recorded."""

    joined: Joined  # events to leg movements
    chosen: Ints  # the leg movements that the standard scores
    combined: Combined  # those to movements
    is_candidate: Flags
    is_sleep: Flags | None
    is_respiratory: Flags | None
    is_arousal: Flags | None
    series: Series
    number_without_respiratory: Ints | None

    @property
    def legs(self) -> Legs:
        """The movements."""
        return self.combined.joined.legs

    def movement_of_event(self) -> Ints:
        """Return the movement of each event, UNKNOWN for an event that is not scored."""
        movement = np.full(self.joined.first.size, UNKNOWN, dtype=np.int64)
        movement[self.chosen] = self.combined.joined.group
        return movement[self.joined.group]

    def first_event(self) -> Ints:
        """Return the event that opens each movement."""
        return self.joined.first[self.chosen][self.combined.joined.first]


def score_stretch(
    events: Legs,
    asleep: Flags | None,
    context: Context,
    rules: ScoringRules,
    interrupting: Legs | None = None,
) -> Scored:
    """Score events on the line; the steps are those of :func:`score_legs`.

    ``interrupting`` are movements of other kinds, in order of onset. Where the rule set lets non-candidates interrupt,
    they end series, and a movement that would be combined with one of them is no candidate.
    """
    if events.onset.size:
        context = context.near(int(events.onset[0]), int(events.offset.max()))
    joined = joined_on_one_leg(events, rules.same_leg_join_gap_s)
    is_sleep = None if asleep is None else any_in_group(asleep, joined)
    scored = is_scorable(joined.legs, rules)
    if rules.is_sleep_only and is_sleep is not None:
        scored &= is_sleep
    if rules.is_respiratory_excluded and context.respiratory is not None:
        scored &= ~is_near_respiratory(joined.legs, context.respiratory, rules)
    chosen = np.flatnonzero(scored)
    combined = combined_legs(joined.legs.take(chosen), rules)
    movements, is_candidate = combined.joined.legs, combined.is_candidate
    if not rules.does_noncandidate_interrupt or interrupting is None or not interrupting.onset.size:
        interrupting = None
    else:
        is_candidate = is_candidate & ~_is_beside(movements, interrupting, rules)
    series = _series_among(movements, is_candidate, interrupting, context, rules)
    near, without = None, None
    if context.respiratory is not None:
        near = is_near_respiratory(movements, context.respiratory, rules)
        stays = np.flatnonzero(~(is_candidate & near))
        rest = _series_among(movements.take(stays), is_candidate[stays], interrupting, context, rules)
        without = np.zeros(near.size, dtype=np.int64)
        without[stays] = rest.number
    return Scored(
        joined=joined,
        chosen=chosen,
        combined=combined,
        is_candidate=is_candidate,
        is_sleep=None if is_sleep is None else any_in_group(is_sleep[chosen], combined.joined),
        is_respiratory=near,
        is_arousal=None if context.arousals is None else is_near_arousal(movements, context.arousals, rules),
        series=series,
        number_without_respiratory=without,
    )


def _series_among(
    movements: Legs, is_candidate: Flags, interrupting: Legs | None, context: Context, rules: ScoringRules
) -> Series:
    if interrupting is None:
        return series_of(movements, is_candidate, context.breaks, rules)
    together, place = movements.merge(interrupting)
    candidate = np.zeros(together.onset.size, dtype=np.bool_)
    candidate[place] = is_candidate
    found = series_of(together, candidate, context.breaks, rules)
    return Series(found.interval[place], found.number[place])


def _is_beside(movements: Legs, interrupting: Legs, rules: ScoringRules) -> Flags:
    """Tell the movements that the pause rule would combine with a movement of another kind."""
    together, place = movements.merge(interrupting)
    is_other = np.ones(together.onset.size, dtype=np.bool_)
    is_other[place] = False
    pause = rules.leg_combination_s if rules.leg_combination == "pause" else rules.same_leg_join_gap_s
    joined = joined_by_pause(together, to_us(pause))
    beside: Flags = any_in_group(is_other, joined)[joined.group][place]
    return beside


def _frame(scored: Scored, line: Timeline) -> pl.DataFrame:
    shift = line.shift_us[scored.legs.night]
    size = shift.size
    without = scored.number_without_respiratory
    columns: list[pl.Series] = [
        pl.Series("side", scored.legs.side).cat.to(Side),
        pl.Series("onset_at", scored.legs.onset - shift).cast(INSTANT),
        pl.Series("offset_at", scored.legs.offset - shift).cast(INSTANT),
        pl.Series("duration_s", scored.legs.duration_s()),
        pl.Series("member_count", scored.combined.member_count, dtype=pl.Int32),
        pl.Series("is_clm", scored.is_candidate),
        _or_unknown(scored.is_sleep, size).alias("is_sleep"),
        _or_unknown(scored.is_respiratory, size).alias("is_respiratory"),
        _or_unknown(scored.is_arousal, size).alias("is_arousal"),
        pl.Series("imi_s", scored.series.interval_s()).fill_nan(None),
        _or_null(scored.series.number).alias("series_number"),
        _or_null(np.zeros(size, dtype=np.int64) if without is None else without).alias(
            "series_number_without_respiratory"
        ),
    ]
    return line.nights[scored.legs.night].with_columns(columns)


def _or_unknown(flags: Flags | None, size: int) -> pl.Series:
    return pl.repeat(None, size, dtype=pl.Boolean, eager=True) if flags is None else pl.Series(flags)


def _or_null(number: Ints) -> pl.Series:
    return pl.Series(number, dtype=pl.Int32).replace(0, None)
