"""Per-leg events become movements of the person, scored under two standards."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.errors import ContractError
from transforms.parameters.scoring import ScoringRules
from transforms.schema import LEG_EVENT, MOVEMENT, MovementKind, MovementSource, Side, empty, require
from transforms.scoring.combination import Joined, joined_by_pause
from transforms.scoring.in_sleep import is_in_sleep
from transforms.scoring.series import UNKNOWN, series_id
from transforms.scoring.standard import Context, Scored, score_stretch
from transforms.scoring.timeline import Codes, Ints, Legs, lay_out, microseconds, to_us

KINDS: Final = MovementKind.categories.to_list()
LEG_MOVEMENT: Final = KINDS.index("leg_movement")
BRIEF: Final = [KINDS.index("hypnic_jerk"), KINDS.index("twitch")]
OTHERS: Final = [code for code in range(len(KINDS)) if code not in {LEG_MOVEMENT, *BRIEF}]


def score_events(
    events: pl.DataFrame,
    breaks: pl.DataFrame,
    nights: pl.DataFrame,
    wake_episodes: pl.DataFrame,
    wasm: ScoringRules,
    aasm: ScoringRules,
) -> pl.DataFrame:
    """Combine the events of all leg sensors into movements and score them (schema MOVEMENT).

    One row of ``events`` is one classified event of one recording (schema LEG_EVENT), of any number of participants and
    nights, in any order; ``breaks`` (SIGNAL_BREAK) tells where no leg was measured; ``nights`` (NIGHT) and
    ``wake_episodes`` (WAKE_EPISODE) tell sleep. Returns one row per movement, in order of participant, night, onset.

    1. Leg movements are joined on each leg and combined across legs by the rules of ``wasm``
       (:func:`transforms.scoring.combination.combine_legs`). One that stays below ``min_movement_s`` remains a row,
       but is no candidate and interrupts nothing.
    2. Events of another kind are combined with those of their own kind, whatever the site, when the pause between them
       is below ``other_kinds_gap_s``.
    3. A movement has the earliest onset and the latest offset of its events; the phase of the first event; the largest
       peak_g, peak_jerk_g_per_s, tilt_deg and confidence; rise_s and dominant_hz of the event with the largest
       peak_g. Confidence is the largest because two bands on one body are not independent witnesses, so that
       multiplying their doubts would overstate, and a leg that lies still says nothing against the other.
    4. Hypnic jerks and twitches are shorter than a leg movement by definition (0.5 s): they neither count as
       candidates nor interrupt a series, like the events below 0.5 s that WASM removes (PLMScoRe ``lm_dur1``). This
       goes by their kind, since acceleration prolongs a burst by the ringing of the limb.
    5. Turns, foot tremor and rhythmic movements of at least ``min_movement_s`` are movements of the leg that are no
       candidates. Under WASM such a movement ends a series (rules 3.2.1, 3.3.6): the electrode of a scorer
       would have shown one long activation there. A leg movement within ``leg_combination_s`` of such a movement would
       be combined with it by the scorer, and a combination with a non-candidate is none (golden case 16); so it
       is no candidate either, though its row stays. AASM does not score movements that are not leg movements
       and names no end of a series: there they interrupt nothing.
    6. wasm_series_id, is_clm and imi_s come from ``wasm``. Under ``aasm`` the single-leg movements are combined anew
       (legs within 5 s) and only those with a part in sleep are scored, so that its movements are not the rows of this
       table. A row carries the aasm_series_id when the first event of an AASM movement of a series lies in it, and
       aasm_plm_count is the number of such movements: its sum is the AASM count of a night.

    movement_id is made of participant, onset in microseconds since 1970 and kind, and so survives a second run; where
    two rows would share it, the later ones carry a number as well.

    Respiration is not known to a leg sensor: movements that end an apnoea are among the candidates.

    Raises ContractError when a frame breaks its schema.
    """
    events = require(events, LEG_EVENT, "events to be scored")
    if not events.height:
        return empty(MOVEMENT)
    if events["kind"].null_count():
        raise ContractError(f"events to be scored: {events['kind'].null_count()} without a kind")
    ordered, line, legs = lay_out(events)
    kind = ordered["kind"].to_physical().to_numpy()
    leg_rows = np.flatnonzero(kind == LEG_MOVEMENT)
    leg_events = legs.take(leg_rows)
    groups = {code: _Group.of(legs, kind, code, wasm) for code in (*BRIEF, *OTHERS)}
    interrupting = _interrupting([groups[code] for code in OTHERS], wasm)
    context = Context(line.place(breaks, "started_at", "ended_at"), respiratory=None, arousals=None)
    asleep = is_in_sleep(leg_events, line, nights, wake_episodes)
    by_wasm = score_stretch(leg_events, asleep, context, wasm, interrupting)
    by_aasm = score_stretch(leg_events, asleep, context, aasm, interrupting)

    movement = np.empty(ordered.height, dtype=np.int64)  # of each event; the scored leg movements come first
    movement[leg_rows] = _with_own_number(by_wasm)
    count = int(movement[leg_rows].max(initial=-1)) + 1
    for group in groups.values():
        movement[group.rows] = group.joined.group + count
        count += group.joined.first.size

    is_periodic = by_aasm.series.number > 0
    opened = movement[leg_rows][by_aasm.first_event()[is_periodic]]
    aasm_number = np.zeros(count, dtype=np.int64)
    aasm_number[opened[::-1]] = by_aasm.series.number[is_periodic][::-1]  # of two in one row the first stays
    is_scored = slice(0, by_wasm.legs.onset.size)
    is_clm, imi_s = np.zeros(count, dtype=np.bool_), np.full(count, np.nan)
    wasm_number = np.zeros(count, dtype=np.int64)
    is_clm[is_scored], imi_s[is_scored] = by_wasm.is_candidate, by_wasm.series.interval_s()
    wasm_number[is_scored] = by_wasm.series.number
    return (
        _described(ordered, movement)
        .with_columns(
            pl.Series("is_clm", is_clm),
            pl.Series("imi_s", imi_s).fill_nan(None),
            pl.Series("aasm_plm_count", np.bincount(opened, minlength=count), dtype=pl.Int32),
            series_id(_number(wasm_number), wasm).alias("wasm_series_id"),
            series_id(_number(aasm_number), aasm).alias("aasm_series_id"),
            pl.lit("acceleration", dtype=MovementSource).alias("movement_source"),
        )
        .sort("participant_id", "night_date", "onset_at", "kind", "side", "offset_at")
        .with_columns(_unique("movement_id"))
        .select(MOVEMENT.names())
    )


@dataclass(frozen=True, eq=False)
class _Group:
    """Events of one kind other than leg movement, combined by the pause between them."""

    rows: Ints
    joined: Joined

    @staticmethod
    def of(legs: Legs, kind: Codes, code: int, rules: ScoringRules) -> "_Group":
        rows = np.flatnonzero(kind == code)
        return _Group(rows, joined_by_pause(legs.take(rows), to_us(rules.other_kinds_gap_s)))


def _interrupting(groups: list[_Group], rules: ScoringRules) -> Legs:
    """Unite movements of other kinds that are long enough to be seen by a scorer."""
    interrupting = groups[0].joined.legs.between(0, 0)
    for group in groups:
        legs = group.joined.legs
        is_long = legs.offset - legs.onset >= to_us(rules.min_movement_s)
        interrupting, _ = interrupting.merge(legs.take(np.flatnonzero(is_long)))
    return interrupting


def _with_own_number(scored: Scored) -> Ints:
    """Number the movement of each event; what the standard does not score is numbered after what it scores."""
    movement = scored.movement_of_event()
    is_unscored = np.ones(scored.joined.first.size, dtype=np.bool_)
    is_unscored[scored.chosen] = False
    own = np.cumsum(is_unscored) - 1 + scored.legs.onset.size
    return np.where(movement == UNKNOWN, own[scored.joined.group], movement)


def _described(ordered: pl.DataFrame, movement: Ints) -> pl.DataFrame:
    """Return one row per movement, in the order of their numbers, with all that its events say of it."""
    strongest = pl.col("peak_g").fill_null(-1.0).arg_max()
    side = pl.col("side").cast(pl.String)
    has_left, has_right = side.is_in(["left", "both"]).any(), side.is_in(["right", "both"]).any()
    told = (
        ordered.with_columns(movement=movement)
        .group_by("movement", maintain_order=True)
        .agg(
            pl.col("participant_id", "night_date", "kind", "phase", "is_asleep").first(),
            pl.col("onset_at").min(),
            pl.col("offset_at").max(),
            pl.col("body_site").cast(pl.String).unique().sort().alias("body_sites"),
            pl.when(has_left & has_right)
            .then(pl.lit("both"))
            .when(has_left)
            .then(pl.lit("left"))
            .when(has_right)
            .then(pl.lit("right"))
            .otherwise(pl.lit("other"))
            .cast(Side)
            .alias("side"),
            pl.col("peak_g", "peak_jerk_g_per_s", "tilt_deg", "confidence").max(),
            pl.col("rise_s", "dominant_hz").get(strongest),
        )
        .sort("movement")
    )
    duration_us = microseconds(told, "offset_at") - microseconds(told, "onset_at")
    return told.with_columns(
        pl.Series("duration_s", duration_us / SECOND_US),  # numpy divides exactly, polars does not
        pl.concat_str(
            "participant_id", pl.col("onset_at").to_physical(), pl.col("kind").cast(pl.String), separator=":"
        ).alias("movement_id"),
    )


def _unique(column: str) -> pl.Expr:
    """Mark the second and later rows of one id, such as two brief events of both legs at one instant."""
    ordinal = pl.col(column).cum_count().over(column)
    return pl.when(ordinal > 1).then(pl.concat_str(column, ordinal, separator=":")).otherwise(column)


def _number(number: Ints) -> pl.Expr:
    return pl.lit(pl.Series(number).replace(0, None))
