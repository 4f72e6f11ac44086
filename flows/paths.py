"""Where the data that belongs to the code lies: ``sql/`` and ``expectations/``, in a checkout or in an installation."""

from pathlib import Path

from transforms.errors import ContractError

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the packages: the checkout, or where a wheel was unpacked."""


def _data_folder(name: str) -> Path:
    # a wheel carries them within the package, so that nothing of a foreign name is taken for ours
    for folder in (ROOT / "flows" / name, ROOT / name):
        if folder.is_dir():
            return folder
    raise ContractError(f"{ROOT / name} is missing: the installation is not whole; install legjumps again")


def sql_folder() -> Path:
    """Return the folder of numbered SQL files."""
    return _data_folder("sql")


def expectations_folder() -> Path:
    """Return the folder of validation suites."""
    return _data_folder("expectations")
