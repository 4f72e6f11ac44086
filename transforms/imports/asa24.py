"""ASA24's analysis files: foods and supplements, item by item with their clock times, and as totals of a recall.

The kinds, by the letters that end a file's name: INF (Items since 2016) foods and drinks one by one, INS supplements one by
one, TN (Totals since 2016) a day's foods and drinks, TS a day's supplements, TNS a day's foods, drinks and supplements
combined. Source: National Cancer Institute, ASA24 Sample Analysis Files and Data Dictionaries, "Description of File Types"
(epi.grants.cancer.gov/asa24/researcher/sample.html). So TNS alone does not tell what came from supplements: what it holds
beyond the foods of the same recall (INF or TN) came from them, what it holds beyond the supplements (INS or TS) from foods.
INFMYPHEI and TNMYPHEI hold groups of foods, MS and Responses the answers: nothing of them is used.

Only complete recalls count: ``RecallStatus`` is 2 for complete and 5 for one that was broken off or quit (the institute's
data dictionaries, and its advice on reviewing and cleaning ASA24 data); every code but 2 is refused and told.
``UserName`` is the participant. Several recalls of the same day are repeated measures of it: their mean is that day's
intake, and a dose counts as its share. Of a recall whose items are delivered the totals are not taken again.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath

import polars as pl

from transforms.diaries.entries import read_instant, read_quantity, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.intake import HIGHEST_DOSE_MG, HIGHEST_INTAKE
from transforms.diaries.sheet import Sheet, finish, read_column, refuse_rows, text_of
from transforms.imports.files import ImportContext, Imported, ImportFile, open_table, refused, renamed
from transforms.schema import CAFFEINE_INTAKE, NUTRIENT_DAY, REJECTED_ENTRY, empty, fitted

KINDS = ("INF", "INS", "TN", "TNS", "TS")
_KIND = re.compile(r"(?:^|[_\W])(INF|INS|TNS|TN|TS|items|totals)(?=[_\W])", re.IGNORECASE)
_OLDER_WORDS = {"ITEMS": "INF", "TOTALS": "TN"}
_UNNAMED = (
    "the file's name says neither TN (foods) nor TNS (foods and supplements) nor TS (supplements): it is taken for foods; "
    "name it as ASA24 does"
)
_UNPARTED = (
    "TNS holds foods and supplements together: they count as the day's intake and not as supplements; lay TN (Totals) or TS "
    "of the same recalls beside it"
)
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
_DECIMALS = 2
"""Of the sums in totals; what is smaller is rounding."""
_HIGHEST = {"caffeine_mg": HIGHEST_DOSE_MG, **HIGHEST_INTAKE}

RECALL = pl.Schema(
    {
        "participant_id": pl.String(),
        "recall_id": pl.String(),
        "logged_date": pl.Date(),
        "eaten_at": pl.Datetime("us", "UTC"),
        "clock_h": pl.Float64(),
        "time_zone": pl.String(),
        **{name: pl.Float64() for name in _NUTRIENTS.values()},
    }
)


def recognises_asa24(header: frozenset[str]) -> bool:
    """Tell an analysis file with nutrients, of whatever kind."""
    return {*_IDS, "magn"} <= header or {*_IDS, "caff"} <= header


def read_asa24(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read the analysis files of one study into NUTRIENT_DAY and CAFFEINE_INTAKE.

    Foods are told by the first of INF, TN, and TNS less supplements; supplements by the first of INS, TS, and TNS less
    foods. Of a recall of which only TNS is there, the day's intake is that of both together.
    """
    parts: dict[str, list[pl.DataFrame]] = {kind: [] for kind in KINDS}
    rejected: list[pl.DataFrame] = []
    for file in files:
        sheet = open_table(file, _IDS)
        kind, is_named = kind_of(file.name, frozenset(sheet.columns))
        recalls, refused_rows = read_recalls(sheet, context)
        file.delivery.kept_count = recalls.height
        rejected.append(refused_rows)
        if not is_named:
            rejected.append(refused(file.name, _UNNAMED).rejected)
        # a newer export holds the older recalls too
        told = [frame.select("recall_id").unique() for frame in parts[kind]]
        parts[kind].append(recalls.join(pl.concat(told), on="recall_id", how="anti") if told else recalls)
    whole = {kind: pl.concat([pl.DataFrame(schema=RECALL), *frames]) for kind, frames in parts.items()}
    per_recall = {kind: _per_recall(rows) for kind, rows in whole.items()}
    food = _first_of(per_recall["INF"], per_recall["TN"])
    supplement = _first_of(per_recall["INS"], per_recall["TS"])
    both = per_recall["TNS"]
    mixed = both.join(food, on="recall_id", how="anti").join(supplement, on="recall_id", how="anti")
    beyond_food = _difference(both.join(supplement, on="recall_id", how="anti"), food)
    beyond_supplement = _difference(both.join(food, on="recall_id", how="anti"), supplement)
    supplement = pl.concat([supplement, beyond_food])
    days = [
        _nutrient_days(pl.concat([food, beyond_supplement]), "food"),
        _nutrient_days(supplement, "supplement"),
        _nutrient_days(mixed, "food_and_supplement"),
    ]
    if mixed.height and (
        whole_file := next((file for file in files if kind_of(file.name, frozenset())[0] == "TNS"), None)
    ):
        rejected.append(refused(whole_file.name, _UNPARTED).rejected)
    totals = per_recall["TN"].join(whole["INF"], on="recall_id", how="anti")
    untimed = pl.concat([totals, beyond_supplement, supplement, mixed])
    return Imported(
        frames={"nutrient_day": [pl.concat(days)], "caffeine_intake": [_doses(whole["INF"], untimed)]},
        rejected=pl.concat([empty(REJECTED_ENTRY), *rejected]),
    )


def kind_of(file_name: str, header: frozenset[str]) -> tuple[str, bool]:
    """Return the kind of an analysis file, by its name or else by its columns, and whether the name said so."""
    found = _KIND.search(PurePosixPath(file_name).name)
    if found:
        return _OLDER_WORDS.get(found[1].upper(), found[1].upper()), True
    if "occ_time" in header:
        return "INF", True
    if any(name.startswith("suppl") for name in header):
        return ("TS" if "amtusual" in header else "INS"), True
    return "TN", False


def _first_of(better: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([better, other.join(better, on="recall_id", how="anti")])


def _difference(both: pl.DataFrame, one: pl.DataFrame) -> pl.DataFrame:
    """Return what foods and supplements hold together beyond one of them, by recall and nutrient; sums were rounded."""
    paired = both.join(one, on="recall_id", how="inner", suffix="_one")
    beyond = paired.with_columns(
        (pl.col(name) - pl.col(f"{name}_one")).round(_DECIMALS).clip(lower_bound=0.0).alias(name)
        for name in _NUTRIENTS.values()
    )
    return beyond.select(both.columns)


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


def _per_recall(rows: pl.DataFrame) -> pl.DataFrame:
    key = ("participant_id", "recall_id", "logged_date")
    nutrients = [
        pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
        for name in _NUTRIENTS.values()
    ]
    return rows.group_by(key).agg(nutrients).sort(key)


def _nutrient_days(recalls: pl.DataFrame, origin: str) -> pl.DataFrame:
    days = recalls.group_by("participant_id", "logged_date").agg(pl.col(list(_NUTRIENTS.values())).mean())
    told = days.filter(
        pl.any_horizontal(pl.col(name).is_not_null() for name in HIGHEST_INTAKE.keys() & set(days.columns))
    )
    return fitted(told.with_columns(pl.lit(origin).alias("origin")), NUTRIENT_DAY).sort(
        "participant_id", "logged_date"
    )


def _doses(eaten: pl.DataFrame, summed: pl.DataFrame) -> pl.DataFrame:
    """Return doses at the time of their meal, days of totals without an hour, and 0 for days without caffeine."""
    recalls = pl.concat([_per_recall(eaten), summed])
    shares = recalls.group_by("participant_id", "logged_date").agg(
        pl.col("recall_id").n_unique().alias("recall_count")
    )
    timed = eaten.filter(pl.col("caffeine_mg") > 0).select(
        "participant_id",
        "logged_date",
        pl.col("eaten_at").alias("taken_at"),
        "caffeine_mg",
        "clock_h",
        "time_zone",
    )
    untimed = summed.filter(pl.col("caffeine_mg") > 0).select(
        "participant_id",
        "logged_date",
        pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias("taken_at"),
        "caffeine_mg",
    )
    doses = (
        pl.concat([timed, untimed], how="diagonal")
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
    told = fitted(pl.concat([doses, without], how="diagonal"), CAFFEINE_INTAKE)
    return told.sort("participant_id", "logged_date", "taken_at", nulls_last=False)
