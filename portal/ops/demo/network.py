"""The demo's network: invented, the same each time, and always ninety days ahead."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from appointments import holidays, schedules
from appointments.models import Schedule, ScheduleException
from catalog import version
from portal.ops.demo import (
    agenda,
    catalogue,
    crowd,
    database,
    own,
    people,
    rota,
    stories,
)
from portal.ops.models import DemoNetwork

EDITION = 2
SEED = 20261121
AHEAD = timedelta(days=90)
Say = Callable[[str], None]


def is_loaded() -> bool:
    mark = database.mark()
    return mark is not None and mark.loaded_at is not None


def load(*, now: datetime, say: Say) -> None:
    """Fill an empty database. Cut short, it is begun again at the next start."""
    today = timezone.localdate(now)
    mark = DemoNetwork.objects.create(edition=EDITION, published_until=today)
    with transaction.atomic():
        say("Cargando el catálogo: ciudades, sedes, procedimientos, convenios…")
        catalogue.load(now=now)
        say("Contratando profesionales y armando sus agendas…")
        rota.fill(dice=random.Random(SEED), today=today)
        _exceptions(today)
        stories.add_hours(now=now)
        people.create(now=now)
    say("Publicando noventa días de horas…")
    _publish(mark, now=now)
    say("Ocupando una parte de las horas…")
    with transaction.atomic():
        _take(now=now)
    version.bump()
    mark.loaded_at = now
    mark.save(update_fields=["loaded_at"])


def refresh(*, now: datetime, say: Say) -> None:
    """On a later day: publish what the calendar has let in since."""
    mark = database.mark()
    if mark and mark.published_until < timezone.localdate(now) + AHEAD:
        say("Publicando las horas de los días que faltan…")
        _publish(mark, now=now)


def _publish(mark: DemoNetwork, *, now: datetime) -> None:
    today = timezone.localdate(now)
    holidays.load(years=[today.year, today.year + 1])
    schedules.publish(from_date=today, until_date=today + AHEAD, now=now)
    mark.published_until = today + AHEAD
    mark.save(update_fields=["published_until"])


def _exceptions(today: date) -> None:
    """One is on holiday for three weeks, another is away for a day."""
    agendas = Schedule.objects.select_related("practitioner").order_by("pk")
    for place, (first, days) in {3: (5, 21), 20: (2, 1), 40: (9, 4)}.items():
        start = timezone.make_aware(
            datetime.combine(today + timedelta(days=first), datetime.min.time())
        )
        ScheduleException.objects.create(
            kind=ScheduleException.Kind.CLOSED,
            practitioner=agendas[place].practitioner,
            start=start,
            end=start + timedelta(days=days),
            reason="Vacaciones" if days > 3 else "Permiso",
        )


def _take(*, now: datetime) -> None:
    dice = random.Random(SEED + 1)
    today = timezone.localdate(now)
    reception = User.objects.get(username=people.STAFF[0].username)
    own_times = agenda.Book(dice=dice, by=reception, now=now)
    own.book_all(book=own_times)
    own_times.write()
    stories.tell(now=now)
    crowd.invent_patients(dice=dice, today=today)
    book = agenda.Book(dice=dice, by=reception, now=now)
    crowd.take_times(book=book, today=today)
    book.write()
