"""What the report calls planned was registered before the first night, and says where."""

import shutil
from datetime import date

import pytest

from flows.release.export import export_release
from flows.release.source import planned_title
from flows.settings import Registration, load_settings
from flows.warehouse.published import warehouse_path
from tests.cohort_store import FIRST_NIGHT, published_warehouse
from transforms.errors import SettingsError
from transforms.parameters import DEFAULT

PLANNED = "Planned before the data were seen"
STUDY = '[study]\nid = "s"\ntime_zone = "UTC"\n'


@pytest.mark.parametrize(
    ("registered_on", "is_planned"),
    [(None, False), (date(2026, 1, 4), True), (FIRST_NIGHT, False), (date(2026, 1, 6), False)],
)
def test_a_report_says_planned_only_with_a_registration_before_the_first_night(
    tmp_path, registered_on, is_planned
):
    named = (
        f'registration = "https://osf.io/abcde"\nregistered_on = {registered_on}\n' if registered_on else ""
    )
    (tmp_path / "study.toml").write_text(STUDY + named)
    registration = load_settings(tmp_path).registration
    shutil.copyfile(published_warehouse(), warehouse_path(tmp_path))
    released = export_release(tmp_path, study_id="s", parameters=DEFAULT, registration=registration)
    page = (released / "report.html").read_text(encoding="utf-8")
    assert (PLANNED in page) == is_planned
    assert ("osf.io/abcde" in page) == (registered_on is not None)


def test_without_a_night_nothing_was_planned_before_it():
    assert PLANNED not in planned_title(Registration(name="r", registered_on=date(2020, 1, 1)), None)


@pytest.mark.parametrize("half", ['registration = "r"\n', "registered_on = 2026-01-04\n"])
def test_a_registration_without_its_day_or_name_is_refused(tmp_path, half):
    (tmp_path / "study.toml").write_text(STUDY + half)
    with pytest.raises(SettingsError, match="wants both"):
        load_settings(tmp_path)
