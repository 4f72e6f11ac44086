"""ASA24 recalls: items with their clock times, and totals.

Only complete recalls count (RecallStatus 2). ``UserName`` is the participant. Several recalls of the same day are
repeated measures of it: their mean is that day's intake, and a dose counts as its share. Of a recall whose items are
delivered the totals are not taken again.
"""

from dataclasses import replace

import polars as pl

from transforms.diaries.entries import read_instant, read_quantity, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.intake import HIGHEST_DOSE_MG, HIGHEST_INTAKE
from transforms.diaries.sheet import Sheet, finish, read_column, refuse_rows, text_of
from transforms.imports.files import ImportContext, Imported, ImportFile, open_table, renamed
from transforms.schema import CAFFEINE_INTAKE, NUTRIENT_DAY

_IDS = ("recallrecid", "username", "recallstatus", "intakestartdatetime")
_NUTRIENTS = {
    "caff": "caffeine_mg",
    "magn": "magnesium_mg",
    "calc": "calcium_mg",
    "iron": "iron_mg",
    "vb6": "vitamin_b6_mg",
    "vb12": "vitamin_b12_ug",
}
_COLUMNS = {
    "username": "participant_id",
    "recallrecid": "recall_id",
    "recallstatus": "status",
    "intakestartdatetime": "intake_start",
    "occ_time": "eaten_at",
    **_NUTRIENTS,
}
_COMPLETE = 2
_HIGHEST = {"caffeine_mg": HIGHEST_DOSE_MG, **HIGHEST_INTAKE}

RECALL = pl.Schema(
    {
        "participant_id": pl.String(),
        "recall_id": pl.String(),
        "logged_date": pl.Date(),
        "eaten_at": pl.Datetime("us", "UTC"),
        **{name: pl.Float64() for name in _NUTRIENTS.values()},
    }
)


def recognises_asa24_items(header: frozenset[str]) -> bool:
    """Tell an items file (INF)."""
    return {*_IDS, "occ_time", "caff"} <= header


def recognises_asa24_totals(header: frozenset[str]) -> bool:
    """Tell a totals file (TNS, or totals per recall)."""
    return {*_IDS, "caff", "amtusual"} <= header


def read_asa24(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read items and totals files of one study into NUTRIENT_DAY (food) and CAFFEINE_INTAKE."""
    items: list[pl.DataFrame] = []
    totals: list[pl.DataFrame] = []
    rejected: list[pl.DataFrame] = []
    for file in files:
        sheet = open_table(file, _IDS)
        recalls, refused = read_recalls(sheet, context)
        rejected.append(refused)
        known = items if sheet.has("occ_time") else totals
        told = [
            frame.select("recall_id").unique() for frame in known
        ]  # a newer export holds the older recalls too
        known.append(recalls.join(pl.concat(told), on="recall_id", how="anti") if told else recalls)
    eaten = _one_each(items)
    summed = _one_each(totals).join(eaten.select("recall_id").unique(), on="recall_id", how="anti")
    return Imported(
        frames={
            "nutrient_day": [_nutrient_days(pl.concat([_per_recall(eaten), _per_recall(summed)]))],
            "caffeine_intake": [_doses(eaten, summed)],
        },
        rejected=pl.concat(rejected),
    )


def read_recalls(sheet: Sheet, context: ImportContext) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of complete recalls with their nutrients, and the rejected entries."""
    sheet = read_person(renamed(sheet, _COLUMNS), context.people)
    sheet = with_typed(sheet, recall_id=text_of(sheet, "recall_id"))
    sheet = read_quantity(sheet, "status", 0, 99, is_required=True)
    sheet = refuse_rows(
        sheet,
        pl.when(pl.col("typed_status") != _COMPLETE).then(pl.lit("the recall is not complete")),
        "status",
    )
    sheet = read_instant(sheet, "intake_start", maker="month_first", is_required=True)
    sheet = read_instant(sheet, "eaten_at", maker="month_first", day="eaten_date")
    for column in _NUTRIENTS.values():
        sheet = read_quantity(sheet, column, 0, _HIGHEST[column])
    no_id = pl.when(pl.col("typed_recall_id").is_null()).then(pl.lit("no RecallRecId"))
    sheet = refuse_rows(sheet, no_id, "recall_id")
    if not sheet.has("eaten_at"):
        sheet = read_column(
            sheet, "eaten_at", pl.lit(None, dtype=pl.Datetime("us", "UTC")), pl.lit(None, dtype=pl.String)
        )
    return finish(replace(sheet, is_export=True), RECALL)


def _one_each(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=RECALL), *frames])


def _per_recall(rows: pl.DataFrame) -> pl.DataFrame:
    key = ("participant_id", "recall_id", "logged_date")
    nutrients = [
        pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
        for name in _NUTRIENTS.values()
    ]
    return rows.group_by(key).agg(nutrients).sort(key)


def _nutrient_days(recalls: pl.DataFrame) -> pl.DataFrame:
    days = recalls.group_by("participant_id", "logged_date").agg(pl.col(list(_NUTRIENTS.values())).mean())
    return (
        days.with_columns(pl.lit("food").cast(NUTRIENT_DAY["origin"]).alias("origin"))
        .select(NUTRIENT_DAY.names())
        .sort("participant_id", "logged_date")
    )


def _doses(eaten: pl.DataFrame, summed: pl.DataFrame) -> pl.DataFrame:
    """Return doses at the time of their meal, days of totals without an hour, and 0 for days without caffeine."""
    recalls = pl.concat([_per_recall(eaten), _per_recall(summed)])
    shares = recalls.group_by("participant_id", "logged_date").agg(pl.len().alias("recall_count"))
    timed = eaten.filter(pl.col("caffeine_mg") > 0).select(
        "participant_id", "logged_date", pl.col("eaten_at").alias("taken_at"), "caffeine_mg"
    )
    untimed = summed.filter(pl.col("caffeine_mg") > 0).select(
        "participant_id",
        "logged_date",
        pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias("taken_at"),
        "caffeine_mg",
    )
    doses = (
        pl.concat([timed, untimed])
        .join(shares, on=["participant_id", "logged_date"])
        .with_columns(pl.col("caffeine_mg") / pl.col("recall_count"))
        .drop("recall_count")
    )
    without = (
        recalls.group_by("participant_id", "logged_date")
        .agg(pl.col("caffeine_mg").sum(), pl.col("caffeine_mg").count().alias("known"))
        .filter((pl.col("caffeine_mg") == 0) & (pl.col("known") > 0))
        .select(
            "participant_id",
            "logged_date",
            pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias("taken_at"),
            pl.lit(0.0).alias("caffeine_mg"),
        )
    )
    return (
        pl.concat([doses, without])
        .with_columns(pl.lit(None, dtype=pl.String).alias("source"))
        .select(CAFFEINE_INTAKE.names())
        .sort("participant_id", "logged_date", "taken_at", nulls_last=False)
    )
