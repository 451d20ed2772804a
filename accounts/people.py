"""For whom an account may act."""

from uuid import UUID

from accounts.models import Patient, User


def acting_for(user: User, token: UUID | str) -> Patient:
    """The patient that this token names, if this account may act for them (ACC-01, ACC-03).

    For now everybody acts for oneself only; guardians will be one more condition here.
    """
    if user.patient is None or str(user.patient.token) != str(token):
        raise Patient.DoesNotExist
    return user.patient
