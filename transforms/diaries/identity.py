"""Whose row it is, and by which clock it was written: participant ids as text, time zones."""

from dataclasses import dataclass, replace
from zoneinfo import available_timezones

import polars as pl

from transforms.diaries.moments import has_ambiguous_date, order_of
from transforms.diaries.sheet import (
    IDENTIFYING,
    LINE,
    LONG_NUMBER,
    OF_BIRTH,
    Sheet,
    read_column,
    rejected_rows,
    text_of,
)

NO_SUCH_PARTICIPANT = "no such participant in participants.csv"


_ZONES = frozenset(available_timezones())
_BY_PLAIN_NAME = {name.lower(): name for name in sorted(_ZONES)}


@dataclass(frozen=True, kw_only=True)
class People:
    """Who may appear in a diary, and the time zone that each of them lives in."""

    participants: pl.DataFrame
    """participant_id and time_zone; without rows every id is taken as written."""
    default_time_zone: str


def plain_id(text: pl.Expr) -> pl.Expr:
    """Reduce an id to what survives a spreadsheet: 00123, 123, 123.0 and 123,00 become 123; P01 becomes p01.

    Accented letters are composed (NFC): some systems write folder names with the accent as a letter of its own.
    """
    bare = text.str.strip_chars().str.normalize("NFC").str.to_lowercase()
    digits = bare.str.extract(r"^0*(\d+)(?:[.,]0+)?$", 1)
    return pl.coalesce(digits, bare)


def match_ids(written: pl.Series, known: pl.Series) -> pl.Series:
    """Return for each written id the participant it means, or null.

    The rule: an id that is written as the list has it means that participant. Otherwise ids are compared by
    ``plain_id``, and match where exactly one listed participant has that plain form; so 00123 is found under 123 and
    p01 under P01, while a study that has both 00123 and 123 must write them in full. Without any listed participant
    ids are taken as written, but for the decimals that a spreadsheet gave them.
    """
    bare = written.str.strip_chars().str.normalize("NFC")
    if known.is_empty():
        return bare.str.replace(r"^(\d+)[.,]0+$", "$1").alias("participant_id")
    listed = pl.DataFrame({"participant_id": known.unique()}).with_columns(
        plain_id(pl.col("participant_id")).alias("plain")
    )
    unique = listed.filter(pl.len().over("plain") == 1)
    asked = pl.DataFrame({"written": bare}).with_columns(plain_id(pl.col("written")).alias("plain"))
    found = asked.join(
        listed.select(
            pl.col("participant_id").str.normalize("NFC").alias("composed"),
            pl.col("participant_id").alias("exact"),
        ).unique("composed", keep="first", maintain_order=True),
        left_on="written",
        right_on="composed",
        how="left",
        maintain_order="left",
    ).join(unique, on="plain", how="left", maintain_order="left")
    return found.select(pl.coalesce("exact", "participant_id").alias("participant_id")).to_series()


def is_code(text: pl.Expr) -> pl.Expr:
    """Tell ids that are codes from what may be somebody's name: the one rule for lists, folders, diaries and exports.

    A code is made of figures, of no more than four letters beside figures (P01, THR12a, f52ae861), of capitals before
    figures (LEAVER01), of one or two letters, or of words for people who take part in studies (subject12). It is no
    address, place, day or long number.
    """
    is_told = pl.any_horizontal(text.str.contains(pattern) for pattern in (*_NAMES, LONG_NUMBER))
    return text.str.contains(_OF_THE_STORE) | (text.str.contains(_CODE) & ~is_told)


def names_somebody(text: pl.Expr) -> pl.Expr:
    """Tell what can be nothing else than an address, a place, a day of birth or a full name."""
    return pl.any_horizontal(text.str.contains(pattern) for pattern in _NAMES)


_NAMES = (
    IDENTIFYING,
    OF_BIRTH,
    r"^\d{1,2}[./-]\d{1,2}[./-](19|20)\d{2}(\D|$)|^(19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}(\D|$)",
)
_WHO = (
    "adult|athlete|case|child|control|demo|dummy|example|healthy|member|nurse|participant|pat|patient|person|pilot|proband"
    "|runner|sample|shift|site|sleeper|student|study|sub|subj|subject|test|traveller|user|volunteer|worker"
)
_WORD = rf"(\p{{L}}{{0,4}}\d+)+\p{{L}}{{0,4}}|\p{{Lu}}+\d+|\p{{L}}{{1,2}}|(?i:{_WHO})\d*"
_CODE = rf"^({_WORD})([\s_.+#/-]+({_WORD}))*$"
_OF_THE_STORE = r"^person_[0-9a-f]{8}$"
"""What the store calls people whose ids are no codes."""


def read_person(sheet: Sheet, people: People, column: str = "participant_id") -> Sheet:
    """Add whose row it is, as ``typed_participant_id``, and its time zone, as ``typed_time_zone``.

    The row's own column ``time_zone`` wins (somebody travels; ``typed_own_time_zone``), then the participant's, then
    the study's. The order of day and month is judged here, once for the whole file.
    """
    sheet = _with_date_order(sheet)
    written = sheet.rows.with_columns(text_of(sheet, column).alias("written"))["written"]
    matched = match_ids(written, people.participants["participant_id"])
    sheet = replace(sheet, rows=sheet.rows.with_columns(matched.alias("__id")))
    said = text_of(sheet, column)
    unknown = (
        pl.when(said.is_not_null() & pl.col("__id").is_null())
        .then(pl.lit(NO_SUCH_PARTICIPANT))
        .when(
            pl.lit(people.participants.is_empty())
            & (names_somebody(said) | (pl.lit(sheet.is_export) & ~is_code(said)))
        )
        .then(pl.lit("an id that may name a person; use a pseudonym and list it in participants.csv"))
    )
    sheet = read_column(sheet, column, pl.col("__id"), unknown, name="participant_id", is_required=True)
    sheet = read_zone(sheet, "time_zone", name="own_time_zone", is_decisive=True)
    lived_in = people.participants.select(
        pl.col("participant_id").alias("__id"), pl.col("time_zone").alias("__zone")
    ).unique("__id", keep="first", maintain_order=True)
    rows = sheet.rows.join(lived_in, on="__id", how="left", maintain_order="left").with_columns(
        pl.coalesce("typed_own_time_zone", "__zone", pl.lit(people.default_time_zone)).alias(
            "typed_time_zone"
        )
    )
    return replace(sheet, rows=rows.drop("__id", "__zone"))


def _with_date_order(sheet: Sheet) -> Sheet:
    """Let the dates of the file that can be read in one way only tell how the others are meant, and say so."""
    if sheet.date_order is not None or not sheet.columns or sheet.rows.is_empty():
        return sheet
    texts = pl.concat([sheet.rows[name].cast(pl.String) for name in sheet.columns])
    order = order_of(texts)
    if order is None or not has_ambiguous_date(texts):
        return replace(sheet, date_order=order)
    how = "the day first" if order == "day_first" else "the month first"
    told = pl.DataFrame(
        {
            LINE: [None],
            "reason": [
                f"dates that can be read in two ways are read with {how}, as others of this file show"
            ],
        },
        schema={LINE: pl.Int64, "reason": pl.String},
    )
    rejected = pl.concat([sheet.rejected, rejected_rows(told, sheet.file_name)])
    return replace(sheet, date_order=order, rejected=rejected)


def read_zone(sheet: Sheet, column: str, *, name: str | None = None, is_decisive: bool = False) -> Sheet:
    """Read a column of IANA time zones; where ``is_decisive``, a row with an unknown zone is of no use."""
    zone = text_of(sheet, column)
    zone = pl.coalesce(zone.str.to_lowercase().replace_strict(_BY_PLAIN_NAME, default=None), zone)
    wanted = "not an IANA time zone; write one such as Europe/Berlin"
    unknown = pl.when(zone.is_not_null() & ~zone.is_in(_ZONES)).then(pl.lit(wanted))
    sheet = read_column(sheet, column, zone, unknown, name=name)
    if not is_decisive:
        return sheet
    refused = zone.is_not_null() & ~zone.is_in(_ZONES)
    return replace(sheet, rows=sheet.rows.with_columns(pl.col("is_refused") | refused.fill_null(value=False)))
