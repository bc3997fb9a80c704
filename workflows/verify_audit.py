"""Verifying the audit trail."""

from __future__ import annotations

from domain.errors import BadInput
from storage import audit
from storage.audit import Verdict
from workflows.services import Services


def verify_audit(services: Services, head: str | None = None) -> Verdict:
    """Seal what is unsealed, then walk the chain. `head`: an exported 'count:hash'. Raises BadInput otherwise."""
    expected = None
    if head is not None:
        count, _, digest = head.partition(":")
        if not count.isdigit() or len(digest) != 64:
            raise BadInput(f"head {head!r} is not one; write COUNT:HASH as `dunwell audit verify` printed it")
        expected = (int(count), digest)
    with services.database.write() as unit:
        while audit.seal(unit.connection, services.audit_key):
            pass
        unit.commit()
    with services.database.read() as connection:
        return audit.verify(connection, services.audit_key, expected=expected)
