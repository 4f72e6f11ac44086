"""study.toml: what it must hold, and what may be replaced."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.settings import load_settings
from transforms.errors import SettingsError
from transforms.parameters import DEFAULT

PLAIN = '[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n'


def study(folder: Path, text: str) -> Path:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_plain_study_has_the_published_parameters_and_its_store_beside_it(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path, PLAIN))
    assert settings.parameters == DEFAULT
    assert settings.store == tmp_path / "store"
    assert (settings.study_id, settings.time_zone) == ("s", "Europe/Berlin")


def test_single_parameters_are_replaced_by_dotted_name_or_by_table(tmp_path: Path) -> None:
    text = PLAIN + '[parameters]\n"wear.max_range_g" = 0.05\n[parameters.wasm]\nmin_interval_s = 5\n'
    text += "[release]\nminimum_participant_count = 20\n"
    parameters = load_settings(study(tmp_path, text)).parameters
    assert parameters.wear.max_range_g == 0.05
    assert parameters.wasm.min_interval_s == 5.0
    assert parameters.release.minimum_participant_count == 20
    assert parameters.aasm == DEFAULT.aasm


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wants id and time_zone"),
        ('[study]\nid = "s"\ntime_zone = "Berlin"\n', "'Berlin' is not an IANA time zone"),
        (PLAIN + "[wear]\nx = 1\n", r"unknown sections \['wear'\]"),
        (
            PLAIN + '[parameters]\n"wear.max_rangeg" = 1\n',
            r"parameter wear.max_rangeg is unknown; .*max_range_g",
        ),
        (
            PLAIN + '[parameters]\n"wear.max_range_g" = "x"\n',
            "wanted is a number, such as the published 0.15",
        ),
        (PLAIN + '[parameters]\n"wear.max_range_g" = -1\n', "wanted is at least 0 g"),
        (PLAIN + '[parameters]\n"epochs.epoch_s" = 10\n', "wanted is 5 and nothing else"),
        (PLAIN + "[parameters]\nwear = 1\n", "is a group; name one of"),
        ("[study\n", "not TOML"),
        (
            PLAIN + "[psg]\nlabel = 1\n",
            r"\[psg\] holds \[psg.labels\], \[psg.starts\] and \[psg.scorers\], nothing else",
        ),
        (PLAIN + '[psg.labels]\nX = "limb"\n', r"'X' = 'limb'; wanted one of leg_movement, respiratory"),
        (PLAIN + '[psg.labels]\nX = "leg_movement middle"\n', "left, right, both behind it"),
        (PLAIN + "[psg.labels]\nX = 1\n", "wanted one of leg_movement"),
        (PLAIN + '[psg.starts]\n"P1/a.edf" = "yesterday"\n', "wanted date and time such as"),
        (PLAIN + '[psg.scorers]\n"*.edf" = 1\n', r"'\*.edf' = 1; wanted the name of a scorer"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(study(tmp_path, text))


def test_the_laboratorys_words_and_starts_are_read(tmp_path: Path) -> None:
    text = PLAIN + (
        '[psg.labels]\nLeftLegPhasic = "leg_movement left"\n"Hypopnoe (obstr.)" = "respiratory"\n'
        '[psg.starts]\n"P01/night.edf" = 2026-03-01T22:14:05\n"P02/a b.edf" = 2026-03-01T22:14:05Z\n'
    )
    section = load_settings(study(tmp_path, text)).psg
    assert section.labels == {
        "LeftLegPhasic": ("leg_movement", "left"),
        "Hypopnoe (obstr.)": ("respiratory", "other"),
    }
    named = {"P01/night.edf": "psg/P01/001.edf", "P02/a b.edf": "psg/P02/001.edf", "P03/c.edf": "x"}
    assert section.starts_of(named, "Europe/Berlin") == {
        "psg/P01/001.edf": datetime(2026, 3, 1, 21, 14, 5, tzinfo=UTC),
        "psg/P02/001.edf": datetime(2026, 3, 1, 22, 14, 5, tzinfo=UTC),
    }
    assert section.starts_without_file(["P01/night.edf"]) == [2]


def test_the_scorer_of_a_file_is_told_by_the_first_pattern_that_fits(tmp_path: Path) -> None:
    text = PLAIN + '[psg.scorers]\n"*_scorer1.edf" = "anna"\n"P02/*" = "ben"\n'
    section = load_settings(study(tmp_path, text)).psg
    named = {"P01/a_scorer1.edf": "1", "P01/a_scorer11.edf": "2", "P02/b.edf": "3", "P02/b_scorer1.edf": "4"}
    assert section.scorers_of(named) == {"1": "anna", "3": "ben", "4": "anna"}


def test_a_start_that_the_clocks_left_out_is_refused(tmp_path: Path) -> None:
    text = PLAIN + '[psg.starts]\n"P01/night.edf" = 2026-03-29T02:30:00\n'
    section = load_settings(study(tmp_path, text)).psg
    with pytest.raises(SettingsError, match="did not exist in Europe/Berlin"):
        section.starts_of({"P01/night.edf": "psg/P01/001.edf"}, "Europe/Berlin")


def test_a_folder_without_settings_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"study.toml is missing; write one"):
        load_settings(tmp_path)
    with pytest.raises(SettingsError, match="is not a folder"):
        load_settings(tmp_path / "nowhere")


def test_the_next_command_names_the_store_where_it_is_not_the_studys_own(tmp_path: Path) -> None:
    folder = study(tmp_path, PLAIN)
    assert load_settings(folder).command("run") == f"legjumps run {folder}"
    assert load_settings(folder, str(folder / "store")).command("sql", "'x'") == f"legjumps sql {folder} 'x'"
    elsewhere = load_settings(folder, str(tmp_path / "a b")).command("run")
    assert elsewhere == f"legjumps run {folder} --store '{tmp_path / 'a b'}'"
    assert load_settings(folder, "s3://b/p").command("run") == f"legjumps run {folder} --store s3://b/p"
