"""``legjumps check`` of diaries and exports: what is read of each, who is called what, and what to do."""

import json
from pathlib import Path

from typer.testing import CliRunner

from flows.cli import app
from flows.settings import load_settings
from flows.stages.private_names import stored_ids

SERVINGS = "Day,Food Name,Amount,Energy (kcal),Fat (g),Fiber (g),Starch (g),Sugars (g),Protein (g),Carbs (g),Caffeine (mg),Magnesium (g)"


def study(folder: Path, declared: str = "") -> Path:
    (folder / "study.toml").write_text(f'[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n{declared}')
    (folder / "participants.csv").write_text("participant_id\nP01\nOkonkwo\n")
    exports = folder / "imports" / "cronometer"
    for person in ("P01", "Okonkwo"):
        (exports / person).mkdir(parents=True)
        (exports / person / "servings.csv").write_text(
            f"{SERVINGS}\n2026-03-02,Tea,1 cup,2,0,0,0,0,0,0,47,0.1\n"
        )
    return folder


def checked(folder: Path, *options: str) -> str:
    return CliRunner().invoke(app, ["check", str(folder), *options]).stdout


def test_columns_that_are_not_read_are_one_line_a_kind(tmp_path: Path) -> None:
    folder = study(tmp_path)
    document = json.loads(checked(folder, "--json"))
    assert {row["columns read"] for row in document["entries"] if row["kind"]} == {"2 of 12"}
    (line,) = document["columns_not_read"]
    assert (line["kind"], line["files"], line["count"]) == ("Cronometer servings", "2", "10")
    assert "carbs_(g)" in line["columns not read"]
    assert (
        sum("is magnesium_(mg) meant?" in row["what"] for row in document["to_do"]) == 2
    )  # in each of the files
    assert "carbs_(g)" not in checked(folder)
    assert "2 more (--all)" in checked(folder)


def test_whom_the_store_calls_by_a_pseudonym_is_told_on_the_screen(tmp_path: Path) -> None:
    folder = study(tmp_path)
    assert json.loads(checked(folder, "--json"))["pseudonyms"] == [
        {"participant": "Okonkwo", "in the store": "a pseudonym, once it is made"}
    ]
    assert not (folder / "store").exists()  # check writes nothing
    called = stored_ids(load_settings(folder)).of("Okonkwo")
    assert json.loads(checked(folder, "--json"))["pseudonyms"] == [
        {"participant": "Okonkwo", "in the store": called}
    ]


def test_ids_that_the_study_declares_to_be_codes_stay(tmp_path: Path) -> None:
    document = json.loads(checked(study(tmp_path, "participant_ids_are_codes = true\n"), "--json"))
    assert document["pseudonyms"] == []
    assert not any("ids that may be names" in row["what"] for row in document["to_do"])
