"""What the clinic's people see of persons, in the admin."""

from accounts.admin import (
    claims,
    coverages,
    guardianships,
    legal,
    patients,
    priorities,
    users,
)

__all__ = [
    "claims",
    "coverages",
    "guardianships",
    "legal",
    "patients",
    "priorities",
    "users",
]
