"""Diaries and exports put together, so that nothing counts twice and nothing is lost.

Nights are merged field by field in a declared order: the diary first, then the exports by the number of nights that
they tell of, then by name. Each time says who told it. Of everything else an export's entry is left out where the diary
has the same one: doses are twins where they lie near each other and are about as large; a day of nutrients of one
origin, a rating and a medicine are the same by their key; a bout that overlaps one of the diary is the same one.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from transforms.clock import HOUR_US, MINUTE_US
from transforms.diaries.sleep import TIMES
from transforms.diaries.study_diaries import DIARY_DATASETS, Diaries, gather
from transforms.imports.files import refused
from transforms.imports.sources import without_overlap
from transforms.parameters.exposures import ExposureParameters, SourceParameters
from transforms.schema import CAFFEINE_INTAKE, SLEEP_DIARY, empty

IS_TIMED = (pl.col("started_at").is_not_null() & (pl.col("duration_min") > 0)).fill_null(value=False)
_SAME = {
    "stress_rating": ["participant_id", "logged_date", "rated_at", "scale"],
    "nutrient_day": ["participant_id", "logged_date", "origin"],
    "medication_use": ["participant_id", "taken_at", "start_date", "drug_class"],
    "daytime_rating": ["participant_id", "logged_date", "scale"],
    "nap": ["participant_id", "started_at"],
}
"""What makes an exported row and a row of the diary tell of the same thing."""
_NIGHT = ["participant_id", "night_date"]


def merge_diaries(native: Diaries, imported: Diaries, parameters: ExposureParameters) -> Diaries:
    """Put native diaries and imports together; how many entries count once is told for each dataset."""
    merged: dict[str, list[pl.DataFrame]] = {}
    rejected = [native.rejected_entry, imported.rejected_entry]
    for dataset in DIARY_DATASETS:
        ours, theirs = native.entries()[dataset], imported.entries()[dataset]
        if dataset == "sleep_diary":
            merged[dataset] = [merge_nights([ours, theirs], parameters.sleep_diary.longest_in_bed_h)]
            if both := theirs.join(ours, on=_NIGHT, how="semi").height:
                reason = (
                    f"nights that stand in the diary too: {both}; the diary counts, the export fills in the times that it "
                    "leaves out"
                )
                rejected.append(refused("imports", reason).rejected)
            continue
        if dataset == "caffeine_intake":
            merged[dataset] = [_doses_once(ours, theirs, parameters.sources)]
            left_out = ours.height + theirs.height - merged[dataset][0].height
        else:
            kept = (
                _bouts_besides(theirs, ours)
                if dataset == "exercise_bout"
                else theirs.join(ours, on=_SAME[dataset], how="anti", nulls_equal=True, maintain_order="left")
            )
            merged[dataset] = [ours, kept]
            left_out = theirs.height - kept.height
        if left_out:
            told = refused(
                "imports", f"rows of {dataset} that stand in the diary too, counted once: {left_out}"
            )
            rejected.append(told.rejected)
    counts = pl.concat([native.row_count, imported.row_count])
    columns = pl.concat([native.delivered_column, imported.delivered_column])
    return replace(gather(merged, rejected), row_count=counts, delivered_column=columns)


def merge_nights(sources: Sequence[pl.DataFrame], longest_h: float) -> pl.DataFrame:
    """Merge frames of SLEEP_DIARY field by field; what an earlier one says stands.

    A time of a later source is taken where the earlier ones have none, where it lies in order between theirs, and where
    the night does not grow longer than ``longest_h`` by it.
    """
    merged = empty(SLEEP_DIARY)
    for source in sources:
        merged = _filled(merged, source.select(SLEEP_DIARY.names()), longest_h) if merged.height else source
    return merged


def _filled(ours: pl.DataFrame, theirs: pl.DataFrame, longest_h: float) -> pl.DataFrame:
    both = ours.join(theirs, on=_NIGHT, how="left", suffix="_theirs", maintain_order="left")
    times = [f"{time}_at" for time in TIMES]
    longest = pl.duration(microseconds=round(longest_h * HOUR_US))
    taken = []
    for place, time in enumerate(TIMES):
        new = pl.col(f"{time}_at_theirs")
        before = pl.max_horizontal(times[:place]) if place else pl.lit(None, dtype=pl.Datetime("us", "UTC"))
        after = (
            pl.min_horizontal(times[place + 1 :])
            if place < 3
            else pl.lit(None, dtype=pl.Datetime("us", "UTC"))
        )
        fits = (
            (new >= before).fill_null(value=True)
            & (new <= after).fill_null(value=True)
            & ((pl.max_horizontal(*times, new) - pl.min_horizontal(*times, new)) <= longest)
        )
        taken.append(
            (pl.col(f"{time}_at").is_null() & new.is_not_null() & fits)
            .fill_null(value=False)
            .alias(f"__{time}")
        )
    marked = both.with_columns(taken)
    filled = marked.with_columns(
        *(
            pl.when(f"__{time}").then(f"{time}_at_theirs").otherwise(f"{time}_at").alias(f"{time}_at")
            for time in TIMES
        ),
        *(
            pl.when(f"__{time}")
            .then(f"{time}_source_theirs")
            .otherwise(f"{time}_source")
            .alias(f"{time}_source")
            for time in TIMES
        ),
        pl.coalesce("wake_between_min", "wake_between_min_theirs").alias("wake_between_min"),
    )
    others = theirs.join(ours, on=_NIGHT, how="anti", maintain_order="left")
    return pl.concat([filled.select(SLEEP_DIARY.names()), others])


def _doses_once(ours: pl.DataFrame, theirs: pl.DataFrame, parameters: SourceParameters) -> pl.DataFrame:
    """Return the doses of both without the twins; of a twin whose hour only the export knows the export's is kept."""
    if ours.is_empty() or theirs.is_empty():
        return pl.concat([empty(CAFFEINE_INTAKE), ours, theirs])
    mine = ours.with_row_index("__ours")
    other = theirs.with_row_index("__theirs")
    near = pl.duration(microseconds=round(parameters.twin_within_min * MINUTE_US))
    larger = pl.max_horizontal("caffeine_mg", "caffeine_mg_theirs")
    is_alike = (
        pl.col("caffeine_mg") - pl.col("caffeine_mg_theirs")
    ).abs() <= parameters.twin_dose_frac * larger
    apart = (pl.col("taken_at") - pl.col("taken_at_theirs")).abs()
    pairs = (
        mine.join(other, on="participant_id", how="inner", suffix="_theirs")
        .filter((pl.col("caffeine_mg") > 0) & (pl.col("caffeine_mg_theirs") > 0) & is_alike)
        .filter(
            pl.when(apart.is_not_null())
            .then(apart <= near)
            .otherwise(pl.col("logged_date") == pl.col("logged_date_theirs"))
        )
        .with_columns(apart.fill_null(near).alias("__apart"))
        .sort("__apart", "__ours", "__theirs")
    )
    twins: dict[int, int] = {}
    used: set[int] = set()
    for own, foreign in pairs.select("__ours", "__theirs").iter_rows():
        if own not in twins and foreign not in used:
            twins[own] = foreign
            used.add(foreign)
    matched = pl.DataFrame(
        list(twins.items()), schema={"__ours": pl.UInt32, "__theirs": pl.UInt32}, orient="row"
    )
    hours = matched.join(
        other.select("__theirs", pl.col("taken_at").alias("__at"), pl.col("clock_h").alias("__clock")),
        on="__theirs",
    )
    told = mine.join(hours, on="__ours", how="left", maintain_order="left").with_columns(
        pl.coalesce("taken_at", "__at").alias("taken_at"), pl.coalesce("clock_h", "__clock").alias("clock_h")
    )
    # where the diary speaks of a day, an export that knows of no dose adds nothing; nor does one that knows of a dose
    # where the diary says that there was none
    day = ["participant_id", "logged_date"]
    says_none = pl.col("caffeine_mg") == 0
    rest = other.filter(~pl.col("__theirs").is_in(list(used)))
    none = ours.group_by(day).agg(says_none.all().alias("__none")).filter("__none")
    silent = pl.concat(
        [rest.filter(says_none).join(ours, on=day, how="semi"), rest.join(none, on=day, how="semi")]
    )
    kept = rest.join(silent.select("__theirs"), on="__theirs", how="anti", maintain_order="left")
    return pl.concat([told.select(CAFFEINE_INTAKE.names()), kept.select(CAFFEINE_INTAKE.names())])


def _bouts_besides(theirs: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Return the bouts that no bout of ``ours`` overlaps; those of unknown hour stay."""
    ranked = pl.concat(
        frame.filter(IS_TIMED).with_columns(pl.lit(rank, dtype=pl.Int64).alias("rank"))
        for rank, frame in enumerate((ours, theirs))
    )
    besides = without_overlap(ranked, ["participant_id"], "started_at", "ended_at").filter(
        pl.col("rank") == 1
    )
    return pl.concat([besides.drop("rank"), theirs.filter(~IS_TIMED)]).sort(
        "participant_id", "started_at", maintain_order=True
    )
