"""The wheel, installed from the lock into an environment of its own, works from any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.xdist_group("installation")  # one worker: the wheel is built once
VERSION = "from flows.store.code_version import code_version; print(code_version())"
UV = Path(sys.executable).parent / "uv"


def do(
    *command: str | Path, folder: Path, expected: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command; what it said is told where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expected, (
        f"{command}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The wheel of this checkout, built by the environment's own tools, and the version of the code in it."""
    folder = tmp_path_factory.mktemp("wheel")
    do(
        UV,
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "-o",
        folder,
        ROOT,
        folder=ROOT,
    )
    (made,) = folder.glob("*.whl")
    return made, do(sys.executable, "-c", VERSION, folder=ROOT).stdout


def test_wheel_holds_the_code_and_all_its_data_and_nothing_else(wheel: tuple[Path, str]) -> None:
    with zipfile.ZipFile(wheel[0]) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "flows",
            "transforms",
            "sql",
            "expectations",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    wanted = {f"flows/{name}" if name.startswith(("sql/", "expectations/")) else name for name in tracked}
    assert inside == {
        name for name in wanted if (ROOT / name.removeprefix("flows/")).exists() or (ROOT / name).exists()
    }


def test_installed_application_checks_and_runs_a_study_outside_the_checkout(
    wheel: tuple[Path, str], tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    lock = ["--require-hashes", str(ROOT / "requirements.lock")]
    do(UV, "venv", "--quiet", "--python", sys.executable, environment, folder=tmp_path)
    # the packages of the environment that runs this test lie in uv's cache
    do(UV, "pip", "sync", "--quiet", "--python", python, *lock, folder=tmp_path)
    do(
        UV,
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--python",
        python,
        wheel[0],
        folder=tmp_path,
    )

    legjumps = environment / "bin" / "legjumps"
    clean = {"PYTHONPATH": "", "PATH": f"{environment / 'bin'}:/usr/bin:/bin"}
    do(
        legjumps,
        "simulate",
        "study",
        "--participants",
        "2",
        "--nights",
        "1",
        "--rate-hz",
        "25",
        folder=tmp_path,
        **clean,
    )
    # 3: a file of the synthetic study cannot be read, on purpose
    told = do(legjumps, "check", "study", folder=tmp_path, expected=3, **clean).stdout
    assert "P01" in told and "P02" in told
    do(legjumps, "run", "study", folder=tmp_path, expected=3, **clean)

    answer = do(
        legjumps, "sql", "study", "select count(*) as n from night where is_eligible", "--format", "csv",
        folder=tmp_path, **clean,
    ).stdout  # fmt: skip
    assert int(answer.splitlines()[1]) >= 1
    assert list((tmp_path / "study" / "store" / "quality").glob("*/index.html"))
    # made by the first run, for all that follow
    assert list((environment / "share" / "legjumps").glob("prefect-*/prefect.db"))
    where = do(python, "-c", "import flows; print(flows.__file__)", folder=tmp_path, **clean).stdout
    assert where.startswith(str(environment))
    # an installation tells the same version as the checkout that it was built from
    assert do(python, "-c", VERSION, folder=tmp_path, **clean).stdout == wheel[1]
