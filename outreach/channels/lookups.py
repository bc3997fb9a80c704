"""What a provider can be asked, beside being handed messages. Adapters that can answer keep these protocols."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol, runtime_checkable

from domain.delivery import DeliveryEvent


class FoundMessage(Protocol):
    """A message that a provider has: its id there, and its state in the provider's words."""

    @property
    def provider_ref(self) -> str:
        """The provider's id."""
        ...

    @property
    def status(self) -> str:
        """The provider's word for its state."""
        ...


@runtime_checkable
class FindsMessages(Protocol):
    """An adapter that can be asked whether the provider took a message."""

    name: str

    def find(self, to: str, content_sha256: str, since: datetime) -> FoundMessage | None:
        """The newest message to `to` with these very words that was taken since an instant; None without one.

        Finding it is evidence; not finding it is none. Raises ConnectionError when the provider can't be asked.
        """
        ...


class SuppressionLists(Protocol):
    """A provider's lists of addresses that want, or take, no more messages."""

    provider: str
    lists: tuple[str, ...]

    def read(self, name: str, since: datetime | None) -> Iterator[DeliveryEvent]:
        """Entries of a list since an instant inclusive; all of them for None. The same entry has the same event id.

        Raises ConnectionError, naming what was wrong, when the list can't be read to its end.
        """
        ...
