"""The report: eleven sections, its numbers those of the release and near those of the warehouse, nothing of few people."""

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from flows.release.answers import flow
from flows.release.export import export_release
from flows.release.gate import make_ready
from flows.release.history import read_history
from flows.release.parts import level_words
from flows.warehouse.published import open_warehouse, warehouse_path
from tests.cohort_store import published_warehouse
from transforms.parameters import DEFAULT
from transforms.pictures.words import often, often_between


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    shutil.copyfile(published_warehouse(), warehouse_path(folder))
    return folder


@pytest.fixture(scope="module")
def released(store: Path) -> Path:
    return export_release(store, study_id="simulated & small", parameters=DEFAULT)


@pytest.fixture(scope="module")
def page(released: Path) -> str:
    return (released / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def figures(store: Path, released: Path) -> dict[str, pl.DataFrame]:
    return read_history(store)[-1].figures


def ask(store: Path, query: str) -> pl.DataFrame:
    with open_warehouse(store) as connection:
        return connection.sql(query).pl()


def test_there_are_eleven_sections_in_order(page: str) -> None:
    numbers = [int(found) for found in re.findall(r"<h2>(\d+)\. ", page)]
    assert numbers == list(range(1, 12))
    assert "<b>Simulated.</b>" in page


def test_every_chart_has_a_table_behind_it_and_says_what_is_seen(page: str) -> None:
    for figure in re.findall(r"<figure>.*?</details>", page, flags=re.DOTALL):
        assert "<table>" in figure
        labels = re.findall(r'aria-label="([^"]*)"', figure)
        assert len(labels) == 3 and all(len(label) > 5 for label in labels)  # wide, narrow, table
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_graph_of_each_question_is_drawn_with_its_reasons_behind_it(page: str, released: Path) -> None:
    edges = pl.read_csv(released / "causal_edge.csv")
    asked = pl.read_csv(released / "confounder.csv")
    main = pl.read_parquet(released / "association.parquet").filter(
        ~pl.col("is_exploratory"), effect="within", analysis="main"
    )
    drawn = re.findall(r"<h3>(What the question of .*? adjusts for)</h3>", page)
    assert len(drawn) == main.height == len(set(drawn))
    for reason in edges["reason"]:
        assert page.count(f": {reason.replace(chr(39), '&#39;')}<") >= len(drawn)
    for columns in asked.filter(pl.col("exposure").is_in(main["exposure"].to_list()))["column_names"]:
        assert f"<td>{columns}</td>" in page


def test_the_ratios_of_the_page_are_those_of_the_release(page: str, released: Path) -> None:
    frame = pl.read_parquet(released / "association.parquet")
    main = frame.filter(~pl.col("is_exploratory"), effect="within", analysis="main")
    assert main.height > 0
    for row in main.iter_rows(named=True):
        assert f"{row['rate_ratio']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})" in page
        assert often(row["rate_ratio"]) in page
        assert often_between(row["ci_low"], row["ci_high"]) in page


def test_rates_by_hour_are_near_those_of_the_warehouse(
    store: Path, figures: dict[str, pl.DataFrame], page: str
) -> None:
    true = ask(
        store,
        "select night_hour.hour_number, sum(night_hour.jerk_sleep_count) / sum(night_hour.analysed_sleep_h) as rate "
        "from night_hour inner join analysis_night using (participant_id, night_date) "
        "where night_hour.jerk_sleep_count is not null group by all",
    )
    told = figures["night_hour"].filter(pl.col("rate").is_not_null(), state="asleep")
    both = told.join(true, on="hour_number", suffix="_true")
    assert both.height >= 6
    assert ((both["rate"] / both["rate_true"]).log().abs() < 0.15).all()
    for rate in told["rate"]:
        assert f">{rate:.1f}<" in page


def test_quantiles_of_nights_are_near_those_of_the_warehouse(
    store: Path, figures: dict[str, pl.DataFrame]
) -> None:
    true = ask(
        store, "select median(coalesce(jerk_sleep_rate_per_h, jerk_rate_per_h)) as p50 from analysis_night"
    )
    told = figures["nights"].filter(pl.col("night_number").is_null())
    assert told.item(0, "p50") == pytest.approx(true.item(0, "p50"), rel=0.1)


def test_the_flow_ends_in_the_models_and_tells_nothing_of_few(
    store: Path, figures: dict[str, pl.DataFrame]
) -> None:
    true = ask(store, "from attrition order by stage_number, is_in desc, reason")
    told = figures["flow"]
    assert told["stage"].to_list() == true["stage"].to_list()
    few = true["participant_count"] < DEFAULT.release.minimum_participant_count
    assert told.filter(few)["night_count"].null_count() == few.sum()
    assert (told["night_count"].drop_nulls() % DEFAULT.release.night_base == 0).all()
    trunk, questions = flow(told)
    assert [entry["stage"] for entry in trunk] == ["recorded", "with nights", "eligible"]
    assert all(question["stages"][-1]["stage"].endswith("in the model") for question in questions)


def test_nothing_of_fewer_than_the_limit_is_in_a_figure(figures: dict[str, pl.DataFrame]) -> None:
    for name, frame in figures.items():
        for column in ("participant_count", "informative_participant_count"):
            if column in frame.columns:
                told = frame[column].drop_nulls()
                assert (told >= DEFAULT.release.minimum_participant_count).all(), name


def test_a_release_that_few_people_changed_keeps_its_figures(
    store: Path, figures: dict[str, pl.DataFrame]
) -> None:
    with open_warehouse(store) as connection:
        again = make_ready(connection, store, DEFAULT)
    assert {name: frame.rows() for name, frame in again.figures.items()} == {
        name: frame.rows() for name, frame in figures.items()
    }


def test_the_page_is_small(page: str) -> None:
    assert len(page.encode()) < 1_000_000


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.05, 1.2, "5 to 20 % more"),
        (0.97, 1.2, "3 % less to 20 % more"),
        (0.8, 0.9, "10 to 20 % less"),
        (1.0, 1.1, "0 to 10 % more"),
    ],
)
def test_intervals_in_words(low: float, high: float, words: str) -> None:
    assert often_between(low, high) == words


@pytest.mark.parametrize(
    ("level", "limits", "words"),
    [
        ("none", "0 mg", "none (0 mg)"),
        ("low", "> 0 to <= 100 mg", "low (0 to 100 mg)"),
        ("high", ">= 428.571 MET min", "high (at least 429 MET min)"),
        ("above the daily limit", "> 400 mg", "above the daily limit (above 400 mg)"),
        ("rating_0_10 low", "<= 4", "low (up to 4)"),
        ("allowance met", ">= 1 allowances", "allowance met (at least 1)"),
        ("from 31", ">= 31 to < 51 year", "31 to 51 years"),
        ("from 71", ">= 71 year", "at least 71 years"),
        ("not known", None, "not known"),
    ],
)
def test_levels_in_words(level: str, limits: str | None, words: str) -> None:
    assert level_words(level, limits) == words
