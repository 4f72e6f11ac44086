"""The page of a participant: what it says agrees with the warehouse, and it is written only where something changed."""

import math
import shutil
from pathlib import Path

import pytest

from flows.person.page import (
    LEAST_NIGHTS,
    MOST_NIGHTS,
    TOLD_RATIO,
    person_page,
    trial,
    write_changed_people,
)
from flows.warehouse.published import open_warehouse, warehouse_path
from tests.cohort_store import PERSON, published_warehouse
from transforms.pictures.words import often


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    shutil.copyfile(published_warehouse(), warehouse_path(folder))
    return folder


def test_everybody_has_a_page_and_only_what_changed_is_written_again(store: Path) -> None:
    with open_warehouse(store) as connection:
        people = [row[0] for row in connection.sql("select participant_id from participant").fetchall()]
    assert write_changed_people(store) == len(people)
    assert write_changed_people(store) == 0
    page = person_page(store, PERSON)
    page.write_text(page.read_text().replace('name="made-of" content="', 'name="made-of" content="0', 1))
    (store / "review" / ".written_from").unlink()  # as after a new warehouse
    gone = person_page(store, "SOMEBODY")
    gone.write_text("of somebody who left")
    others = {
        path: path.stat().st_mtime_ns for path in page.parent.glob("*.html") if path not in {page, gone}
    }
    assert write_changed_people(store) == 1
    assert {path: path.stat().st_mtime_ns for path in others} == others
    assert not gone.exists()


def test_the_page_says_what_the_warehouse_knows(store: Path) -> None:
    write_changed_people(store)
    text = person_page(store, PERSON).read_text()
    with open_warehouse(store) as connection:
        nights = connection.execute(
            "select night_date, is_in from inclusion where participant_id = ? and night_date is not null",
            [PERSON],
        ).fetchall()
        ratios = connection.execute(
            "select rate_ratio from person_association where participant_id = ?", [PERSON]
        ).fetchall()
    assert f"{sum(is_in for _, is_in in nights)} of {len(nights)} nights are analysed" in text
    for night_date, _ in nights:
        assert f'id="{night_date}"' in text
    assert ratios
    for (ratio,) in ratios:
        assert f"legs jump {often(ratio)};" in text
    for words in ("<b>Restricted.</b>", "See a GP if", "no diagnosis", "talk to a doctor"):
        assert words in text


def known(**more: object) -> dict[str, object]:
    return {
        "exposure": "caffeine_mg",
        "per_unit": 100.0,
        "night_count": 10,
        "rate_ratio": 1.2,
        "own_detectable_rate_ratio": TOLD_RATIO,
    } | more


def test_nights_to_try_follow_from_what_the_nights_so_far_would_have_found() -> None:
    assert "After about 10 nights" in str(trial([known()]))
    twice = known(own_detectable_rate_ratio=math.exp(2 * math.log(TOLD_RATIO)))
    assert "After about 40 nights" in str(trial([twice]))
    assert f"After about {LEAST_NIGHTS} nights" in str(trial([known(own_detectable_rate_ratio=1.01)]))
    assert f"more than {MOST_NIGHTS} nights" in str(trial([known(own_detectable_rate_ratio=9.0)]))


def test_one_thing_is_tried_that_a_person_can_change_and_that_goes_furthest() -> None:
    rows = [
        known(),
        known(exposure="stress_score", per_unit=1.0, rate_ratio=0.6),
        known(exposure="sleep_debt_h", rate_ratio=3.0),
    ]
    assert "Stress goes furthest" in str(trial(rows))
    assert trial([known(own_detectable_rate_ratio=None)]) is None
    assert trial([]) is None
