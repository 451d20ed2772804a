import threading

import pytest
from django.db import connection, transaction

from catalog import version

pytestmark = pytest.mark.django_db


def test_version_stays_until_somebody_bumps():
    first = version.current()

    assert version.current() == first


def test_version_changes_with_a_bump():
    first = version.current()

    version.bump()

    assert version.current() != first


@pytest.mark.django_db(transaction=True)
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
    version.current()
    version.forget()

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


@pytest.mark.django_db(transaction=True)
def test_version_of_a_change_is_nobody_elses_until_it_is_committed():
    """Or another thread would remember the old catalogue under the new number."""
    version.bump()
    before, seen = version.current(), []

    def look():
        seen.append(version.current())
        connection.close()

    def ask():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    with transaction.atomic():
        version.bump()
        mine = version.current()
        ask()
    ask()

    assert (seen[0], seen[1]) == (before, mine)
    assert before != mine
