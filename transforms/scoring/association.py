"""Which movements lie next to a respiratory event or an arousal."""

import numpy as np
import polars as pl

from transforms.parameters.scoring import ScoringRules
from transforms.scoring.timeline import Flags, Ints, Legs, Windows, lay_out, to_us


def mark_respiratory(movements: pl.DataFrame, respiratory: pl.DataFrame, rules: ScoringRules) -> pl.DataFrame:
    """Add is_respiratory: the movement lies next to a respiratory event as the rule set defines it.

    One row is one movement. Reads participant_id, night_date, onset_at, offset_at and side; ``respiratory`` has
    participant_id, night_date, onset_at and offset_at of apnoeas, hypopnoeas and RERAs. Returns the rows in order of
    participant, night and onset.

    The window is closed at both ends: under WASM 2016 a movement from 120 to 121 s touches the window of an event that
    ends at 123 s (golden case 19). ``respiratory_part == 'any'``: any part of the movement lies in one window;
    ``'whole'``: all of it does.
    """
    ordered, line, legs = lay_out(movements)
    windows = line.place(respiratory, "onset_at", "offset_at")
    return ordered.with_columns(pl.Series("is_respiratory", is_near_respiratory(legs, windows, rules)))


def mark_arousal(movements: pl.DataFrame, arousals: pl.DataFrame, rules: ScoringRules) -> pl.DataFrame:
    """Add is_arousal: the movement overlaps an arousal or lies less than ``arousal_gap_s`` from it, on either side.

    One row is one movement. Reads participant_id, night_date, onset_at, offset_at and side; ``arousals`` has
    participant_id, night_date, onset_at and offset_at. Returns the rows in order of participant, night and onset.

    A pause of exactly ``arousal_gap_s`` does not associate: the standards say "less than 0.5 s". PLMScoRe counts it.
    """
    ordered, line, legs = lay_out(movements)
    windows = line.place(arousals, "onset_at", "offset_at")
    return ordered.with_columns(pl.Series("is_arousal", is_near_arousal(legs, windows, rules)))


def is_near_respiratory(legs: Legs, events: Windows, rules: ScoringRules) -> Flags:
    """Tell the movements in the window of a respiratory event; see :func:`mark_respiratory`."""
    anchor = events.end if rules.respiratory_anchor == "event_end" else events.start
    low, high = anchor - to_us(rules.respiratory_before_s), events.end + to_us(rules.respiratory_after_s)
    return is_touched(legs, low, high) if rules.respiratory_part == "any" else is_held(legs, low, high)


def is_near_arousal(legs: Legs, arousals: Windows, rules: ScoringRules) -> Flags:
    """Tell the movements beside an arousal; see :func:`mark_arousal`."""
    reach = to_us(rules.arousal_gap_s)
    return is_touched(legs, arousals.start - reach + 1, arousals.end + reach - 1)


def is_touched(legs: Legs, low: Ints, high: Ints) -> Flags:
    """Tell the movements that share at least an instant with one of the closed windows."""
    if not low.size:
        return np.zeros(legs.onset.size, dtype=np.bool_)
    begun = np.searchsorted(np.sort(low), legs.offset, side="right")
    over = np.searchsorted(np.sort(high), legs.onset, side="left")
    touched: Flags = begun > over
    return touched


def is_held(legs: Legs, low: Ints, high: Ints) -> Flags:
    """Tell the movements that lie wholly in one of the closed windows."""
    if not low.size:
        return np.zeros(legs.onset.size, dtype=np.bool_)
    order = np.argsort(low)
    furthest = np.maximum.accumulate(high[order])
    begun = np.searchsorted(low[order], legs.onset, side="right")
    held: Flags = (begun > 0) & (furthest[np.maximum(begun, 1) - 1] >= legs.offset)
    return held
