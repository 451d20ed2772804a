"""What migrations put in the tables is there for every test, in any order.

A test with real transactions ends by emptying every table, and with them the legal
texts and whatever else the migrations wrote. Tests run by file and in random order,
so the next one would miss them: they are put back after each such test.
"""

from collections.abc import Generator, Iterator

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.db import connection, models
from pytest_django.plugin import blocking_manager_key

# Django itself makes these again after it empties the tables.
MADE_AGAIN = (ContentType, Permission)
SEEDS = pytest.StashKey[str]()


def remember(config: pytest.Config) -> None:
    """What a new database has. Called once, when it is made."""
    config.stash[SEEDS] = serializers.serialize("json", _rows())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """After the tables were emptied, and before the next test, if there is one: after
    the last test the database of the tests is gone."""
    result = yield
    if nextitem and SEEDS in item.config.stash and _empties_the_tables(item):
        with item.config.stash[blocking_manager_key].unblock():
            _put_back(item.config.stash[SEEDS])
            connection.close()
    return result


def _empties_the_tables(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    asked = bool(mark and mark.kwargs.get("transaction"))
    used = getattr(item, "fixturenames", ())
    return asked or "transactional_db" in used or "live_server" in used


def _rows() -> Iterator[models.Model]:
    for model in apps.get_models():
        if model not in MADE_AGAIN:
            yield from model._default_manager.order_by("pk")


def _put_back(seeds: str) -> None:
    for seed in serializers.deserialize("json", seeds):
        kind = type(seed.object)
        if not kind._default_manager.filter(pk=seed.object.pk).exists():
            seed.save()
