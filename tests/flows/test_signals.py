"""Whatever ends a run leaves nobody behind: no server, no child, no lock."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_study import make_study

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("study")


def processes_of(study: Path) -> list[str]:
    """Command lines of all processes that were started for the study, by their environment or arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            said = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(study).encode() in said and int(folder.name) != os.getpid():
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def wait_until(is_so, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_signal_ends_the_run_at_once_and_its_server_with_it(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    make_study(tmp_path / "study")
    run = subprocess.Popen(
        [sys.executable, "-m", "flows", "run", str(tmp_path / "study")],
        cwd=ROOT,
        # a server of this process is no server of its own
        env={name: value for name, value in os.environ.items() if not name.startswith("PREFECT")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: len(processes_of(tmp_path)) > 1)  # the server is on its way
    wait_until(lambda: (tmp_path / "study" / "store" / "ledger.sqlite").exists() or run.poll() is not None)
    assert run.poll() is None, run.communicate()[1]
    sent = time.monotonic()
    run.send_signal(number)
    assert run.wait(timeout=30) == code
    assert time.monotonic() - sent < 5
    wait_until(lambda: not processes_of(tmp_path), 10)
    if number != signal.SIGKILL:
        assert "Traceback" not in run.communicate()[1]
