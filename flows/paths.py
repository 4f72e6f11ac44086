"""Where the checkout is, and the folders of it that are data: ``sql/`` and ``expectations/``."""

from pathlib import Path

from transforms.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def _data_folder(name: str) -> Path:
    folder = ROOT / name
    if not folder.is_dir():
        raise SettingsError(
            f"{folder} is missing: legjumps runs from its checkout; install it with `make` or `pip install -e .`, "
            "not as a wheel"
        )
    return folder


def sql_folder() -> Path:
    """Return the folder of numbered SQL files."""
    return _data_folder("sql")


def expectations_folder() -> Path:
    """Return the folder of validation suites."""
    return _data_folder("expectations")
