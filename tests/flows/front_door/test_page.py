"""The front door: every night of the calendar is in it, what is to be done is told, and it says that it is restricted."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from flows.front_door.facts import Facts
from flows.front_door.page import front_door_page, person_page
from flows.front_door.to_do import SHARED_BY, ToDo, by_participant, summed, to_do
from tests.flows.front_door.facts import AT, FIRST, made_up, settings
from transforms.pictures.calendar import night_states


def page(folder: Path, facts: Facts, next_run: str | None = None) -> str:
    return front_door_page(settings(folder), facts, AT, next_run)


def data_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.DOTALL)
    assert found is not None
    content: dict[str, object] = json.loads(found[1])
    return content


def tasks_of(facts: Facts) -> dict[str, list[str]]:
    calendar = night_states(facts.tables["nights"], facts.refused, facts.waiting)
    return dict(by_participant(to_do(facts, calendar, AT)))


def test_the_calendar_holds_every_participant_and_night(tmp_path: Path) -> None:
    facts = made_up(12, 6)
    people = data_of(page(tmp_path, facts))["people"]
    assert isinstance(people, list)
    assert [row[0] for row in people] == facts.tables["people"]["participant_id"].to_list()
    analysed = facts.tables["nights"].filter("is_in", "has_diary", "is_sleep_known").height
    assert sum(row[2].count("a") for row in people) == analysed
    assert people[-1][2] == ""
    assert data_of(page(tmp_path, facts))["first"] == FIRST.isoformat()


def test_what_is_to_be_done_is_told_in_words() -> None:
    tasks = tasks_of(made_up(12, 6))
    assert (
        "left ankle: its file ends early; read the device out again (devices/P0001/left_ankle.cwa)"
        in tasks["P0001"]
    )
    assert any(text.startswith("a file was refused. devices/P0001/x.cwa") for text in tasks["P0001"])
    assert "left ankle clock 4 s ahead; set it anew" in tasks["P0002"]
    assert "devices/P0003/left_ankle.cwa waits since 1 April: still being written" in tasks["P0003"]
    assert "no file since 20 March" in tasks["P0004"]
    assert not any("no file since" in text for text in tasks.get("P0005", []))  # a year ago: gone, not late
    assert tasks["P0012"] == ["no device file yet"]
    assert "diary/sleep.csv line 5, lights_off '11:30</script>': am or pm?" in tasks[""]


def test_what_many_share_is_said_once_and_loses_nobody() -> None:
    shared, own = "not recorded the night of 1 March", "no file since 20 March"
    tasks = [ToDo(f"P{number}", shared, is_urgent=False) for number in range(7)]
    line = ("7 participants", [f"{shared} (P0, P1, P2, P3 and 3 more)"])
    others = [ToDo("P3", own), ToDo("", "diary/sleep.csv line 5")]
    assert by_participant(summed([*tasks, *others])) == [
        ("P3", [own]),
        line,
        ("", ["diary/sleep.csv line 5"]),
    ]
    assert summed(tasks[: SHARED_BY - 1]) == tasks[: SHARED_BY - 1]


def test_what_many_share_is_as_urgent_as_it_is_of_one() -> None:
    late = [ToDo(f"P{number}", "no file since 20 March") for number in range(SHARED_BY)]
    order = [who for who, _ in by_participant(summed([ToDo("P9", "not worn", is_urgent=False), *late]))]
    assert order == [f"{SHARED_BY} participants", "P9"]


def test_what_loses_nights_comes_first_and_diaries_come_last() -> None:
    order = list(tasks_of(made_up(12, 6)))
    assert order[0] == "P0001"
    assert order[-1] == ""


def test_nights_of_last_month_are_not_told_any_more() -> None:
    facts = made_up(3, 30)
    told = [text for texts in tasks_of(facts).values() for text in texts if "night" in text]
    assert told
    assert not any(re.search(r"\b[12] March\b", text) for text in told)


def test_the_page_says_that_it_is_restricted_and_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    text = page(tmp_path, made_up(12, 6), "3 Apr, 03:00")
    assert "<b>Restricted.</b>" in text
    assert "3 Apr, 03:00" in text
    assert "the last run failed: MachineError: full" in text
    assert not re.search(r"https?://|@import|url\(|src=", text)


def test_what_people_wrote_is_text_and_ends_no_script(tmp_path: Path) -> None:
    facts = made_up(12, 6)
    tables = facts.tables | {
        "people": facts.tables["people"].with_columns(participant_id=pl.lit("</script><b>"))
    }
    text = page(tmp_path, replace(facts, tables=tables))
    assert text.count("</script>") == 2
    assert "begins with text <b>" not in text


def test_a_store_without_a_warehouse_has_a_front_door_too(tmp_path: Path) -> None:
    text = page(tmp_path, Facts(made_up(2, 2).health))
    assert "the last run failed" in text
    assert data_of(text)["people"] == []


def test_the_attack_on_the_newest_release_stands_on_it(tmp_path: Path) -> None:
    history = settings(tmp_path).store / "release_history"
    for name in ("older", "newer"):
        (history / name).mkdir(parents=True)
    (history / "order.json").write_text('["older", "newer"]')
    assert "Attack on the release: legjumps release STUDY makes it" in page(tmp_path, made_up(2, 2))
    (history / "newer" / "attack.txt").write_text(
        "7 withheld sums attacked; 0 could be worked back\n  withheld: x\n"
    )
    text = page(tmp_path, made_up(2, 2))
    assert (
        '<a href="release_history/newer/attack.txt">Attack on the release: 7 withheld sums attacked; 0 could be worked back</a>'
        in text
    )


def test_a_page_that_was_drawn_is_linked(tmp_path: Path) -> None:
    drawn = person_page(tmp_path, "P0002")
    drawn.parent.mkdir()
    drawn.write_text("")
    people = data_of(page(tmp_path, made_up(3, 2)))["people"]
    assert isinstance(people, list)
    assert [row[4] for row in people] == ["", "review/P0002.html", ""]


def test_a_thousand_participants_of_thirty_nights_fit(tmp_path: Path) -> None:
    facts = made_up(1000, 30)
    started = time.process_time()
    text = page(tmp_path, facts)
    assert time.process_time() - started < 5
    assert len(text.encode()) < 2_000_000
