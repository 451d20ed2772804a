"""Short addresses for text messages."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from portal.messaging import links
from portal.messaging.models import ShortLink
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
PATH = "/citas/0d9d6b0e-0000-4000-8000-000000000000/"
LATER = NOON + timedelta(days=3)


@pytest.fixture
def short(settings):
    settings.ORGANISATION = settings.ORGANISATION | {"short_url": "guayacan.co"}
    return links.shorten(path=PATH, now=NOON, expires_at=LATER)


def test_a_short_link_fits_in_an_sms_and_says_nothing(short):
    assert len(short) <= 22
    assert short.startswith("guayacan.co/s/")
    assert "0d9d6b0e" not in short


def test_the_same_link_asked_again_is_the_same(short):
    """A message composed twice must read the same, to be recognised at Twilio."""
    assert links.shorten(path=PATH, now=NOON, expires_at=LATER) == short


@pytest.mark.parametrize("end", ["", "/"])
def test_it_leads_to_the_page_without_signing_in(client, short, time_machine, end):
    time_machine.move_to(NOON)

    answer = client.get(short.removeprefix("guayacan.co") + end)

    assert (answer.status_code, answer["Location"]) == (302, PATH)


def test_an_expired_one_is_a_404(client, short, time_machine):
    time_machine.move_to(LATER)

    assert client.get(short.removeprefix("guayacan.co")).status_code == 404


@pytest.mark.parametrize("token", ["nadie12", "a" * 5000, "%C3%A1", "a%27--"])
def test_an_unknown_one_is_a_404(client, token):
    assert client.get(f"/s/{token}/").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "citas/", ""],
)
def test_only_paths_of_ours_are_shortened(path):
    with pytest.raises(ValueError, match="only paths"):
        links.shorten(path=path, now=NOON, expires_at=LATER)


@pytest.mark.parametrize("path", ["//evil.example", "http://evil.example"])
def test_the_database_refuses_other_places_too(path):
    with pytest.raises(IntegrityError):
        ShortLink.objects.create(token="x", path=path, expires_at=LATER)
