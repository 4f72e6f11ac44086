"""``legjumps ask``: the worked questions by number, each with what must be read beside its answer."""

import re
from dataclasses import dataclass
from pathlib import Path

from flows.commands.sql import run_query
from flows.paths import sql_folder
from transforms.errors import SettingsError

ALWAYS = "Research indices, not diagnoses; groups are different people unless a question says within persons."


@dataclass(frozen=True)
class Worked:
    """One file of ``sql/queries``."""

    number: int
    question: str
    caveats: str
    query: str


def worked_questions(folder: Path | None = None) -> list[Worked]:
    """Return the worked questions in the order of their numbers: the first comment asks, the others warn."""
    return [_read(path) for path in sorted((folder or sql_folder() / "queries").glob("[0-9]*.sql"))]


def _read(path: Path) -> Worked:
    text = path.read_text(encoding="utf-8")
    head = re.match(r"(?:--[^\n]*\n)+", text)
    comment = [line.removeprefix("--").strip() for line in head[0].splitlines()] if head else [path.stem]
    caveats = " ".join(line for line in comment[1:] if line)
    return Worked(int(path.stem.split("_")[0]), comment[0], caveats, text)


def ask(store: Path, number: int | None, format: str = "table") -> str:
    """Return the list of questions, or the answer to one with its caveats above it.

    Raises SettingsError where there is no such question, or no warehouse.
    """
    known = worked_questions()
    if number is None:
        lines = [f"{one.number:3d}  {one.question}" for one in known]
        return "\n".join([*lines, "", "legjumps ask STUDY NUMBER answers one of them.", ""])
    found = [one for one in known if one.number == number]
    if not found:
        raise SettingsError(
            f"there is no question {number}; legjumps ask STUDY lists 1 to {known[-1].number}"
        )
    (one,) = found
    answer = run_query(store, one.query, format)
    if format != "table":
        return answer  # for another program: the caveats stand in the file of the question
    caveats = f"{one.caveats} {ALWAYS}".strip()
    return f"{one.question}\n\n{answer}\nRead with it: {caveats}\n"
