"""The demo's ledger: invented companies and their open items, the same for the same day, as plain CSV."""

from dunwell.demo_ledger.write import DemoFiles, write_ledger

__all__ = ["DemoFiles", "write_ledger"]
