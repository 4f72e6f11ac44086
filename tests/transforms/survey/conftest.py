"""The respondents of ../shared/data/NHANES, and samples made here whose truth is known."""

from functools import partial

import polars as pl
import pytest

from transforms.imports import ImportFile, read_imports
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT


@pytest.fixture(scope="session")
def respondents(shared_data):
    """SURVEY_PERSON of both cycles."""
    folder = shared_data / "NHANES"
    if not folder.is_dir():
        pytest.skip(f"the survey's files are not here: {folder}")
    files = [
        ImportFile(name=f"imports/nhanes/{path.name}", open=partial(path.open, "rb"))
        for path in folder.iterdir()
        if path.suffix != ".md"
    ]
    return read_imports(files, pl.DataFrame(schema=PARTICIPANT), "UTC", ADULT_EXPOSURES).survey_person
