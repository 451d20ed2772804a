"""A network of any size, the same each time: python -m benchmarks.scenery --help.

Slots and appointments are written by the database itself (INSERT … SELECT).
Every other row is what the portal's own models make of it.
"""

import argparse
import os
import time
from datetime import date, datetime
from datetime import time as clock

import django

os.environ.setdefault("PORTAL_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Patient, User  # noqa: E402
from appointments.models import Appointment, Schedule, Slot, SlotClaim  # noqa: E402
from catalog import version  # noqa: E402
from catalog.models import (  # noqa: E402
    Agreement,
    City,
    Modality,
    Practitioner,
    Procedure,
    ServiceCategory,
    Site,
    SiteService,
    Specialty,
)

SPECIALTIES = 20
PROCEDURES_EACH = 6
SCHEDULES_FIRST_CITY = 260
SCHEDULES_OTHER_CITY = 90
SCHEDULES_PER_SITE = 15
# Eight hours with two schedules a practitioner: one on some weekdays, one on the others.
WEEKDAYS = ((1, 3, 5), (2, 4, 6))
FIRST_HOUR, HOURS, STEP = 7, 10, 20
WALLS = {
    "appointment_patient_once": "patient_id",
    "appointment_practitioner_once": "practitioner_id",
}


def main() -> None:
    args = arguments()
    begun = time.perf_counter()
    call_command("migrate", verbosity=0)
    if Schedule.objects.exists():
        raise SystemExit("This database is not empty: choose another.")
    with transaction.atomic():
        reference_data(args.cities)
        people(args.patients)
    say("reference data", begun)
    with connection.cursor() as cursor:
        # Every row is right by construction: millions of foreign keys are not looked up.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        slots(cursor, args.days)
        say(f"{Slot.objects.count():,} slots", begun)
        taken(cursor, args.taken)
        say(f"{Appointment.objects.count():,} appointments", begun)
        cursor.execute("VACUUM ANALYZE")
    say("vacuumed", begun)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cities", type=int, default=27, help="27: 2,600 schedules")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--taken", type=float, default=0.6)
    parser.add_argument("--patients", type=int, default=100_000)
    return parser.parse_args()


def say(what: str, begun: float) -> None:
    print(f"{time.perf_counter() - begun:7.1f} s  {what}", flush=True)


def reference_data(cities: int) -> None:
    category = ServiceCategory.objects.create(code="medicina", name="Medicina")
    specialties = Specialty.objects.bulk_create(
        Specialty(code=f"E{n}", name=f"Especialidad {n}", category=category)
        for n in range(SPECIALTIES)
    )
    procedures = Procedure.objects.bulk_create(
        Procedure(
            code=f"{890000 + 100 * s + n}",
            name=f"Procedimiento {s}.{n}",
            official_name=f"PROCEDIMIENTO {s}.{n}",
            specialty=specialty,
            # One in six takes two slots.
            minutes=40 if n == PROCEDURES_EACH - 1 else 20,
        )
        for s, specialty in enumerate(specialties)
        for n in range(PROCEDURES_EACH)
    )
    Agreement.objects.create(
        code="particular",
        name="Particular",
        kind="particular",
        covers_everything=True,
        books_unverified=True,
    )
    for number in range(cities):
        one_city(number, specialties)
    links = Schedule.procedures.through
    of = {
        s.pk: [p.pk for p in procedures if p.specialty_id == s.pk] for s in specialties
    }
    links.objects.bulk_create(
        links(schedule_id=pk, procedure_id=procedure_id)
        for pk, specialty_id in Schedule.objects.values_list("pk", "specialty_id")
        for procedure_id in of[specialty_id]
    )
    services = Schedule.objects.order_by("site_id").values_list(
        "site_id", "specialty_id"
    )
    SiteService.objects.bulk_create(
        SiteService(site_id=site, specialty_id=specialty, modality=Modality.IN_PERSON)
        for site, specialty in sorted(set(services))
    )
    version.bump()


def one_city(number: int, specialties: list[Specialty]) -> None:
    many = SCHEDULES_OTHER_CITY if number else SCHEDULES_FIRST_CITY
    city = City.objects.create(
        code=f"{11000 + number}", name=f"Ciudad {number}", department_code="11"
    )
    sites = Site.objects.bulk_create(
        Site(code=f"{number:04}{n:04}0000", name=f"Sede {number}.{n}", city=city)
        for n in range(-(-many // SCHEDULES_PER_SITE))
    )
    doctors = Practitioner.objects.bulk_create(
        Practitioner(code=f"P{number}-{n}", given_names="Ana", family_names=f"Peña {n}")
        for n in range(many // 2)
    )
    Schedule.objects.bulk_create(
        Schedule(
            practitioner=doctors[n // 2],
            site=sites[n // SCHEDULES_PER_SITE],
            specialty=specialties[(n // 2) % SPECIALTIES],
            modality=Modality.IN_PERSON,
            slot_minutes=STEP,
            start_date=date(2020, 1, 1),
            room=str(n % 2),
        )
        for n in range(many)
    )


def people(many: int) -> None:
    Patient.objects.bulk_create(
        (
            Patient(
                document_type="CC",
                document_number=str(50_000_000 + n),
                given_names="Rosa",
                family_names=f"Peña {n}",
                birth_date=date(1980, 1, 1),
                sex=Patient.Sex.FEMALE,
            )
            for n in range(many)
        ),
        batch_size=5_000,
    )
    User.objects.create_user("recepcion", is_staff=True, staff_name="Recepción")


def slots(cursor, days: int) -> None:
    """Monday to Saturday in two turns of weekdays; each schedule has its own."""
    today = timezone.localdate()
    midnight = timezone.make_aware(datetime.combine(today, clock.min))
    for turn, weekdays in enumerate(WEEKDAYS):
        cursor.execute(
            """INSERT INTO appointments_slot (schedule_id, practitioner_id, site_id, seat,
                start, day, minute, minutes, free, withdrawn)
            SELECT s.id, s.practitioner_id, s.site_id, 1,
                %(midnight)s + (d * 1440 + m) * interval '1 minute',
                %(today)s + d, m, s.slot_minutes, true, false
            FROM appointments_schedule s, generate_series(1, %(days)s) d,
                generate_series(%(opens)s, %(closes)s, %(step)s) m
            WHERE s.room = %(turn)s
              AND extract(isodow FROM %(today)s + d) = ANY(%(weekdays)s)
            ORDER BY s.id, d, m""",
            {
                "midnight": midnight,
                "today": today,
                "days": days,
                "opens": FIRST_HOUR * 60,
                "closes": (FIRST_HOUR + HOURS) * 60 - STEP,
                "step": STEP,
                "turn": str(turn),
                "weekdays": list(weekdays),
            },
        )


def taken(cursor, share: float) -> None:
    """Appointments of patients who are nowhere twice; the walls are built afterwards."""
    booker = User.objects.get(username="recepcion").pk
    agreement = Agreement.objects.get().pk
    for name in WALLS:
        cursor.execute(f"ALTER TABLE appointments_appointment DROP CONSTRAINT {name}")
    cursor.execute("SELECT setseed(0.42)")
    cursor.execute(
        """CREATE TEMP TABLE chosen AS
        SELECT slot.id AS slot_id, gen_random_uuid() AS id, slot.schedule_id,
            slot.practitioner_id, slot.site_id, slot.start, slot.minutes,
            row_number() OVER (PARTITION BY slot.start) AS place,
            row_number() OVER (ORDER BY slot.id) AS number
        FROM appointments_slot slot WHERE random() < %s""",
        [share],
    )
    first, last = Patient.objects.earliest("pk").pk, Patient.objects.latest("pk").pk
    cursor.execute(
        """INSERT INTO appointments_appointment (id, reference, patient_id, schedule_id,
            practitioner_id, site_id, procedure_id, agreement_id, modality, start, "end",
            status, hold_extended, version, moves, exclusive, overbooked,
            order_promised, search, booked_by_id, created_at, confirmed_at)
        SELECT c.id, 'B' || lpad(c.number::text, 7, '0'),
            %(first)s + (c.place + extract(epoch FROM c.start)::bigint / 60 * 131)
                %% (%(last)s - %(first)s + 1),
            c.schedule_id, c.practitioner_id, c.site_id, link.procedure_id, %(agreement)s,
            'presencial', c.start, c.start + c.minutes * interval '1 minute', 'booked',
            false, 1, 0, true, false, false, '', %(booker)s, now(), now()
        FROM chosen c
        JOIN LATERAL (SELECT procedure_id FROM appointments_schedule_procedures p
            WHERE p.schedule_id = c.schedule_id ORDER BY procedure_id LIMIT 1) link ON true
        ORDER BY c.start""",
        {"first": first, "last": last, "agreement": agreement, "booker": booker},
    )
    cursor.execute(
        f"""INSERT INTO {SlotClaim._meta.db_table} (slot_id, appointment_id)
        SELECT slot_id, id FROM chosen"""  # noqa: S608 - our own table
    )
    cursor.execute(
        "UPDATE appointments_slot SET free = false WHERE id IN (SELECT slot_id FROM chosen)"
    )
    build_walls(cursor)


def build_walls(cursor) -> None:
    live = "status IN ('held', 'proposed', 'booked', 'arrived')"
    alone = f"{live} AND exclusive AND NOT overbooked"
    for name, column in WALLS.items():
        condition = alone if column == "practitioner_id" else live
        cursor.execute(
            f"""ALTER TABLE appointments_appointment ADD CONSTRAINT {name}
            EXCLUDE USING gist ({column} WITH =, tstzrange(start, "end") WITH &&)
            WHERE ({condition})"""
        )


if __name__ == "__main__":
    main()
