"""The numbered files of ``sql/``: what each says of itself, and its statements with their lines."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.warehouse.meanings import inherit_meanings
from transforms.errors import ContractError

_NAME = re.compile(r"(?P<number>\d{3})_(?P<table>[a-z][a-z0-9_]*)")
_PARAMETER_NAME = re.compile(r"'([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+)'")
_CORE_DATASET = re.compile(r"\bcore\.([a-z][a-z0-9_]*)")

LAYERS: Mapping[str, str] = {
    "start": "",
    "quality": "019",
    "core": "199",
    "concept": "299",
    "cohort": "399",
    "answer": "999",
}
"""The layers of the warehouse, each with the highest number of its files; ``start`` is for those that name it."""


@dataclass(frozen=True)
class SqlFile:
    """One file, which makes one table."""

    path: Path
    number: str
    table: str
    text: str

    @property
    def header(self) -> dict[str, str]:
        """Grain, Reads, Like, Writes, Layer and Source of the leading comment; continuation lines are joined by a space."""
        parts: dict[str, str] = {}
        current = ""
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            content = line[2:]
            keyed = re.match(r" (Grain|Reads|Like|Writes|Layer|Source)\s+(.*)", content)
            if keyed:
                current = keyed[1]
                parts[current] = keyed[2].strip()
            elif current and content.startswith("          "):
                parts[current] += " " + content.strip()
            else:
                current = ""
        return parts

    @property
    def title(self) -> str:
        """The sentence after the file's own name in the second line."""
        return self.text.splitlines()[1].partition(":")[2].strip()

    @property
    def reads(self) -> tuple[str, ...]:
        """The tables that the statements read."""
        return self._listed("Reads")

    @property
    def like(self) -> tuple[str, ...]:
        """Tables that are not read, or not first, and whose columns of the same name mean the same."""
        return self._listed("Like")

    @property
    def layers(self) -> tuple[str, ...]:
        """The schemas in which the table is shown: that of its number, unless the header names others."""
        return self._listed("Layer") or (next(name for name, last in LAYERS.items() if self.number <= last),)

    def _listed(self, key: str) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.header.get(key, "").split(",") if name.strip())

    @property
    def core_datasets(self) -> frozenset[str]:
        """The datasets of the store that the statements read."""
        return frozenset(_CORE_DATASET.findall(self._code))

    @property
    def parameter_names(self) -> frozenset[str]:
        """Every text of the form 'group.field' in the statements."""
        return frozenset(_PARAMETER_NAME.findall(self._code))

    @property
    def _code(self) -> str:
        return "\n".join(
            line for line in self.text.splitlines() if not line.lstrip().startswith(("--", "comment"))
        )

    def run(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Run every statement, in one transaction: each of its own would wait for the disk.

        Raises ContractError naming file and line where one fails.
        """
        position = 0
        connection.execute("begin")
        for statement in self._statements(connection):
            start = self.text.index(statement, position)
            position = start + len(statement)
            try:
                connection.execute(statement)
            except duckdb.Error as error:
                raise ContractError(self._explain(error, start)) from error
        inherit_meanings(connection, self.table, (*self.like, *self.reads))
        try:
            connection.execute("commit")
        except duckdb.Error as error:
            # a key is checked at last: the statement that declares it is the one at fault
            raise ContractError(self._explain(error, max(self.text.find("alter table"), 0))) from error

    def _statements(self, connection: duckdb.DuckDBPyConnection) -> list[str]:
        try:
            return [statement.query for statement in connection.extract_statements(self.text)]
        except duckdb.Error as error:
            raise ContractError(self._explain(error, 0)) from error

    def _explain(self, error: duckdb.Error, start: int) -> str:
        message = str(error).strip()
        told = re.search(r"^LINE (\d+):", message, flags=re.MULTILINE)
        # without a line of its own the error is told at the first line of code of its statement
        head = re.match(r"(?:\s|--[^\n]*\n)*", self.text[start:])
        before = self.text.count("\n", 0, start)
        line = before + (int(told[1]) if told else 1 + (head[0].count("\n") if head else 0))
        return f"{self.path}:{line}: {message}"


def load_sql_files(folder: Path) -> list[SqlFile]:
    """Read the numbered files of ``folder`` in the order in which they run.

    Raises ContractError where a name is not ``NNN_table.sql`` or a number or table occurs twice.
    """
    files: list[SqlFile] = []
    for path in sorted(folder.glob("*.sql")):
        named = _NAME.fullmatch(path.stem)
        if named is None:
            raise ContractError(f"{path}: SQL files are named NNN_table.sql, such as 200_night_rate.sql")
        files.append(SqlFile(path, named["number"], named["table"], path.read_text(encoding="utf-8")))
    for kind in ("number", "table"):
        seen = [getattr(file, kind) for file in files]
        twice = sorted({name for name in seen if seen.count(name) > 1})
        if twice:
            raise ContractError(
                f"{folder}: each {kind} belongs to one file; more than one has {', '.join(twice)}"
            )
    return files
