"""Days and times as people in Colombia say them.

«martes 24 de noviembre», «8:20 a. m.», noon is «12 m.». The spaces inside a time
do not break, so that no line begins with «a. m.».
"""

from datetime import date, datetime, time

from django.utils import timezone

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
SMS_WEEKDAYS = ("lun", "mar", "mie", "jue", "vie", "sab", "dom")
NOON = 12 * 60
NBSP = "\N{NO-BREAK SPACE}"

Moment = datetime | time | int  # an int is minutes after midnight


def local_day(when: date) -> date:
    """The day on the wall of the clinic; a plain day is itself."""
    if isinstance(when, datetime):
        return timezone.localdate(when) if timezone.is_aware(when) else when.date()
    return when


def day(when: date) -> str:
    """«martes 24 de noviembre»."""
    when = local_day(when)
    return f"{WEEKDAYS[when.weekday()]} {when.day} de {MONTHS[when.month - 1]}"


def day_with_year(when: date) -> str:
    """«martes 24 de noviembre de 2026»."""
    return f"{day(when)} de {local_day(when).year}"


def near_day(when: date, today: date) -> str:
    """«hoy martes 24 de noviembre», «mañana miércoles 25 de noviembre», or the day."""
    distance = (local_day(when) - local_day(today)).days
    near = {0: "hoy ", 1: "mañana "}.get(distance, "")
    return near + day(when)


def sms_day(when: date) -> str:
    """«mie 30 sep»: short, and without accents that an SMS cannot carry."""
    when = local_day(when)
    return f"{SMS_WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1][:3]}"


def minute_of(when: Moment) -> int:
    if isinstance(when, int):
        return when
    if isinstance(when, datetime) and timezone.is_aware(when):
        when = timezone.localtime(when)
    return when.hour * 60 + when.minute


def hour(when: Moment) -> str:
    """«8:20 a. m.» with spaces that do not break; noon is «12 m.»."""
    minute = minute_of(when)
    if minute == NOON:
        return f"12{NBSP}m."
    half = "a" if minute < NOON else "p"
    return f"{_clock(minute)}{NBSP}{half}.{NBSP}m."


def sms_hour(when: Moment) -> str:
    """«8:20 a.m.»."""
    minute = minute_of(when)
    if minute == NOON:
        return "12 m."
    return f"{_clock(minute)} {'a' if minute < NOON else 'p'}.m."


def moment(when: datetime) -> str:
    """«martes 24 de noviembre, 8:20 a. m.»."""
    return f"{day(when)}, {hour(when)}"


def _clock(minute: int) -> str:
    return f"{(minute // 60 - 1) % 12 + 1}:{minute % 60:02d}"
