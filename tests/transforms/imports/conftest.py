"""Exports written in the test, in the form of their makers."""

import io
from collections.abc import Callable

import polars as pl
import pytest

from transforms.imports import ImportFile, Imports, read_imports
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

PEOPLE = pl.DataFrame(
    [{"participant_id": "P01", "time_zone": "Europe/Berlin"}, {"participant_id": "007"}], schema=PARTICIPANT
)


@pytest.fixture
def imported() -> Callable[..., Imports]:
    """Return a function that reads exports given as content by name below imports/."""

    def read(files: dict[str, str | bytes], people: pl.DataFrame = PEOPLE) -> Imports:
        def opener(content: str | bytes) -> Callable[[], io.BytesIO]:
            return lambda: io.BytesIO(content.encode() if isinstance(content, str) else content)

        return read_imports(
            [ImportFile(name=f"imports/{name}", open=opener(content)) for name, content in files.items()],
            people,
            "America/New_York",
            ADULT_EXPOSURES,
        )

    return read


@pytest.fixture
def reasons() -> Callable[[Imports], list[str]]:
    """Return a function that lists why cells and files were refused."""
    return lambda imports: imports.diaries.rejected_entry["reason"].to_list()
