"""What the trail calls things: nothing of the waiting list goes without words."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.acts import ACTS, OTHER, what_was_done
from appointments.models import WaitingListEntry

Status = WaitingListEntry.Status
NAMED = re.compile(r'"(waiting\.[a-z_]+)"')


def recorded() -> set[str]:
    """Every act of the waiting list that the code names, and each end of a place."""
    folder = Path(settings.BASE_DIR) / "appointments"
    sources = [one for one in folder.rglob("*.py") if "tests" not in one.parts]
    named = {name for one in sources for name in NAMED.findall(one.read_text())}
    ends = {f"waiting.{one}" for one in Status.values if one != Status.WAITING}
    return named | ends


def test_every_act_of_the_waiting_list_has_words():
    acts = recorded()
    assert "waiting.joined" in acts
    assert acts - ACTS.keys() == set()


@pytest.mark.parametrize("action", ["nothing.known", ""])
def test_an_unknown_act_is_said_without_words_of_ours(action):
    assert what_was_done(action) == OTHER
