import pytest
from django.db import transaction

from catalog import version

pytestmark = pytest.mark.django_db


def test_version_stays_until_somebody_bumps():
    first = version.current()

    assert version.current() == first


def test_version_changes_with_a_bump():
    first = version.current()

    version.bump()

    assert version.current() != first


def test_version_is_the_same_for_another_process():
    version.bump()
    mine = version.current()

    version.forget()

    assert version.current() == mine


def test_version_taken_back_never_comes_again():
    with transaction.atomic():
        version.bump()
        undone = version.current()
        transaction.set_rollback(True)
    version.forget()

    version.bump()

    assert version.current() != undone


def test_version_is_asked_once(django_assert_num_queries):
    version.bump()

    with django_assert_num_queries(1):
        version.current()
        version.current()


def test_version_is_looked_up_again_after_a_while(
    monkeypatch, django_assert_num_queries
):
    version.current()
    monkeypatch.setattr(version, "LOOK_AGAIN_AFTER", -1.0)

    with django_assert_num_queries(1):
        version.current()
