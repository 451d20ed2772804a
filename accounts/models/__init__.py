"""People: who is treated, who signs in, who acts for whom, what they accepted, how they proved it."""

from accounts.models.coverage import Coverage
from accounts.models.guardianship import Guardianship, GuardianshipQuerySet
from accounts.models.legal import Consent, LegalText
from accounts.models.people import Patient, PatientDocument, PatientQuerySet, User
from accounts.models.priority import PatientPriority, PatientPriorityQuerySet
from accounts.models.proof import (
    Challenge,
    ChallengeQuerySet,
    ContactDevice,
    FormerContact,
    RecoveryCode,
    RegistrationAttempt,
    Throttle,
    UserSession,
)
from accounts.models.rights import DataClaim

__all__ = [
    "Challenge",
    "ChallengeQuerySet",
    "Consent",
    "ContactDevice",
    "Coverage",
    "DataClaim",
    "FormerContact",
    "Guardianship",
    "GuardianshipQuerySet",
    "LegalText",
    "Patient",
    "PatientDocument",
    "PatientPriority",
    "PatientPriorityQuerySet",
    "PatientQuerySet",
    "RecoveryCode",
    "RegistrationAttempt",
    "Throttle",
    "User",
    "UserSession",
]
