"""Scheduled ingestion: the study's flow, served by Prefect on a cron line in UTC."""

import warnings

from flows.orchestration import TemporaryServer
from flows.progress import say
from flows.settings import StudySettings
from transforms.errors import SettingsError


def serve_study(settings: StudySettings, cron: str) -> None:
    """Run the study now and whenever ``cron`` says, one run at a time, until stopped.

    The line is read in UTC: a local 02:30 does not exist one night a year and exists twice on another. Work that a
    missed or broken run left undone is done by the next one, because every run does whatever is not yet done.

    Raises SettingsError when ``cron`` is not a cron line.
    """
    server = TemporaryServer(settings.store / ".prefect", is_scheduler=True)
    from prefect.schedules import Cron

    from flows.study import run, scheduled_study
    from flows.summary import print_summary

    try:
        schedule = Cron(cron, timezone="UTC")
    except ValueError as error:
        raise SettingsError(
            f"--cron {cron!r}: {error}; five fields are wanted, such as '0 3 * * *'"
        ) from None
    print_summary(run("study", settings, server))
    say(f"legjumps serves {settings.study_id}: next at {cron!r} UTC. Stop it with Ctrl-C.")
    # Prefect's own goodbye, when it is stopped by a signal
    warnings.filterwarnings("ignore", message="coroutine 'Runner.astop' was never awaited")
    scheduled_study.serve(
        name=settings.study_id,
        schedule=schedule,
        limit=1,
        parameters={
            "folder": str(settings.folder),
            "store": str(settings.store),
            "worker_count": settings.worker_count,
        },
        print_starting_message=False,
    )
