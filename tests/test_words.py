"""No index of acceleration is called a PLMI anywhere, and the clinical limit stands only next to its warning."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPOKEN = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "sql").rglob("*.sql"),
        *(ROOT / "sql").rglob("*.md"),
        *(ROOT / "expectations").glob("*"),
        *(ROOT / "flows").rglob("*.py"),
        *(ROOT / "flows" / "templates").glob("*"),
        *(ROOT / "transforms").rglob("*.py"),
        *(ROOT / "transforms" / "tables").glob("*"),
        *(ROOT / "benchmarks").glob("*.py"),
    ]
)
INDEX = re.compile(r"\bPLM(?:S|W)?I\b|\bPLMS? index\b|\bplmi", re.IGNORECASE)
DENIED = re.compile(r"\b(?:no|not|never)\b[^.]{0,40}$", re.IGNORECASE)
LIMIT = re.compile(r"\b15(?:\.0)?\s?(?:/\s?h\b|per\s+hour)|\{limit:g\}/h")
WARNED = re.compile(r"not\s+transfer|THRESHOLD NOTE")
OF_ELECTROMYOGRAPHY = re.compile(r"PAM-RL, both ankles \(Sforza 2005")
"""A published figure of another device, printed with its source."""


def plain(text: str) -> str:
    return re.sub(r"[\s*_`]+", " ", text)


def indices_that_stand_alone(text: str) -> list[str]:
    """Return the places at which an index is named without the word that it is none."""
    text = plain(text)
    return [
        text[max(0, found.start() - 80) : found.end()]
        for found in INDEX.finditer(text)
        if not DENIED.search(text[max(0, found.start() - 60) : found.start()])
        and not OF_ELECTROMYOGRAPHY.search(text[max(0, found.start() - 120) : found.start()])
    ]


def limits_without_warning(text: str) -> list[str]:
    """Return the places at which the limit stands without its warning near by."""
    text = plain(text)
    return [
        text[max(0, found.start() - 80) : found.end() + 80]
        for found in LIMIT.finditer(text)
        if not WARNED.search(text[max(0, found.start() - 300) : found.end() + 500])
    ]


@pytest.mark.parametrize("file", SPOKEN, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_acceleration_has_no_plmi_and_the_limit_its_warning(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert indices_that_stand_alone(text) == []
    assert limits_without_warning(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Your PLMI is 20", 1),
        ("a PLM index of the ankle", 1),
        ("aPLM is not\nthe PLM index of a laboratory", 0),
        ("no clinical PLMI [1/h]", 0),
        ("This is not so. The PLMI is 3", 1),
    ],
)
def test_a_plain_claim_would_be_seen(text: str, count: int) -> None:
    assert len(indices_that_stand_alone(text)) == count


@pytest.mark.parametrize(
    ("text", "count"), [("above 15/h", 1), ("15 per hour", 1), ("15/h, which does not transfer", 0)]
)
def test_a_plain_limit_would_be_seen(text: str, count: int) -> None:
    assert len(limits_without_warning(text)) == count
