"""Single-leg events become leg movements, and leg movements of both legs become one movement.

The two steps of WASM 2016 (as PLMScoRe ``lm_unil`` and ``lm_bil`` compute them) and of AASM, told apart by the rule
set. All arithmetic is in whole microseconds, so that a pause of exactly 0.5 s is exactly that.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.parameters.scoring import ScoringRules
from transforms.schema import INSTANT, Side
from transforms.scoring.timeline import (
    BOTH,
    KEYS,
    LEFT,
    OTHER,
    RIGHT,
    Codes,
    Flags,
    Ints,
    Legs,
    Timeline,
    lay_out,
    orbit,
    to_us,
)


@dataclass(frozen=True, eq=False)
class Joined:
    """Groups of consecutive entries that are one: which entry is the first of its group, and the group of each."""

    legs: Legs  # one entry per group, in order of onset
    first: Ints  # entry that opens each group
    group: Ints  # group of each entry


@dataclass(frozen=True, eq=False)
class Combined:
    """Movements of one or both legs."""

    joined: Joined
    member_count: Ints
    is_candidate: Flags


def join_same_leg(events: pl.DataFrame, rules: ScoringRules) -> pl.DataFrame:
    """Join the events of one leg that are parted by less than ``same_leg_join_gap_s``.

    One row is one event of one side, in any order. Reads participant_id, night_date, side, onset_at and offset_at, and
    is_sleep where present. Returns one row per leg movement of a side with these columns, the onset of the first, the
    latest offset, event_count, and is_sleep true where any part was in sleep. Events below ``min_movement_s`` take
    part: two of them with a short pause can make one leg movement (PLMScoRe ``lm_unil`` comes before ``lm_dur1``).
    Two bands on one leg are one side, so their events are joined too; 'both' and 'other' are sides of their own.
    """
    ordered, line, legs = lay_out(events)
    joined = joined_on_one_leg(legs, rules.same_leg_join_gap_s)
    return _with_sleep(
        _frame(ordered, line, joined).with_columns(event_count=pl.Series(_sizes(joined), dtype=pl.Int32)),
        ordered,
        joined,
    )


def combine_legs(movements: pl.DataFrame, rules: ScoringRules) -> pl.DataFrame:
    """Combine leg movements of both legs into movements and tell the candidates (CLM).

    One row is one joined leg movement (from :func:`join_same_leg`). Reads participant_id, night_date, side, onset_at,
    offset_at, and is_sleep where present. Movements below ``min_movement_s`` are left out: they are not leg movements
    and interrupt nothing. Returns one row per movement with participant_id, night_date, side, onset_at, offset_at,
    duration_s, member_count, is_clm, and is_sleep where it was present.

    - ``leg_combination == 'pause'`` (WASM): every movement whose onset is less than ``leg_combination_s`` after the
      running latest offset is taken in, until none follows. The result is no candidate when it has more than
      ``max_combined_members`` members, lasts longer than ``max_combined_s``, or any member of one leg is longer than
      ``max_single_leg_s``.
    - ``'onset'`` (AASM): a movement takes in those of the other leg whose onset is less than ``leg_combination_s``
      after its own, up to the next movement of its own leg. Intervals run from this first onset. An unknown side
      could be the same leg and is never combined.
    - Without ``does_noncandidate_interrupt``, movements that are too long are not scored: they are left out before
      the legs are combined.

    A movement that the scorer wrote down as of both legs is one member and has the time limit of both legs.
    """
    ordered, line, legs = lay_out(movements)
    chosen = is_scorable(legs, rules)
    ordered, line, legs = lay_out(ordered.filter(pl.Series(chosen)))
    combined = combined_legs(legs, rules)
    frame = _frame(ordered, line, combined.joined).with_columns(
        pl.Series("duration_s", combined.joined.legs.duration_s()),
        pl.Series("member_count", combined.member_count, dtype=pl.Int32),
        pl.Series("is_clm", combined.is_candidate),
    )
    return _with_sleep(frame, ordered, combined.joined)


def is_scorable(legs: Legs, rules: ScoringRules) -> Flags:
    """Tell the single-leg movements that the standard scores at all."""
    duration = legs.offset - legs.onset
    scorable: Flags = duration >= to_us(rules.min_movement_s)
    if not rules.does_noncandidate_interrupt:
        scorable &= duration <= _limit(legs, rules)
    return scorable


def joined_on_one_leg(legs: Legs, gap_s: float) -> Joined:
    """Join entries of equal side by the running maximum of their offsets; see :func:`join_same_leg`."""
    gap = to_us(gap_s)
    size = legs.onset.size
    opener = np.arange(size)  # the entry that opens the group of each
    offset = legs.offset.copy()
    for side in (LEFT, RIGHT, BOTH, OTHER):
        rows = np.flatnonzero(legs.side == side)
        if rows.size < 2:
            continue
        latest = np.maximum.accumulate(legs.offset[rows])
        follows = legs.onset[rows][1:] < latest[:-1] + gap
        if not follows.any():
            continue
        opens = np.append(True, ~follows)
        first = np.flatnonzero(opens)
        offset[rows[first]] = latest[np.append(first[1:], rows.size) - 1]
        opener[rows] = rows[first][np.cumsum(opens) - 1]
    is_opener = opener == np.arange(size)
    first = np.flatnonzero(is_opener)
    group = (np.cumsum(is_opener) - 1)[opener]
    return Joined(Legs(legs.onset[first], offset[first], legs.side[first], legs.night[first]), first, group)


def combined_legs(legs: Legs, rules: ScoringRules) -> Combined:
    """Combine single-leg movements on the line; see :func:`combine_legs`."""
    if not legs.onset.size:
        return Combined(Joined(legs, legs.onset, legs.onset), legs.onset, np.empty(0, dtype=np.bool_))
    reach = to_us(rules.leg_combination_s)
    joined = (
        joined_by_pause(legs, reach) if rules.leg_combination == "pause" else _combined_by_onset(legs, reach)
    )
    member_count = np.diff(joined.first, append=legs.onset.size)
    too_long = legs.offset - legs.onset > _limit(legs, rules)
    is_single = (member_count == 1) & (joined.legs.side != BOTH)
    longest = np.where(is_single, to_us(rules.max_single_leg_s), to_us(rules.max_combined_s))
    is_candidate = (
        (joined.legs.offset - joined.legs.onset <= longest)
        & (member_count <= rules.max_combined_members)
        & ~np.logical_or.reduceat(too_long, joined.first)
    )
    return Combined(joined, member_count, is_candidate)


def joined_by_pause(legs: Legs, reach: int) -> Joined:
    """Chain entries of any side whose onset is less than ``reach`` after the running latest offset."""
    if not legs.onset.size:
        return Joined(legs, legs.onset, legs.onset)
    latest = np.maximum.accumulate(legs.offset)
    opens = np.ones(legs.onset.size, dtype=np.bool_)
    opens[1:] = legs.onset[1:] >= latest[:-1] + reach
    first = np.flatnonzero(opens)
    last = np.append(first[1:], legs.onset.size) - 1
    side = _common_side(legs.side, first)
    return Joined(Legs(legs.onset[first], latest[last], side, legs.night[first]), first, np.cumsum(opens) - 1)


def _combined_by_onset(legs: Legs, reach: int) -> Joined:
    size = legs.onset.size
    opens = np.ones(size, dtype=np.bool_)
    is_close = np.zeros(size + 1, dtype=np.bool_)
    is_close[1:size] = np.diff(legs.onset) < reach
    rows = np.flatnonzero(is_close[:-1] | is_close[1:])  # the others stand alone
    if rows.size:
        onset, side = legs.onset[rows], legs.side[rows]
        following = np.minimum(np.searchsorted(onset, onset + reach, side="left"), _next_on_same_leg(side))
        opens[rows] = orbit(following, ~is_close[rows])
    first = np.flatnonzero(opens)
    latest = np.maximum.reduceat(legs.offset, first)
    merged = Legs(legs.onset[first], latest, _common_side(legs.side, first), legs.night[first])
    return Joined(merged, first, np.cumsum(opens) - 1)


def _next_on_same_leg(side: Codes) -> Ints:
    """Return the next entry that may be of the same leg; the size where there is none."""
    size = side.size
    here = np.arange(size)
    following = here + 1  # of 'both' and 'other': whatever comes next
    for own, opposite in ((LEFT, RIGHT), (RIGHT, LEFT)):
        candidate = np.where(side != opposite, here, size)
        nearest = np.minimum.accumulate(candidate[::-1])[::-1]
        following = np.where(side == own, np.append(nearest[1:], size), following)
    return following


def _common_side(side: Codes, first: Ints) -> Codes:
    """Left and right make both; an unknown side adds nothing to a known one."""
    bits = np.array([1, 2, 3, 0], dtype=np.uint8)[side]
    return np.array([OTHER, LEFT, RIGHT, BOTH], dtype=np.uint8)[np.bitwise_or.reduceat(bits, first)]


def _limit(legs: Legs, rules: ScoringRules) -> Ints:
    return np.where(legs.side == BOTH, to_us(rules.max_combined_s), to_us(rules.max_single_leg_s))


def _sizes(joined: Joined) -> Ints:
    return np.bincount(joined.group, minlength=joined.first.size)


def _frame(ordered: pl.DataFrame, line: Timeline, joined: Joined) -> pl.DataFrame:
    shift = line.shift_us[joined.legs.night]
    return ordered.select(KEYS)[joined.first].with_columns(
        pl.Series("side", joined.legs.side).cat.to(Side),
        pl.Series("onset_at", joined.legs.onset - shift).cast(INSTANT),
        pl.Series("offset_at", joined.legs.offset - shift).cast(INSTANT),
    )


def _with_sleep(frame: pl.DataFrame, ordered: pl.DataFrame, joined: Joined) -> pl.DataFrame:
    if "is_sleep" not in ordered.columns:
        return frame
    asleep = ordered["is_sleep"].fill_null(value=False).to_numpy()
    return frame.with_columns(pl.Series("is_sleep", any_in_group(asleep, joined)))


def any_in_group(flags: Flags, joined: Joined) -> Flags:
    """Tell the groups in which any entry is flagged."""
    found = np.zeros(joined.first.size, dtype=np.bool_)
    found[joined.group[np.flatnonzero(flags)]] = True
    return found
