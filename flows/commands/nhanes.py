"""``legjumps nhanes``: from a folder of the survey's files to a page with the answer."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.orchestration import TemporaryServer
from flows.progress import say
from flows.settings import load_settings
from flows.store.layout import PREFECT

NEEDED = ("DEMO", "SLQ", "DR1TOT")
"""Without them there is no weight, no answer or no intake."""
WELCOME = (
    "DR2TOT",
    "DR1IFF",
    "PAQ",
    "FERTIN",
    "SMQ",
    "ALQ",
    "BMX",
    "DPQ",
    "RHQ",
    "RXQ_RX",
    "DS1TOT",
    "DSQTOT",
)
"""Each adds what it holds; without it the columns are empty, and the models that want them say so."""
CYCLES = {"D": "2005-2006", "E": "2007-2008"}
"""The cycles that asked for leg jerks, by the letter at the end of their files' names."""
_NAME = re.compile(r"(?P<table>[a-z0-9_]+)[_.](?P<letter>[a-z])\.(?:xpt|csv)(?:\.xz|\.gz)?", re.IGNORECASE)
_STUDY = '[study]\nid = "nhanes"\ntime_zone = "America/New_York"\n'


def survey_files(folder: Path) -> dict[tuple[str, str], Path]:
    """Return the files of the survey below a folder by table and letter; of one table the first by name."""
    found: dict[tuple[str, str], Path] = {}
    for key, path in _named(folder):
        found.setdefault(key, path)
    return found


def passed_over(folder: Path, found: dict[tuple[str, str], Path]) -> list[str]:
    """Return the names of files whose table is found in another file."""
    return [path.name for key, path in _named(folder) if found[key] != path]


def _named(folder: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        named = _NAME.fullmatch(path.name)
        key = (named["table"].upper(), named["letter"].upper()) if named else ("", "")
        if key[0] in {*NEEDED, *WELCOME} and key[1] in CYCLES:
            yield key, path


def missing_files(found: dict[tuple[str, str], Path], tables: Sequence[str] = NEEDED) -> list[str]:
    """Return the names of files that are not there, as the survey calls them."""
    return [f"{table}_{letter}" for letter in CYCLES for table in tables if (table, letter) not in found]


def _link(found: dict[tuple[str, str], Path], imports: Path) -> None:
    """Make ``imports`` hold links to these files, and to no others of the survey; what is no link is not ours."""
    wanted = {path.name: path.resolve() for path in found.values()}
    for _, link in list(_named(imports)):
        if link.is_symlink() and link.readlink() != wanted.get(link.name):
            link.unlink()
    for name, path in wanted.items():
        if not (imports / name).exists():
            (imports / name).symlink_to(path)


def run_nhanes(folder: Path, out: Path) -> None:
    """Make a study of the survey's files in ``out``, run every stage, and print where the answer is.

    Where a needed file is not there, that is said, and nothing is made.
    """
    found = survey_files(folder)
    if missing := missing_files(found):
        say(
            f"nhanes: skipped. {folder} lacks {', '.join(missing)} (.xpt, .csv, .csv.xz or .csv.gz). They are on the "
            "survey's own page, NHANES 2005-2006 and 2007-2008; docs/nhanes.md lists the tables"
        )
        return
    for name in passed_over(folder, found):
        say(f"nhanes: {name} is not read: the same table is there in another form")
    for name in missing_files(found, WELCOME):
        say(f"nhanes: {name} is not there; what it holds stays empty")
    server = TemporaryServer(out / "store" / PREFECT)
    imports = out / "imports" / "nhanes"
    imports.mkdir(parents=True, exist_ok=True)
    if not (out / "study.toml").exists():
        (out / "study.toml").write_text(_STUDY, encoding="utf-8")
    _link(found, imports)

    from flows.study import run
    from flows.summary import print_nhanes

    print_nhanes(run("study", load_settings(out), server))
