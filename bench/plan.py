"""Planning one day over 100,000 and 1,000,000 open invoices, against hand-written SQL that writes the same.

The floor knows the shipped policies' steps as constants and does in a handful of statements what a run does: cycles,
touches, messages and skip rows with their reasons. What it leaves out (opt-outs, fallbacks, credit that covers) touches
few items; how far its counts are from ours is a figure of its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bench.book import DAY, MARKETS, NOW
from bench.ledger import copied_ledger, server_url
from domain.parties import Channel, Customer
from outreach.cadence.loading import load_policies
from storage import runs
from storage.database import Database
from storage.planning import Cutoffs, skip_counts
from workflows.plan_by_set import group_of
from workflows.run_cadence import policies_fingerprint, run_cadence
from workflows.services import Limits, Services

LARGE, SMALL = 1_000_000, 100_000
ENTITY = 1

_CANDIDATES = """
CREATE TEMP TABLE floor_item AS
SELECT d.id, d.customer_id, d.currency, d.open_minor - d.disputed_minor - d.promised_minor AS ask, s.code,
       s.step_offset, s.template, s.is_call,
       CASE WHEN p.customer_id IS NOT NULL THEN 'reply_pending'
            WHEN d.disputed_minor + d.promised_minor >= d.open_minor
                 THEN CASE WHEN d.promised_minor > 0 THEN 'promised' ELSE 'disputed' END
            WHEN s.code IS NOT NULL THEN NULL
            WHEN d.due_on > g.due_to THEN 'not_due'
            WHEN d.stage_offset >= g.last_offset THEN 'cycle_finished'
            WHEN d.due_on > g.late_to AND d.stage_offset < g.first_offset THEN 'not_due'
            ELSE 'between_steps' END AS reason
FROM document d
JOIN customer c ON c.id = d.customer_id
JOIN floor_group g ON g.country = c.country AND g.segment = c.segment
LEFT JOIN floor_step s ON s.country = c.country AND s.segment = c.segment AND d.due_on BETWEEN s.low AND s.high
     AND d.stage_offset < s.step_offset AND d.stage_offset >= s.previous_offset
     AND d.disputed_minor + d.promised_minor < d.open_minor
LEFT JOIN (SELECT DISTINCT customer_id FROM pause WHERE lifted_at IS NULL) p ON p.customer_id = d.customer_id
WHERE d.entity_id = 1 AND d.open_minor > 0
"""
_CAP = """
UPDATE floor_item SET reason = 'contact_cap', code = NULL
WHERE reason IS NULL AND customer_id IN (
    SELECT m.customer_id FROM message m JOIN customer c ON c.id = m.customer_id
    WHERE m.planned_on > :since AND m.purpose = 'cadence' AND m.status IN ('sent', 'delivered', 'planned', 'unknown')
    GROUP BY m.customer_id, c.segment HAVING count(*) >= CASE c.segment WHEN 'key' THEN 1 ELSE 2 END)
"""
_MESSAGES = """
CREATE TEMP TABLE floor_message AS
SELECT row_number() OVER (ORDER BY customer_id, currency) + (SELECT max(id) FROM message) AS id, customer_id, currency,
       sum(ask) AS ask, max(template) AS template
FROM floor_item WHERE reason IS NULL AND is_call = 0 GROUP BY customer_id, currency
"""
_WRITE = (
    """INSERT INTO message (id, public_id, run_id, customer_id, entity_id, currency, purpose, channel, contact_id,
           address, locale, template, tone, planned_on, status, not_before, not_after, attempts, reply_token,
           needs_approval,
           asked_minor, created_at)
       SELECT m.id, {uuid}, :run, m.customer_id, 1, m.currency, 'cadence', 'email', k.id, k.email, c.locale, m.template,
              'standard', :day, 'planned', :now, :later, 0, {token}, {false}, m.ask, :now
       FROM floor_message m JOIN customer c ON c.id = m.customer_id
       JOIN contact k ON k.customer_id = m.customer_id AND k.role = 'ap'""",
    """INSERT INTO cycle (customer_id, entity_id, currency, scope, document_id, opened_on)
       SELECT f.customer_id, 1, f.currency, 'invoice', f.id, :day FROM floor_item f
       LEFT JOIN cycle y ON y.document_id = f.id AND y.closed_on IS NULL AND y.scope = 'invoice'
       WHERE f.reason IS NULL AND y.id IS NULL""",
    """INSERT INTO touch (message_id, run_id, cycle_id, customer_id, document_id, stage, stage_offset, template,
           asked_minor, fee_minor, planned_on)
       SELECT m.id, :run, y.id, f.customer_id, f.id, f.code, f.step_offset, f.template, f.ask, 0, :day
       FROM floor_item f JOIN cycle y ON y.document_id = f.id AND y.closed_on IS NULL AND y.scope = 'invoice'
       LEFT JOIN floor_message m ON m.customer_id = f.customer_id AND m.currency = f.currency AND f.is_call = 0
       WHERE f.reason IS NULL""",
    """UPDATE document SET stage_offset = f.step_offset, touched_on = :day FROM floor_item f
       WHERE f.id = document.id AND f.reason IS NULL""",
    """INSERT INTO skip (run_id, customer_id, reasons)
       SELECT :run, customer_id, {object}(reason, {ids}) FROM (
           SELECT customer_id, reason, {array}(id) AS ids FROM floor_item WHERE reason IS NOT NULL
           GROUP BY customer_id, reason) q GROUP BY customer_id""",
)
_WORDS = {
    "sqlite": {
        "uuid": "lower(hex(randomblob(16)))",
        "token": "lower(hex(randomblob(10)))",
        "false": "0",
        "object": "json_group_object",
        "array": "json_group_array",
        "ids": "json(ids)",
    },
    "postgresql": {
        "uuid": "gen_random_uuid()::text",
        "token": "substr(md5(random()::text), 1, 20)",
        "false": "false",
        "object": "jsonb_object_agg",
        "array": "jsonb_agg",
        "ids": "ids",
    },
}


def run() -> Iterator[dict[str, Any]]:
    """The figures: seconds a day on each database, and how time and memory grow with the ledger."""
    for dialect in ("sqlite", "postgresql"):
        if dialect == "postgresql" and server_url() is None:
            print("  (no server named by DUNWELL_BENCH_DATABASE_URL: PostgreSQL is left out)", file=sys.stderr)
            continue
        small = _apart("ours", SMALL, dialect)
        ours, floor = _apart("ours", LARGE, dialect), _apart("floor", LARGE, dialect)
        ratio = ours["seconds"] / floor["seconds"]
        name = f"plan {dialect}"
        yield _figure(
            f"{name}: a day over 1,000,000 open invoices", ours["seconds"], "s", floor["seconds"], ratio, "≤ 3"
        )
        growth = ours["seconds"] / small["seconds"]
        yield _figure(f"{name}: 1,000,000 ÷ 100,000", growth, "times", None, None, "≤ 15")
        yield _figure(f"{name}: memory at the most", ours["megabytes"], "MB", None, None, "< 600")
        touched = ours["touches"] / floor["touches"]
        yield _figure(f"{name}: touches written", ours["touches"], "touches", floor["touches"], touched, "as the floor")
        apart = sum(abs(ours["skips"].get(k, 0) - floor["skips"].get(k, 0)) for k in {*ours["skips"], *floor["skips"]})
        share = 100 * apart / LARGE
        yield _figure(f"{name}: items with another outcome than the floor's", share, "%", None, None, "< 2")
        if dialect == "postgresql":
            one, two = (_by_processes(count) for count in (1, 2))
            gain = f"{name}: what a second process gives"
            yield _figure(gain, one / two, "times", None, None, "> 1.5")


def _figure(name: str, value: float, unit: str, floor: float | None, ratio: float | None, goal: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "floor": floor, "ratio": ratio, "goal": goal}


def _apart(what: str, size: int, dialect: str) -> dict[str, Any]:
    """One measurement in a process of its own: memory at the most is a process's for ever."""
    making = [sys.executable, "-m", "bench.ledger", str(size), *(["--postgres"] if dialect == "postgresql" else [])]
    subprocess.run(making, capture_output=True, check=True, cwd=Path(__file__).parent.parent)
    command = [sys.executable, "-m", "bench.plan", what, str(size), dialect]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _by_processes(count: int) -> float:
    """Seconds until a run of the large ledger is planned by so many processes, let go at the same moment."""
    with copied_ledger(LARGE, "postgresql") as url:
        database = Database(url)
        with database.write() as unit:
            unit.connection.execute(text("ANALYZE"))
            unit.commit()
        _same_policies_as_yesterday(database)
        command = [sys.executable, "-m", "bench.plan", "share", url]
        pipe = subprocess.PIPE
        started = [
            subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parent.parent)
            for _ in range(count)
        ]
        for one in started:
            assert one.stdout is not None
            one.stdout.readline()
        begun = time.perf_counter()
        for one in started:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        codes = [one.wait() for one in started]
        if any(codes):
            raise SystemExit("a process that planned has failed")
        seconds = time.perf_counter() - begun
        with database.read() as connection:
            planned = connection.execute(
                text("SELECT count(*) FROM run_chunk WHERE planned_at IS NOT NULL")
            ).scalar_one()
            assert planned > 1
        database.dispose()
        for one in started:
            one.communicate()
    return seconds


def _share(url: str) -> None:
    """One of the processes: says that it is ready, and plans when it is told to."""
    database = Database(url)
    print("ready", flush=True)
    sys.stdin.readline()
    _ours(database)
    database.dispose()


def _measure(what: str, size: int, dialect: str) -> dict[str, Any]:
    with copied_ledger(size, dialect) as url:
        database = Database(url)
        with database.write() as unit:
            if dialect == "postgresql":
                unit.connection.execute(text("ANALYZE"))
                unit.commit()
        if what == "ours":
            _same_policies_as_yesterday(database)
        started = time.perf_counter()
        run_id = _ours(database) if what == "ours" else _floor(database)
        seconds = time.perf_counter() - started
        with database.read() as connection:
            found = _written(connection, run_id)
        database.dispose()
    return {"seconds": seconds, "megabytes": _peak_megabytes(), **found}


def _peak_megabytes() -> float:
    """This program's memory at the most; by Linux's own word, for `ru_maxrss` is inherited from whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _same_policies_as_yesterday(database: Database) -> None:
    """The newest run was planned by the same policies: else the first run after an edit counts every step anew."""
    content, sha256 = policies_fingerprint(load_policies())
    with database.write() as unit:
        version = runs.policy_version_id(unit.connection, sha256, content, NOW)
        newest = runs.newest_run(unit.connection, ENTITY)
        assert newest is not None
        runs.set_run(unit.connection, newest.id, policy_version_id=version)
        unit.commit()


def _ours(database: Database) -> int:
    services = Services(
        database=database,
        now=lambda: NOW,
        policies=load_policies(),
        templates=None,  # type: ignore[arg-type]  # planning composes nothing
        channels={},
        audit_key=b"bench",
        data_dir=Path(),
        limits=Limits(golive_runs=0),
    )
    return run_cadence(services, ENTITY, DAY, count_skips=False).run_id


def _floor(database: Database) -> int:
    words = _WORDS["sqlite" if database.is_sqlite else "postgresql"]
    with database.write() as unit:
        connection = unit.connection
        run_id = int(connection.execute(text("SELECT max(id) + 1 FROM run")).scalar_one())
        bound = {
            "run": run_id,
            "day": DAY.isoformat() if database.is_sqlite else DAY,
            "now": NOW.strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else NOW,
            "later": (NOW + timedelta(hours=9)).strftime("%Y-%m-%d %H:%M:%S.%f")
            if database.is_sqlite
            else NOW + timedelta(hours=9),
            "since": (DAY - timedelta(7)).isoformat() if database.is_sqlite else DAY - timedelta(7),
        }
        connection.execute(
            text(
                "INSERT INTO run (id, public_id, entity_id, business_day, kind, status, planned_to_customer_id,"
                " started_at) VALUES (:run, 'floor', 1, :day, 'cadence', 'sending', 0, :now)"
            ),
            {k: bound[k] for k in ("run", "day", "now")},
        )
        _constants(connection)
        for statement in (_CANDIDATES, _CAP, _MESSAGES, *_WRITE):
            made = statement.format(**words) if statement in _WRITE else statement
            connection.execute(text(made), {k: v for k, v in bound.items() if f":{k}" in made})
        unit.commit()
    return run_id


def _constants(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TEMP TABLE floor_group (country text, segment text, due_to date, late_to date, first_offset int,"
            " last_offset int)"
        )
    )
    connection.execute(
        text(
            "CREATE TEMP TABLE floor_step (country text, segment text, code text, template text, step_offset int,"
            " previous_offset int, low date, high date, is_call int)"
        )
    )
    groups, steps = _constant_rows(sqlite=connection.dialect.name == "sqlite")
    connection.execute(text("INSERT INTO floor_group VALUES (:c, :s, :due, :late, :first, :last)"), groups)
    connection.execute(
        text("INSERT INTO floor_step VALUES (:c, :s, :code, :template, :offset, :previous, :low, :high, :call)"), steps
    )


def _constant_rows(*, sqlite: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    policies = load_policies()
    groups, steps = [], []
    far = DAY - timedelta(days=3650)

    def day(value: Any) -> Any:
        return value.isoformat() if sqlite else value

    for country in sorted({market[1] for market in MARKETS}):
        for segment in ("key", "watch", "standard"):
            policy = policies.choose(Customer(0, "", "", country, "", "", "", None, segment))
            cut = group_of(policy, country, DAY) if policy else None
            if policy is None or not isinstance(cut, Cutoffs):
                continue
            groups.append(
                {"c": country, "s": segment, "due": day(cut.due_to), "late": day(cut.late_to),
                 "first": cut.after[0][0], "last": cut.after[-1][0]}
            )  # fmt: skip
            windows = [(o, low, high, -32768) for o, low, high in cut.window]
            previous = -32768
            for offset, latest in cut.after:
                windows.append((offset, far, latest, previous))
                previous = offset
            for offset, low, high, before in windows:
                step = next(s for s in policy.steps if s.offset == offset)
                steps.append(
                    {"c": country, "s": segment, "code": step.code, "template": str(step.template), "offset": offset,
                     "previous": before, "low": day(low), "high": day(high),
                     "call": int(step.channels[0] is Channel.CALL)}
                )  # fmt: skip
    return groups, steps


def _written(connection: Connection, run_id: int) -> dict[str, Any]:
    touches = connection.execute(text("SELECT count(*) FROM touch WHERE run_id = :r"), {"r": run_id}).scalar_one()
    return {"touches": int(touches), "skips": skip_counts(connection, run_id)}


if __name__ == "__main__":
    if sys.argv[1] == "share":
        _share(sys.argv[2])
        sys.exit()
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
