"""The console script: help everywhere, exit codes, nothing but the result on standard output."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import EXIT_CODES, app, exit_code
from flows.commands.benchmark import benchmark_names
from transforms.errors import ContractError, ExpectationError, InputError, MachineError, SettingsError

COMMANDS = [
    "demo",
    "check",
    "run",
    "ingest",
    "detect",
    "warehouse",
    "validate",
    "release",
    "serve",
    "health",
    "verify",
    "withdraw",
    "sql",
    "explain",
    "simulate",
    "benchmark",
]  # contract, 3


def test_every_command_of_the_contract_is_there_and_helps() -> None:
    for command in COMMANDS:
        result = CliRunner().invoke(app, [command, "--help"])
        assert result.exit_code == 0, command
        assert "Usage" in result.output


def test_exit_codes_name_who_must_act() -> None:
    assert {kind: exit_code(kind("x")) for kind in EXIT_CODES} == {
        InputError: 10,
        SettingsError: 11,
        ContractError: 12,
        ExpectationError: 13,
        MachineError: 14,
    }


@pytest.mark.parametrize(
    "command", ["check", "run", "ingest", "detect", "warehouse", "validate", "release", "health", "verify"]
)
def test_a_folder_without_settings_ends_with_11_in_words(command: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "flows", command, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert run.returncode == 11
    assert run.stdout == ""
    assert "study.toml is missing" in run.stderr
    assert "Traceback" not in run.stderr


def test_questions_before_any_run_are_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "UTC"\n')
    for arguments in (["sql", str(tmp_path), "select 1"], ["explain", str(tmp_path), "P1"]):
        result = CliRunner().invoke(app, arguments)
        assert isinstance(result.exception, SettingsError)
        assert "legjumps run" in str(result.exception)


def test_check_lists_files_and_says_what_does_not_link(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "UTC"\n')
    devices = tmp_path / "devices"
    devices.mkdir()
    (devices / "letter.cwa").write_text("Dear all,\n")
    result = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 3
    assert "devices/letter.cwa" in result.stdout
    assert not (tmp_path / "store").exists()


def test_help_starts_quickly_without_the_heavy_libraries() -> None:
    code = (
        "import sys, flows.cli; print(sorted({'prefect', 'great_expectations', 'duckdb'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_benchmarks_are_listed() -> None:
    result = CliRunner().invoke(app, ["benchmark"])
    assert result.stdout.split() == benchmark_names()
    assert {"validity", "decode", "scoring", "week"} <= set(benchmark_names())


def test_the_readme_names_every_command() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"`{command}" not in readme] == []
