"""The front door: ``store/index.html``, made anew at each run, for those who hold the data."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from flows.front_door.facts import Facts, read_facts
from flows.front_door.to_do import LAST_NIGHTS_D, SILENT_D, by_participant, summed, to_do
from flows.pages import TEMPLATES, render
from flows.person.page import person_page, write_changed_people
from flows.progress import say
from flows.release.history import ATTACK, order_on_record
from flows.release.history import FOLDER as HISTORY
from flows.settings import StudySettings
from flows.store.atomic import write_text
from flows.store.health import health_of
from flows.store.layout import FRONT_DOOR, REVIEW
from flows.store.ledger import FILE_NAME, Book, PastRun, close_book, open_book
from flows.store.storage import open_storage
from transforms.errors import StudyError
from transforms.pictures.calendar import RATE_EDGES, STATES, night_states

SHOWN_RUNS = 8


def front_door(store: Path) -> Path:
    """Return where the page lies."""
    return store / FRONT_DOOR


def write_front_door(settings: StudySettings, book: Book, *, next_run: str | None = None) -> Path:
    """Write the page, and those of changed participants, from the open ledger and the published warehouse; ``next_run`` says when the next run is due."""
    write_changed_people(settings.store)
    health = health_of(book, silent_days=None, run_count=SHOWN_RUNS)
    facts = read_facts(settings.store, health)
    page = front_door(settings.store)
    write_text(page, front_door_page(settings, facts, datetime.now(UTC), next_run), is_lasting=False)
    return page


def tell_front_door(
    settings: StudySettings, book: Book | None = None, *, next_run: str | None = None
) -> None:
    """Write the page; what keeps it from being written is said, and undoes nothing of the run that it tells.

    Without ``book`` the ledger is read beside whoever holds the store, who else would send the page to a store elsewhere; where
    there is no ledger yet, there is no page.
    """
    try:
        if book is not None:
            write_front_door(settings, book, next_run=next_run)
        elif (settings.store / FILE_NAME).exists():
            page = write_front_door(settings, open_book(settings.store), next_run=next_run)
            close_book(settings.store)
            if settings.address is not None:
                open_storage(settings.address).put(page, FRONT_DOOR)
    except (OSError, sqlite3.Error, StudyError) as error:
        say(f"legjumps: {front_door(settings.store)} could not be written: {error}")


def front_door_page(settings: StudySettings, facts: Facts, at: datetime, next_run: str | None) -> str:
    """Return the page as HTML, with its script and everything that it shows inside."""
    calendar = pl.DataFrame()
    if facts.tables:
        calendar = night_states(facts.tables["nights"], facts.refused, facts.waiting)
    tasks = list(to_do(facts, calendar, at))
    lines = by_participant(summed(tasks))
    states = "".join(calendar["states"]) if calendar.height else ""
    health = facts.health
    ended = [run for run in health.runs if run.state != "running"]
    return render(
        "index.html.j2",
        study_id=settings.study_id,
        at=at,
        is_well=health.is_well,
        why_not=health.why_not,
        last_run=_run(ended[0]) if ended else None,
        runs=[_run(run) for run in ended],
        next_run=next_run,
        health=health,
        states=[
            (letter, name, states.count(letter)) for letter, name in STATES.items() if letter in "a" + states
        ],
        rate_edges=list(RATE_EDGES),
        night_count=len(states),
        people_count=facts.tables["people"].height if facts.tables else 0,
        tasks=lines,
        task_count=sum(len(texts) for _, texts in lines),
        silent_d=SILENT_D,
        last_nights_d=LAST_NIGHTS_D,
        attrition=facts.tables["attrition"].to_dicts() if facts.tables else [],
        links=_links(settings.store),
        data=_data(settings.store, facts, calendar, dict(by_participant(tasks))),
        script=(TEMPLATES / "calendar.js").read_text(encoding="utf-8"),
    )


def _run(run: PastRun) -> dict[str, Any]:
    told = [f"{count:,} {name.replace('_', ' ')}" for name, count in run.counts.items()]
    return {
        "started_at": datetime.fromisoformat(run.started_at),
        "state": run.state,
        "seconds": sum(run.seconds.values()),
        "told": run.error or ", ".join(told),
        "flow": run.flow,
    }


def _links(store: Path) -> list[tuple[str, str | None, str]]:
    """Name every page that the store holds: its title, where it lies, and what makes it where it is not there."""
    left = order_on_record(store)
    release = f"release/{left[-1]}" if left else None

    def there(path: str | None) -> str | None:
        return path if path is not None and (store / path).is_file() else None

    return [
        ("Report of the newest release", there(f"{release}/report.html"), "legjumps release STUDY makes it"),
        ("Survey", there(f"{release}/survey.html"), "the study holds no survey"),
        (
            _attack_title(store, left),
            there(f"{HISTORY}/{left[-1]}/{ATTACK}" if left else None),
            "legjumps release STUDY makes it",
        ),
        ("Manifest of the release", there(f"{release}/manifest.json"), "legjumps release STUDY makes it"),
        (
            "Data docs: every check of the warehouse",
            there("quality/index.html"),
            "legjumps run STUDY makes it",
        ),
        (
            "Agreement with polysomnography",
            there("quality/agreement/index.html"),
            "no night was scored in a laboratory",
        ),
    ]


def _attack_title(store: Path, left: Sequence[str]) -> str:
    """Say what the attack on the newest release found, without its cells."""
    title = "Attack on the release"
    file = store / HISTORY / left[-1] / ATTACK if left else None
    if file is None or not file.is_file():
        return title
    return f"{title}: {file.read_text(encoding='utf-8').partition(chr(10))[0]}"


def _data(store: Path, facts: Facts, calendar: pl.DataFrame, tasks: dict[str, list[str]]) -> str:
    """Return what the script draws, as JSON that can stand within a page."""
    rows: dict[str, tuple[date | None, str, str]] = {
        person: (first, states, rates) for person, first, states, rates in calendar.iter_rows()
    }
    written = {path.name for path in (store / REVIEW).glob("*.html")}
    first = min((at for at, _, _ in rows.values() if at is not None), default=None)
    people = []
    for person in facts.tables["people"]["participant_id"] if facts.tables else []:
        began, states, rates = rows.get(person, (None, "", ""))
        offset = (began - first).days if began is not None and first is not None else 0
        page = person_page(store, person)
        link = f"{REVIEW}{quote(page.name)}" if page.name in written else ""
        people.append([person, offset, states, len(tasks.get(person, ())), link, rates])
    content = {
        "first": first.isoformat() if first else None,
        "states": STATES,
        "edges": RATE_EDGES,
        "people": people,
    }
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
