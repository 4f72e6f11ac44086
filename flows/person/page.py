"""The page of a participant: nights, what goes with their leg jumps, what to try next, and when to see a clinician.

Each run writes the page of everybody of whom something changed, with a small picture of each night from the warehouse.
``legjumps explain --html`` reads the samples, too, and draws the nights whole.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from flows.pages import TEMPLATES, render
from flows.person.words import night_lines, night_rows, own_ratios
from flows.progress import progress_bar
from flows.store.atomic import write_text
from flows.store.fingerprint import fingerprint
from flows.store.layout import REVIEW
from flows.warehouse.published import open_warehouse, run_of, warehouse_path
from transforms.pictures.night import NightPicture, draw_night, picture_span
from transforms.pictures.titles import step, title
from transforms.pictures.words import often, often_between

TOLD_RATIO = 1.25
"""The change that a person's own nights are planned for: a quarter more is about what a person notices."""
LEAST_NIGHTS, MOST_NIGHTS = 8, 120
"""Fewer tell nothing whatever the arithmetic says; more nobody keeps up."""
_TRIED = ("caffeine", "exercise", "vigorous", "stress", "magnesium")
"""What a person can change, by the beginning of its column."""
_SUMMARY = (
    "select sleep_known_night_count, jerk_sleep_rate_mean_per_h from person_summary where participant_id = ?"
)
_OF_PERSON = "select * from {table} where participant_id = ? and night_date is not null"
# What the page of a person is made of; the shares of the cohort as far as two digits, or every page would change with everybody.
_MADE_OF = """
    with part as (
        select participant_id, bit_xor(hash(inclusion)) as made_of from inclusion group by all
        union all select participant_id, bit_xor(hash(night)) from night group by all
        union all select participant_id, bit_xor(hash(night_rate)) from night_rate group by all
        union all select participant_id, bit_xor(hash(exposure_night)) from exposure_night group by all
        union all select participant_id, bit_xor(hash(participant_id, onset_at, offset_at, kind)) from movement group by all
        union all select participant_id, bit_xor(hash(wake_episode)) from wake_episode group by all
        union all select participant_id, bit_xor(hash(recording)) from recording group by all
        union all
        select participant_id, bit_xor(hash(exposure, night_count, round(rate_ratio, 2), round(ci_low, 2), round(ci_high, 2)))
        from person_association group by all
    )
    select participant_id, string_agg(made_of::varchar, ' ' order by made_of) as made_of
    from part where participant_id is not null group by all order by all
"""
_MARK = re.compile(r'<meta name="made-of" content="(\w+)">')


def person_page(store: Path, participant_id: str) -> Path:
    """Return where a participant's page lies: beside the samples that it shows, and as restricted as they are."""
    return store / REVIEW / f"{quote(participant_id, safe='')}.html"


def write_person(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    participant_id: str,
    made_of: str,
    pictures: Mapping[date, NightPicture | None] | None = None,
) -> Path:
    """Write one page; ``pictures`` are the nights drawn from their samples, small ones are drawn where there are none."""
    nights = []
    small = {} if pictures is not None else _small_pictures(connection, participant_id)
    for row in night_rows(connection, participant_id):
        night_date = row["night_date"]
        if not isinstance(night_date, date):
            continue
        first, *words = night_lines(row)
        drawn = (pictures if pictures is not None else small).get(night_date)
        nights.append(
            {
                "date": night_date,
                "is_in": row["is_in"],
                "verdict": first.split(": ", 1)[1].replace("_", " "),
                "words": words,
                "picture": drawn,
            }
        )
    ratios = own_ratios(connection, participant_id)
    summary = connection.sql(_SUMMARY, params=[participant_id]).pl().to_dicts()
    page = person_page(store, participant_id)
    text = render(
        "nights.html.j2",
        participant_id=participant_id,
        made_of=made_of,
        is_whole=pictures is not None,
        summary=summary[0] if summary else None,
        in_count=sum(bool(night["is_in"]) for night in nights),
        associations=[_association(row) for row in ratios],
        trial=trial(ratios),
        nights=nights,
    )
    write_text(page, text, is_lasting=False)  # without its mark the next run writes it again
    return page


def _small_pictures(connection: duckdb.DuckDBPyConnection, participant_id: str) -> dict[date, NightPicture]:
    """Draw every night from the warehouse alone: sleep and movements by kind, without what the sensors saw."""
    frames = {
        name: connection.sql(_OF_PERSON.format(table=name), params=[participant_id]).pl()
        for name in ("night", "movement", "wake_episode")
    }
    by_night = {
        name: {key[0]: rows for key, rows in frames[name].partition_by("night_date", as_dict=True).items()}
        for name in ("movement", "wake_episode")
    }
    drawn = {}
    for night in frames["night"].iter_rows(named=True):
        span = picture_span(night)
        if span is None:
            continue
        own = {name: parts.get(night["night_date"], frames[name].clear()) for name, parts in by_night.items()}
        drawn[night["night_date"]] = draw_night(night, span, own["movement"], own["wake_episode"], [], 0.0)
    return drawn


def _association(row: Mapping[str, Any]) -> str:
    """Say one ratio in plain words, with what shrinkage means."""
    more = step(row["exposure"], row["per_unit"])
    weight = round(100 * row["own_weight_frac"])
    own = (
        "This person's own nights say so little that the number is almost that of the whole group."
        if weight < 10
        else f"This person's own {row['night_count']} nights weigh {weight} % in it, what the whole group shows the rest; alone they would say "
        f"{often(row['own_rate_ratio'])}."
    )
    return (
        f"{title(row['exposure'])}, {more}: legs jump {often(row['rate_ratio'])}; anything {often_between(row['ci_low'], row['ci_high'])} "
        f"fits. {own}"
    )


def trial(ratios: Sequence[Mapping[str, Any]]) -> str | None:
    """Say what one could try next, one change at a time, and for how many nights; None where nothing is known.

    The error of a person's own logarithm of a ratio falls with the root of the nights, so that the nights that find
    TOLD_RATIO follow from the ratio that the nights so far would have found.
    """
    known = [
        row
        for row in ratios
        if row["exposure"].startswith(_TRIED)
        and row["own_detectable_rate_ratio"]
        and row["own_detectable_rate_ratio"] > 1
    ]
    if not known:
        return None
    row = max(known, key=lambda one: abs(math.log(one["rate_ratio"])))
    needed = row["night_count"] * (math.log(row["own_detectable_rate_ratio"]) / math.log(TOLD_RATIO)) ** 2
    nights = max(LEAST_NIGHTS, 2 * math.ceil(needed / 2))
    change = (
        f"{row['per_unit']:g} {step(row['exposure'], row['per_unit']).split(' ', 1)[1].removesuffix(' more')}"
    )
    said = (
        f"Change one thing at a time. {title(row['exposure'])} goes furthest with this person's leg jumps: {change} less or more on every other "
        "night, chosen by a coin, everything else as usual, with the diary kept."
    )
    if nights > MOST_NIGHTS:
        return (
            f"{said} From the nights so far, more than {MOST_NIGHTS} nights would be needed before a change of a quarter could be told from chance: "
            "more than is sensible for one person."
        )
    return f"{said} After about {nights} nights a change of a quarter could be told from chance."


def made_of_people(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return, for every participant, a hash of what their page says and of how it looks."""
    look = _look()
    return {person: fingerprint(made_of, look) for person, made_of in connection.sql(_MADE_OF).fetchall()}


def _look() -> str:
    names = ("nights.html.j2", "parts.html.j2", "style.css")
    return fingerprint([(TEMPLATES / name).read_text(encoding="utf-8") for name in names])


def write_changed_people(store: Path) -> int:
    """Write the pages of those of whom something changed since theirs was written; return how many.

    Where neither the warehouse nor the look is another than the last time, nothing is asked at all.
    """
    if not warehouse_path(store).is_file():
        return 0
    seen = store / REVIEW / ".written_from"
    with open_warehouse(store) as connection:
        state = f"{run_of(connection)['run_id']} {_look()}"
        if seen.is_file() and seen.read_text(encoding="utf-8") == state:
            return 0
        wanted = made_of_people(connection)
        pages = {person_page(store, person): (person, made_of) for person, made_of in wanted.items()}
        changed = [told for page, told in pages.items() if _made_of(page) != told[1]]
        for page in set((store / REVIEW).glob("*.html")) - set(pages):
            page.unlink()
        if changed:
            with progress_bar("pages", len(changed)) as advance:
                for person, made_of in changed:
                    write_person(connection, store, person, made_of)
                    advance()
    write_text(seen, state, is_lasting=False)
    return len(changed)


def _made_of(page: Path) -> str | None:
    try:
        with page.open(encoding="utf-8") as stream:
            found = _MARK.search(stream.read(600))
    except FileNotFoundError:
        return None
    return found[1] if found else None
