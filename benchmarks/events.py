"""Every kind of event on clean physics: by amplitude, rate and site; negative controls; the same night otherwise.

``legjumps benchmark events`` simulates nights on seeds, amplitudes, rates, sites and noise of its own and takes them
through the project's own chain in memory. What people and devices do to it is the benchmark ``validity``.
``legjumps benchmark events STUDY [STORE]`` holds the store of a simulated study against the ``truth.parquet`` beside it.
"""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import numpy as np
import polars as pl

from transforms.agreement.validity import (
    agreement,
    leave_out_faint,
    match_movements,
    onset_error,
    ratios_shown,
    score,
    sleep_window_error,
    with_amplitude_decile,
    within_both,
)
from transforms.parameters import DEFAULT
from transforms.parameters.simulation import LEGS_2026
from transforms.parameters.validity import EVENT_MATCHING_2026
from transforms.pipeline import Scored
from transforms.recording import RawSignal
from transforms.simulation.controls import negative_controls
from transforms.simulation.excursion import STANDARD_GRAVITY_M_PER_S2
from transforms.simulation.measurement import (
    Comparison,
    compare,
    delayed,
    measure,
    rendered,
    sleep_diary,
    split_in_two,
)
from transforms.simulation.participant import ParticipantPlan, simulate_participant

SEED = 713_408  # of no test and no tuning
NIGHTS = 66
NIGHT = date(2026, 11, 2)
ZONE = "Europe/Berlin"
CONTROL_NIGHTS = 3
FAINT_G = 0.06
TURN_DEG = 20.0
NEAR_ONSET_MIN = 15.0
KEYS = ["participant_id", "night_date"]
BRIEF = ["hypnic_jerk", "twitch"]
IMU_SAMPLE = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "gaitmap" / "imu_sample.csv"
IMU_RATE_HZ = 204.8

HARD = replace(
    LEGS_2026,
    shape=replace(LEGS_2026.shape, leg_amplitude_median_g=0.16, leg_amplitude_log_sd=0.8),
    behaviour=replace(LEGS_2026.behaviour, missing_day_share=0.0),
)
"""Fainter legs than the demonstration's, down to 0.04 g; every night has a diary entry."""

ANCHORS = """Published, against polysomnography of patients (not against a simulation):
  SOMNOwatch, one ankle, manual scoring (Spektor 2024, n=28)   r 0.98   event sensitivity 86.7 %   specificity 92.3 %
  PAM-RL, both ankles (Sforza 2005, n=43)                      r 0.87   PLMI>10: sensitivity 0.88, specificity 0.76
  Human scorers among each other (PSG-IPA, limb movements)     event F1 0.75 to 0.91
A simulation is not a patient: these figures say that the detector does what it claims on signals made of known
mechanics. How much of what an electromyogram shows moves an ankle at all, they cannot say."""


def main(study: Path | None = None, store: Path | None = None) -> None:
    """Print the tables; with ``study`` those of its store against its truth."""
    pl.Config.set_tbl_hide_dataframe_shape(True).set_tbl_hide_column_data_types(True).set_tbl_cols(-1)
    pl.Config.set_tbl_rows(100).set_float_precision(3).set_tbl_width_chars(240).set_fmt_str_lengths(
        60
    ).set_tbl_formatting("ASCII_MARKDOWN")
    if study is not None:
        print_study(study, study / "store" if store is None else store)
        return
    started = time.perf_counter()
    plans = simulated_plans()
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
        comparisons = list(pool.map(compare, plans, [HARD] * len(plans), [DEFAULT] * len(plans)))
    print(f"{len(plans)} simulated participant-nights (seed {SEED}), {time.perf_counter() - started:.0f} s\n")
    print_events(comparisons, plans)
    print_indices(comparisons)
    print_sleep(comparisons)
    print_controls()
    print_robustness()
    print(f"\n{ANCHORS}\n\n{time.perf_counter() - started:.0f} s in all")


def simulated_plans() -> list[ParticipantPlan]:
    """Cross rates, sites and scales; a third of the nights has a rhythmic episode, a third restless legs."""
    sites = (("left_ankle",), ("left_ankle", "right_ankle"), ("right_foot",), ("right_ankle",))
    return [
        ParticipantPlan(
            participant_id=f"V{index:03d}",
            index=index,
            seed=SEED,
            first_night=NIGHT + timedelta(days=index),
            night_count=1,
            time_zone=ZONE,
            body_sites=sites[index // 3 % 4],
            rate_hz=(50.0, 25.0, 100.0)[index % 3],
            counts_per_g=((256.0, 4096.0)[index // 2 % 2],) * len(sites[index // 3 % 4]),
            is_restless=True if index % 3 == index // 12 % 3 else None,
            rhythmic_nights=(0,) if index % 3 == index // 7 % 3 else (),
        )
        for index in range(NIGHTS)
    ]


def gathered(comparisons: Sequence[Comparison]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All nights with their diaries, in common."""
    parts = [within_both(one.with_diary.nights, one.with_diary.movements, one.truth) for one in comparisons]
    return pl.concat(p[0] for p in parts), pl.concat(p[1] for p in parts), pl.concat(p[2] for p in parts)


def print_events(comparisons: Sequence[Comparison], plans: Sequence[ParticipantPlan]) -> None:
    """Recall, precision, F1 by kind, amplitude, rate and site; onset errors; who is taken for whom."""
    detected, truth, nights = gathered(comparisons)
    pairing = match_movements(detected, truth, EVENT_MATCHING_2026)
    print("Events by kind (an event found as another kind is missed and false), 95 % interval over nights")
    print(ratios_shown(score(pairing, ["kind"], EVENT_MATCHING_2026, nights), "kind"))
    loud = leave_out_faint(pairing, FAINT_G)
    is_leg = pl.col("kind") == "leg_movement"
    print(f"\nLeg movements of {FAINT_G} g and more (aim: F1 0.95)")
    print(ratios_shown(score(loud.filter(is_leg), ["kind"], EVENT_MATCHING_2026, nights), "kind"))
    # A turn that ends where it began is not a turn to a sensor on one leg.
    turned = pl.col("tilt_deg") >= TURN_DEG
    turns = match_movements(
        detected.filter(pl.col("kind") == "gross_movement"),
        truth.filter((pl.col("kind") == "gross_movement") & turned),
        EVENT_MATCHING_2026,
    )
    rest = match_movements(
        detected.filter(pl.col("kind") == "gross_movement"),
        truth.filter((pl.col("kind") == "gross_movement") & ~turned),
        EVENT_MATCHING_2026,
    )
    excused = rest["hit_count"].sum()
    print(
        f"\nTurns (posture changes by {TURN_DEG:.0f} degrees; {excused} gross movements without one found as well)"
    )
    print(ratios_shown(score(turns, ["kind"], EVENT_MATCHING_2026, nights), "kind"))
    print("\nBrief jerks, hypnic jerk or twitch alike")
    brief = match_movements(
        detected.filter(pl.col("kind").is_in(BRIEF)).with_columns(pl.lit("brief").alias("kind")),
        truth.filter(pl.col("kind").is_in(BRIEF)).with_columns(pl.lit("brief").alias("kind")),
        EVENT_MATCHING_2026,
    )
    print(ratios_shown(score(brief, ["kind"], EVENT_MATCHING_2026, nights), "kind"))
    print_hypnic_jerks(detected, truth, comparisons, nights)
    deciles = with_amplitude_decile(pairing.filter(pl.col("kind").is_in(["leg_movement", "hypnic_jerk"])))
    bounds = deciles.group_by("kind", "amplitude_decile").agg(pl.col("amplitude_g").max().alias("up_to_g"))
    by_decile = score(deciles, ["kind", "amplitude_decile"], EVENT_MATCHING_2026, nights).join(
        bounds, on=["kind", "amplitude_decile"], how="left", maintain_order="left"
    )
    print("\nBy decile of the true amplitude")
    print(ratios_shown(by_decile, "kind", "amplitude_decile", "up_to_g"))
    set_up = pl.DataFrame(
        [(plan.participant_id, f"{plan.rate_hz:g} Hz", "+".join(plan.body_sites)) for plan in plans],
        schema=["participant_id", "rate", "sites"],
        orient="row",
    )
    legs = loud.filter(is_leg).join(set_up, on="participant_id")
    for key in ("rate", "sites"):
        print(f"\nLeg movements of {FAINT_G} g and more by {key}")
        print(ratios_shown(score(legs, [key], EVENT_MATCHING_2026), key))
    print("\nOnset and duration errors of the pairs [s] (aim: median size 0.15 s)")
    print(onset_error(pairing, ["kind"]))
    any_kind = match_movements(detected, truth, EVENT_MATCHING_2026, ignores_kind=True)
    confused = any_kind.with_columns(
        pl.when(pl.col("false_count") == 1).then(pl.lit("(nothing)")).otherwise("kind").alias("true"),
        pl.col("detected_kind").fill_null("(nothing)").alias("detected"),
    )
    print("\nWhat is taken for what (rows: true, columns: detected)")
    print(
        confused.pivot("detected", index="true", values="kind", aggregate_function="len", sort_columns=True)
        .sort("true")
        .fill_null(0)
    )
    false_rhythm = pairing.filter(
        (pl.col("kind") == "rhythmic_movement") & (pl.col("false_count") == 1)
    ).height
    print(
        f"\nFalse rhythmic movements per 50 nights: {50.0 * false_rhythm / nights.height:.2f} (aim: below 1)"
    )


def print_hypnic_jerks(
    detected: pl.DataFrame, truth: pl.DataFrame, comparisons: Sequence[Comparison], nights: pl.DataFrame
) -> None:
    """Hypnic jerks at the night's sleep onset, and those at a return to sleep, which one leg can hardly know of."""
    onsets = pl.concat(one.truth.filter(pl.col("record") == "night") for one in comparisons).select(
        *KEYS, pl.col("sleep_onset_at").alias("slept_at")
    )
    is_at_onset = (pl.col("onset_at") - pl.col("slept_at")).dt.total_seconds().abs() <= 60.0 * NEAR_ONSET_MIN
    rows = []
    for name, is_here in (("at sleep onset", is_at_onset), ("at a return to sleep", ~is_at_onset)):
        mine, theirs = (
            frame.filter(pl.col("kind") == "hypnic_jerk").join(onsets, on=KEYS).filter(is_here)
            for frame in (detected, truth)
        )
        pairing = match_movements(mine, theirs, EVENT_MATCHING_2026).with_columns(pl.lit(name).alias("where"))
        rows.append(score(pairing, ["where"], EVENT_MATCHING_2026, nights))
    print("\nHypnic jerks by where they fall (aim: F1 0.90)")
    print(ratios_shown(pl.concat(rows), "where"))


def print_indices(comparisons: Sequence[Comparison]) -> None:
    """APLM per hour in bed: detected series against the series of the true movements, same rules."""
    rows = []
    for one in comparisons:
        rows += [
            index_row("diary", one.with_diary, one.truth),
            index_row("no diary", one.without_diary, one.truth),
        ]
    print(
        "\naPLM (WASM 2016 series) per hour in bed against the true movements' (aim: r 0.98, bias within 5 %)"
    )
    print(agreement(pl.concat(rows), "aplm_per_h", "true_per_h", ["window"]))


def index_row(window: str, measured: Scored, truth: pl.DataFrame) -> pl.DataFrame:
    """Return aPLM per hour in bed, measured and true, of each night."""
    bed_h = (pl.col("lights_on_at") - pl.col("lights_off_at")).dt.total_seconds() / 3600.0
    found = measured.movements.filter(pl.col("wasm_series_id").is_not_null()).group_by(KEYS).len("plm")
    true = truth.filter(pl.col("is_plm").fill_null(value=False)).group_by(KEYS).len("true_plm")
    return (
        truth.filter(pl.col("record") == "night")
        .with_columns(bed_h.alias("true_h"))
        .join(measured.nights.filter(pl.col("in_bed_h") > 0).select(*KEYS, "in_bed_h"), on=KEYS, how="inner")
        .join(found, on=KEYS, how="left")
        .join(true, on=KEYS, how="left")
        .select(
            pl.lit(window).alias("window"),
            (pl.col("plm").fill_null(0) / pl.col("in_bed_h")).alias("aplm_per_h"),
            (pl.col("true_plm").fill_null(0) / pl.col("true_h")).alias("true_per_h"),
        )
    )


def print_sleep(comparisons: Sequence[Comparison]) -> None:
    """Errors of the sleep window, with and without a diary."""
    truth = pl.concat(one.truth.filter(pl.col("record") == "night") for one in comparisons)
    nights = pl.concat(
        [*(c.with_diary.nights for c in comparisons), *(c.without_diary.nights for c in comparisons)]
    )
    print("\nSleep window against the truth [min]")
    by_source = [
        sleep_window_error(nights.filter(pl.col("sleep_window_source") == source), truth)
        for source in nights["sleep_window_source"].unique().sort()
    ]
    print(pl.concat(by_source))


def print_controls() -> None:
    """False jerks per hour in bed where there is none.

    As everywhere here, what happens between the diary's and the true edge of the night is no error of detection. Where
    there is no diary, an evening that is taken for time in bed is one.
    """
    rows: list[dict[str, object]] = []
    real_walk_g = None
    if IMU_SAMPLE.is_file():
        # Left foot; the table's columns alternate between the feet, in m/s2.
        real_walk_g = (
            np.loadtxt(IMU_SAMPLE, delimiter=",", skiprows=2)[:, [1, 3, 5]] / STANDARD_GRAVITY_M_PER_S2
        )
    else:
        print(f"\nreal walking left out: {IMU_SAMPLE} is not there")
    for seed in range(SEED + 1, SEED + 1 + CONTROL_NIGHTS):
        for control in negative_controls(HARD, DEFAULT, seed, NIGHT, ZONE, real_walk_g, IMU_RATE_HZ):
            measured = measure(control.recordings, control.diary, ZONE, DEFAULT)
            night = measured.nights.filter(pl.col("night_date") == NIGHT).row(0, named=True)
            true = control.truth.filter(pl.col("record") == "night").row(0, named=True)
            found = measured.movements.filter(
                pl.col("night_date") == NIGHT, pl.col("onset_at") < true["lights_on_at"]
            )
            if control.diary.height:
                found = found.filter(pl.col("onset_at") >= true["lights_off_at"])
            is_jerk = pl.col("kind").is_in(BRIEF) | pl.col("is_clm")
            rows.append(
                {
                    "control": control.name,
                    "in_bed_h": night["in_bed_h"] or 0.0,
                    "false_jerks": found.filter(is_jerk).height,
                    "other_events": found.filter(~is_jerk).height,
                    "night": night["exclusion_reason"] or "analysed",
                }
            )
    hours, jerks = pl.col("in_bed_h").sum(), pl.col("false_jerks").sum()
    print(f"\nNegative controls, {CONTROL_NIGHTS} nights each (aim: below 0.1 false jerk per hour in bed)")
    print(
        pl.DataFrame(rows)
        .group_by("control", maintain_order=True)
        .agg(
            hours,
            jerks,
            pl.when(hours > 0).then(jerks / hours).alias("per_h"),
            pl.col("other_events").sum(),
            pl.col("night").unique(maintain_order=True).str.join(", ").alias("nights"),
        )
    )


def print_robustness() -> None:
    """The same nights, recorded otherwise: F1 of leg movements, and how the events differ from the first recording."""
    variants: dict[str, dict[str, object]] = {
        "as recorded (50 Hz)": {},
        "25 Hz": {"rate_hz": 25.0},
        "100 Hz": {"rate_hz": 100.0},
        "a gap": {"gap_nights": (0,)},
        "upside down": {"is_upside_down": True},
        "split in two files": {},
        "half a sample later": {},
        "samples in small chunks": {},
    }
    rows = []
    first: dict[int, pl.DataFrame] = {}
    for name, changes in variants.items():
        detected, truth = [], []
        for index in range(4):
            values: dict[str, object] = {
                "participant_id": f"R{index}",
                "index": index,
                "seed": SEED + 2,
                "first_night": NIGHT,
                "night_count": 1,
                "time_zone": ZONE,
                "body_sites": ("left_ankle",),
                "rate_hz": 50.0,
                "counts_per_g": (4096.0,),
                "is_restless": index % 2 == 0,
            }
            participant = simulate_participant(ParticipantPlan(**(values | changes)), HARD)  # type: ignore[arg-type]
            recording = rendered(participant, participant.recordings[0], HARD.sensor)
            later = timedelta(0)
            recordings: tuple[RawSignal, ...] = (recording,)
            if name == "split in two files":
                recordings = split_in_two(recording)
            if name == "half a sample later":
                later = timedelta(milliseconds=10)
                recordings = (delayed(recording, later),)
            if name == "samples in small chunks":
                whole = recording.samples.collect()
                pieces = [whole[at : at + 7777] for at in range(0, whole.height, 7777)]
                recordings = (replace(recording, samples=pl.concat(pieces, rechunk=False).lazy()),)
            measured = measure(recordings, sleep_diary(participant, HARD, DEFAULT), ZONE, DEFAULT)
            found, true, _ = within_both(measured.nights, measured.movements, participant.truth)
            detected.append(found.with_columns(pl.col("onset_at") - later))
            truth.append(true)
        events = pl.concat(detected)
        if name == "as recorded (50 Hz)":
            first[0] = events
        scored = leave_out_faint(match_movements(events, pl.concat(truth), EVENT_MATCHING_2026), FAINT_G)
        legs = score(scored.filter(pl.col("kind") == "leg_movement"), ["kind"], EVENT_MATCHING_2026).row(
            0, named=True
        )
        same = match_movements(events, first[0], EVENT_MATCHING_2026)
        moved = same["onset_error_s"].abs()
        rows.append(
            {
                "recorded": name,
                "events": events.height,
                "lm_recall": legs["recall"],
                "lm_precision": legs["precision"],
                "lm_f1": legs["f1"],
                "in_both": same["hit_count"].sum(),
                "only_first": same["miss_count"].sum(),
                "only_here": same["false_count"].sum(),
                "onset_moved_p95_s": moved.quantile(0.95),
            }
        )
    print("\nThe same four nights, recorded otherwise")
    print(pl.DataFrame(rows))


def print_study(study: Path, store: Path) -> None:
    """Hold the core datasets of a store against the truth beside a simulated study."""
    truth = pl.read_parquet(study / "truth.parquet")
    measured = Scored(
        nights=pl.read_parquet(store / "core" / "night" / "**" / "*.parquet"),
        wake_episodes=pl.DataFrame(),
        movements=pl.read_parquet(store / "core" / "movement" / "**" / "*.parquet"),
        rejected=pl.DataFrame(),
        signal_breaks=pl.DataFrame(),
        alignment=pl.DataFrame(),
        restlessness=pl.DataFrame(),
    )
    measured = replace(measured, nights=measured.nights.filter("is_eligible"))
    detected, true, nights = within_both(measured.nights, measured.movements, truth)
    pairing = match_movements(detected, true, EVENT_MATCHING_2026)
    print(f"{study}: {nights.height} eligible nights with a truth\n")
    print(ratios_shown(score(pairing, ["kind"], EVENT_MATCHING_2026, nights), "kind"))
    print(f"\nLeg movements of {FAINT_G} g and more")
    loud = leave_out_faint(pairing, FAINT_G).filter(pl.col("kind") == "leg_movement")
    print(ratios_shown(score(loud, ["kind"], EVENT_MATCHING_2026, nights), "kind"))
    print("\nOnset and duration errors of the pairs [s]")
    print(onset_error(pairing, ["kind"]))
    print("\nSleep window against the truth [min]")
    print(sleep_window_error(measured.nights, truth.filter(pl.col("record") == "night")))
    print(f"\n{ANCHORS}")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:3]))
