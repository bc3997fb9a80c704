"""What is in doubt is shown to people, until somebody settles it."""

from __future__ import annotations

import pytest

from tests.faults.premises import Premises
from tests.faults.provider import Behaviour
from tests.faults.shown import not_shown


@pytest.mark.slow
def test_the_commands_that_people_use_name_every_message_in_doubt(premises: Premises) -> None:
    premises.provider.behave(Behaviour(hang_up="after"))
    premises.seed(3)
    with premises.staff(1):
        premises.until(lambda: premises.counts() == {"unknown": 3})
    assert not_shown(premises.database, premises.folder, premises.verdict().unknown) == []
    assert not_shown(premises.database, premises.folder, ["no such message"]) != []
