"""The console script: arguments to settings to flow to exit code; nothing else.

Results go to standard output, progress and messages to standard error.
"""

import atexit
import gc
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from flows.progress import say
from flows.signals import end_on_signals
from flows.store.machine import as_machine_error
from transforms.errors import (
    ContractError,
    ExpectationError,
    InputError,
    MachineError,
    SettingsError,
    StudyError,
)

if TYPE_CHECKING:  # a command that is not asked for costs nothing
    from flows.settings import StudySettings

DONE = 0
DONE_WITH_REJECTS = 3
EXIT_CODES: dict[type[StudyError], int] = {
    InputError: 10,
    SettingsError: 11,
    ContractError: 12,
    ExpectationError: 13,
    MachineError: 14,
}

app = typer.Typer(
    name="legjumps",
    help="What makes people's legs jump in their sleep: wearable files in, rates, doses and rate ratios out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Study = Annotated[Path, typer.Argument(help="The study folder, which holds study.toml.", show_default=False)]
Store = Annotated[str | None, typer.Option(help="Where the store lies; STUDY/store when not given.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait for a run that holds the store, instead of giving up.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Recordings worked on at a time; one per core when not given.")
]


def exit_code(error: StudyError) -> int:
    """Map an error to the code that tells who must act: 10 input, 11 settings, 12 us, 13 the scientist, 14 the machine."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 12)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; what a person or a machine did is told in words, without a traceback."""
    gc.set_threshold(100_000, 50, 50)  # of the thousands of classes that a command loads none is garbage
    end_on_signals()
    leave(_code_of(arguments))


def leave(code: int) -> NoReturn:
    """End the process at once, its output written and what asked for it done: the interpreter would tidy up for a second."""
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    atexit._run_exitfuncs()
    os._exit(code)


def _code_of(arguments: list[str] | None) -> int:
    try:
        app(args=arguments)
    except SystemExit as done:
        if isinstance(done.code, str):
            say(done.code)
            return 1
        return done.code or DONE
    except StudyError as error:
        say(f"legjumps: {error}")
        return exit_code(error)
    except BrokenPipeError:  # the reader of our output has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        fault = as_machine_error(error)
        if fault is None:
            raise
        say(f"legjumps: {fault}")
        return exit_code(fault)
    return DONE


def _read(study: Path, store: str | None) -> "StudySettings":
    """Return the settings for who reads what is published; of a store elsewhere it is fetched once."""
    from flows.settings import load_settings

    settings = load_settings(study, store)
    if settings.address is not None:
        from flows.store.mirror import bring_published
        from flows.store.storage import open_storage

        bring_published(open_storage(settings.address), settings.store)
    return settings


def _run(
    flow_name: str,
    study: Path,
    store: str | None,
    workers: int | None,
    *,
    wait: bool = False,
    cluster: str | None = None,
    part: str | None = None,
) -> None:
    from flows.orchestration import TemporaryServer
    from flows.settings import load_settings, of_slice
    from flows.store.layout import PREFECT
    from flows.study import run
    from flows.summary import print_summary

    settings = replace(load_settings(study, store, workers), is_waiting=wait, cluster=cluster)
    if part is not None:
        settings = of_slice(settings, part)
        atexit.register(
            shutil.rmtree, settings.store, ignore_errors=True
        )  # after the server that writes there
    report = run(flow_name, settings, TemporaryServer(settings.store / PREFECT))
    print_summary(report)
    raise typer.Exit(DONE_WITH_REJECTS if report.rejected_count or report.waiting else DONE)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where the synthetic study is made.")] = Path("demo"),
    participants: Annotated[int, typer.Option(min=1, help="Number of participants.")] = 12,
    nights: Annotated[int, typer.Option(min=1, help="Nights of each participant.")] = 3,
    seed: Annotated[int, typer.Option(help="Same seed, same study.")] = 7,
    workers: Workers = None,
) -> None:
    """Make a synthetic study of real device files with known truth, then run it."""
    from flows.commands.demo import run_demo
    from flows.commands.simulate import SimulationSettings

    # The demo plants faulty files on purpose: that they were rejected is its success.
    run_demo(
        out,
        SimulationSettings(
            participant_count=participants, night_count=nights, seed=seed, worker_count=workers
        ),
    )


@app.command()
def nhanes(
    folder: Annotated[
        Path,
        typer.Argument(help="Files of NHANES 2005-2006 and 2007-2008, as downloaded.", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="Where the study is made.")] = Path("nhanes"),
) -> None:
    """Ask a survey of real people what goes with leg jerks: from its files to a page with the answer."""
    from flows.commands.nhanes import run_nhanes

    run_nhanes(folder, out)


@app.command()
def check(
    study: Study,
    store: Store = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    all: Annotated[bool, typer.Option("--all", help="Print every finding, not one line a kind.")] = False,
) -> None:
    """Dry run: what is seen, what links, what does not. Reads headers, writes nothing."""
    from flows.commands.check import check_study
    from flows.settings import load_settings

    has_faults = check_study(load_settings(study, store), as_json=json, with_all=all)
    raise typer.Exit(DONE_WITH_REJECTS if has_faults else DONE)


@app.command()
def run(
    study: Study,
    store: Store = None,
    workers: Workers = None,
    wait: Wait = False,
    slice: Annotated[
        str | None,
        typer.Option(
            help="k/n: only ingest and detect the k-th of n parts; `legjumps warehouse` joins them."
        ),
    ] = None,
    runner: Annotated[str, typer.Option(help="threads of this machine, or dask.")] = "threads",
    address: Annotated[str | None, typer.Option(help="Of the Dask scheduler, as tcp://host:8786.")] = None,
) -> None:
    """Run everything: ingest, detect, warehouse, validate, release."""
    if runner not in {"threads", "dask"} or (runner == "dask") != (address is not None):
        raise SettingsError(
            "wanted is --runner threads, or --runner dask with --address of a scheduler that has workers"
        )
    flow_name = "study" if slice is None else "slice"
    _run(flow_name, study, store, workers, wait=wait, cluster=address, part=slice)


@app.command()
def ingest(study: Study, store: Store = None, workers: Workers = None, wait: Wait = False) -> None:
    """Read device files and diaries into Parquet."""
    _run("ingest", study, store, workers, wait=wait)


@app.command()
def detect(study: Study, store: Store = None, workers: Workers = None, wait: Wait = False) -> None:
    """Find wear, nights and movements in what was ingested."""
    _run("detect", study, store, workers, wait=wait)


@app.command()
def warehouse(study: Study, store: Store = None, workers: Workers = None, wait: Wait = False) -> None:
    """Build the DuckDB tables, validate them, and publish them whole."""
    _run("warehouse", study, store, workers, wait=wait)


@app.command()
def validate(study: Study, store: Store = None) -> None:
    """Hold the published warehouse against its expectations and write the data docs."""
    _run("validate", study, store, None)


@app.command()
def release(
    study: Study,
    store: Store = None,
    attack: Annotated[
        bool, typer.Option("--attack", help="Tell what an outsider could work back; release nothing.")
    ] = False,
    dialects: Annotated[
        bool,
        typer.Option(
            "--dialects",
            help="Write single nights and persons for inside the house instead, as GGIR, NSRR, Motion-BIDS, OMOP and "
            "IEEE 1752 tell them, to store/export.",
        ),
    ] = False,
) -> None:
    """Export the disclosure-controlled cohort summary."""
    if attack or dialects:
        from flows.settings import load_settings

        settings = load_settings(study, store)
    if attack:
        from flows.release.export import attack_release

        sys.stdout.write(attack_release(settings))
    elif dialects:
        from flows.release.dialects.write import write_dialects

        sys.stdout.write(f"{write_dialects(settings)}\n")
    else:
        _run("release", study, store, None)


@app.command()
def serve(
    study: Study,
    store: Store = None,
    every: Annotated[str | None, typer.Option(help="How often to run, such as 30min, 1h or 1d.")] = None,
    cron: Annotated[
        str | None, typer.Option(help="When to run, as a cron line in UTC; 0 3 * * * by default.")
    ] = None,
    settle_s: Annotated[
        float, typer.Option(min=0, help="How long a new file must rest before it is taken [s].")
    ] = 60.0,
    workers: Workers = None,
) -> None:
    """Run the study on a schedule until stopped; a missed run is caught up once, a failed one ends nothing."""
    from flows.commands.serve import read_cadence, serve_study
    from flows.settings import load_settings

    serve_study(load_settings(study, store, workers), read_cadence(every, cron), settle_s=settle_s)


@app.command()
def health(
    study: Study,
    store: Store = None,
    is_json: Annotated[bool, typer.Option("--json", help="As JSON, for a monitor.")] = False,
    silent_days: Annotated[
        int | None,
        typer.Option(min=1, help="Not well where a participant delivered nothing for so many days."),
    ] = None,
) -> None:
    """Tell what ran, what failed, what waits and since when; exit code 0 when all is well, otherwise 3."""
    from flows.commands.health import show_health
    from flows.settings import load_settings

    is_well = show_health(load_settings(study, store), is_json=is_json, silent_days=silent_days)
    raise typer.Exit(DONE if is_well else DONE_WITH_REJECTS)


@app.command()
def verify(study: Study, store: Store = None, workers: Workers = None, wait: Wait = False) -> None:
    """Hash what the store holds; what is damaged is forgotten, for the next run to make it again (exit code 14)."""
    from flows.commands.verify import verify_store
    from flows.settings import load_settings

    is_damaged = verify_store(replace(load_settings(study, store, workers), is_waiting=wait))
    raise typer.Exit(EXIT_CODES[MachineError] if is_damaged else DONE)


@app.command()
def withdraw(
    study: Study,
    participant: Annotated[str, typer.Argument(help="participant_id", show_default=False)],
    store: Store = None,
    wait: Wait = False,
) -> None:
    """Erase a person from the store, and prove that nothing is left."""
    from flows.commands.withdraw import withdraw_participant
    from flows.settings import load_settings

    withdraw_participant(replace(load_settings(study, store), is_waiting=wait), participant)


@app.command()
def sql(
    study: Study,
    query: Annotated[str | None, typer.Argument(help="SQL; read from standard input when not given.")] = None,
    store: Store = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
) -> None:
    """Ask the published warehouse, read-only."""
    from flows.commands.sql import run_query

    settings = _read(study, store)
    sys.stdout.write(run_query(settings.store, query if query is not None else sys.stdin.read(), format))


@app.command()
def ask(
    study: Study,
    number: Annotated[
        int | None, typer.Argument(help="Number of the question; without it all are listed.")
    ] = None,
    store: Store = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
) -> None:
    """Answer one of the worked questions, with what must be read beside it."""
    from flows.commands.ask import ask as answer

    sys.stdout.write(answer(_read(study, store).store, number, format))


@app.command()
def plan(
    study: Study,
    ratio: Annotated[float, typer.Option(help="Rate ratio that another study is to find.")] = 1.1,
    exposure: Annotated[str, typer.Option(help="Column of exposure_night.")] = "caffeine_mg",
    power: Annotated[float, typer.Option(help="Power to find it.")] = 0.8,
    store: Store = None,
) -> None:
    """Tell how many persons and nights find a ratio, from the study's own variances."""
    from flows.commands.plan import plan_study

    settings = _read(study, store)
    sys.stdout.write(plan_study(settings.store, rate_ratio=ratio, exposure=exposure, power_frac=power))


@app.command()
def explain(
    study: Study,
    participant: Annotated[str, typer.Argument(help="participant_id", show_default=False)],
    store: Store = None,
    plot: Annotated[bool, typer.Option("--plot", help="The same as --html.")] = False,
    html: Annotated[
        bool, typer.Option("--html", help="Draw each night, too, and name the page as the last line.")
    ] = False,
) -> None:
    """Tell why each night of a participant is in or out."""
    from flows.person.words import explain_participant
    from flows.stages.private_names import stored_ids

    settings = _read(study, store)
    participant = stored_ids(settings).of(participant)
    sys.stdout.write(explain_participant(settings, participant))
    if plot or html:
        if settings.address is not None:
            raise SettingsError(
                "--html reads raw samples, which lie elsewhere; copy the store to a folder and name that"
            )
        from flows.commands.night_review import draw_participant

        sys.stdout.write(f"{draw_participant(settings, participant)}\n")


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="The study folder to make.", show_default=False)],
    participants: Annotated[int, typer.Option(min=1)] = 12,
    nights: Annotated[int, typer.Option(min=1)] = 3,
    rate_hz: Annotated[float, typer.Option(min=12.5, help="Sampling rate [Hz].")] = 50.0,
    seed: Annotated[int, typer.Option(help="Same seed, same study.")] = 7,
    workers: Workers = None,
) -> None:
    """Make a synthetic study: device files, diaries, and the truth beside them."""
    from flows.commands.demo import simulate_with_progress
    from flows.commands.simulate import SimulationSettings

    settings = SimulationSettings(
        participant_count=participants,
        night_count=nights,
        sampling_rate_hz=rate_hz,
        seed=seed,
        worker_count=workers,
    )
    simulate_with_progress(out, settings)
    sys.stdout.write(f"{out}\n")


@app.command()
def benchmark(
    name: Annotated[str, typer.Argument(help="`list` names all.")] = "list",
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="What the benchmark takes: `validity STUDY` reads a simulated study."),
    ] = None,
) -> None:
    """Measure, and print the figures with peak memory."""
    from flows.commands.benchmark import run_benchmark

    run_benchmark(name, arguments or [])
