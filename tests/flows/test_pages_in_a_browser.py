"""Every kind of page, opened as people open it: narrow and wide, light and dark, in print; nothing breaks, nothing is fetched.

Needs Chromium (Debian's package of that name) and the packages of the test environment; skipped elsewhere with the reason.
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.front_door.page import front_door_page
from flows.pages import render
from flows.person.page import made_of_people, write_person
from flows.release.export import export_release
from flows.stages.agreement import agreement_page
from flows.warehouse.published import open_warehouse, warehouse_path
from flows.warehouse.validate import Check
from tests.cohort_store import PERSON, published_warehouse
from tests.flows.front_door.facts import AT, made_up, settings
from tests.transforms.agreement.test_by_night import QUICK, cohort
from tests.transforms.pictures.test_night import drawn, movement
from transforms.agreement.by_night import summarise
from transforms.parameters import DEFAULT

pytestmark = pytest.mark.xdist_group("browser")

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed (extra dev)")
CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("no Chromium here: apt-get install chromium", allow_module_level=True)

KINDS = (
    "front_door",
    "report",
    "survey",
    "person",
    "person_whole",
    "data_docs",
    "data_docs_index",
    "agreement",
)
LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]
LEAST_PX = 11

# Every text that is seen, with the size in which it reaches the eye: an SVG that is scaled scales its text.
SMALL_TEXTS = """
(least) => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (!text || ["SCRIPT", "STYLE", "TITLE", "NOSCRIPT"].includes(element.tagName.toUpperCase())) continue;
    if (!element.checkVisibility({ contentVisibilityAuto: true })) continue;
    const matrix = element.getScreenCTM ? element.getScreenCTM() : null;
    const size = parseFloat(getComputedStyle(element).fontSize) * (matrix ? Math.hypot(matrix.a, matrix.b) : 1);
    if (size < least - 0.05) found.push(`${size.toFixed(1)} px: ${text.slice(0, 40)}`);
  }
  return found;
}
"""


def check(name: str, *, success: bool) -> Check:
    return Check(
        "night",
        "expect",
        f"{name} between 0 and 24",
        "hours of a night",
        "h",
        "definition",
        "critical",
        success,
        12,
        0,
        None,
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    store = folder / "store"
    store.mkdir()
    shutil.copyfile(published_warehouse(), warehouse_path(store))
    released = export_release(store, study_id="simulated", parameters=DEFAULT)
    with open_warehouse(store) as connection:
        person = write_person(connection, store, PERSON, made_of_people(connection)[PERSON])
        whole = write_person(
            connection,
            folder,
            PERSON,
            "0",
            {date(2026, 1, 5): drawn(movement(10, "hypnic_jerk"), movement(60, series="s1"))},
        )
    nights = cohort([(f"P{number}", 10 + number, 8 + number) for number in range(12)])
    summary = {
        "run_id": "abc",
        "checked_at": "2026-03-01 06:00:00",
        "check_count": 2,
        "critical_failed": 1,
        "warning_failed": 0,
    }
    checks = [check("tst_h", success=True), check("waso_h", success=False)]
    table = {"name": "night", "purpose": "nights", "checks": checks, "failed": 1, "critical_failed": 1}
    texts = {
        "front_door": front_door_page(settings(folder), made_up(24, 12), AT, "3 Apr, 03:00"),
        "data_docs": render(
            "validation.html.j2", **summary, checks=checks, failed=checks[1:], tables=[table], duration_s=1.0
        ),
        "data_docs_index": render("validation_index.html.j2", runs=[summary]),
        "agreement": agreement_page(nights, summarise(nights, QUICK, seed=1), "s"),
    }
    found = {
        "report": released / "report.html",
        "survey": released / "survey.html",
        "person": person,
        "person_whole": whole,
    }
    for kind, text in texts.items():
        found[kind] = folder / f"{kind}.html"
        found[kind].write_text(text, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        # no sandbox: tests may run as root, and open nothing but their own pages
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Open a page; whatever it says to the console or asks of anybody is an error at the end."""
    complaints: list[str] = []
    open_pages = []

    def open_page(path: Path, width: int, scheme: str) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        open_pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url == path.as_uri() else complaints.append(request.url),
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for page in open_pages:
        page.close()
    assert complaints == []


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_can_be_read_and_has_no_serious_fault(
    pages: dict[str, Path], opened: Any, kind: str, width: int, scheme: str
) -> None:
    page = opened(pages[kind], width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert overflow(page) <= 0
    assert page.evaluate(SMALL_TEXTS, LEAST_PX) == []
    found = axe.Axe().run(page)
    serious = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_prints_whole(pages: dict[str, Path], opened: Any, kind: str) -> None:
    page = opened(pages[kind], 794, "light")  # A4 at 96 dots an inch
    folded = page.evaluate("document.querySelectorAll('details:not([open]) > :not(summary)').length")
    page.emulate_media(media="print")
    assert page.evaluate(SMALL_TEXTS, LEAST_PX) == []
    seen = page.evaluate(
        "[...document.querySelectorAll('details > :not(summary)')].filter((one) => one.getBoundingClientRect().height > 0).length"
    )
    assert seen >= folded


def test_the_calendar_finds_sorts_and_opens(pages: dict[str, Path], opened: Any) -> None:
    page = opened(pages["front_door"], 1440, "light")
    names = page.locator("#grid tbody th")
    assert names.count() == 24
    assert names.first.inner_text() == "P0024"  # delivered nothing: all of it is lacking
    page.select_option("#order", "name")
    assert names.first.inner_text() == "P0001"
    page.select_option("#colours", "rate")
    assert page.locator("#rates").is_visible() and not page.locator("#states").is_visible()
    assert page.locator("#grid td.rate5").count() > 0
    page.fill("#find", "p0007")
    assert names.all_inner_texts() == ["P0007"]
    page.locator("#grid td.n").first.hover()
    assert page.locator("#told").inner_text().startswith("P0007, night of Sun, 1 March 2026")


def test_a_thousand_participants_of_thirty_nights_are_there_within_a_second(
    tmp_path: Path, opened: Any
) -> None:
    file = tmp_path / "index.html"
    file.write_text(front_door_page(settings(tmp_path), made_up(1000, 30), AT, None), encoding="utf-8")
    page = opened(file, 1440, "light")
    # processor time of the page's own thread: a loaded machine makes nobody slow
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.reload()
    page.wait_for_function("document.querySelectorAll('#grid tbody tr').length === 1000")
    measured = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    assert measured["ScriptDuration"] < 1.0
    assert measured["LayoutDuration"] + measured["RecalcStyleDuration"] < 3.0
