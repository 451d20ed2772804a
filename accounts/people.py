"""For whom an account may act, who is told about whom, and where staff may work.

The only place that knows it.
"""

from datetime import date
from uuid import UUID

from django.db.models import Exists, Q
from django.db.models.expressions import Combinable

from accounts import policies
from accounts.errors import NotActing
from accounts.models import (
    ContactDevice,
    Guardianship,
    Patient,
    PatientQuerySet,
    User,
)


def acts_for(user: User, *, on: date) -> PatientQuerySet:
    """Everybody that this account may act for that day: oneself and one's dependants.

    A guardian whom the clinic has not identified acts for nobody else (design §6).
    Use it as a subquery: nothing is read until it is asked.
    """
    if user.patient_id is None or not user.is_active:
        return Patient.objects.none()
    dependants = Guardianship.objects.in_force(on=on).filter(guardian=user.patient_id)
    mine = Q(pk=user.patient_id) | Q(pk__in=dependants.values("dependant_id"))
    return Patient.objects.filter(mine)


def persons(user: User, *, on: date) -> list[Patient]:
    """Oneself first, then the dependants by name."""
    found = acts_for(user, on=on).select_related("preferred_agreement")
    return sorted(found, key=lambda one: (one.pk != user.patient_id, one.full_name))


def represented(user: User, *, on: date) -> list[Patient]:
    """Whose rights over their data this account exercises: its owner's, and its minors'.

    Who asks for the appointments of an adult does not read everything about them.
    """
    return [
        one
        for one in persons(user, on=on)
        if one.pk == user.patient_id
        or policies.is_minor(birth_date=one.birth_date, on=on)
    ]


def guardianships_of(user: User, *, on: date) -> list[Guardianship]:
    """In which capacity this account acts for each of its dependants, by their names."""
    if user.patient_id is None or not user.is_active:
        return []
    rows = Guardianship.objects.in_force(on=on).filter(guardian=user.patient_id)
    found = rows.select_related("dependant")
    return list(
        found.order_by("dependant__given_names", "dependant__family_names", "pk")
    )


def acting_for(user: User, token: UUID | str, *, on: date) -> Patient:
    """The patient that this token names, if this account may act for them (ACC-01, ACC-03).

    `alone` on the answer says that this account acts for nobody else. Raises
    Patient.DoesNotExist: a stranger's token says nothing.
    """
    try:
        token = UUID(str(token))
    except ValueError:
        raise Patient.DoesNotExist from None
    return acts_for(user, on=on).annotate(alone=is_alone(user, on=on)).get(token=token)


def is_alone(user: User, *, on: date) -> Combinable:
    """Whether this account acts for nobody else, as a column of another question."""
    dependants = Guardianship.objects.in_force(on=on).filter(guardian=user.patient_id)
    return ~Exists(dependants)


def check_acts_for(user: User, patient: Patient, *, on: date) -> None:
    """Once more on the server, inside the transaction that writes (ACC-03).

    Raises NotActing when the guardianship ended meanwhile. Costs nothing for oneself.
    """
    if user.patient_id == patient.pk:
        return
    if not acts_for(user, on=on).filter(pk=patient.pk).exists():
        raise NotActing


def guardians_of(patient: Patient, *, on: date) -> list[Patient]:
    """Who acts for this person that day, with their accounts, in a fixed order."""
    approved = Guardianship.objects.in_force(on=on).filter(dependant=patient)
    rows = Patient.objects.filter(
        pk__in=approved.values("guardian_id"), user__is_active=True
    )
    return list(rows.select_related("user").order_by("pk"))


def perhaps_told(*, on: date) -> PatientQuerySet:
    """Everybody of whom somebody may hear; of the others nobody can, whoever is asked.

    To leave these out without a question for each: a contact that the clinic confirmed,
    an account with any destination, or a guardian. Use it as a subquery.
    """
    reached = ContactDevice.objects.filter(user__patient__isnull=False)
    guarded = Guardianship.objects.in_force(on=on)
    return Patient.objects.filter(
        Q(contact_confirmed_at__isnull=False)
        | Q(pk__in=reached.values("user__patient_id"))
        | Q(pk__in=guarded.values("dependant_id"))
    )


def may_at(user: User, permission: str, *, site_id: int) -> bool:
    """Whether this member of staff may do that there: the role says what, the sites where (ACC-07)."""
    if not user.is_active or not user.has_perm(permission):
        return False
    return user.is_superuser or user.sites.filter(pk=site_id).exists()
