"""No space left in mid-run: what can't be written isn't sent, is told, and goes once there is space again.

The limit is the kernel's on the size of the files that a worker may write (RLIMIT_FSIZE), set and lifted from outside
while it runs: like a full disk it makes writes fail, in the middle of a file too. On SQLite it meets the database as
well, as where both are on one disk.
"""

from __future__ import annotations

import resource
import time
from collections import Counter

import pytest
from sqlalchemy import select

from storage.tables import message
from tests.fakes.processes import RunningProcess
from tests.faults.premises import Premises
from tests.faults.provider import Truth
from tests.faults.verdict import judge

CUSTOMERS = 20
LIMITS = {"nothing more": 0, "half a mail": 2_048}


def limit(workers: list[RunningProcess], size: int) -> None:
    """From now on none of them can write a file beyond `size` bytes."""
    for one in workers:
        assert one.process.pid is not None
        resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def in_the_outbox(premises: Premises) -> Truth:
    """What lies in the outbox, as the truth that the database is compared with."""
    return Truth(accepted=Counter(path.stem for path in (premises.folder / "outbox").rglob("*.eml")))


@pytest.mark.slow
@pytest.mark.parametrize("size", LIMITS.values(), ids=LIMITS.keys())
def test_a_full_disk_costs_no_message_and_is_told(premises: Premises, size: int) -> None:
    premises.seed(CUSTOMERS)
    with premises.staff(2, "outbox") as workers:
        premises.until(premises.settled)
        limit(workers, size)
        premises.seed(CUSTOMERS)
        if premises.database.is_sqlite:
            time.sleep(2.5)  # two ticks, and what they try: the reason can't be written down either
        else:
            premises.until(lambda: "free space" in str(reasons(premises)))
        assert in_the_outbox(premises).accepted.total() == CUSTOMERS
        assert list((premises.folder / "outbox").rglob("*.part")) == []
        limit(workers, resource.RLIM_INFINITY)
        premises.wait_out()
    verdict = judge(premises.database, in_the_outbox(premises), premises.customers)
    assert verdict.problems == []
    assert verdict.sent == 2 * CUSTOMERS


def reasons(premises: Premises) -> set[str | None]:
    """Why messages that wait have not gone."""
    with premises.database.read() as connection:
        return set(connection.execute(select(message.c.status_reason).where(message.c.status == "planned")).scalars())
