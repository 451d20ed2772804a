"""Counting acts in windows."""

from datetime import timedelta

import pytest

from accounts import throttle
from accounts.errors import TooOften
from accounts.models import Throttle
from accounts.policies import Limit
from accounts.throttle import Act
from portal.testing.clock import NOON

pytestmark = pytest.mark.django_db
TWICE = (Limit(2, timedelta(minutes=1)),)


def test_hit_refuses_the_third_of_two():
    for _ in range(2):
        throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)

    with pytest.raises(TooOften) as refusal:
        throttle.hit(scope="s", key="k", limits=TWICE, now=NOON + timedelta(seconds=9))

    assert refusal.value.retry_at == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(("scope", "key"), [("s", "other"), ("other", "k")])
def test_hit_counts_each_key_of_each_scope_apart(scope, key):
    for _ in range(2):
        throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)

    throttle.hit(scope=scope, key=key, limits=TWICE, now=NOON)


def test_hit_all_counts_nothing_when_one_refuses():
    throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)
    throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)

    with pytest.raises(TooOften):
        throttle.hit_all(acts=[Act("t", "k", TWICE), Act("s", "k", TWICE)], now=NOON)

    assert not Throttle.objects.filter(scope="t").exists()


def test_hit_all_is_one_count_and_one_insert(django_assert_max_num_queries):
    """Two, the transaction and, on PostgreSQL, the lock."""
    acts = [Act(f"scope {n}", "k", TWICE) for n in range(6)]

    with django_assert_max_num_queries(5):
        throttle.hit_all(acts=acts, now=NOON)


def test_left_is_what_the_tightest_limit_allows():
    loose = Act("loose", "k", (Limit(9, timedelta(hours=1)),))
    tight = Act("tight", "k", TWICE)
    throttle.hit_all(acts=[loose, tight], now=NOON)

    assert throttle.left(acts=[loose, tight], now=NOON) == 1


def test_forget_starts_anew():
    throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)
    throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)

    throttle.forget(scope="s", key="k")

    throttle.hit(scope="s", key="k", limits=TWICE, now=NOON)


def test_key_is_kept_only_as_an_hmac():
    """LOG-02: the table names no phone and no address."""
    throttle.hit(scope="s", key="+573105550178", limits=TWICE, now=NOON)

    assert len(Throttle.objects.get().key) == 64


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.1", "192.0.2.254"), ("2001:db8:1:2::1", "2001:db8:1:ffff::9")],
)
def test_neighbours_share_their_network(one, other):
    limits = (TWICE, TWICE)

    networks = [throttle.from_address("s", a, limits)[1].key for a in (one, other)]

    assert networks[0] == networks[1]


def test_unknown_address_is_not_limited():
    assert throttle.from_address("s", None, (TWICE, TWICE)) == []
