"""`python -m bench [NAME …]`: run the measurements, print a table, keep the newest figures and a line of history."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from dunwell.clock import utc_now

HERE = Path(__file__).parent
RESULTS, HISTORY = HERE / "results.json", HERE / "RESULTS.md"

Figure = dict[str, Any]
"""`name`, `value` and its `unit`; `floor`, what the machine could do at best in the same run; `ratio` of the two, one
being as good as the floor; `goal`, in words. All but the first three may be None."""


def names() -> list[str]:
    """The measurements there are: modules of this folder with a `run`."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef run(" in path.read_text(encoding="utf-8"))


def measure(name: str) -> list[Figure]:
    """Run one measurement. Raises SystemExit for a name that isn't one."""
    if name not in names():
        raise SystemExit(f"there is no measurement {name!r}; there are: {', '.join(names())}")
    run: Callable[[], Iterable[Figure]] = importlib.import_module(f"bench.{name}").run
    return [{key: figure.get(key) for key in ("name", "value", "unit", "floor", "ratio", "goal")} for figure in run()]


def machine() -> str:
    """The machine in a few words: processor, cores, Python, system."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = found[0] if found else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _ratio(figure: Figure) -> str:
    return f" ({figure['ratio']:.2f} of its floor)" if figure["ratio"] is not None else ""


def _table(figures: list[Figure]) -> Table:
    table = Table(title=machine(), title_justify="left")
    for heading in ("measurement", "value", "unit", "floor", "ratio", "goal"):
        table.add_column(heading, justify="right" if heading in ("value", "floor", "ratio") else "left")
    for figure in figures:
        keys = ("name", "value", "unit", "floor", "ratio", "goal")
        table.add_row(*(_short(figure[key]) for key in keys))
    return table


def keep(figures: list[Figure], when: str) -> None:
    """Merge into results.json (name → the rest), and add one line to the history."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for figure in figures:
        rest = {key: value for key, value in figure.items() if key != "name"}
        kept[figure["name"]] = {**rest, "measured_on": when, "machine": machine()}
    RESULTS.write_text(json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    if not HISTORY.exists():
        HISTORY.write_text(
            "# Measured\n\nA line a run of `python -m bench`; goals and floors stand in results.json.\n\n"
        )
    line = "; ".join(f"{f['name']} {_short(f['value'])} {f['unit']}{_ratio(f)}" for f in figures)
    with HISTORY.open("a") as file:
        file.write(f"- {when}, {machine()}: {line}\n")


def main(wanted: list[str]) -> None:
    """Run what is wanted, all if nothing is named; what was measured is kept even if a later one fails."""
    day, figures = utc_now().date().isoformat(), []
    try:
        for name in wanted or names():
            figures += measure(name)
    finally:
        if figures:
            keep(figures, day)
            Console().print(_table(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
