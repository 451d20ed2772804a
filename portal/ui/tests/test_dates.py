"""Days and hours as ux.md §5 says them."""

from datetime import UTC, date, datetime, time

import pytest
from django.template import Context, Template

from portal.ui import dates

TUESDAY = date(2026, 11, 24)


def test_days_have_their_weekday():
    assert dates.day(TUESDAY) == "martes 24 de noviembre"
    assert dates.day_with_year(TUESDAY) == "martes 24 de noviembre de 2026"
    assert dates.sms_day(date(2026, 9, 30)) == "mie 30 sep"


def test_a_moment_is_told_in_the_clinics_own_day():
    late = datetime(2026, 11, 25, 3, 20, tzinfo=UTC)

    assert dates.moment(late) == "martes 24 de noviembre, 10:20\xa0p.\xa0m."


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (time(8, 20), "8:20\xa0a.\xa0m."),
        (0, "12:00\xa0a.\xa0m."),
        (time(0, 5), "12:05\xa0a.\xa0m."),
        (11 * 60 + 59, "11:59\xa0a.\xa0m."),
        (time(12, 0), "12\xa0m."),
        (12 * 60 + 20, "12:20\xa0p.\xa0m."),
        (time(13, 0), "1:00\xa0p.\xa0m."),
        (23 * 60 + 59, "11:59\xa0p.\xa0m."),
        (datetime(2026, 11, 24, 13, 20, tzinfo=UTC), "8:20\xa0a.\xa0m."),
    ],
)
def test_hours_go_by_the_twelve_hour_clock_and_noon_is_12_m(when, text):
    assert dates.hour(when) == text


def test_an_hour_in_an_sms_is_short():
    assert [dates.sms_hour(minute) for minute in (500, 720, 740)] == [
        "8:20 a.m.",
        "12 m.",
        "12:20 p.m.",
    ]


@pytest.mark.parametrize(
    ("today", "text"),
    [
        (date(2026, 11, 24), "hoy martes 24 de noviembre"),
        (date(2026, 11, 23), "mañana martes 24 de noviembre"),
        (date(2026, 11, 22), "martes 24 de noviembre"),
        (date(2026, 11, 25), "martes 24 de noviembre"),
    ],
)
def test_a_near_day_says_so(today, text):
    assert dates.near_day(TUESDAY, today) == text


def test_templates_say_the_same():
    page = Template(
        "{% load portal_ui %}{{ day|fecha }}|{{ day|fecha_completa }}|{{ minute|hora }}"
        "|{{ day|cuando:day|capfirst }}|{{ none|fecha }}{{ none|hora }}"
    ).render(Context({"day": TUESDAY, "minute": 500, "none": None}))

    assert page == (
        "martes 24 de noviembre|martes 24 de noviembre de 2026|8:20\xa0a.\xa0m."
        "|Hoy martes 24 de noviembre|"
    )


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ('step 2 4 "sus datos"', "Paso 2 de 4: sus datos", 49),
        ("step 1", "Parte 1 de 4: qué cita", 6),
        ("step 4", "Parte 1 de 4: qué cita", 24),
        ("step 5", "Parte 2 de 4: dónde", 37),
        ("step 8", "Parte 3 de 4: cuándo", 74),
        ("step 11", "Parte 4 de 4: confirmar", 99),
    ],
)
def test_progress_is_told_in_words_and_in_a_bar(tag, text, value):
    page = Template("{% load portal_ui %}{% " + tag + " %}").render(Context())

    assert page == (
        f'<p class="step"><span>{text}</span><progress value="{value}" max="100"'
        f' aria-label="Avance">{value} %</progress></p>'
    )
