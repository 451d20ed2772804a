"""How often a thing may be done: one row per act, counted in sliding windows.

What is limited (an address, a number, an account) is kept only as an HMAC. The
count and the new rows are one step, so that acts at one instant do not slip by.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Min, Q
from django.utils.crypto import salted_hmac

from accounts.errors import TooOften
from accounts.models import Throttle
from accounts.policies import Limit


@dataclass(frozen=True, slots=True)
class Act:
    """Something done once, in one scope, by or to one key."""

    scope: str
    key: str
    limits: Sequence[Limit]

    @property
    def digest(self) -> str:
        return digest(scope=self.scope, key=self.key)


def from_address(
    scope: str, address: str | None, limits: tuple[Sequence[Limit], Sequence[Limit]]
) -> list[Act]:
    """An act counted for the client's address and for the network around it."""
    if not address:
        return []
    by_address, by_network = limits
    return [
        Act(f"{scope}.address", address, by_address),
        Act(f"{scope}.network", _network(address), by_network),
    ]


def _network(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one."""
    bits = 24 if ip_address(address).version == 4 else 48
    return str(ip_network(f"{address}/{bits}", strict=False))


def digest(*, scope: str, key: str) -> str:
    return salted_hmac(
        f"accounts.throttle.{scope}", key, algorithm="sha256"
    ).hexdigest()


def hit(*, scope: str, key: str, limits: Sequence[Limit], now: datetime) -> None:
    """Count one act, or refuse it with TooOften when its limit is reached."""
    hit_all(acts=[Act(scope, key, limits)], now=now)


def hit_all(*, acts: Iterable[Act], now: datetime) -> None:
    """Count one act under several limits: all of them, or none when one refuses."""
    acts = list(acts)
    with transaction.atomic():
        _one_at_a_time(acts)
        _refuse_over_limit(acts, now)
        Throttle.objects.bulk_create(
            [Throttle(scope=act.scope, key=act.digest, at=now) for act in acts]
        )


def left(*, acts: Sequence[Act], now: datetime) -> int:
    """How many more times all the limits allow it now."""
    counts = _counts(list(acts), now)
    return min(
        limit.count - counts[_name("n", i, j)]
        for i, act in enumerate(acts)
        for j, limit in enumerate(act.limits)
    )


def forget(*, scope: str, key: str) -> None:
    """Start counting anew: the right person was here."""
    Throttle.objects.filter(scope=scope, key=digest(scope=scope, key=key)).delete()


def _refuse_over_limit(acts: list[Act], now: datetime) -> None:
    counts = _counts(acts, now)
    for i, act in enumerate(acts):
        for j, limit in enumerate(act.limits):
            if counts[_name("n", i, j)] >= limit.count:
                oldest = counts[_name("first", i, j)] or now
                raise TooOften(retry_at=oldest + limit.window, scope=act.scope)


def _counts(acts: list[Act], now: datetime) -> dict[str, Any]:
    """One query for every window of every act."""
    any_of = Q(pk__in=[])
    wanted: dict[str, Count | Min] = {}
    for i, act in enumerate(acts):
        mine = Q(scope=act.scope, key=act.digest)
        longest = max(limit.window for limit in act.limits)
        any_of |= mine & Q(at__gt=now - longest)
        for j, limit in enumerate(act.limits):
            inside = mine & Q(at__gt=now - limit.window)
            wanted[_name("n", i, j)] = Count("pk", filter=inside)
            wanted[_name("first", i, j)] = Min("at", filter=inside)
    return Throttle.objects.filter(any_of).aggregate(**wanted)


def _name(what: str, act: int, limit: int) -> str:
    return f"{what}_{act}_{limit}"


def _one_at_a_time(acts: list[Act]) -> None:
    """Acts on one key wait for each other. SQLite has one writer at a time anyway."""
    if connection.vendor != "postgresql":
        return
    locks = sorted({int(act.digest[:15], 16) for act in acts})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS t(k)", [locks]
        )
