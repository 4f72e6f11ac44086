"""The dependency law, the size of files and the names of numbers, held by reading the source."""

import ast
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from transforms import schema

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("flows/**/*.py"), *ROOT.glob("transforms/**/*.py")])
NOT_IN_TRANSFORMS = {"flows", "prefect", "duckdb", "great_expectations", "sqlalchemy", "typer", "rich"}

# Lower floors may not import higher ones.
FLOORS = [
    {"errors", "intervals"},
    {"schema", "parameters"},
    {"clock", "recording"},
    {"readers", "acceleration", "scoring", "diaries", "tables"},
    {"calibration", "wear", "sleep", "imports", "psg"},
    {"epochs", "bed", "activity", "wakefulness"},
    {"sleep_sources"},
    {"nights"},
    {"movements"},
    {"restlessness"},
    {"statistics", "validity"},
    {"simulation"},
]


def imported_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import; write the full name"
            yield f"{node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(module: str) -> int:
    room = module.split(".")[1]
    found = [index for index, rooms in enumerate(FLOORS) if room in rooms]
    assert found, f"transforms.{room} has no floor; add it to FLOORS where it belongs"
    return found[0]


@pytest.mark.parametrize("file", [f for f in SOURCES if "transforms" in f.parts], ids=lambda f: f.stem)
def test_transforms_imports_nothing_from_outside(file: Path) -> None:
    roots = {module.split(".")[0] for module in imported_modules(file)}
    assert not roots & NOT_IN_TRANSFORMS


@pytest.mark.parametrize("file", [f for f in SOURCES if "transforms" in f.parts], ids=lambda f: f.stem)
def test_lower_rooms_do_not_import_higher_ones(file: Path) -> None:
    own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    if own.endswith("__init__") and own.count(".") == 1:
        return
    for module in imported_modules(file):
        if module.startswith("transforms.") and module.split(".")[1] != own.split(".")[1]:
            assert floor(module) <= floor(own), f"{own} imports {module}, which stands on a higher floor"


def test_no_circle_of_modules() -> None:
    names = {
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f for f in SOURCES
    }
    arrows = {
        name: {m for m in imported_modules(file) if m in names and m != name} for name, file in names.items()
    }
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in finished:
            for target in sorted(arrows[name]):
                visit(target, (*path, name))
            finished.add(name)

    for name in sorted(arrows):
        visit(name, ())


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.stem)
def test_files_stay_readable(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 520
    assert file.stem not in {"utils", "helpers", "common", "misc", "core"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.stem)
def test_no_assert_outside_tests(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


SCHEMAS = {name: value for name, value in vars(schema).items() if isinstance(value, pl.Schema)}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_number_carries_its_unit(name: str) -> None:
    numeric = [column for column, kind in SCHEMAS[name].items() if kind.is_numeric()]
    bare = [
        c for c in numeric if not c.endswith(schema.UNIT_SUFFIXES) and c not in schema.NAMES_OF_THE_CONTRACT
    ]
    assert not bare


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_booleans_and_instants_are_named_so(name: str) -> None:
    for column, kind in SCHEMAS[name].items():
        if kind == pl.Boolean:
            assert column.startswith(("is_", "has_", "uses_", "crosses_")), column
        if isinstance(kind, pl.Datetime):
            assert kind == schema.INSTANT and column.endswith("_at"), column
        if kind == pl.Date:
            assert column.endswith("date"), column


def test_no_distribution_ships_our_names() -> None:
    ours = {"flows", "transforms", "expectations", "sql", "tests"}
    providers = importlib.metadata.packages_distributions()
    foreign = {name: who for name, who in providers.items() if name in ours and set(who) != {"legjumps"}}
    assert not foreign


def test_no_file_names_the_host_of_a_package_index() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org"]
    for file in [
        ROOT / "requirements.lock",
        ROOT / "bootstrap.lock",
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]:
        text = file.read_text(encoding="utf-8")
        assert not [host for host in hosts if host in text], file
