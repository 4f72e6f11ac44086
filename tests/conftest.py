"""What every test may rely on."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

import flows
import transforms

ROOT = Path(__file__).resolve().parent.parent

# Other studies on this machine may have installed packages of these names; ours must be the checkout's.
for package in (flows, transforms):
    if Path(str(package.__file__)).resolve().parent.parent != ROOT:
        raise RuntimeError(f"{package.__name__} is imported from {package.__file__}, not from {ROOT}")

os.environ["GX_ANALYTICS_ENABLED"] = "false"

settings.register_profile("fast", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("fast")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real device and diary files, which is not part of the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real files are not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def device_cases() -> Path:
    """The folder of device files that once failed, which is not part of the project."""
    folder = ROOT.parent / "shared" / "cases" / "devices"
    if not folder.is_dir():
        pytest.skip(f"device cases are not here: {folder}")
    return folder
