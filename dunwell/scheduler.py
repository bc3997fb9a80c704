"""The clock: one short interval job, the tick. Any number of scheduler processes may run; rows decide who was first."""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from dunwell import clock
from workflows.services import Services
from workflows.tick import tick


def start_scheduler(services: Services, seconds: int) -> BackgroundScheduler:
    """Tick now and then every `seconds`, in a thread of its own. The caller shuts the scheduler down.

    The jobs live in memory: persistent stores race at first start, and there is nothing to remember, for what is due is
    computed from rows. A tick that takes longer than the interval makes the next one wait; missed ones are one.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        tick,
        "interval",
        args=[services],
        seconds=seconds,
        next_run_time=clock.utc_now(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler
